"""A forgotten password, without a help desk: a code by mail, and a second proof that is not the mail.

Two pages. The first takes a login and always answers alike, in the same time, whether the login exists, has an address
or not. The second wants the code received and a second proof (the application's code, a recovery code, or a code of
the printed sheet) together, and gives one answer for whatever is wrong. Then a new password is chosen: every session
ends, no device is trusted, a mail says so, and the journal of the record keeps it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel import clock
from carnet.kernel.errors import Refusal
from carnet.portals.frame import limits, mail_codes, notices, sign_in_traces
from carnet.portals.frame.first_entry import PasswordForm
from carnet.portals.frame.methods import READING, SENDING, page
from carnet.portals.frame.second_step import WrongCode, check_code
from carnet.record.directory import api as directory

_PENDING = "carnet_recovery"  # session: login, since when, then `proven`
_SECONDS = 20 * 60
_WRONG = (
    "Les deux codes ne vont pas ensemble. Recopiez le code du dernier message reçu et un code de votre application, de "
    "vos codes de secours ou de votre feuille. Sans message après quelques minutes, aucune adresse vérifiée ne va avec "
    "cet identifiant."
)


class LoginForm(forms.Form):  # type: ignore[misc]
    """Whose password."""

    login = forms.CharField(
        label="Identifiant",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Saisissez votre identifiant."},
    )


class ProofsForm(forms.Form):  # type: ignore[misc]
    """Two proofs at once."""

    mailed = forms.CharField(
        label="Code reçu par messagerie",
        help_text="6 chiffres, valables 10 minutes.",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Recopiez le code reçu."},
    )
    second = forms.CharField(
        label="Second code",
        help_text="De votre application (6 chiffres), de vos codes de secours ou de votre feuille (8 chiffres).",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "Recopiez un second code."},
    )


@page(*SENDING)
def ask(request: HttpRequest) -> HttpResponse:
    """Whose password was forgotten; a code leaves if there is somewhere to send it."""
    form = LoginForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        login = directory.plain_login(form.cleaned_data["login"])
        if limits.attempt(request, "recovery", login, action=limits.MAILS) is None:
            form.add_error(None, limits.TOO_MANY_MAILS)
        else:
            found = _account(login)
            mail_codes.send(
                account=login,
                purpose=mail_codes.RECOVERY,
                address=found.email if found else "",
                holder=mail_codes.holder_of(request),
            )
            request.session[_PENDING] = {"login": login, "since": clock.now().timestamp()}
            return redirect("recovery_proofs")
    return render(request, "frame/recovery.html", {"form": form}, status=422 if request.method == "POST" else 200)


@page(*SENDING)
def proofs(request: HttpRequest) -> HttpResponse:
    """The code received, and the second proof."""
    pending = _pending(request)
    if pending is None:
        return redirect("recovery")
    form = ProofsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wrong = _check(request, pending["login"], form.cleaned_data)
        if not wrong:
            request.session.cycle_key()
            request.session[_PENDING] = pending | {"proven": True}
            return redirect("recovery_password")
        form.add_error(None, wrong)
    status = 422 if request.method == "POST" else 200
    return render(request, "frame/recovery_proofs.html", {"form": form}, status=status)


@page(*SENDING)
def password(request: HttpRequest) -> HttpResponse:
    """Another password; the account then opens in the ordinary way."""
    pending = _pending(request)
    if pending is None or not pending.get("proven"):
        return redirect("recovery")
    form = PasswordForm(request.POST if request.method == "POST" else None, login=pending["login"])
    if request.method == "POST" and form.is_valid():
        user = _account(pending["login"])
        if user is None:
            return redirect("recovery")
        with transaction.atomic():
            user.set_password(form.cleaned_data["password"])
            user.save()
            notices.recovered(request, user, rule="mail-code+second-proof", proof="mail-code+second-proof")
        logout(request)
        return redirect("recovery_done")
    context = {"form": form, "advice": password_validators_help_texts()}
    status = 422 if request.method == "POST" else 200
    return render(request, "frame/recovery_password.html", context, status=status)


@page(*READING)
def done(request: HttpRequest) -> HttpResponse:
    """What happened, and where to sign in."""
    return render(request, "frame/recovery_done.html")


def _account(login: str) -> Any:
    """The account of a login that may still be used, None for no such one."""
    return get_user_model().objects.filter(username=login, is_active=True).first()


def _pending(request: HttpRequest) -> dict[str, Any] | None:
    """The recovery that goes on in this browser; None without one, or when it took too long."""
    pending: dict[str, Any] | None = request.session.get(_PENDING)
    if pending is None or clock.now().timestamp() - pending["since"] > _SECONDS:
        return None
    return pending


def _check(request: HttpRequest, login: str, given: dict[str, str]) -> str:
    """What is wrong with the two proofs, in one sentence for everything; empty when both are right.

    The second is looked at once the first is right: a stranger spends nobody's codes.
    """
    attempt = limits.attempt(request, "recovery", login)
    if attempt is None:
        sign_in_traces.kept_out(rule="too-many-attempts", proof="mail-code", login=login)
        return limits.TOO_MANY_ATTEMPTS
    mailed = given["mailed"].replace(" ", "")
    holder = mail_codes.holder_of(request)
    right = mail_codes.spend(account=login, purpose=mail_codes.RECOVERY, code=mailed, holder=holder, use=False)
    user = _account(login)
    if not right or user is None:
        sign_in_traces.kept_out(rule="code-wrong", proof="mail-code", login=login)
        return _WRONG
    second = check_code(request, user, given["second"], by_mail=False)
    if isinstance(second, (Refusal, WrongCode)):
        return _WRONG
    mail_codes.spend(account=login, purpose=mail_codes.RECOVERY, code=mailed, holder=holder)
    attempt.was_right()
    return ""
