"""« Confirmez que c'est vous »: the page that a view under `freshness.fresh_proof` leads to, and back."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from carnet.portals.frame import limits, passkeys, sign_in_traces
from carnet.portals.frame.methods import SENDING, page
from carnet.portals.frame.session import actor_of_request


class ConfirmForm(forms.Form):  # type: ignore[misc]
    """The password again, or nothing when a passkey answers."""

    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Saisissez votre mot de passe."},
    )


@page(*SENDING)
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask the signed-in person for their password or a passkey, then lead back."""
    actor = actor_of_request(request)
    if actor is None:
        return redirect("account_login")
    target = safe_target(request.POST.get("suite") or request.GET.get("suite", ""))
    context: dict[str, Any] = {"actor": actor, "target": target, "has_password": request.user.has_usable_password()}
    status = 200
    if request.method == "POST" and "credential" in request.POST:
        found = passkeys.proven(request, request.user, request.POST["credential"], sort="confirm")
        if not isinstance(found, str):
            record_authentication(request, request.user, "mfa", type="webauthn", reauthenticated=True)
            return redirect(target)
        form, status = ConfirmForm(), 422
        context["passkey_refused"] = found
    else:
        form = ConfirmForm(request.POST if request.method == "POST" else None)
        if request.method == "POST":
            status = 422
            if form.is_valid() and _right(request, form):
                record_authentication(request, request.user, "password", reauthenticated=True)
                return redirect(target)
    context |= {"form": form, "passkey": passkeys.options_for(request.user)}
    return render(request, "frame/confirm.html", context, status=status)


def safe_target(text: str) -> str:
    """A page of this site to lead back to; the portal's entrance for anything else."""
    ours = text.startswith("/") and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    return text if ours else str(reverse("entrance"))


def _right(request: HttpRequest, form: ConfirmForm) -> bool:
    """Whether the password is the account's; says why not in the form."""
    attempt = limits.attempt(request, "confirm", str(request.user.pk))
    if attempt is None:
        sign_in_traces.kept_out(rule="too-many-attempts", proof="password", login=request.user.get_username())
        form.add_error(None, limits.TOO_MANY_ATTEMPTS)
    elif not request.user.check_password(form.cleaned_data["password"]):
        sign_in_traces.kept_out(rule="password-wrong", proof="password", login=request.user.get_username())
        form.add_error("password", "Ce n’est pas votre mot de passe. Vérifiez les majuscules, puis recommencez.")
    else:
        attempt.was_right()
        return True
    return False
