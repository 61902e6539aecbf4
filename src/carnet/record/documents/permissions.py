"""A person opens one document to somebody, or closes it to them (CSP R.1111-49; masking is for all professionals).

The person sets this on what they see, and on nothing else: a document that waits to be announced is answered like an
unknown one. Whoever deposited a document keeps it (R.1111-49): closing it to its author is refused, not left without
effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import DocumentPermission, Effect
from carnet.record.documents import rows, state_rules
from carnet.record.documents.seen import SEEN
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action

_NAMED = f"""
WITH {SEEN}
SELECT s.id, s.lineage, e.owner_person, e.owner_structure
FROM seen s JOIN documents_entry e ON e.record_id = %(record_id)s AND e.id = s.id
WHERE s.id = %(named)s OR s.logical_id = %(named)s
ORDER BY s.version DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A document's permission was set, or taken away."""

    record_id: int
    lineage: UUID


@dataclass(frozen=True, slots=True)
class _Named:
    entered: access.Pass
    id: UUID
    lineage: UUID
    owner_person: str
    owner_structure: str


def open_to(
    *, actor: Actor, domain: str, entry_uuid: str, grantee: str, until: datetime | None = None, patient_id: str = ""
) -> Shared | Refusal:
    """Open a document, a masked one too, to a professional (`p:`) or a structure (`s:`) who may enter the record.

    Here and below: `entry_uuid` is that of any version or the logicalId; `patient_id` a CX, "" for the record that the
    actor acts in. Rules: `document-unknown`, `grantee-unknown`, `until-past`, those of the gate.
    """
    return _set(actor, domain, patient_id, entry_uuid, grantee, Effect.GRANTED, until)


def close_to(
    *, actor: Actor, domain: str, entry_uuid: str, grantee: str, until: datetime | None = None, patient_id: str = ""
) -> Shared | Refusal:
    """Close a document to a professional or a structure, whatever lets them read. Rules: `author-keeps` besides."""
    return _set(actor, domain, patient_id, entry_uuid, grantee, Effect.DENIED, until)


def leave_to_rules(
    *, actor: Actor, domain: str, entry_uuid: str, grantee: str, patient_id: str = ""
) -> Shared | Refusal:
    """Take a permission away: the rules that hold for all decide. Rules: `permission-none` besides."""
    action = Action.DOCUMENT_COMMON
    with transaction.atomic():
        named = _named(actor, domain, patient_id, entry_uuid, action)
        if isinstance(named, Refusal):
            return named
        if not access.forget_document_permission(
            actor=actor, entered=named.entered, lineage=named.lineage, grantee=grantee
        ):
            text = "Aucun choix particulier n'a été fait sur ce document pour cette personne."
            return _refused(actor, named, action, "permission-none", text)
        return _done(actor, named, action, grantee)


def permissions_on(*, actor: Actor, domain: str, entry_uuid: str) -> tuple[DocumentPermission, ...]:
    """What the person set on a document that they see; nothing for anybody else. A question that leaves no trace."""
    if not actor.record_id or not access.may(
        actor=actor, domain=domain, record_id=actor.record_id, act=access.Act.CHOOSE
    ):
        return ()
    passes = access.enter_records(
        actor=actor, domain=domain, record_ids=[actor.record_id], act=access.Act.READ, action=Action.DOCUMENT_GET
    )
    found = [row for entered in passes if (row := _row(entered, entry_uuid)) is not None]
    return (
        access.document_permissions_of(actor=actor, record_id=passes[0].record_id, lineages={found[0][1]})
        if found
        else ()
    )


def _set(
    actor: Actor,
    domain: str,
    patient_id: str,
    entry_uuid: str,
    grantee: str,
    effect: Effect,
    until: datetime | None,
) -> Shared | Refusal:
    action = Action.DOCUMENT_OPEN_TO if effect is Effect.GRANTED else Action.DOCUMENT_CLOSE_TO
    with transaction.atomic():
        named = _named(actor, domain, patient_id, entry_uuid, action)
        if isinstance(named, Refusal):
            return named
        wrong = access.check_grantee(grantee) or access.check_until(until, named.entered.now)
        if wrong is not None:
            return access.refuse(
                wrong, actor=actor, action=action, record_id=named.entered.record_id, subjects=(named.id,)
            )
        if effect is Effect.DENIED and grantee in ("p:" + named.owner_person, "s:" + named.owner_structure):
            text = "Qui a déposé un document le garde : il ne peut pas lui être caché."
            return _refused(actor, named, action, "author-keeps", text)
        access.put_document_permission(
            actor=actor, entered=named.entered, lineage=named.lineage, grantee=grantee, effect=effect, until=until
        )
        return _done(actor, named, action, grantee)


def _named(actor: Actor, domain: str, patient_id: str, entry_uuid: str, action: Action) -> _Named | Refusal:
    """The document, for somebody who decides over the record and sees it."""
    choosing = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=access.Act.CHOOSE, action=action)
    if isinstance(choosing, Refusal):
        return choosing
    for entered in access.enter_records(
        actor=actor, domain=domain, record_ids=[choosing.record_id], act=access.Act.READ, action=action
    ):
        row = _row(entered, entry_uuid)
        if row is not None:
            return _Named(choosing, *row)
    return access.refuse(state_rules.unknown_document(), actor=actor, action=action, record_id=choosing.record_id)


def _row(entered: access.Pass, entry_uuid: str) -> tuple[UUID, UUID, str, str] | None:
    value = rows.uuid_of(entry_uuid)
    if entered.lens is None or value is None:
        return None
    found = database.row(_NAMED, {"record_id": entered.record_id, "named": value, **entered.lens.parameters()})
    return None if found is None else (found[0], found[1], found[2], found[3])


def _done(actor: Actor, named: _Named, action: Action, grantee: str) -> Shared:
    record_id = named.entered.record_id
    access.controls_changed(actor=actor, record_id=record_id)
    journal.append(
        actor=actor,
        action=action,
        record_id=record_id,
        rule=named.entered.rule,
        subjects=(named.id,),
        detail=access.name_of_grantee(actor=actor, grantee=grantee),
    )
    return Shared(record_id=record_id, lineage=named.lineage)


def _refused(actor: Actor, named: _Named, action: Action, rule: str, text: str) -> Refusal:
    problem = Problem(reason=Reason.INVALID, rule=rule, text=text, field="grantee", source="CSP R.1111-49")
    return access.refuse(problem, actor=actor, action=action, record_id=named.entered.record_id, subjects=(named.id,))
