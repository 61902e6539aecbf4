"""Under which identifier a person's documents are kept: the one their record is addressed by.

A sender names the person by any identifier they have or had. What is registered carries the current one, and so does
all that is there when another takes its place; that a set came under another name is noted, for whoever takes two
merged records apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import DocumentEntry, Folder, Submission, SubmissionSet

# The tables whose `meta` names the patient, and of what it is the JSON.
_NAMING: dict[str, type[msgspec.Struct]] = {
    "documents_submission": SubmissionSet,
    "documents_entry": DocumentEntry,
    "documents_folder": Folder,
}
_READ = {table: f"SELECT id, meta FROM {table} WHERE record_id = %s" for table in _NAMING}
_WRITE = {
    table: f"UPDATE {table} AS t SET meta = m.meta FROM unnest(%s::uuid[], %s::text[]) AS m(id, meta) "
    "WHERE t.record_id = %s AND t.id = m.id"
    for table in _NAMING
}


def check(actor: Actor, domain: terminology.Domain, entered: access.Pass) -> Problem | None:
    """Only a qualified identity is fed under its matricule (L.1111-8-1); a person's own deposits are their own."""
    identifier = entered.standing.identifier
    if not domain.french_profile or domain.calculated_ins or actor.kind in (ActorKind.PATIENT, ActorKind.DELEGATE):
        return None
    if identifier is None or not identity.is_ins(identifier.system):
        return None
    if entered.standing.qualification == identity.Qualification.QUALIFIED:
        return None
    return Problem(
        reason=Reason.FORBIDDEN,
        rule="ins-not-qualified",
        text="L'identité de cette personne n'est plus qualifiée : rien n'est partagé sous son matricule.",
        field="patientId",
        expected="une identité qualifiée",
        source="CSP L.1111-8-1 ; RNIV 1.4",
    )


def addressed(submission: Submission, identifier: identity.PatientIdentifier | None) -> Submission:
    """The submission under the current identifier; the same object when it came under it."""
    sent = identity.parse_cx(submission.submission_set.patient_id)
    if identifier is None or sent == identifier:
        return submission
    patient_id = identity.format_cx(identifier)
    replace = msgspec.structs.replace
    return replace(
        submission,
        submission_set=replace(submission.submission_set, patient_id=patient_id),
        entries=tuple(replace(entry, patient_id=patient_id) for entry in submission.entries),
        folders=tuple(replace(folder, patient_id=patient_id) for folder in submission.folders),
    )


def note(actor: Actor, entered: access.Pass, sent: Submission, kept: Submission) -> None:
    """Remember under which identifier a set came, inside the caller's transaction."""
    identifier = identity.parse_cx(sent.submission_set.patient_id)
    set_id = rows.uuid_of(kept.submission_set.entry_uuid)
    if isinstance(identifier, identity.PatientIdentifier) and set_id is not None:
        identity.note_addressed(
            actor=actor, record_id=entered.record_id, submission=set_id, identifier=identifier, at=clock.now()
        )


def readdress(record_id: int, patient_id: str, only: Iterable[UUID] | None = None) -> None:
    """Write a CX as the patient of all that a record holds, or of some objects, inside the caller's transaction."""
    wanted = None if only is None else set(only)
    for table, kind in _NAMING.items():
        found = database.rows(_READ[table], (record_id,))
        changed = [
            (row_id, _renamed(meta, kind, patient_id)) for row_id, meta in found if wanted is None or row_id in wanted
        ]
        ids, metas = [row_id for row_id, _ in changed], [meta for _, meta in changed]
        database.execute(_WRITE[table], (ids, metas, record_id))


def _renamed(meta: str, kind: type[Any], patient_id: str) -> str:
    return rows.meta(msgspec.structs.replace(msgspec.json.decode(meta, type=kind), patient_id=patient_id))
