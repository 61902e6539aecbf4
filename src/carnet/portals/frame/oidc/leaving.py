"""The way to a provider: a request that this browser will recognise the answer of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from carnet.portals.frame.oidc import journey, pages
from carnet.portals.frame.oidc.configured import Provider
from carnet.wire.errors import Malformed
from carnet.wire.oidc import sign_in


def depart(request: HttpRequest, provider: Provider, *, target: str = "", login: str = "") -> HttpResponse:
    """The way to a provider, for a sign-in or (with a `login`) for a link.

    A form of ours leads to no other origin, by no redirect either (CSP `form-action`): its answer is a page that
    goes on by itself.
    """
    try:
        said = provider.metadata
    except Malformed as error:
        return pages.failed(request, provider, error)
    state, begun = journey.begin(request, provider.name, target=target, login=login)
    address = sign_in.request_address(
        said.authorization,
        client=provider.client,
        redirect=come_back(request, provider),
        scope=provider.scope,
        state=state,
        nonce=begun.nonce,
        verifier=begun.verifier,
        acr=" ".join(provider.acr),
    )
    if request.method == "POST":
        return render(request, "frame/oidc_leave.html", {"address": address, "provider": provider})
    return HttpResponseRedirect(address)


def come_back(request: HttpRequest, provider: Provider) -> str:
    """Our address for the answers of a provider."""
    address: str = request.build_absolute_uri(reverse("oidc_answer", args=[provider.name]))
    return address
