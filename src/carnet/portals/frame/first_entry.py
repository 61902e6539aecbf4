"""The patient's first entry: a printed sheet becomes an account with a password and a second factor of one's own.

Three pages. The first spends one printed code; nothing is kept before the third, when account, password and second
factor are written together and the session begins. A sheet printed again leads here too: it replaces both.
Somebody who helps without a record comes by `caregiver_entry` in place of the first.
"""

from __future__ import annotations

from typing import Any

import segno
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django import forms
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel import clock
from carnet.kernel.errors import Refusal
from carnet.portals.frame import devices, limits, mail_codes
from carnet.portals.frame.accounts import SecondFactorAdapter
from carnet.portals.frame.methods import SENDING, page
from carnet.portals.frame.second_step import APPLICATION, PRINTED
from carnet.record.access import api as access
from carnet.record.directory import api as directory

# Session: login, since when, the invitation and name of a caregiver, then the digest of the chosen password, the seed.
_PENDING = "carnet_first_entry"
_SECONDS = 20 * 60


class SheetForm(forms.Form):  # type: ignore[misc]
    """What is copied from the sheet."""

    login = forms.CharField(
        label="Identifiant",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Recopiez l’identifiant de la feuille."},
    )
    password = forms.CharField(
        label="Mot de passe de la feuille",
        help_text="Avec ou sans les tirets.",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Recopiez le mot de passe de la feuille."},
    )
    code = forms.CharField(
        label="Un code de la feuille",
        help_text="8 chiffres. Prenez-en un qui n’est pas rayé, puis rayez-le.",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "Recopiez un code de la feuille."},
    )


class PasswordForm(forms.Form):  # type: ignore[misc]
    """A password of one's own, twice."""

    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choisissez un mot de passe."},
    )
    again = forms.CharField(
        label="Le même, une seconde fois",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Saisissez le même mot de passe une seconde fois."},
    )

    def __init__(self, *args: Any, login: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = get_user_model()(username=login)

    def clean_password(self) -> str:
        """A password that the validators of the settings accept, with their reasons."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self._user)
        return password

    def clean(self) -> dict[str, Any]:
        """Both alike."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", "Les deux saisies diffèrent. Recommencez la seconde.")
        return given


class ApplicationForm(forms.Form):  # type: ignore[misc]
    """The code that the application shows once it knows the seed."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Saisissez le code affiché par votre application."},
    )

    def __init__(self, *args: Any, seed: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seed = seed

    def clean_code(self) -> str:
        """The code of this moment."""
        code: str = self.cleaned_data["code"]
        if not validate_totp_code(self._seed, code):
            raise forms.ValidationError(
                "Ce code n’est pas celui de ce moment. Attendez le suivant dans votre application, puis saisissez-le."
            )
        return code


@page(*SENDING)
def sheet(request: HttpRequest) -> HttpResponse:
    """Step 1: login, first password and one code, all from the sheet."""
    form = SheetForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "frame/first_entry_sheet.html", {"form": form})
    if not form.is_valid():
        return render(request, "frame/first_entry_sheet.html", {"form": form}, status=422)
    given = form.cleaned_data
    key = directory.plain_login(given["login"])
    attempt = limits.attempt(request, "sheet", key)
    if attempt is None:
        form.add_error(None, limits.TOO_MANY_ATTEMPTS)
        return render(request, "frame/first_entry_sheet.html", {"form": form}, status=429)
    answer = access.enter_by_codes(login=given["login"], password=given["password"], code=given["code"])
    if isinstance(answer, Refusal):
        form.add_error("code" if answer.rule == "codes-used" else None, answer.problems[0].text)
        return render(request, "frame/first_entry_sheet.html", {"form": form}, status=422)
    attempt.was_right()
    logout(request)
    begin(request, answer.login)
    return redirect("first_entry_password")


def begin(request: HttpRequest, login: str, *, caregiver: tuple[str, str] | None = None) -> None:
    """The first step was right; `caregiver` is the invitation and the name of somebody who has no account yet."""
    request.session.cycle_key()
    request.session[_PENDING] = {"login": login, "since": clock.now().timestamp(), "caregiver": caregiver}


@page(*SENDING)
def password(request: HttpRequest) -> HttpResponse:
    """Step 2: a password of one's own."""
    pending = _pending(request)
    if pending is None:
        return redirect("first_entry")
    form = PasswordForm(request.POST if request.method == "POST" else None, login=pending["login"])
    if request.method == "POST" and form.is_valid():
        request.session[_PENDING] = pending | {
            "password": make_password(form.cleaned_data["password"]),
            "seed": SecondFactorAdapter().encrypt(generate_totp_secret()),
        }
        return redirect("first_entry_factor")
    context = {
        "form": form,
        "login": pending["login"],
        "caregiver": pending.get("caregiver"),
        "advice": password_validators_help_texts(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "frame/first_entry_password.html", context, status=status)


@page(*SENDING)
def factor(request: HttpRequest) -> HttpResponse:
    """Step 3: an authenticator application, or the other codes of the sheet; then inside."""
    pending = _pending(request)
    if pending is None or "password" not in pending:
        return redirect("first_entry")
    adapter = SecondFactorAdapter()
    seed = adapter.decrypt(pending["seed"])
    with_sheet = request.POST.get("moyen") == "feuille" and not pending.get("caregiver")
    form = ApplicationForm(request.POST if request.method == "POST" and not with_sheet else None, seed=seed)
    if with_sheet or (request.method == "POST" and form.is_valid()):
        finished = _finish(request, pending, "" if with_sheet else seed)
        return redirect("entrance" if finished else "caregiver_entry")
    totp_address = adapter.build_totp_url(get_user_model()(username=pending["login"]), seed)
    context = {
        "form": form,
        "caregiver": pending.get("caregiver"),
        "picture": segno.make(totp_address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        "seed": " ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "frame/first_entry_factor.html", context, status=status)


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    """What an entry that goes on has gathered; None without one, or when it took too long."""
    pending: dict[str, Any] | None = request.session.get(_PENDING)
    if pending is None or clock.now().timestamp() - pending["since"] > _SECONDS:
        return None
    return pending


def _finish(request: HttpRequest, pending: dict[str, Any], seed: str) -> bool:
    """Write the account whole, and sign in: password and second factor have both just been proven.

    An empty seed: the codes of the sheet are the second factor. Whatever opened this account before opens it no more.
    False, and nothing is written, when the invitation of a caregiver was spent or ran out meanwhile.
    """
    with transaction.atomic():
        if caregiver := pending.get("caregiver"):
            invitation, name = caregiver
            helped = access.enter_by_invitation(
                actor=access.NOBODY, invitation=invitation, login=pending["login"], name=name
            )
            if isinstance(helped, Refusal):
                del request.session[_PENDING]
                return False
        user, _ = get_user_model().objects.get_or_create(username=pending["login"])
        user.password, user.is_active = pending["password"], True
        user.save()
        Authenticator.objects.filter(user=user).delete()
        mail_codes.choose_factor(user.pk, chosen=False)
        devices.distrust(user)
        devices.end_sessions(user, kept=None)
        if seed:
            TOTP.activate(user, seed)
    del request.session[_PENDING]
    record_authentication(request, user, "password", username=pending["login"])
    record_authentication(request, user, "mfa", type=APPLICATION if seed else PRINTED)
    get_adapter().login(request, user)
    return True
