"""The statements of a change of state: what the record holds of a document, and the one that writes its next version.

As for a submission, every write draws from `head`: when the record moved since the decision was taken, or does not
answer any more, it is empty and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.numeric import Int8

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.ids import new_id
from carnet.record.access import api as access
from carnet.record.documents import rows, state_rules
from carnet.record.documents.seen import VISIBLE
from carnet.record.documents.state_rules import Change, Held
from carnet.record.journal import api as journal
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry

# Every visible version of the named document, first, and of the documents that share its lineage, or its duplicates'.
_DOCUMENT = f"""
WITH seen AS (
    SELECT * FROM documents_entry WHERE record_id = %(record_id)s AND {VISIBLE}
), named AS (
    SELECT logical_id, unique_id FROM seen WHERE id = ANY(%(ids)s::uuid[]) OR logical_id = ANY(%(ids)s::uuid[]) LIMIT 1
), lineages AS (
    SELECT DISTINCT s.lineage FROM seen s JOIN named n
        ON s.logical_id = n.logical_id OR (%(folded)s::boolean AND s.unique_id = n.unique_id)
)
SELECT {", ".join("s." + name for name in rows.COLUMNS.split(", "))}, s.lineage, s.unique_id, s.owner_person,
       s.owner_structure, s.registered_at, (SELECT revision FROM documents_head WHERE record_id = %(record_id)s)
FROM seen s JOIN lineages l ON l.lineage = s.lineage JOIN named n ON true
ORDER BY s.logical_id <> n.logical_id, s.version
"""

_ASSOCIATIONS = f"""
SELECT a.submission, a.source, a.target, a.meta FROM documents_association a
WHERE a.record_id = %(record_id)s AND (a.source = ANY(%(formers)s::uuid[]) OR a.target = ANY(%(formers)s::uuid[]))
  AND NOT (a.type = '{AssociationType.HAS_MEMBER}'
           AND EXISTS (SELECT FROM documents_submission s WHERE s.record_id = a.record_id AND s.id = a.source))
ORDER BY a.id
"""

# What is revealed is open to the person from then on.
_OPENING = f"""
CASE WHEN %(clears)s::integer & {int(access.Flag.INVISIBLE_PATIENT)} <> 0 THEN least(e.opens_at, %(now)s)
     ELSE e.opens_at END
"""

_WRITE = f"""
WITH head AS (
    UPDATE documents_head SET revision = revision + 1, updated_at = %(now)s
    WHERE record_id = %(record_id)s AND revision = %(revision)s AND {access.ANSWERS_SQL}
    RETURNING record_id
), versions AS (
    INSERT INTO documents_entry (record_id, id, lineage, logical_id, version, submission, unique_id, status, flags,
        owner_person, owner_structure, typ, opens_at, type_code, class_code, creation, service_start, service_stop,
        object_id, registered_at, meta)
    SELECT e.record_id, v.id, e.lineage, e.logical_id, e.version + 1, e.submission, e.unique_id, v.status, v.flags,
        e.owner_person, e.owner_structure, e.typ, {_OPENING}, e.type_code, e.class_code, e.creation, e.service_start,
        e.service_stop, e.object_id,
        -- Times run from the deposit, but for a deletion: its bytes are kept from then on.
        CASE WHEN v.status = {rows.DELETED} THEN %(now)s ELSE e.registered_at END, v.meta
    FROM head
    JOIN documents_entry e ON e.record_id = head.record_id
    JOIN unnest(%(formers)s::uuid[], %(ids)s::uuid[], %(statuses)s::smallint[], %(flags)s::integer[],
        %(metas)s::text[]) AS v(former, id, status, flags, meta) ON v.former = e.id
), formers AS (
    UPDATE documents_entry AS e
    SET status = CASE WHEN e.id = ANY(%(formers)s::uuid[]) THEN {rows.DEPRECATED} ELSE e.status END,
        opens_at = {_OPENING},
        flags = (e.flags | %(sets)s) & ~%(clears)s::integer
              | CASE WHEN e.id = ANY(%(formers)s::uuid[]) THEN {int(access.Flag.FORMER)} ELSE 0 END
    FROM head
    WHERE e.record_id = head.record_id
      AND (e.id = ANY(%(touched)s::uuid[]) OR e.lineage = ANY(%(whole)s::uuid[]))
), associations AS (
    INSERT INTO documents_association (record_id, id, submission, type, source, target, meta)
    SELECT head.record_id, a.id, a.submission, a.type, a.source, a.target, a.meta
    FROM head, unnest(%(association_ids)s::uuid[], %(association_sets)s::uuid[], %(association_types)s::text[],
        %(association_sources)s::uuid[], %(association_targets)s::uuid[], %(association_metas)s::text[])
        AS a(id, submission, type, source, target, meta)
), events AS (
    INSERT INTO kernel_outbox (record_id, kind, subject)
    SELECT head.record_id, %(event)s, e.subject FROM head, unnest(%(ids)s::uuid[]) AS e(subject)
), trace AS (
    {journal.APPEND} FROM head
)
SELECT count(*) FROM head
"""

_association = msgspec.json.Decoder(Association)


def document(entered: access.Pass, ids: Sequence[object], *, folded: bool) -> tuple[list[Held], int]:
    """The visible versions of a document and of what shares its visibility, the named one's first; the revision.

    Empty for an unknown document and for a hidden one alike.
    """
    if entered.lens is None:
        return [], 0
    found = database.rows(
        _DOCUMENT,
        {"record_id": entered.record_id, "ids": list(ids), "folded": folded, **entered.lens.parameters()},
    )
    return [_held(row) for row in found], found[0][11] if found else 0


def _held(row: tuple[Any, ...]) -> Held:
    return Held(
        id=row[0],
        logical_id=row[1],
        status=row[3],
        flags=access.Flag(row[4]),
        lineage=row[6],
        unique_id=row[7],
        person=row[8],
        structure=row[9],
        registered_at=row[10],
        entry=rows.entry(row),
    )


def write(
    *,
    actor: Actor,
    change: Change,
    entered: access.Pass,
    rule: str,
    chosen: Sequence[Held],
    touched: Sequence[UUID],
    revision: int,
) -> DocumentEntry | None:
    """Write the next version of each chosen document; that of the first, None when the record moved meanwhile."""
    own = {held.id: new_id(entered.record_id) for held in chosen}
    made = [state_rules.following(change, held, own[held.id]) for held in chosen]
    links = _propagated(entered.record_id, own)
    parameters = {
        "record_id": Int8(entered.record_id),
        "revision": Int8(revision),
        "now": entered.now,
        "formers": list(own),
        "ids": list(own.values()),
        "statuses": [status for _, status, _ in made],
        "flags": [int(flags) for *_, flags in made],
        "metas": [rows.meta(entry) for entry, *_ in made],
        "touched": list(touched),
        "whole": state_rules.covered(change, chosen),
        "sets": int(change.sets),
        "clears": int(change.clears),
        "event": change.event,
        "association_ids": [rows.uuid_of(link.entry_uuid) for link, *_ in links],
        "association_sets": [submission for _, submission, *_ in links],
        "association_types": [link.type for link, *_ in links],
        "association_sources": [source for *_, source, _ in links],
        "association_targets": [target for *_, target in links],
        "association_metas": [rows.meta(link) for link, *_ in links],
    }
    with journal.entry(
        actor=actor,
        action=change.action,
        record_id=entered.record_id,
        rule=rule,
        subjects=[own[chosen[0].id]],
    ) as trace:
        parameters.update(trace.parameters)
        written = database.row(_WRITE, parameters)
        if written is None or written[0] == 0:
            trace.cancel()
            return None
    return made[0][0]


def _propagated(record_id: int, own: dict[UUID, UUID]) -> list[tuple[Association, UUID, UUID, UUID]]:
    """The associations of former versions, again for the next ones (TF-2 §3.57.4.1.3.3.1, association propagation).

    What a version replaced, completed or signed, and the folders that it was in, hold for the following version; the
    set that brought the first one does not.
    """
    links: list[tuple[Association, UUID, UUID, UUID]] = []
    found = database.rows(_ASSOCIATIONS, {"record_id": record_id, "formers": list(own)})
    for row in found:
        ends: tuple[UUID, UUID] = (row[1], row[2])
        source, target = (own.get(end, end) for end in ends)
        link = msgspec.structs.replace(
            _association.decode(row[3]),
            entry_uuid=rows.urn(new_id(record_id)),
            source=rows.urn(source),
            target=rows.urn(target),
        )
        links.append((link, row[0], source, target))
    return links
