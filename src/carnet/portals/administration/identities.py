"""A person's identity at the desk of their care team: its state, its numbers, who represents them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.administration import memory
from carnet.portals.administration.identity_forms import (
    FORMS,
    DeathForm,
    EndForm,
    HeirForm,
    IdentityForm,
    LivingForm,
    LocalForm,
    MatriculeForm,
    RepresentativeForm,
    StateForm,
)
from carnet.portals.frame import ins
from carnet.portals.frame.dates import end_of_day
from carnet.portals.frame.errors import refusal, refused
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.life import api as life

_DONE = "carnet_identity_done"  # session: what was just done, told once
_SAID = {
    StateForm: "État de l’identité enregistré",
    MatriculeForm: "Matricule enregistré : le carnet répond au nouveau et à l’ancien",
    LocalForm: "Numéro enregistré",
    RepresentativeForm: "Représentant enregistré",
    EndForm: "Fin de la représentation enregistrée",
    DeathForm: "Décès enregistré : plus personne n’agit à la place de la personne",
    LivingForm: "Déclaration de décès annulée",
}


@for_actor(ActorKind.CLERK, *SENDING)
def tend(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """The identity, and small forms about it; a desk outside the care team is shown nothing of it."""
    reached = memory.recall(request, record_id)
    if reached is None:
        return redirect("admission:find")
    if not reached.shown:
        return redirect("admission:record", record_id)
    if not access.may(actor=actor, domain=reached.domain, record_id=record_id, act=access.Act.IDENTIFY):
        return refused(
            request,
            "Cette identité se tient ailleurs",
            "Votre structure n’est pas dans l’équipe de soins de cette personne : son identité est tenue "
            "là où elle est soignée.",
        )
    data = request.POST if request.method == "POST" else None
    forms = [kind(data) for kind in FORMS]
    representatives = identity.representatives_of(actor=actor, record_id=record_id)
    for one in forms:
        if isinstance(one, EndForm):
            one.offer(representatives)
    sent = next((form for form in forms if form.is_bound), None)
    invitation = None
    if sent is not None and sent.is_valid():
        answer = _do(actor, record_id, reached, sent)
        if isinstance(answer, access.Invitation):
            # Shown on this answer only: it is kept nowhere.
            invitation = answer
        elif not isinstance(answer, Refusal):
            request.session[_DONE] = _SAID[type(sent)]
            return redirect("admission:identity", record_id)
        else:
            sent.show(answer)
    opened = access.open_record(actor=actor, domain=reached.domain, patient_id=reached.patient_id)
    if isinstance(opened, Refusal):
        return refusal(request, opened)
    if not forms[0].is_bound:
        forms[0] = StateForm(to=opened.patient.qualification.value)
    context = {
        "actor": actor,
        "reached": reached,
        "record_id": record_id,
        "patient": opened.patient,
        "forms": {form.act: form for form in forms},
        "form": sent or forms[0],
        "identifiers": identity.identifier_history(actor=actor, record_id=record_id),
        "representatives": representatives,
        "invitation": invitation,
        "done": request.session.pop(_DONE, ""),
        "referent": access.may(actor=actor, domain=reached.domain, record_id=record_id, act=access.Act.MERGE),
    }
    return render(request, "administration/identity.html", context, status=200 if sent is None or invitation else 422)


def _do(actor: Actor, record_id: int, reached: memory.Reached, form: IdentityForm) -> object | Refusal:
    """The one call that a valid form asks for."""
    domain, patient_id, given = reached.domain, reached.patient_id, form.cleaned_data
    if isinstance(form, StateForm):
        to = identity.Qualification(given["to"])
        return life.requalify(actor=actor, domain=domain, patient_id=patient_id, to=to, proof=form.proof())
    if isinstance(form, MatriculeForm):
        return life.rekey(
            actor=actor,
            domain=domain,
            patient_id=patient_id,
            identifier=ins.identifier(given["ins"]),
            qualification=identity.Qualification.QUALIFIED,
            correction=given["correction"],
        )
    if isinstance(form, LocalForm):
        number = identity.PatientIdentifier(given["system"], given["number"].strip(), "PI")
        return life.add_identifier(actor=actor, domain=domain, patient_id=patient_id, identifier=number)
    if isinstance(form, EndForm):
        ending = form.chosen(identity.representatives_of(actor=actor, record_id=record_id))
        if ending is None:
            raise RuntimeError("a choice that was offered is gone within a request")
        return life.end_representation(
            actor=actor,
            domain=domain,
            patient_id=patient_id,
            number=ending.number,
            declared_in=ending.declared_in,
            until=given["until"],
        )
    if isinstance(form, DeathForm):
        return life.declare_death(actor=actor, domain=domain, patient_id=patient_id, on=given["on"])
    if isinstance(form, LivingForm):
        return life.take_death_back(actor=actor, domain=domain, patient_id=patient_id)
    if isinstance(form, HeirForm):
        return life.invite_heir(
            actor=actor,
            domain=domain,
            patient_id=patient_id,
            purpose=access.HeirPurpose(given["purpose"]),
            until=end_of_day(given["until"]),
        )
    representative = identity.Representative(
        name=given["name"], kind=identity.Kinship(given["kind"]), quality=given["quality"], since=given["since"]
    )
    return life.declare_representative(actor=actor, domain=domain, patient_id=patient_id, representative=representative)
