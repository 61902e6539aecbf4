"""The mail address of an account: verified by a code before it serves, removed on demand; and the code by mail.

An address that is not verified is in the session only. The account's own `email` is always a verified one.
"""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor
from carnet.portals.frame import limits, mail_codes, notices
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_everybody

_PENDING = "carnet_address"  # session: the address that a code was sent to


class AddressForm(forms.Form):  # type: ignore[misc]
    """Where to write."""

    address = forms.EmailField(
        label="Adresse de messagerie",
        help_text="Par exemple prenom.nom@exemple.fr. Choisissez une boîte que vous êtes seul à lire.",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Saisissez votre adresse.",
            "invalid": "Cette adresse n’en est pas une : il y manque quelque chose, comme le @ ou ce qui le suit.",
        },
    )


class MailedCodeForm(forms.Form):  # type: ignore[misc]
    """The code that was received."""

    code = forms.CharField(
        label="Code reçu par messagerie",
        help_text="6 chiffres, valables 10 minutes.",
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Recopiez le code reçu."},
    )


@for_everybody(*SENDING)
@fresh_proof
def address(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Give an address, or remove the one there is."""
    if request.method == "POST" and "retirer" in request.POST:
        _write(request, actor, "")
        return redirect("security")
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if limits.attempt(request, "address", str(request.user.pk), action=limits.MAILS) is None:
            form.add_error(None, limits.TOO_MANY_MAILS)
        else:
            given = form.cleaned_data["address"]
            mail_codes.send(
                account=_account(request, given),
                purpose=mail_codes.ADDRESS,
                address=given,
                holder=mail_codes.holder_of(request),
            )
            request.session[_PENDING] = given
            return redirect("address_code")
    context = {"actor": actor, "form": form}
    return render(request, "frame/address.html", context, status=422 if request.method == "POST" else 200)


@for_everybody(*SENDING)
@fresh_proof
def code(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The code that was sent to the address makes it the account's."""
    pending = request.session.get(_PENDING)
    if not pending:
        return redirect("address")
    form = MailedCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        attempt = limits.attempt(request, "address-code", str(request.user.pk))
        given = form.cleaned_data["code"].replace(" ", "")
        if attempt is None:
            form.add_error(None, limits.TOO_MANY_ATTEMPTS)
        elif not _is_right(request, pending, given):
            form.add_error("code", "Ce code n’est pas celui du dernier message, ou il a plus de dix minutes.")
        else:
            attempt.was_right()
            del request.session[_PENDING]
            _write(request, actor, pending)
            return redirect("security")
    context = {"actor": actor, "form": form, "address": pending}
    return render(request, "frame/address_code.html", context, status=422 if request.method == "POST" else 200)


@for_everybody(*SENDING)
@fresh_proof
def by_mail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take a code by mail as a second proof, or not any more."""
    if request.method != "POST":
        return redirect("security")
    chosen = "prendre" in request.POST
    if request.user.email or not chosen:
        with transaction.atomic():
            mail_codes.choose_factor(request.user.pk, chosen=chosen)
            notices.changed(request.user, actor, rule="mail-code")
    return redirect("security")


def _write(request: HttpRequest, actor: Actor, address: str) -> None:
    """Make an address the account's own; without one no code is sent."""
    former = request.user.email
    with transaction.atomic():
        request.user.email = address
        request.user.save(update_fields=["email"])
        if not address:
            mail_codes.choose_factor(request.user.pk, chosen=False)
        notices.address_changed(request.user, actor, former=former)


def _is_right(request: HttpRequest, address: str, code: str) -> bool:
    account, holder = _account(request, address), mail_codes.holder_of(request)
    return mail_codes.spend(account=account, purpose=mail_codes.ADDRESS, code=code, holder=holder)


def _account(request: HttpRequest, address: str) -> str:
    """A code proves one address, for one account."""
    return f"{request.user.get_username()} {address}"
