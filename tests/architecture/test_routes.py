"""Every address has an owner: it starts where its room says, and its view lives in that room."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.views import View

# Start of the address → package that answers. The longest start wins; every line has at least one address.
OWNERS = {
    "": "carnet.portals.public",
    "health/": "carnet.config.health",
    "xds/": "carnet.exchange.xds",
    "d/<str:domain>/xds/": "carnet.exchange.xds",
    "fhir": "carnet.exchange.fhir",
    "d/<str:domain>/fhir": "carnet.exchange.fhir",
    "oauth/": "carnet.exchange.login",
    ".well-known/": "carnet.exchange.login",
    "pro/": "carnet.portals.professional",
    "patient/": "carnet.portals.patient",
    "admission/": "carnet.portals.administration",
    "compte/": "carnet.portals.frame",
    "premiere-connexion/": "carnet.portals.frame",
    "acces-perdu/": "carnet.portals.frame",
    "actifs/": "carnet.portals.frame",
    "echanges/": "carnet.exchange.testbed",
}


def routes(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[tuple[str, str]]:
    """Every address (as written) and the module of its view."""
    for pattern in patterns:
        address = start + re.sub(r"^\^|\$$|\\Z$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        else:
            view = getattr(pattern.callback, "view_class", pattern.callback)
            yield address, view.__module__


def owner_of(address: str) -> str:
    """The start of `OWNERS` that an address belongs to."""
    return max((start for start in OWNERS if address.startswith(start)), key=len)


def strays(found: list[tuple[str, str]]) -> list[str]:
    """Addresses answered by a room that does not own them."""
    return [
        f"/{address} is answered by {module}, and belongs to {OWNERS[owner_of(address)]}"
        for address, module in found
        if module != OWNERS[owner_of(address)] and not module.startswith(OWNERS[owner_of(address)] + ".")
    ]


def test_every_address_has_an_owner() -> None:
    found = list(routes(get_resolver().url_patterns))
    wrong = strays(found)
    assert not wrong, "An address lives in the room that answers it; OWNERS says which is whose.\n" + "\n".join(wrong)
    idle = OWNERS.keys() - {owner_of(address) for address, _ in found}
    assert not idle, f"OWNERS names addresses that nothing answers: {sorted(idle)}"


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _Door(View):
    """A door that stands in another room."""

    __module__ = "carnet.exchange.fhir.read"


def test_a_stray_address_is_reported() -> None:
    found = list(routes([path("fhir/metadata", _Door.as_view()), path("pro/", _Door.as_view()), path("", _page)]))
    assert [line.split(" ")[0] for line in strays(found)] == ["/pro/", "/"]
