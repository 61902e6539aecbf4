"""There and back: the request to a provider, its answer, and the session that opens or the page that says why not.

The answer is refused unless this browser asked for it (state, once), this provider gave it (iss), and everything that
it leads to holds (`wire.oidc`). What the directory answers then decides whether anybody comes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from carnet.kernel.errors import Problem
from carnet.portals.frame.methods import READING, page
from carnet.portals.frame.oidc import asking, journey, leaving, linking, opened, pages
from carnet.portals.frame.oidc.configured import PSC, Provider, provider_or_404
from carnet.record.directory import api as directory
from carnet.wire.errors import Malformed
from carnet.wire.oidc import sign_in
from carnet.wire.oidc.pivot import read_pivot
from carnet.wire.oidc.professional import ConnectedProfessional, read_professional


@page(*READING)
def start(request: HttpRequest, name: str) -> HttpResponse:
    """Send the browser to the provider; `next` is where it goes once signed in.

    A session begins because its person asked: whom another site sends here is shown the sign-in page instead.
    """
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        target = journey.own_path(request.GET.get("next", ""))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': target})}" if target else "account_login")
    return leaving.depart(request, provider_or_404(name), target=request.GET.get("next", ""))


@page(*READING)
def answer(request: HttpRequest, name: str) -> HttpResponse:
    """What the provider answered through the browser."""
    provider = provider_or_404(name)
    begun = journey.end(request, name, request.GET.get("state", ""))
    if begun is None:
        return pages.failed(
            request,
            provider,
            Malformed(
                "oidc-state",
                "Cette réponse ne correspond à aucune demande de ce navigateur : elle a déjà servi, elle a trop "
                "attendu, ou elle vient d’ailleurs. Recommencez depuis la page de connexion.",
                field="state",
                source="RFC 6749 §10.12",
            ),
        )
    try:
        code = sign_in.check_answer(
            request.GET.dict(), issuer=provider.issuer, announced=provider.metadata.names_itself
        )
        signed, access = asking.signed_in(provider, code, begun, leaving.come_back(request, provider))
        told = asking.told_of(provider, access, signed.subject)
        if name == PSC:
            return _professional(request, provider, signed, told, begun.target)
        pivot = read_pivot(told)
    except Malformed as error:
        return pages.failed(request, provider, error)
    if begun.login:
        return linking.linked(request, signed, pivot, begun.login)
    return linking.entered(request, provider, signed, pivot, begun.target)


def _professional(
    request: HttpRequest, provider: Provider, signed: sign_in.Signed, told: Mapping[str, Any], target: str
) -> HttpResponse:
    who = read_professional(told)
    proof = f"oidc:{provider.name}"
    login = directory.login_of_professional(person=who.id, proof=proof)
    if isinstance(login, Problem):
        return pages.unknown(request, login, proof=proof, person=who.id)
    structures = _structures(who)
    if not structures:
        return pages.unknown(request, pages.no_activity(), proof=proof, person=who.id)
    done = opened.open_session(
        request,
        login,
        provider=provider.name,
        issuer=signed.issuer,
        subject=signed.subject,
        sid=signed.session,
        structures=structures,
        person=who.id,
    )
    if not done:
        return pages.disabled(request, proof=proof, login=login)
    return pages.arrived(target, several=len(structures) > 1)


def _structures(who: ConnectedProfessional) -> tuple[str, ...]:
    """Where the directory and the provider both say that the professional works, in the provider's order."""
    known = directory.professional(who.id)
    return tuple(one for one in who.structures if known is not None and one in known.structures)
