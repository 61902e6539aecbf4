"""How people prove who they are: django-allauth, in our words and with our limits.

Accounts are made by the directory and the demonstration loader, never by signing up. The second
factor is always required: `session.actor_of_request` gives no actor to a session without it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django import forms
from django.core.cache import cache
from django.http import HttpRequest

from carnet.kernel import keys
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory

TOO_MANY_ATTEMPTS = (
    "Trop d’essais sans succès : cet accès est suspendu quelques minutes. Attendez cinq minutes, puis recommencez."
)
# session: True when the second factor of this session was a printed code
PRINTED_CODE = "carnet_printed_code"
_PRINTED_DIGITS = 8


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


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The six digits of the authenticator application, or eight of the printed sheet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label="Code à 6 chiffres",
            max_length=12,
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
            error_messages={"required": "Saisissez le code affiché par votre application."},
        )

    def clean_code(self) -> str:
        """A right code that did not serve before, for as long as the tolerance on clocks makes it right."""
        printed = normalize_user_code(self.cleaned_data["code"])
        if len(printed) == _PRINTED_DIGITS and printed.isdigit():
            return self._spend(printed)
        code: str = super().clean_code()
        digest = hashlib.sha256(f"{self.user.pk}:{normalize_user_code(code)}".encode()).hexdigest()
        lifetime = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 2)
        if not cache.add(f"carnet.code.used:{digest}", True, timeout=lifetime):
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return code

    def _spend(self, printed: str) -> str:
        """A code of the sheet, used once; the attempts count with those of the application."""
        clear_attempts = check_rate_limit(self.user)
        answer = access.enter_by_codes(login=self.user.get_username(), password=None, code=printed)
        if isinstance(answer, Refusal):
            raise forms.ValidationError(answer.problems[0].text)
        clear_attempts()
        self.authenticator = Authenticator.objects.get(user=self.user, type=Authenticator.Type.TOTP)
        context.request.session[PRINTED_CODE] = True
        return printed
