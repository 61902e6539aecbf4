"""The one statement that registers a submission: rows, journal and events together, or nothing.

Every insert draws from `head`: when the record moved since the decision was taken, or does not answer any more (it was
closed, suspended, merged or erased), `head` is empty and nothing is written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.numeric import Int8

from carnet.kernel import database, keys
from carnet.kernel.actor import Actor
from carnet.kernel.database import BinaryArray
from carnet.record.access import api as access
from carnet.record.documents import duties, rows
from carnet.record.documents.registration import Registration
from carnet.record.documents.times import padded
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology

_REGISTER = f"""
WITH head AS (
    INSERT INTO documents_head (record_id, revision, updated_at)
    SELECT %(record_id)s::bigint, 1, %(now)s::timestamptz WHERE {access.ANSWERS_SQL}
    ON CONFLICT (record_id) DO UPDATE SET revision = documents_head.revision + 1, updated_at = excluded.updated_at
    WHERE documents_head.revision = %(revision)s
    RETURNING record_id
), submission AS (
    INSERT INTO documents_submission (record_id, id, unique_id, source_id, submitted_at, meta)
    SELECT record_id, %(set_id)s, %(set_unique_id)s, %(set_source_id)s, %(now)s, %(set_meta)s FROM head
), objects AS (
    INSERT INTO documents_object (record_id, id, size, sha1, sha256, inline, file, file_key)
    SELECT head.record_id, o.* FROM head, unnest(
        %(object_ids)s::uuid[], %(object_sizes)s::bigint[], %(object_sha1s)s::bytea[], %(object_sha256s)s::bytea[],
        %(object_inlines)s::bytea[], %(object_files)s::text[], %(object_file_keys)s::bytea[]) AS o
), folders AS (
    INSERT INTO documents_folder (record_id, id, unique_id, submission, owner_person, owner_structure, updated_at,
        status, meta)
    SELECT head.record_id, f.id, f.unique_id, %(set_id)s, %(owner_person)s, %(owner_structure)s, %(now)s, 0, f.meta
    FROM head, unnest(%(folder_ids)s::uuid[], %(folder_unique_ids)s::text[], %(folder_metas)s::text[])
        AS f(id, unique_id, meta)
), entries AS (
    INSERT INTO documents_entry (record_id, id, lineage, logical_id, version, submission, unique_id, status, flags,
        owner_person, owner_structure, typ, opens_at, type_code, class_code, creation, service_start, service_stop,
        object_id, registered_at, meta)
    SELECT head.record_id, e.id, e.lineage, e.id, 1, %(set_id)s, e.unique_id, 0, e.flags,
        %(owner_person)s, %(owner_structure)s, e.typ,
        -- What waits to be announced opens to the person later; a lineage that waits keeps its date.
        CASE WHEN e.waits THEN COALESCE(
            (SELECT max(w.opens_at) FROM documents_entry w
              WHERE w.record_id = head.record_id AND w.lineage = e.lineage AND w.flags & %(untold)s <> 0), e.opens_at)
             ELSE %(now)s END, e.type_code, e.class_code, e.creation,
        e.service_start, e.service_stop, e.object_id, %(now)s, e.meta
    FROM head, unnest(
        %(ids)s::uuid[], %(lineages)s::uuid[], %(unique_ids)s::text[], %(flags)s::integer[], %(types)s::smallint[],
        %(type_codes)s::text[], %(class_codes)s::text[], %(creations)s::text[], %(starts)s::text[], %(stops)s::text[],
        %(entry_objects)s::uuid[], %(metas)s::text[], %(waits)s::boolean[], %(openings)s::timestamptz[])
        AS e(id, lineage, unique_id, flags, typ, type_code, class_code, creation, service_start, service_stop,
             object_id, meta, waits, opens_at)
), associations AS (
    INSERT INTO documents_association (record_id, id, submission, type, source, target, meta)
    SELECT head.record_id, a.id, %(set_id)s, a.type, a.source, a.target, a.meta
    FROM head, unnest(%(association_ids)s::uuid[], %(association_types)s::text[], %(association_sources)s::uuid[],
        %(association_targets)s::uuid[], %(association_metas)s::text[]) AS a(id, type, source, target, meta)
), replaced AS (
    -- What hides a replacement hides the documents it replaces: visibility belongs to the lineage.
    UPDATE documents_entry AS e
    SET status = CASE WHEN e.id = ANY(%(deprecated)s::uuid[]) THEN {rows.DEPRECATED} ELSE e.status END,
        flags = e.flags | r.flags,
        opens_at = CASE WHEN r.flags & ~e.flags & %(untold)s <> 0 THEN r.opens_at ELSE e.opens_at END
    FROM head, unnest(%(lineages)s::uuid[], %(flags)s::integer[], %(openings)s::timestamptz[])
        AS r(lineage, flags, opens_at)
    WHERE cardinality(%(deprecated)s::uuid[]) > 0 AND e.record_id = head.record_id AND e.lineage = r.lineage
), events AS (
    INSERT INTO kernel_outbox (record_id, kind, subject)
    SELECT head.record_id, e.kind, e.subject FROM head, (
        SELECT 'document.provided' AS kind, unnest(%(ids)s::uuid[]) AS subject
        UNION ALL SELECT 'document.replaced', unnest(%(deprecated)s::uuid[])
        -- A job for each submission would cost more than the submission: only for a person who wants to be written to.
        UNION ALL SELECT 'submission.arrived', %(set_id)s::uuid
            FROM access_choice WHERE record_id = %(record_id)s AND notify_document AND email <> '') AS e
), trace AS (
    {journal.APPEND} FROM head
)
SELECT count(*) FROM head
"""


def register(*, actor: Actor, made: Registration, key: bytes, revision: int, rule: str, now: datetime) -> bool:
    """Write everything; False when the record moved since `revision` was read, and nothing was written."""
    parameters = _parameters(actor, made, key, revision, now)
    with journal.entry(
        actor=actor,
        action=journal.Action.DOCUMENT_PROVIDE,
        record_id=made.record_id,
        rule=rule,
        subjects=[entry_id for _, entry_id, *_ in made.entries],
    ) as trace:
        parameters.update(trace.parameters)
        written = database.row(_REGISTER, parameters)
        if written is None or written[0] == 0:
            trace.cancel()
            return False
    return True


def _parameters(actor: Actor, made: Registration, key: bytes, revision: int, now: datetime) -> dict[str, Any]:
    the_set = made.submission.submission_set
    entries = [final for final, *_ in made.entries]
    contents = [content for _, content in made.contents]
    owner_person, owner_structure = access.owner_of(actor)
    return {
        "record_id": Int8(made.record_id),
        "revision": Int8(revision),
        "now": now,
        "owner_person": owner_person,
        "owner_structure": owner_structure,
        "set_id": rows.uuid_of(the_set.entry_uuid),
        "set_unique_id": the_set.unique_id,
        "set_source_id": the_set.source_id,
        "set_meta": rows.meta(the_set),
        "object_ids": [object_id for object_id, _ in made.contents],
        "object_sizes": [content.size for content in contents],
        "object_sha1s": BinaryArray(bytes.fromhex(content.sha1) for content in contents),
        "object_sha256s": BinaryArray(bytes.fromhex(content.sha256) for content in contents),
        "object_inlines": BinaryArray(
            None if content.inline is None else keys.seal_object(key, object_id, content.inline)
            for object_id, content in made.contents
        ),
        "object_files": [content.name or None for content in contents],
        "object_file_keys": BinaryArray(
            keys.seal_object(key, object_id, content.key) if content.name else None
            for object_id, content in made.contents
        ),
        "folder_ids": [folder_id for _, folder_id in made.folders],
        "folder_unique_ids": [folder.unique_id for folder, _ in made.folders],
        "folder_metas": [rows.meta(folder) for folder, _ in made.folders],
        "entry_objects": [object_id for *_, object_id in made.entries],
        "ids": [entry_id for _, entry_id, *_ in made.entries],
        "lineages": [lineage for _, _, lineage, *_ in made.entries],
        "unique_ids": [entry.unique_id for entry in entries],
        "flags": [int(flags) for *_, flags, _ in made.entries],
        "types": [terminology.type_number(_code(entry.type_code)) for entry in entries],
        "type_codes": [_code(entry.type_code) for entry in entries],
        "class_codes": [_code(entry.class_code) for entry in entries],
        "creations": [padded(entry.creation_time) for entry in entries],
        "starts": [padded(entry.service_start_time) for entry in entries],
        "stops": [padded(entry.service_stop_time) for entry in entries],
        "metas": [rows.meta(entry) for entry in entries],
        "untold": int(access.Flag.INVISIBLE_PATIENT),
        "waits": [bool(flags & access.Flag.INVISIBLE_PATIENT) for *_, flags, _ in made.entries],
        "openings": [
            access.opening(flags, by_itself=duties.opens_by_itself(_code(entry.type_code)), deposited_at=now)
            for entry, *_, flags, _ in made.entries
        ],
        "association_ids": [own for own, *_ in made.associations],
        "association_types": [value.type for _, value, *_ in made.associations],
        "association_sources": [source for _, _, source, _ in made.associations],
        "association_targets": [target for *_, target in made.associations],
        "association_metas": [rows.meta(value) for _, value, *_ in made.associations],
        "deprecated": made.deprecated,
    }


def _code(code: object) -> str:
    return getattr(code, "code", "")
