"""What a person chose: emergencies, what is told to whom, mails, and an opposition to feeding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame.dates import end_of_day
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.freshness import fresh_proof_to_send
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import told
from carnet.portals.patient.control_forms import (
    EmergencyForm,
    NotificationForm,
    OppositionForm,
    TellingForm,
)
from carnet.record.access import api as access

_DONE = {
    "urgence": "Vos choix pour les urgences sont enregistrés.",
    "dire": "Vos choix sont enregistrés.",
    "messages": "Vos choix de messages sont enregistrés.",
    "opposition": "Votre opposition est enregistrée.",
    "fin-opposition": "Votre opposition est levée.",
}
_FORMS: Mapping[str, type[forms.Form]] = {
    "urgence": EmergencyForm,
    "dire": TellingForm,
    "messages": NotificationForm,
    "opposition": OppositionForm,
}


@for_actor(ActorKind.PATIENT, *SENDING)
@fresh_proof_to_send
def choices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every choice on one page, each group with its own button."""
    sent = request.POST.get("groupe", "") if request.method == "POST" else ""
    if request.method == "POST" and sent not in _DONE:
        raise Http404
    bound = _FORMS[sent](request.POST, prefix=sent) if sent in _FORMS else None
    refused: Refusal | None = None
    if sent and (bound is None or bound.is_valid()):
        answer = _set(actor, sent, bound)
        if not isinstance(answer, Refusal):
            told.say(request, _DONE[sent])
            return redirect("patient:choices")
        refused = answer
    found = access.controls_of(actor=actor, domain=domain_of(actor))
    if isinstance(found, Refusal):
        return refusal(request, found)
    shown = {
        name: bound if bound is not None and name == sent else form(initial=asdict(found.choices), prefix=name)
        for name, form in _FORMS.items()
    }
    context = {
        "actor": actor,
        "emergency": shown["urgence"],
        "telling": shown["dire"],
        "notification": shown["messages"],
        "opposition": shown["opposition"],
        "form": bound,
        "oppositions": [
            {
                "name": access.name_of_grantee(actor=actor, grantee=one.grantee) if one.grantee else "",
                "reason": one.reason,
                "since": one.since,
                "until": one.until,
                "grantee": one.grantee,
            }
            for one in found.oppositions
            if one.until is None or one.until > found.now
        ],
        "done": told.once(request),
        "refusal": refused,
    }
    return render(request, "patient/choices.html", context, status=422 if sent else 200)


def _set(actor: Actor, group: str, form: forms.Form | None) -> access.Controlled | Refusal:
    domain = domain_of(actor)
    if form is None:
        return access.accept_feeding(actor=actor, domain=domain)
    said = dict(form.cleaned_data)
    if group == "opposition":
        until = end_of_day(said["until"])
        return access.oppose_feeding(actor=actor, domain=domain, reason=said["reason"], until=until)
    if group == "urgence" and not (said["regulation"] or said["break_glass"]):
        # The page says that the third is without effect then: nobody is told off for it.
        said["emergency_masked"] = False
    if group == "messages":
        said["email"] = said["email"].strip()
    return access.choose(actor=actor, domain=domain, **said)
