"""Pages of passkeys: signing in with one, adding, naming and removing them."""

from __future__ import annotations

from typing import Any

from allauth.account.models import Login
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from carnet.kernel.actor import Actor
from carnet.portals.frame import notices, passkeys
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.methods import SENDING, page
from carnet.portals.frame.session import for_everybody


class NameForm(forms.Form):  # type: ignore[misc]
    """How a person calls a passkey."""

    name = forms.CharField(
        label="Nom de la clé",
        help_text="Pour la reconnaître, par exemple « Téléphone » ou « Ordinateur de la maison ».",
        max_length=passkeys.NAME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@page(*SENDING)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone: the page asks, the browser offers those that it has for this site."""
    if request.user.is_authenticated:
        return redirect("entrance")
    target = request.POST.get("next") or request.GET.get("next", "")
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = ""
    refused = ""
    if request.method == "POST":
        found = passkeys.proven(request, None, request.POST.get("credential", ""), sort="sign-in")
        if not isinstance(found, str):
            login = Login(user=found.user, redirect_url=target or None)
            answer: HttpResponse = perform_passwordless_login(request, found, login)
            return answer
        refused = found
    context = {"passkey": passkeys.options_for_anybody(), "passkey_refused": refused, "target": target}
    return render(request, "frame/passkey_sign_in.html", context, status=422 if refused else 200)


@for_everybody(*SENDING)
@fresh_proof
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a passkey on this device, or on a key that is plugged in."""
    form = NameForm(request.POST if request.method == "POST" else None)
    refused = ""
    if request.method == "POST" and form.is_valid():
        credential, name = request.POST.get("credential", ""), form.cleaned_data["name"]
        with transaction.atomic():
            made = passkeys.register(request.user, credential, name)
            if not isinstance(made, str):
                notices.changed(request.user, actor, rule="passkey")
        if not isinstance(made, str):
            return redirect("security")
        refused = made
    context: dict[str, Any] = {
        "actor": actor,
        "form": form,
        "passkey": passkeys.options_to_register(request.user),
        "passkey_refused": refused,
    }
    return render(request, "frame/passkey_add.html", context, status=422 if request.method == "POST" else 200)


@for_everybody(*SENDING)
@fresh_proof
def change(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Rename or remove one of one's own passkeys."""
    found = Authenticator.objects.filter(pk=number, user=request.user, type=Authenticator.Type.WEBAUTHN).first()
    if found is None:
        raise Http404
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found.wrap().name})
    if request.method == "POST" and "retirer" in request.POST:
        with transaction.atomic():
            found.delete()
            notices.changed(request.user, actor, rule="passkey")
        return redirect("security")
    if request.method == "POST" and form.is_valid():
        found.wrap().name = form.cleaned_data["name"] or found.wrap().name
        found.save()
        return redirect("security")
    context = {"actor": actor, "form": form, "passkey_name": found.wrap().name}
    return render(request, "frame/passkey_change.html", context, status=422 if request.method == "POST" else 200)
