"""The home page, and the demonstration's accounts."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from carnet.portals.frame.accounts import AccountAdapter
from carnet.portals.frame.methods import READING, page
from carnet.portals.frame.session import actor_of_request
from carnet.portals.public.demonstration import KINDS, groups, refused_cards
from carnet.portals.public.mailbox import boxes


@page(*READING)
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and three doors."""
    return render(request, "public/home.html", {"actor": actor_of_request(request)})


@page(*READING)
def demonstration(request: HttpRequest) -> HttpResponse:
    """The fictional accounts with their codes of the moment; 404 outside demo mode.

    Only for a browser on the same machine: a demonstration shown to a network keeps its accounts to itself.
    """
    if settings.CARNET_MODE != "demo":
        raise Http404
    here = _is_here(AccountAdapter().get_client_ip(request))
    kind = request.GET.get("liste", "")
    kind = kind if kind in KINDS else ""
    words = request.GET.get("mots", "")[:80]
    path = settings.CARNET_HOME / "demo" / "identities.json"
    found = groups(path, kind=kind, words=words) if here else ()
    context = {
        "cards": refused_cards(path) if here and not (kind or words) else (),
        "groups": found,
        "here": here,
        "kinds": KINDS,
        "kind": kind,
        "words": words,
        "asked": bool(kind or words),
    }
    return render(request, "public/demonstration.html", context)


@page(*READING)
def mailbox(request: HttpRequest) -> HttpResponse:
    """What left by mail, for a browser on the same machine; 404 outside demo mode."""
    if settings.CARNET_MODE != "demo":
        raise Http404
    here = _is_here(AccountAdapter().get_client_ip(request))
    found = boxes(settings.CARNET_HOME / "mail", opened=request.GET.get("boite", "")) if here else ()
    context = {"boxes": found, "here": here, "elsewhere": settings.CARNET_SMTP is not None}
    return render(request, "public/mailbox.html", context)


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
