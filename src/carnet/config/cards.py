"""The card on the web: the machines' login verifies the certificate of a connection, and tells the portals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponseBase

from carnet.exchange.login.cards import Card
from carnet.exchange.login.client_certificate import HEADER, from_header
from carnet.exchange.login.faults import problem
from carnet.kernel import clock
from carnet.kernel.errors import Problem
from carnet.kernel.presented import ATTRIBUTE, PresentedCard


class PresentedCards:
    """Middleware: gives a request the reader of its card. Nothing is verified until somebody asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        setattr(request, ATTRIBUTE, partial(read, request.META.get(HEADER, "")))
        return self.get_response(request)


def read(header: str) -> PresentedCard | Problem:
    """The card of the proxy's header, or which of the `certificate-…` rules it breaks."""
    found = from_header(header, now=clock.now())
    if isinstance(found, Problem):
        return found
    if found.card is None:
        return problem(
            "certificate-card",
            "Ce certificat est celui d’une structure : une personne se connecte avec sa propre carte.",
            field="certificat",
            expected="un certificat d’authentification de carte (CPS, CPF)",
            source="IGC-Santé, profils de certificats",
        )
    return PresentedCard(
        person=found.common_name,
        name=found.name,
        professional=found.card in (Card.CPS, Card.CPF),
        digest=found.digest,
    )
