"""« Ma sécurité »: the means of signing in of one account, where it is open, which devices it trusts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import devices, limits, mail_codes, notices, passkeys
from carnet.portals.frame.accounts import SecondFactorAdapter
from carnet.portals.frame.first_entry import ApplicationForm, PasswordForm
from carnet.portals.frame.freshness import fresh_proof, fresh_proof_from
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_everybody
from carnet.record.directory import api as directory

_SEED = "carnet_new_seed"  # session: the sealed seed of an application that is being added


@for_everybody(*READING)
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything on one page, each with the way to change it."""
    found = {one.type: one for one in Authenticator.objects.filter(user=request.user)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    own = actor.kind is ActorKind.PATIENT and actor.record_id is not None
    context = {
        "actor": actor,
        "application": found.get(Authenticator.Type.TOTP),
        "passkeys": [{"number": one.pk, "name": one.wrap().name, "one": one} for one in passkeys.owned(request.user)],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sheet": directory.sheet_state(actor=actor, record_id=actor.record_id) if own and actor.record_id else None,
        "address": request.user.email,
        "by_mail": mail_codes.is_factor(request.user.pk),
        "has_password": request.user.has_usable_password(),
        "sessions": devices.sessions(request),
        "devices": devices.devices(request),
        "may_trust": actor.kind is ActorKind.PATIENT,
    }
    return render(request, "frame/security.html", context)


@for_everybody(*SENDING)
@fresh_proof
def application(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An authenticator application, in place of the former one."""
    adapter = SecondFactorAdapter()
    if request.method != "POST" or _SEED not in request.session:
        request.session[_SEED] = adapter.encrypt(generate_totp_secret())
    seed = adapter.decrypt(request.session[_SEED])
    form = ApplicationForm(request.POST if request.method == "POST" else None, seed=seed)
    if request.method == "POST":
        attempt = limits.attempt(request, "application", str(request.user.pk))
        if attempt is None:
            form.add_error(None, limits.TOO_MANY_ATTEMPTS)
        elif form.is_valid():
            attempt.was_right()
            with transaction.atomic():
                Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).delete()
                TOTP.activate(request.user, seed)
                notices.changed(request.user, actor, rule="application")
            del request.session[_SEED]
            return redirect("security")
    address = adapter.build_totp_url(request.user, seed)
    context = {
        "actor": actor,
        "form": form,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
        "seed": " ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
    }
    return render(request, "frame/application.html", context, status=422 if request.method == "POST" else 200)


@for_everybody(*SENDING)
@fresh_proof
def recovery_codes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ten new codes, shown this once; the former ones stop working."""
    if request.method != "POST":
        return render(request, "frame/recovery_codes.html", {"actor": actor})
    with transaction.atomic():
        Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).delete()
        codes = RecoveryCodes.activate(request.user).get_unused_codes()
        notices.changed(request.user, actor, rule="recovery-codes")
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    return render(request, "frame/recovery_codes.html", {"actor": actor, "codes": shown})


@for_everybody(*SENDING)
@fresh_proof
def password(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Another password; every other session ends."""
    form = PasswordForm(request.POST if request.method == "POST" else None, login=request.user.get_username())
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            request.user.set_password(form.cleaned_data["password"])
            request.user.save()
            devices.end_sessions(request.user, kept=request.session.session_key)
            notices.changed(request.user, actor, rule="password")
        update_session_auth_hash(request, request.user)
        return redirect("security")
    context: dict[str, Any] = {"actor": actor, "form": form, "advice": password_validators_help_texts()}
    return render(request, "frame/password.html", context, status=422 if request.method == "POST" else 200)


@for_everybody("POST")
@fresh_proof_from("security")
def end_session(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Sign out elsewhere: one session, or all but this one."""
    devices.end_sessions(request.user, kept=request.session.session_key, only=_one(request))
    return redirect("security")


@for_everybody("POST")
def distrust(request: HttpRequest, _actor: Actor) -> HttpResponse:
    """Trust a device no more, or none."""
    devices.distrust(request.user, only=_one(request))
    return redirect("security")


def _one(request: HttpRequest) -> UUID | None:
    """The one that a form names; None for all."""
    text = request.POST.get("lequel", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None
