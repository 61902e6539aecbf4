"""The documents' door: register a submission, find entries, read bytes.

Each function decides access, writes its trace and returns a `Refusal` for every anticipated no.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from carnet.kernel.actor import Actor
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Refusal
from carnet.record.access.api import Lens
from carnet.record.documents import addressing, carrying, erasure, examined, files, moving, revision, usage
from carnet.record.documents import holdings as held
from carnet.record.documents.actions import provide, register
from carnet.record.documents.attempt import Provided
from carnet.record.documents.auditing import Audit, audit
from carnet.record.documents.carrying import SEALED, Object
from carnet.record.documents.deposit import deposit
from carnet.record.documents.examined import Examined
from carnet.record.documents.files import sweep
from carnet.record.documents.folders import (
    find_folders,
    get_folder_and_contents,
    get_folders,
    get_folders_for_document,
)
from carnet.record.documents.french_rules import is_signature
from carnet.record.documents.holdings import Held, Holdings
from carnet.record.documents.lists import FoundLists, Member, find_lists, get_list
from carnet.record.documents.matching import ContentsQuery, DocumentQuery, EntryFilter, FolderQuery, SetQuery
from carnet.record.documents.media import MOST_BYTES
from carnet.record.documents.moving import Moved
from carnet.record.documents.objects import FoundObjects
from carnet.record.documents.patient_authored import patient_authored
from carnet.record.documents.permissions import Shared, close_to, leave_to_rules, open_to, permissions_on
from carnet.record.documents.possible import Possible, possible
from carnet.record.documents.preview import Preview, Previewed, as_seen_by
from carnet.record.documents.queries import Found, find, get
from carnet.record.documents.related import get_associations, get_documents_and_associations, get_related_documents
from carnet.record.documents.retention import erase_deleted
from carnet.record.documents.retrieval import Retrieved, retrieve
from carnet.record.documents.sets import find_sets, get_all, get_set_and_contents, get_sets
from carnet.record.documents.state import (
    Changed,
    archive,
    delete,
    mask,
    reveal,
    set_confidentiality,
    unarchive,
    unmask,
)
from carnet.record.documents.telling import history, journal_proof, last_readings, report_line
from carnet.wire.xds.model import Code, DocumentEntry, Status, Submission

__all__ = [
    "MOST_BYTES",
    "SEALED",
    "Audit",
    "Changed",
    "ContentsQuery",
    "DocumentEntry",
    "DocumentQuery",
    "EntryFilter",
    "Examined",
    "FolderQuery",
    "Found",
    "FoundLists",
    "FoundObjects",
    "Held",
    "Holdings",
    "Member",
    "Moved",
    "Object",
    "Possible",
    "Preview",
    "Previewed",
    "Provided",
    "Retrieved",
    "SetQuery",
    "Shared",
    "Status",
    "Submission",
    "archive",
    "as_seen_by",
    "audit",
    "claim_ids",
    "close_to",
    "decide_again",
    "delete",
    "deposit",
    "document",
    "erase",
    "erase_deleted",
    "every_file",
    "examine",
    "find",
    "find_folders",
    "find_lists",
    "find_sets",
    "get",
    "get_all",
    "get_associations",
    "get_documents_and_associations",
    "get_folder_and_contents",
    "get_folders",
    "get_folders_for_document",
    "get_list",
    "get_related_documents",
    "get_set_and_contents",
    "get_sets",
    "history",
    "holdings",
    "is_signature",
    "journal_proof",
    "last_readings",
    "leave_to_rules",
    "mask",
    "move",
    "objects",
    "open_to",
    "patient_authored",
    "permissions_on",
    "possible",
    "provide",
    "put_objects",
    "readdress",
    "register",
    "report_line",
    "retrieve",
    "reveal",
    "set_confidentiality",
    "sweep",
    "unarchive",
    "unmask",
    "uses_of_codes",
]


def decide_again(*, actor: Actor, record_id: int) -> None:
    """Writes on their way into a record ask the gate again, inside the caller's transaction.

    The caller (`carnet.record.life`) changes the state of the record.
    """
    revision.touch(record_id)


def erase(*, actor: Actor, record_id: int) -> tuple[str, ...]:
    """Delete every row of a record inside the caller's transaction; the files to remove once it has committed.

    The caller (`carnet.record.life`) decided it and journals it.
    """
    return erasure.erase(record_id)


def examine(*, actor: Actor, data: bytes, declared: str) -> Examined:
    """Look at a file before it is deposited; `declared` is what its sender calls it. Nothing of a record is read."""
    return examined.look(data, declared)


def every_file(*, actor: Actor) -> Iterator[str]:
    """The names of all the files that documents live in, inside the caller's transaction (a backup copies them)."""
    return files.named()


def objects(*, actor: Actor, record_id: int) -> Iterator[Object]:
    """The plain bytes of all documents of a record, for the operator who moves its domain (`carnet.record.life`)."""
    return carrying.objects(record_id)


def put_objects(*, actor: Actor, record_id: int, received: Mapping[UUID, Received]) -> None:
    """Seal bytes that came with a record, inside the transaction of the caller (`carnet.record.life`)."""
    carrying.put(record_id, received)


def claim_ids(*, actor: Actor, domain: int, record_id: int) -> None:
    """Let the ids that came with a record lead to it, inside the transaction of the caller (`carnet.record.life`)."""
    carrying.claim(domain, record_id)


def holdings(*, actor: Actor, record_id: int, lens: Lens) -> Holdings:
    """All that a lens shows of a record, described; the caller (`carnet.record.life`) decided it and journals it."""
    return held.holdings(record_id, lens)


def document(*, actor: Actor, record_id: int, lens: Lens, entry_uuid: UUID) -> Retrieved | None:
    """The bytes of one of `holdings`, None when they are not to be had (any more); the caller journalled it."""
    return held.document(record_id, lens, entry_uuid)


def move(
    *,
    actor: Actor,
    domain: int,
    source: int,
    destination: int,
    patient_id: str,
    only: Iterable[UUID] | None = None,
) -> Moved | Refusal:
    """Move all that a record holds to another of the same person, or only some objects with what came of them since.

    Inside the transaction of the caller (`carnet.record.life`), which decided it and journals it. `patient_id` is the
    CX that the destination is addressed by. Rule: `merge-same-set`.
    """
    return moving.move(domain=domain, source=source, destination=destination, patient_id=patient_id, only=only)


def readdress(*, actor: Actor, record_id: int, patient_id: str) -> None:
    """Write a CX as the patient of all that a record holds, inside the caller's transaction."""
    addressing.readdress(record_id, patient_id)


def uses_of_codes(*, actor: Actor, attribute: str, codes: Sequence[Code]) -> dict[tuple[int, str, str], int] | None:
    """How many entries of each domain use codes: (domain number, code, scheme) → count, over all records.

    Counts of documents, nobody's data; None for an attribute that no entry carries as a code.
    """
    return usage.uses(attribute, codes)
