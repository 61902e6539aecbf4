"""Moving documents from one record to another of the same person, and back: rows, bytes and names, in one transaction.

Ids stay. Bytes are sealed again under the key of the record they come to live in. What the destination cannot be asked
by (an id that says it lives elsewhere) is claimed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from carnet.kernel import database, keys, locator
from carnet.kernel.database import BinaryArray
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.kernel.ids import record_of
from carnet.record.access import api as access
from carnet.record.documents import addressing, revision
from carnet.record.documents.members import member_id

# What moves, in the order of the statement below.
KINDS = ("submission", "entry", "association", "folder", "object")
_OBJECTS_AT_A_TIME = 50

_IDS = {
    kind: f"SELECT id FROM documents_{kind} WHERE record_id = %(source)s "
    "AND (%(only)s::uuid[] IS NULL OR id = ANY(%(only)s::uuid[])) ORDER BY id"
    for kind in KINDS
}
# Versions made since the move belong to their document, with the associations between what goes.
_LATER = """
SELECT id FROM documents_entry
WHERE record_id = %(source)s AND submission = ANY(%(submissions)s::uuid[])
  AND logical_id IN (SELECT logical_id FROM documents_entry
                      WHERE record_id = %(source)s AND id = ANY(%(entries)s::uuid[]))
"""
_LATER_ASSOCIATIONS = """
SELECT id FROM documents_association
WHERE record_id = %(source)s AND submission = ANY(%(submissions)s::uuid[])
  AND source = ANY(%(all)s::uuid[]) AND target = ANY(%(all)s::uuid[])
"""
# Foreign keys between these tables are looked at when the whole statement is done.
_MOVE = (
    "WITH "
    + ", ".join(
        f"moved_{kind} AS (UPDATE documents_{kind} SET record_id = %(destination)s "
        f"WHERE record_id = %(source)s AND id = ANY(%({kind})s::uuid[]) RETURNING 1)"
        for kind in KINDS
    )
    + " SELECT "
    + ", ".join(f"(SELECT count(*) FROM moved_{kind})" for kind in KINDS)
)
_WRAPPED = "SELECT wrapped FROM kernel_record_key WHERE record_id = %s"
_SEALED = "SELECT id, inline, file_key FROM documents_object WHERE record_id = %s AND id = ANY(%s::uuid[])"
_RESEAL = """
UPDATE documents_object AS o SET inline = n.inline, file_key = n.file_key
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS n(id, inline, file_key)
WHERE o.record_id = %s AND o.id = n.id
"""
_TWICE = """
SELECT one.unique_id FROM documents_submission one JOIN documents_submission other USING (unique_id)
WHERE one.record_id = %(source)s AND other.record_id = %(destination)s
UNION
SELECT one.unique_id FROM documents_folder one JOIN documents_folder other USING (unique_id)
WHERE one.record_id = %(source)s AND other.record_id = %(destination)s
"""
# What a person deposited is theirs under the record that they act in.
_OWNED = """
UPDATE documents_{table} SET owner_person = %(to)s
WHERE record_id = %(destination)s AND owner_person = %(owner)s AND id = ANY(%({table})s::uuid[])
"""
_DOCUMENTS = """
SELECT DISTINCT unique_id FROM documents_entry WHERE record_id = %(source)s AND id = ANY(%(entry)s::uuid[])
"""
_SETS = "SELECT unique_id FROM documents_submission WHERE record_id = %(source)s AND id = ANY(%(submission)s::uuid[])"
# A document that was registered twice may stay in one of its entries.
_STAYING = """
SELECT DISTINCT unique_id FROM documents_entry WHERE record_id = %(source)s AND unique_id = ANY(%(unique_ids)s::text[])
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved: ids by kind (`KINDS`)."""

    ids: dict[str, tuple[UUID, ...]] = field(default_factory=dict)

    @property
    def all(self) -> list[UUID]:
        """Every id, whatever it is of."""
        return [value for values in self.ids.values() for value in values]


def move(
    *,
    domain: int,
    source: int,
    destination: int,
    patient_id: str,
    only: Iterable[UUID] | None = None,
) -> Moved | Refusal:
    """Move all that a record holds to another one, or only some objects with what came of them since.

    Inside the caller's transaction, which decided it and journals it. `patient_id` is the CX that the destination is
    addressed by. Refused when both hold a set or a folder of the same uniqueId.
    """
    for record_id in sorted((source, destination)):
        revision.touch(record_id)
    ids = _chosen(source, only)
    both = {"source": source, "destination": destination}
    if database.rows(_TWICE, both):
        return Refusal((_twice(),))
    _reseal(source, destination, ids["object"])
    unique_ids = [unique_id for (unique_id,) in database.rows(_DOCUMENTS, both | ids)]
    sets = [locator.submission(unique_id) for (unique_id,) in database.rows(_SETS, both | ids)]
    database.rows(_MOVE, both | ids)
    owner = {"owner": f"{access.PATIENT}{source}", "to": f"{access.PATIENT}{destination}"}
    for table in ("entry", "folder"):
        database.execute(_OWNED.format(table=table), both | ids | owner)
    staying = {unique_id for (unique_id,) in database.rows(_STAYING, both | {"unique_ids": unique_ids})}
    gone = sets + [locator.document(unique_id) for unique_id in unique_ids if unique_id not in staying]
    locator.claim_within(domain, [locator.document(unique_id) for unique_id in staying], destination)
    objects = [value for kind in KINDS if kind != "object" for value in ids[kind]]
    _rename(domain, both, gone, objects, whole=only is None)
    addressing.readdress(destination, patient_id, [value for kind in KINDS for value in ids[kind]])
    return Moved({kind: tuple(ids[kind]) for kind in KINDS})


def _chosen(source: int, only: Iterable[UUID] | None) -> dict[str, list[UUID]]:
    named = None if only is None else list(only)
    ids = {kind: [found for (found,) in database.rows(_IDS[kind], {"source": source, "only": named})] for kind in KINDS}
    if named is None:
        return ids
    later: dict[str, Any] = {"source": source, "submissions": ids["submission"], "entries": ids["entry"]}
    ids["entry"] = _with(ids["entry"], database.rows(_LATER, later))
    later["all"] = ids["entry"] + ids["folder"] + ids["submission"]
    ids["association"] = _with(ids["association"], database.rows(_LATER_ASSOCIATIONS, later))
    return ids


def _with(ids: list[UUID], found: Sequence[tuple[Any, ...]]) -> list[UUID]:
    return sorted({*ids, *(row[0] for row in found)})


def _reseal(source: int, destination: int, objects: list[UUID]) -> None:
    """Seal bytes (or the keys of their files) under the destination's key, while they still are the source's rows."""
    if not objects:
        return
    old, new = _key(source), _key(destination)
    for start in range(0, len(objects), _OBJECTS_AT_A_TIME):
        sealed = database.rows(_SEALED, (source, objects[start : start + _OBJECTS_AT_A_TIME]))

        def again(object_id: UUID, data: bytes | None) -> bytes | None:
            return None if data is None else keys.seal_object(new, object_id, keys.open_object(old, object_id, data))

        database.execute(
            _RESEAL,
            (
                [object_id for object_id, _, _ in sealed],
                BinaryArray([again(object_id, inline) for object_id, inline, _ in sealed]),
                BinaryArray([again(object_id, file_key) for object_id, _, file_key in sealed]),
                source,
            ),
        )


def _key(record_id: int) -> bytes:
    row = database.row(_WRAPPED, (record_id,))
    return keys.record_key(record_id, row[0] if row else None)


def _rename(domain: int, both: dict[str, int], names: list[str], objects: list[UUID], *, whole: bool) -> None:
    """Names that lead to the source lead to the destination."""
    source, destination = both["source"], both["destination"]
    native = [value for value in objects if record_of(value) == destination]
    others = [value for value in objects if record_of(value) != destination]
    locator.move(domain, names + _uuids(others), source, destination)
    # An id of ours says where it lives, and a record that is merged answers as the other: nothing need be claimed for
    # them. What was made in a record that stays, and leaves it, is a stranger where it comes to.
    locator.release(domain, _uuids(native), source)
    if not whole:
        strangers = [value for value in others if record_of(value) == source]
        locator.claim_within(domain, _uuids([*strangers, *map(member_id, strangers)]), destination)


def _uuids(values: list[UUID]) -> list[str]:
    return [locator.foreign_uuid(str(value)) for value in values]


def _twice() -> Problem:
    return Problem(
        reason=Reason.DUPLICATE,
        rule="merge-same-set",
        text="Les deux dossiers contiennent un lot ou un classeur de même identifiant : supprimez l'un des deux.",
        field="SubmissionSet.uniqueId",
        source="IHE ITI TF-3 §4.2.3.3.12 (uniqueId)",
    )
