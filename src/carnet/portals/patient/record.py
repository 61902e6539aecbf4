"""The patient's page on the record itself: where it is in its life; closing, reopening, opposing, erasing."""

from __future__ import annotations

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame import record_state
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.life_acts import possible
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import acts
from carnet.portals.patient.forms import AgreedForm
from carnet.record.life import api as life

_DONE = "carnet_own_done"  # session: what was just done, told once


@for_actor(ActorKind.PATIENT, *READING)
def own_record(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where the record is, and what its person may ask for."""
    state = life.state(actor=actor, domain=domain_of(actor))
    if isinstance(state, Refusal):
        return refusal(request, state)
    told = record_state.told(state)
    context = {
        "actor": actor,
        "state": told,
        "acts": possible(acts.ACTS, told.status, erasing=told.erasing),
        "done": request.session.pop(_DONE, ""),
    }
    return render(request, "patient/record.html", context)


@for_actor(ActorKind.PATIENT, *SENDING)
@fresh_proof
def act(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One act: what it means first, then a tick, then it is done."""
    chosen = acts.NAMED.get(name)
    if chosen is None:
        raise Http404
    form = AgreedForm(request.POST if request.method == "POST" else None, sentence=chosen.agreed)
    context = {"form": form, "actor": actor, "act": chosen}
    if request.method != "POST" or not form.is_valid():
        return render(request, "patient/act.html", context, status=422 if request.method == "POST" else 200)
    answer = chosen.do(actor=actor, domain=domain_of(actor), patient_id="")
    if isinstance(answer, Refusal):
        return render(request, "patient/act.html", context | {"refusal": answer}, status=403)
    if chosen.ends:
        logout(request)
        return redirect("home")
    request.session[_DONE] = chosen.done
    return redirect("patient:record")
