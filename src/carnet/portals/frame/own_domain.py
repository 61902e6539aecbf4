"""The domain that a reader's pages are about: a patient's, or a delegate's, is the one the record lives in."""

from __future__ import annotations

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import ins
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology


def domain_of(actor: Actor) -> str:
    """The name of the domain; the one of matricules for who has no record of their own."""
    if actor.kind not in (ActorKind.PATIENT, ActorKind.DELEGATE) or actor.record_id is None:
        return ins.DOMAIN
    patient = identity.patient_of(actor=actor, record_id=actor.record_id)
    found = terminology.domain_of_number(patient.domain) if patient is not None else None
    return found.name if found is not None else ins.DOMAIN
