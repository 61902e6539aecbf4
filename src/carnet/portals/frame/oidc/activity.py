"""« Où exercez-vous maintenant ? »: a professional with several activities acts in one of them, and may change."""

from __future__ import annotations

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from carnet.portals.frame.errors import page as error_page
from carnet.portals.frame.methods import SENDING, page
from carnet.portals.frame.oidc import journey, opened, pages
from carnet.portals.frame.session import actor_of_request
from carnet.record.directory import api as directory
from carnet.record.directory.api import Structure


@page(*SENDING)
def activity(request: HttpRequest) -> HttpResponse:
    """The places where the session may act, and the choice of one."""
    target = journey.own_path((request.POST if request.method == "POST" else request.GET).get("suite", ""))
    places = _places(request)
    if places is None:
        return redirect("account_login")
    if not places:
        return error_page(request, 403, "Vous n’avez pas d’accès ici", pages.no_activity().text, [pages.no_activity()])
    if request.method == "POST":
        wanted = request.POST.get("structure", "")
        if wanted in {place.id for place in places}:
            opened.choose(request, wanted)
            return HttpResponseRedirect(target) if target else redirect("entrance")
    status = 422 if request.method == "POST" else 200
    context = {
        "places": places,
        "target": target,
        "chosen": opened.structure_of(request),
        "actor": actor_of_request(request),
        "wrong": status == 422,
    }
    return render(request, "frame/activity.html", context, status=status)


def _places(request: HttpRequest) -> list[Structure] | None:
    """The structures of activities that go on; those that the provider named too, in its session. None for others."""
    if not request.user.is_authenticated:
        return None
    records = get_authentication_records(request, request.user)
    if opened.card_is_away(request, records):
        return None
    record = opened.record_of(records)
    actor = None if record else actor_of_request(request)
    person = record["person"] if record else actor.person if actor else ""
    known = directory.professional(person)
    if known is None:
        return None
    allowed = known.structures if record is None else [one for one in record["structures"] if one in known.structures]
    found = (directory.structure(one) for one in allowed)
    return [place for place in found if place is not None and not place.blocked]
