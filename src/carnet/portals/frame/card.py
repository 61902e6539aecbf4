"""« Se connecter avec ma carte »: the certificate of the connection says who signs in; the session lives with the card.

The connection asks for a certificate on the machines' port (in production on the people's port too). Reading the page
changes nothing: a button, with the form's token, opens the session, so that no other site can.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from carnet.kernel.errors import Problem
from carnet.kernel.presented import PresentedCard
from carnet.portals.frame import sign_in_traces
from carnet.portals.frame.errors import page as error_page
from carnet.portals.frame.methods import SENDING, page
from carnet.portals.frame.oidc import journey, opened, pages
from carnet.record.directory import api as directory


@page(*SENDING)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Whose card is there, and the button that enters with it; without a card, where to come with one."""
    card = opened.card_of(request)
    target = journey.own_path((request.POST if request.method == "POST" else request.GET).get("suite", ""))
    if isinstance(card, Problem) and card.rule != "certificate-missing":
        sign_in_traces.kept_out(rule=card.rule, proof=opened.CARD)
        return error_page(request, 403, "Cette carte n’ouvre pas de session", "Voici pourquoi.", [card])
    if request.method == "POST" and isinstance(card, PresentedCard):
        return _enter(request, card, target)
    address = f"{settings.CARNET_TLS_ADDRESS}{reverse('card')}"
    context = {"card": card if isinstance(card, PresentedCard) else None, "address": address, "target": target}
    return render(request, "frame/card.html", context)


def _enter(request: HttpRequest, card: PresentedCard, target: str) -> HttpResponse:
    if not card.professional:
        sign_in_traces.kept_out(rule="certificate-card", proof=opened.CARD, person=card.person)
        text = (
            "Cette carte est celle d’un employé : elle sert aux logiciels de sa structure. Sur ces pages, "
            "connectez-vous avec votre identifiant."
        )
        return error_page(request, 403, "Cette carte n’ouvre pas de session", text)
    login = directory.login_of_professional(person=card.person, proof=opened.CARD)
    if isinstance(login, Problem):
        return pages.unknown(request, login, proof=opened.CARD, person=card.person)
    known = directory.professional(card.person)
    structures = known.structures if known is not None else ()
    if not structures:
        return pages.unknown(request, pages.no_activity(), proof=opened.CARD, person=card.person)
    done = opened.open_session(
        request,
        login,
        provider=opened.CARD,
        structures=structures,
        person=card.person,
        card=card.digest.hex(),
    )
    if not done:
        return pages.disabled(request, proof=opened.CARD, login=login)
    return pages.arrived(target, several=len(structures) > 1)
