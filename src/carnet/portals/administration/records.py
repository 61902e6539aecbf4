"""A record that exists, at the desk: where it is in its life, its sheet of codes, and what its person asks for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Reason, Refusal
from carnet.portals.administration import acts, memory, sheet
from carnet.portals.administration.forms import AgreedForm, FindForm
from carnet.portals.administration.numbered import mistyped, numbered
from carnet.portals.frame import ins, record_state
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.life_acts import possible
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.life import api as life

DONE = "carnet_desk_done"  # session: what was just done, told once


@for_actor(ActorKind.CLERK, *SENDING)
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Reach a record by a number that its person shows; a search by name does not exist here."""
    form = FindForm(request.POST if request.method == "POST" else None)
    context = {
        "form": form,
        "actor": actor,
        "officer": access.is_officer(actor=actor),
        "referent": identity.is_referent(actor=actor),
    }
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "administration/find.html", context, status=status)
    number = ins.typed(form.cleaned_data["number"])
    domain, identifier = numbered(number)
    patient_id = identity.format_cx(identifier)
    state = life.state(actor=actor, domain=domain, patient_id=patient_id)
    if isinstance(state, Refusal):
        if state.problems[0].reason is Reason.UNKNOWN_PATIENT:
            wrong = mistyped(number, identifier)
            if wrong:
                form.add_error("number", wrong)
                return render(request, "administration/find.html", context, status=422)
            return render(request, "administration/find.html", context | {"unknown": True}, status=404)
        return render(request, "administration/find.html", context | {"refusal": state}, status=403)
    if state.life is None:
        return render(request, "administration/find.html", context | {"opposed": state.opposed_since})
    local = identifier.system == settings.CARNET_LOCAL_OID
    memory.remember(
        request,
        state.life.record_id,
        memory.Reached(domain=domain, patient_id=patient_id, number=number, local=local, existing=True),
    )
    return redirect("admission:record", state.life.record_id)


@for_actor(ActorKind.CLERK, *READING)
def record(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """Its state, and what may be done."""
    reached = memory.recall(request, record_id)
    if reached is None:
        return redirect("admission:find")
    state = life.state(actor=actor, domain=reached.domain, patient_id=reached.patient_id)
    if isinstance(state, Refusal):
        return refusal(request, state)
    if state.life is None:
        return redirect("admission:find")
    told = record_state.told(state)
    may_print = reached.shown and access.may(
        actor=actor, domain=reached.domain, record_id=record_id, act=access.Act.PRINT_CODES
    )
    context = {
        "actor": actor,
        "reached": reached,
        "record_id": record_id,
        "state": told,
        # A record picked for its likeness is shown, and nothing is done in it before its number is given.
        "form": None if reached.shown else FindForm(),
        "acts": possible(acts.ACTS, told.status, erasing=told.erasing) if reached.shown else (),
        "may_print": may_print,
        "sheet": access.sheet_state(actor=actor, domain=reached.domain, record_id=record_id) if may_print else None,
        "referent": identity.is_referent(actor=actor),
        "may_identify": reached.shown
        and access.may(actor=actor, domain=reached.domain, record_id=record_id, act=access.Act.IDENTIFY),
        "done": request.session.pop(DONE, ""),
    }
    return render(request, "administration/record.html", context)


@for_actor(ActorKind.CLERK, *SENDING)
@fresh_proof
def act(request: HttpRequest, actor: Actor, record_id: int, name: str) -> HttpResponse:
    """One act: what it means first, then a tick, then it is done."""
    reached = memory.recall(request, record_id)
    chosen = acts.NAMED.get(name)
    if reached is None:
        return redirect("admission:find")
    if chosen is None:
        raise Http404
    if not reached.shown:
        return redirect("admission:record", record_id)
    form = AgreedForm(request.POST if request.method == "POST" else None, sentence=chosen.agreed)
    context = {"form": form, "actor": actor, "act": chosen, "reached": reached, "record_id": record_id}
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "administration/act.html", context, status=status)
    answer = chosen.do(actor=actor, domain=reached.domain, patient_id=reached.patient_id)
    if isinstance(answer, Refusal):
        return render(request, "administration/act.html", context | {"refusal": answer}, status=403)
    if chosen.ends:
        memory.forget(request, record_id)
        return redirect("admission:refused")
    request.session[DONE] = chosen.done
    return redirect("admission:record", record_id)


@for_actor(ActorKind.CLERK, "POST")
def codes(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """The sheet of access codes, printed: this answer is the only place where the codes are ever shown."""
    reached = memory.recall(request, record_id)
    if reached is None:
        return redirect("admission:find")
    if not reached.shown:
        return redirect("admission:record", record_id)
    answer = access.print_codes(actor=actor, domain=reached.domain, patient_id=reached.patient_id)
    if isinstance(answer, Refusal):
        return refusal(request, answer)
    content = sheet.pdf(
        answer,
        address=request.build_absolute_uri(reverse("first_entry")),
        desk=", ".join(word for word in (actor.name, actor.structure_name) if word),
        large=request.POST.get("format") == "large",
        demo=settings.CARNET_MODE == "demo",
        printed=clock.now(),
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="codes-acces.pdf"'
    response["Content-Security-Policy"] = "default-src 'none'; object-src 'self'; frame-ancestors 'none'"
    return response
