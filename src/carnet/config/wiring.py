"""Who listens to which event: the whole list, in one place.

A key is the `kind` of an event of the outbox (`carnet.kernel.outbox`), a value the dotted paths of its
listeners: callables with the keyword arguments `record_id: int`, `kind: str`, `subject: UUID | None`.
Listeners are idempotent: an event is delivered at least once.
"""

from __future__ import annotations

LISTENERS: dict[str, tuple[str, ...]] = {
    "access.authorised": ("carnet.record.access.listeners.professional_authorised",),
    "access.emergency": ("carnet.record.access.listeners.emergency_entered",),
    "record.created": ("carnet.record.life.listeners.consent_given",),
    "submission.arrived": ("carnet.record.documents.listeners.submission_arrived",),
}
