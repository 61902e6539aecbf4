"""What life does when something happened elsewhere (config/wiring lists it)."""

from __future__ import annotations

from uuid import UUID

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.identity import api as identity
from carnet.record.life import oppositions

_LISTENER = Actor(kind=ActorKind.SYSTEM, person="carnet-life", name="Carnet", proof="process")


def consent_given(*, record_id: int, kind: str, subject: UUID | None) -> None:  # noqa: ARG001 - all are called so
    """A person who consents to their record is not opposed to it any more (`record.created`)."""
    patient = identity.patient_of(actor=_LISTENER, record_id=record_id)
    if patient is not None:
        people = identity.identifiers_of(actor=_LISTENER, record_id=record_id)
        oppositions.forget(patient.domain, [oppositions.person(one) for one in people])
