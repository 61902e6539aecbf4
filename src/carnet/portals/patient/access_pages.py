"""Who has access: the list, letting in, ending, blocking, the médecin traitant; and finding somebody to let in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame.dates import end_of_day
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.freshness import ask_again, fresh_proof_from, is_fresh
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import access_words, told
from carnet.portals.patient.control_forms import AllowForm, Found, SearchForm
from carnet.portals.patient.telling import PROFESSIONS
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents

_Do = Callable[[Actor, str, str], access.Controlled | Refusal]


def _named(grantee: str) -> str:
    return grantee.removeprefix("p:")


# The value of a button → what it does and what is said once it is done.
_ACTS: dict[str, tuple[_Do, str]] = {
    "bloquer": (
        lambda actor, domain, grantee: access.block(actor=actor, domain=domain, person=_named(grantee)),
        "{} est bloqué : il ne lit plus votre carnet, même en urgence.",
    ),
    "debloquer": (
        lambda actor, domain, grantee: access.unblock(actor=actor, domain=domain, person=_named(grantee)),
        "{} n’est plus bloqué, et n’a pas accès pour autant.",
    ),
    "finir": (
        lambda actor, domain, grantee: access.end(actor=actor, domain=domain, grantee=grantee),
        "{} n’a plus accès à votre carnet.",
    ),
    "traitant": (
        lambda actor, domain, grantee: access.name_treating(actor=actor, domain=domain, person=_named(grantee)),
        "{} est votre médecin traitant : il lit tout, documents masqués compris.",
    ),
    "plus-traitant": (
        lambda actor, domain, grantee: access.end_treating(actor=actor, domain=domain, person=_named(grantee)),
        "{} n’est plus votre médecin traitant, et garde son accès.",
    ),
}
# They open the record wider, and want a fresh proof; what closes it is done at once, by whoever is in a hurry.
_OPENING = ("debloquer", "traitant")


@for_actor(ActorKind.PATIENT, *SENDING)
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who has access and why; one button for each thing that may be changed."""
    refused = None
    if request.method == "POST":
        if request.POST.get("geste") in _OPENING and not is_fresh(request):
            return ask_again(request, "patient:access")
        answer = _act(request, actor)
        if not isinstance(answer, Refusal):
            return answer
        refused = answer
    found = access.controls_of(actor=actor, domain=domain_of(actor))
    if isinstance(found, Refusal):
        return refusal(request, found)
    context = {
        "actor": actor,
        "people": access_words.people(found, documents.last_readings(actor=actor)),
        "done": told.once(request),
        "refusal": refused,
    }
    return render(request, "patient/access.html", context, status=422 if refused else 200)


def _act(request: HttpRequest, actor: Actor) -> HttpResponse | Refusal:
    chosen = _ACTS.get(request.POST.get("geste", ""))
    if chosen is None:
        raise Http404
    do, words = chosen
    grantee = request.POST.get("qui", "")
    answer = do(actor, domain_of(actor), grantee)
    if isinstance(answer, Refusal):
        return answer
    told.say(request, words.format(access.name_of_grantee(actor=actor, grantee=grantee)))
    return redirect("patient:access")


@for_actor(ActorKind.PATIENT, *SENDING)
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Find a professional by name, to let them in, their structure, or to block them; names stay out of addresses."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"actor": actor, "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "patient/search.html", context, status=422 if request.method == "POST" else 200)
    found = directory.professionals_named(actor=actor, words=form.cleaned_data["name"])
    context |= {"searched": True, "found": [_found(one) for one in found]}
    return render(request, "patient/search.html", context)


@for_actor(ActorKind.PATIENT, *SENDING)
@fresh_proof_from("patient:search")
def allow(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Let in somebody who was found: them alone or a place where they work, to a day or without end."""
    person = directory.professional(request.POST.get("person", ""))
    if person is None:
        return redirect("patient:search")
    chosen = _found(person)
    sent = "grantee" in request.POST
    form = AllowForm(request.POST if sent else None, chosen=chosen, initial={"grantee": chosen.grantee})
    context = {"actor": actor, "form": form, "person": chosen}
    if not sent or not form.is_valid():
        return render(request, "patient/allow.html", context, status=422 if sent else 200)
    grantee, until = form.cleaned_data["grantee"], end_of_day(form.cleaned_data["until"])
    answer = access.allow(actor=actor, domain=domain_of(actor), grantee=grantee, until=until)
    if isinstance(answer, Refusal):
        return render(request, "patient/allow.html", context | {"refusal": answer}, status=422)
    told.say(request, f"{access.name_of_grantee(actor=actor, grantee=grantee)} peut lire votre carnet.")
    return redirect("patient:access")


def _found(one: directory.Professional) -> Found:
    places = [place for name in one.structures if (place := directory.structure(name)) is not None]
    return Found(
        identifier=one.id,
        name=one.name,
        role=PROFESSIONS.get(one.profession, "professionnel de santé"),
        places=tuple((f"s:{place.id}", f"{place.name}, {place.city}".strip(", ")) for place in places),
    )
