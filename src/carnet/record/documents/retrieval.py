"""Giving a document's bytes, once their trace is committed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from carnet.kernel import blobs, database, keys
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.documents import names, rows
from carnet.record.documents.seen import SEEN
from carnet.record.journal import api as journal
from carnet.wire.xds.model import DocumentEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """One document: its entry and its bytes, which can be read once."""

    entry: DocumentEntry
    size: int
    chunks: Iterator[bytes]


BYTES = f"""
WITH {SEEN}
SELECT {", ".join("s." + name for name in rows.COLUMNS.split(", "))},
       o.id, o.size, o.inline, o.file, o.file_key, k.wrapped
FROM seen s
LEFT JOIN documents_object o ON o.record_id = %(record_id)s AND o.id = s.object_id
LEFT JOIN kernel_record_key k ON k.record_id = %(record_id)s
WHERE (%(unique_id)s::text IS NULL OR s.unique_id = %(unique_id)s::text)
  AND (%(id)s::uuid IS NULL OR s.id = %(id)s::uuid)
ORDER BY s.object_id IS NULL, s.status, s.registered_at DESC, s.id
LIMIT 1
"""


def retrieve(
    *,
    actor: Actor,
    domain: str,
    unique_id: str = "",
    entry_uuid: str = "",
    repository: str = "",
    asserted_patient: str | None = None,
) -> Retrieved | Refusal:
    """One document's bytes (ITI-43, ITI-68), by uniqueId or by entryUUID; traced before the first byte is given.

    Unknown, invisible and forbidden documents are refused alike; for a visible one that another repository keeps
    (ITI-42), the refusal says which.
    """
    if repository and repository != settings.CARNET_REPOSITORY_ID:
        return access.refuse(
            _unknown_repository(repository),
            actor=actor,
            action=journal.Action.DOCUMENT_READ,
            record_id=access.NO_RECORD,
        )
    named = names.records(
        actor, domain, (entry_uuid,) if entry_uuid else (), (unique_id,) if unique_id else (), (), asserted_patient
    )
    if isinstance(named, Problem):
        return access.refuse(named, actor=actor, action=journal.Action.DOCUMENT_READ, record_id=access.NO_RECORD)
    passes = access.enter_records(
        actor=actor, domain=domain, record_ids=named, act=access.Act.RETRIEVE, action=journal.Action.DOCUMENT_READ
    )
    if named and not passes:
        # The refusal of the record is in its journal; it is answered as a document that does not exist.
        return Refusal((_unknown_document(),))
    for entered in passes:
        if entered.lens is None:
            continue
        row = database.row(
            BYTES,
            {
                "record_id": entered.record_id,
                "unique_id": unique_id or None,
                "id": rows.uuid_of(entry_uuid),
                **entered.lens.parameters(),
            },
        )
        if row is not None and row[6] is None:
            return access.refuse(
                _elsewhere(rows.entry(row)),
                actor=actor,
                action=journal.Action.DOCUMENT_READ,
                record_id=entered.record_id,
                subjects=(row[0],),
            )
        if row is not None:
            journal.append(
                actor=actor,
                action=journal.Action.DOCUMENT_READ,
                record_id=entered.record_id,
                rule=entered.rule,
                subjects=(row[0],),
            )
            return opened(entered.record_id, row)
    record_id = named[0] if named else access.NO_RECORD
    return access.refuse(_unknown_document(), actor=actor, action=journal.Action.DOCUMENT_READ, record_id=record_id)


def opened(record_id: int, row: tuple[Any, ...]) -> Retrieved:
    """The document of a row of `BYTES` that has an object."""
    object_id, size, inline, file, file_key, wrapped = row[6:]
    key = keys.record_key(record_id, wrapped)
    if inline is not None:
        chunks = iter((keys.open_object(key, object_id, inline),))
    else:
        chunks = blobs.read(file, keys.open_object(key, object_id, file_key), size)
    return Retrieved(entry=rows.entry(row), size=size, chunks=chunks)


def _unknown_document() -> Problem:
    return Problem(
        reason=Reason.UNKNOWN_DOCUMENT,
        rule="document-unknown",
        text="Aucun document consultable ne porte cet identifiant.",
        field="DocumentUniqueId",
        source="IHE ITI TF-3 §4.2.4.1 (XDSDocumentUniqueIdError)",
    )


def _elsewhere(entry: DocumentEntry) -> Problem:
    return Problem(
        reason=Reason.UNKNOWN_DOCUMENT,
        rule="document-elsewhere",
        text=f"Ce document est gardé par un autre entrepôt, à qui il se demande : {entry.repository_unique_id}.",
        field="RepositoryUniqueId",
        found=settings.CARNET_REPOSITORY_ID,
        expected=entry.repository_unique_id,
        source="IHE ITI TF-2 §3.42, §3.43 ; TF-3 §4.2.3.2.18 (repositoryUniqueId)",
    )


def _unknown_repository(found: str) -> Problem:
    return Problem(
        reason=Reason.UNKNOWN_REPOSITORY,
        rule="repository-unknown",
        text="Cet entrepôt n'est pas celui-ci.",
        field="RepositoryUniqueId",
        found=found[:100],
        expected=settings.CARNET_REPOSITORY_ID,
        source="IHE ITI TF-3 §4.2.4.1 (XDSUnknownRepositoryId)",
    )
