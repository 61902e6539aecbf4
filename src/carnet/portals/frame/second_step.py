"""The second step of signing in: what proves, after the password, that it is the person.

A stage of allauth's sign-in that always comes, unless a passkey alone signed in (it is two proofs) or the device is
trusted. It takes the code of the authenticator application, a passkey, a code sent by mail when the person chose it, a
code of the printed sheet, or a recovery code.
"""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import record_authentication
from allauth.account.stages import LoginStage
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django import forms
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame import devices, limits, mail_codes, notices, passkeys, sign_in_traces
from carnet.portals.frame.freshness import TRUSTED_DEVICE
from carnet.portals.frame.methods import SENDING, page
from carnet.record.access import api as access
from carnet.record.directory import api as directory

KEY = "mfa_authenticate"
# What the record of a session says of its second proof.
APPLICATION, PRINTED, RECOVERY, MAIL, PASSKEY = "totp", "printed-code", "recovery-code", "mail-code", "webauthn"
_EIGHT_DIGITS = 8
INCORRECT = (
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez le code suivant de votre application, puis saisissez-le."
)


class SecondStage(LoginStage):  # type: ignore[misc]
    """Tells allauth when to ask for the second proof: always, but for the two exceptions above."""

    key = KEY
    urlname = "mfa_authenticate"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Go to the page, or go on."""
        if did_use_passwordless_login(self.request, self.login.user):
            return None, True
        if devices.is_trusted(self.request, self.login.user):
            record_authentication(self.request, self.login.user, "mfa", type=TRUSTED_DEVICE)
            return None, True
        return redirect("mfa_authenticate"), True


class CodeForm(forms.Form):  # type: ignore[misc]
    """Six digits of the application, eight of the printed sheet or of the recovery codes."""

    code = forms.CharField(
        label="Code à 6 chiffres",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Saisissez le code affiché par votre application."},
    )


@page(*SENDING)
@login_stage_required(stage=KEY, redirect_urlname="account_login")  # type: ignore[untyped-decorator]
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the second proof and finish signing in."""
    stage = request._login_stage
    user = stage.login.user
    by_mail = bool(user.email) and mail_codes.is_factor(user.pk)
    context: dict[str, Any] = {"form": CodeForm(), "by_mail": by_mail, "may_trust": _is_patient(user)}
    if request.method == "POST" and "credential" in request.POST:
        found = passkeys.proven(request, user, request.POST["credential"], sort="second")
        if not isinstance(found, str):
            return _enter(request, stage, PASSKEY)
        context["passkey_refused"] = found
    elif by_mail and request.method == "POST" and "courrier" in request.POST:
        if limits.attempt(request, "second-step", str(user.pk), action=limits.MAILS) is None:
            context["mail_refused"] = limits.TOO_MANY_MAILS
        else:
            mail_codes.send(
                account=user.get_username(),
                purpose=mail_codes.SIGN_IN,
                address=user.email,
                holder=mail_codes.holder_of(request),
            )
            context["mail_sent"] = True
            return render(request, "frame/code.html", context | {"passkey": passkeys.options_for(user)})
    elif request.method == "POST":
        form = context["form"] = CodeForm(request.POST)
        if form.is_valid():
            sort = check_code(request, user, form.cleaned_data["code"])
            if isinstance(sort, Refusal):
                form.add_error("code", sort.problems[0].text)
            elif isinstance(sort, WrongCode):
                form.add_error("code", sort.text)
            else:
                return _enter(request, stage, sort)
    context["passkey"] = passkeys.options_for(user)
    return render(request, "frame/code.html", context, status=422 if request.method == "POST" else 200)


class WrongCode:
    """A code that proves nothing, and what to tell."""

    def __init__(self, text: str) -> None:
        self.text = text


def check_code(request: HttpRequest, user: Any, typed: str, *, by_mail: bool = True) -> str | Refusal | WrongCode:
    """Which sort of proof a typed code is for this account; what it is worth is spent. Attempts are counted.

    `by_mail` is False where a mailed code has been proven already, and would be the same proof twice.
    """
    attempt = limits.attempt(request, "code", str(user.pk))
    if attempt is None:
        sign_in_traces.kept_out(rule="too-many-attempts", proof="password", login=user.get_username())
        return WrongCode(limits.TOO_MANY_ATTEMPTS)
    code = normalize_user_code(typed)
    if _application(user, code):
        attempt.was_right()
        return APPLICATION
    if by_mail and _mailed(request, user, code):
        attempt.was_right()
        return MAIL
    if len(code) == _EIGHT_DIGITS and code.isdigit():
        if _recovery(user, code):
            attempt.was_right()
            return RECOVERY
        answer = access.enter_by_codes(login=user.get_username(), password=None, code=code)
        if isinstance(answer, Refusal):
            return answer
        attempt.was_right()
        return PRINTED
    sign_in_traces.kept_out(rule="code-wrong", proof="password", login=user.get_username())
    return WrongCode(INCORRECT)


def _application(user: Any, code: str) -> bool:
    """Whether it is the application's code of the moment, which did not serve before (RFC 6238, 5.2)."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if found is None or not found.wrap().validate_code(code):
        return False
    digest = hashlib.sha256(f"{user.pk}:{code}".encode()).hexdigest()
    lifetime = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 2)
    if not cache.add(f"carnet.code.used:{digest}", True, timeout=lifetime):
        return False
    found.record_usage()
    return True


def _mailed(request: HttpRequest, user: Any, code: str) -> bool:
    """Whether it is the code that left by mail, for an account that takes one."""
    if len(code) != mail_codes.DIGITS or not user.email or not mail_codes.is_factor(user.pk):
        return False
    account, holder = user.get_username(), mail_codes.holder_of(request)
    return mail_codes.spend(account=account, purpose=mail_codes.SIGN_IN, code=code, holder=holder)


def _is_patient(user: Any) -> bool:
    actor = directory.actor_of_login(login=user.get_username(), proof="password")
    return actor is not None and actor.kind is ActorKind.PATIENT


def _recovery(user: Any, code: str) -> bool:
    """Whether it is a recovery code that did not serve before; it has now."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return bool(found and found.wrap().validate_code(code))


def _enter(request: HttpRequest, stage: LoginStage, sort: str) -> HttpResponse:
    """The second proof is there: the sign-in goes on to its end."""
    user = stage.login.user
    record_authentication(request, user, "mfa", type=sort)
    if sort == RECOVERY:
        notices.recovered(request, user, rule="recovery-code", proof=f"password+{RECOVERY}")
    answer: HttpResponse = stage.exit()
    if request.POST.get("appareil") and sort != RECOVERY and _is_patient(user):
        devices.trust(request, user, answer)
    return answer
