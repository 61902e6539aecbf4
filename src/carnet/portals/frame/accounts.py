"""How people prove who they are: django-allauth, in our words and with our limits.

Accounts are made by the directory and the demonstration loader, never by signing up. The second
factor is always required: `session.actor_of_request` gives no actor to a session without it.
"""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django import forms
from django.http import HttpRequest, HttpResponse

from carnet.kernel import keys
from carnet.portals.frame.errors import refused
from carnet.portals.frame.limits import TOO_MANY_ATTEMPTS
from carnet.record.directory import api as directory


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in without sign-up, and error messages that say what to do."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "L’identifiant ou le mot de passe ne correspond pas. Vérifiez les deux, "
        "majuscules comprises, puis recommencez.",
        "too_many_login_attempts": TOO_MANY_ATTEMPTS,
        "account_inactive": "Ce compte est désactivé. Adressez-vous à l’exploitant du service.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody creates an account alone."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No passing messages: the page reached says where one is."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """An account that the operator has closed."""
        return refused(request, "Ce compte est désactivé", "Adressez-vous à l’exploitant du service.")

    def get_login_stages(self) -> list[str]:
        """After the password, our second step and nothing else."""
        return ["carnet.portals.frame.second_step.SecondStage"]

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the browser as the proxy wrote it; one shared name when there is none."""
        forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        return forwarded or request.META.get("REMOTE_ADDR") or "unknown"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seeds of second factors are encrypted at rest under a key derived from the house's."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Ce code n’est pas le bon, ou il a déjà servi. Attendez le code suivant de votre "
        "application, puis saisissez-le.",
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party of passkeys: this host."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Carnet"}

    @staticmethod
    def _box() -> Fernet:
        return Fernet(base64.urlsafe_b64encode(keys.derived_key(b"carnet second factor seed")))

    def encrypt(self, text: str) -> str:
        """The stored form of a seed."""
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The seed from its stored form."""
        return self._box().decrypt(encrypted_text.encode()).decode()


class SignInForm(LoginForm):  # type: ignore[misc]
    """Login and password; pasting and password managers are welcome (WCAG 2.2, 3.3.8)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="Identifiant",
            max_length=150,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
            error_messages={"required": "Saisissez votre identifiant."},
        )
        self.fields["password"] = forms.CharField(
            label="Mot de passe",
            strip=False,
            max_length=256,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            error_messages={"required": "Saisissez votre mot de passe."},
        )

    def clean_login(self) -> str:
        """The login as it is kept: printed digits may come with spaces."""
        return directory.plain_login(self.cleaned_data["login"])
