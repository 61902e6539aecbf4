"""Reading entries and bytes: the filtered relation first, then everything else.

Every statement over entries starts from `seen`, the rows of one record that pass the lens; nothing can
name a row outside it, so filters, ranks, counts and pages are of visible rows only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from carnet.kernel import blobs, database, keys, locator
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.kernel.ids import record_of
from carnet.record.access import api as access
from carnet.record.documents import rows
from carnet.record.documents.times import padded
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Code, DocumentEntry, Status

# Requests that name documents may name several records; more than these is not a reading, it is a search.
_MOST_RECORDS = 16

Any_of = tuple[Code, ...]


class DocumentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What FindDocuments and ITI-67 can ask (IHE ITI TF-2 §3.18.4.1.2.3.7.1).

    Coded attributes are an AND of ORs: one tuple of codes for each repetition; a code without scheme
    matches any scheme. Ranges are `(from, to)` in DTM, `from ≤ t < to`, empty for open. `author_persons` are
    SQL LIKE patterns over the XCN. Names (`unique_ids`, `entry_uuids`,
    `logical_ids`) are alternatives. `after` is the (creation, id) of the last entry of the page before.
    """

    statuses: tuple[Status, ...] = (Status.APPROVED,)
    type_codes: tuple[Any_of, ...] = ()
    class_codes: tuple[Any_of, ...] = ()
    format_codes: tuple[Any_of, ...] = ()
    practice_setting_codes: tuple[Any_of, ...] = ()
    healthcare_facility_type_codes: tuple[Any_of, ...] = ()
    confidentiality_codes: tuple[Any_of, ...] = ()
    event_codes: tuple[Any_of, ...] = ()
    creation_time: tuple[str, str] = ("", "")
    service_start_time: tuple[str, str] = ("", "")
    service_stop_time: tuple[str, str] = ("", "")
    author_persons: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    entry_uuids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()
    reference_ids: tuple[str, ...] = ()
    mime_types: tuple[str, ...] = ()
    limit: int | None = None
    after: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Visible entries, newest creation first. `total` counts all visible matches, whatever the page."""

    entries: tuple[DocumentEntry, ...]
    total: int
    next: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """One document: its entry and its bytes, which can be read once."""

    entry: DocumentEntry
    size: int
    chunks: Iterator[bytes]


_SEEN = f"""
seen AS (
    SELECT id, logical_id, version, status, flags, meta, lineage, unique_id, type_code, class_code, creation,
           service_start, service_stop, registered_at, object_id
    FROM documents_entry
    WHERE record_id = %(record_id)s AND {access.SQL}
)
"""

_FILTER = """
status = ANY(%(statuses)s::smallint[])
AND (%(types)s::text[] IS NULL OR type_code = ANY(%(types)s::text[]))
AND (%(classes)s::text[] IS NULL OR class_code = ANY(%(classes)s::text[]))
AND (%(named)s::boolean IS NOT TRUE
     OR unique_id = ANY(%(unique_ids)s::text[])
     OR id = ANY(%(ids)s::uuid[])
     OR logical_id = ANY(%(logical_ids)s::uuid[]))
AND creation >= %(creation_from)s::text AND creation < %(creation_to)s::text
AND service_start >= %(start_from)s::text AND service_start < %(start_to)s::text
AND service_stop >= %(stop_from)s::text AND service_stop < %(stop_to)s::text
"""

_EACH = f"SELECT * FROM seen WHERE {_FILTER}"

# A document that was registered twice is shown once: its most recent entry of the best status.
_FOLDED = f"""
SELECT DISTINCT ON (unique_id) * FROM seen WHERE {_FILTER}
ORDER BY unique_id, status, registered_at DESC, id
"""


def _list_statement(folded: bool) -> str:
    return f"""
WITH {_SEEN},
     wanted AS ({_FOLDED if folded else _EACH}),
     trace AS ({journal.APPEND})
SELECT {rows.COLUMNS}, creation, (SELECT count(*) FROM wanted)
FROM wanted
WHERE %(after)s::text IS NULL OR (creation, id) < (%(after)s::text, %(after_id)s::uuid)
ORDER BY creation DESC, id DESC
LIMIT %(limit)s
"""


_LIST, _LIST_FOLDED = _list_statement(folded=False), _list_statement(folded=True)

# Above any DTM: an open end.
_END = "~"


def _range(bounds: tuple[str, str]) -> tuple[str, str]:
    return padded(bounds[0]), padded(bounds[1]) or _END


def _codes(groups: tuple[Any_of, ...]) -> list[str] | None:
    """The codes of a condition that SQL can filter on: a single OR."""
    return [code.code for code in groups[0]] if len(groups) == 1 else None


def find(*, actor: Actor, domain: str, patient_id: str, query: DocumentQuery) -> Found | Refusal:
    """The visible entries of a record that match (ITI-18 FindDocuments, ITI-67), traced in the same statement.

    `patient_id` is a CX, "" for a patient's own record.
    """
    entered = access.enter(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        act=access.Act.SEARCH,
        action=journal.Action.DOCUMENT_LIST,
    )
    if isinstance(entered, Refusal):
        return entered
    return _page(actor, domain, entered, query, journal.Action.DOCUMENT_LIST)


def get(
    *,
    actor: Actor,
    domain: str,
    entry_uuids: Sequence[str] = (),
    unique_ids: Sequence[str] = (),
    logical_ids: Sequence[str] = (),
) -> Found | Refusal:
    """Entries by name (ITI-18 GetDocuments); unknown and invisible ones are absent alike.

    Every version and status answers to its own names.
    """
    names = rows_of_names(domain, entry_uuids, unique_ids, logical_ids)
    query = DocumentQuery(
        statuses=rows.STATUSES,
        entry_uuids=tuple(entry_uuids),
        unique_ids=tuple(unique_ids),
        logical_ids=tuple(logical_ids),
    )
    entries: list[DocumentEntry] = []
    for entered in access.enter_records(
        actor=actor, domain=domain, record_ids=names, act=access.Act.READ, action=journal.Action.DOCUMENT_GET
    ):
        entries += _page(actor, domain, entered, query, journal.Action.DOCUMENT_GET, folded=False).entries
    return Found(entries=tuple(entries), total=len(entries))


def rows_of_names(
    domain: str, entry_uuids: Sequence[str], unique_ids: Sequence[str], logical_ids: Sequence[str]
) -> list[int]:
    """The records where these names may live: ids of ours say it, foreign ones are located."""
    found = terminology.domain(domain)
    if found is None:
        return []
    records: list[int] = []
    foreign = [locator.document(name) for name in unique_ids]
    for text in (*entry_uuids, *logical_ids):
        value = rows.uuid_of(text)
        if value is None:
            continue
        record_id = record_of(value)
        if record_id:
            records.append(record_id)
        foreign.append(locator.foreign_uuid(str(value)))
    if foreign:
        records += locator.locate(found.number, foreign)
    return list(dict.fromkeys(records))[:_MOST_RECORDS]


def _uuids(texts: Sequence[str]) -> list[UUID]:
    """The ids among the names; a name that is no UUID leads nowhere."""
    return [value for value in map(rows.uuid_of, texts) if value is not None]


def _page(
    actor: Actor,
    domain: str,
    entered: access.Pass,
    query: DocumentQuery,
    action: journal.Action,
    *,
    folded: bool | None = None,
) -> Found:
    lens = entered.lens
    configuration = terminology.domain(domain)
    if lens is None or configuration is None:
        return Found(entries=(), total=0)
    matcher = Matcher(query)
    parameters = _parameters(entered.record_id, query)
    parameters.update(lens.parameters())
    # One more than asked tells whether a next page exists; what Python filters is cut after filtering.
    cut_in_sql = query.limit is not None and matcher.trivial
    parameters["limit"] = query.limit + 1 if cut_in_sql and query.limit is not None else None
    if not cut_in_sql:
        parameters["after"] = parameters["after_id"] = None
    fold = configuration.folds_duplicates if folded is None else folded
    with journal.entry(
        actor=actor, action=action, record_id=entered.record_id, rule=entered.rule, at=entered.now
    ) as trace:
        parameters.update(trace.parameters)
        found = database.rows(_LIST_FOLDED if fold else _LIST, parameters)
    pairs = [(row, rows.entry(row)) for row in found]
    total = found[0][7] if found else 0
    if not matcher.trivial:
        pairs = [pair for pair in pairs if matcher.matches(pair[1])]
        total = len(pairs)
        if query.after is not None:
            pairs = [pair for pair in pairs if (pair[0][6], str(pair[0][0])) < query.after]
    following = None
    if query.limit is not None and len(pairs) > query.limit:
        pairs = pairs[: query.limit]
        if pairs:
            following = (pairs[-1][0][6], str(pairs[-1][0][0]))
    return Found(entries=tuple(value for _, value in pairs), total=total, next=following)


def _parameters(record_id: int, query: DocumentQuery) -> dict[str, Any]:
    creation, start, stop = map(_range, (query.creation_time, query.service_start_time, query.service_stop_time))
    return {
        "record_id": record_id,
        "statuses": [rows.STATUSES.index(status) for status in query.statuses],
        "types": _codes(query.type_codes),
        "classes": _codes(query.class_codes),
        "named": bool(query.unique_ids or query.entry_uuids or query.logical_ids),
        "unique_ids": list(query.unique_ids),
        "ids": _uuids(query.entry_uuids),
        "logical_ids": _uuids(query.logical_ids),
        "creation_from": creation[0],
        "creation_to": creation[1],
        "start_from": start[0],
        "start_to": start[1],
        "stop_from": stop[0],
        "stop_to": stop[1],
        "after": query.after[0] if query.after else None,
        "after_id": query.after[1] if query.after else None,
    }


class Matcher:
    """The conditions that are not columns, over one entry; `trivial` when there are none."""

    def __init__(self, query: DocumentQuery) -> None:
        self._coded = [
            (groups, read)
            for groups, read in (
                (query.type_codes, lambda e: (e.type_code,)),
                (query.class_codes, lambda e: (e.class_code,)),
                (query.format_codes, lambda e: (e.format_code,)),
                (query.practice_setting_codes, lambda e: (e.practice_setting_code,)),
                (query.healthcare_facility_type_codes, lambda e: (e.healthcare_facility_type_code,)),
                (query.confidentiality_codes, lambda e: e.confidentiality_codes),
                (query.event_codes, lambda e: e.event_codes),
            )
            if groups
        ]
        self._authors = [_like(pattern) for pattern in query.author_persons]
        self._references = set(query.reference_ids)
        self._mime_types = set(query.mime_types)
        self.trivial = not (self._coded or self._authors or self._references or self._mime_types)

    def matches(self, entry: DocumentEntry) -> bool:
        """Whether an entry meets every condition."""
        for groups, read in self._coded:
            values = [code for code in read(entry) if code is not None]
            if not all(any(_same(wanted, value) for wanted in group for value in values) for group in groups):
                return False
        if self._authors and not any(
            pattern.fullmatch(author.person) for pattern in self._authors for author in entry.authors
        ):
            return False
        if self._references and not self._references.intersection(entry.reference_ids):
            return False
        return not self._mime_types or entry.mime_type in self._mime_types


def _same(wanted: Code, value: Code) -> bool:
    return wanted.code == value.code and wanted.scheme in ("", value.scheme)


def _like(pattern: str) -> re.Pattern[str]:
    """A SQL LIKE pattern as a regular expression."""
    return re.compile("".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)


_BYTES = f"""
WITH {_SEEN}
SELECT {", ".join("s." + name for name in rows.COLUMNS.split(", "))},
       o.id, o.size, o.inline, o.file, o.file_key, k.wrapped
FROM seen s
JOIN documents_object o ON o.record_id = %(record_id)s AND o.id = s.object_id
LEFT JOIN kernel_record_key k ON k.record_id = %(record_id)s
WHERE (%(unique_id)s::text IS NULL OR s.unique_id = %(unique_id)s::text)
  AND (%(id)s::uuid IS NULL OR s.id = %(id)s::uuid)
ORDER BY s.status, s.registered_at DESC, s.id
LIMIT 1
"""


def retrieve(
    *, actor: Actor, domain: str, unique_id: str = "", entry_uuid: str = "", repository: str = ""
) -> Retrieved | Refusal:
    """One document's bytes (ITI-43, ITI-68), by uniqueId or by entryUUID; traced before the first byte is given.

    Unknown, invisible and forbidden documents are refused alike.
    """
    if repository and repository != settings.CARNET_REPOSITORY_ID:
        return access.refuse(
            _unknown_repository(repository),
            actor=actor,
            action=journal.Action.DOCUMENT_READ,
            record_id=access.NO_RECORD,
        )
    names = rows_of_names(domain, (entry_uuid,) if entry_uuid else (), (unique_id,) if unique_id else (), ())
    for entered in access.enter_records(
        actor=actor, domain=domain, record_ids=names, act=access.Act.READ, action=journal.Action.DOCUMENT_READ
    ):
        if entered.lens is None:
            continue
        row = database.row(
            _BYTES,
            {
                "record_id": entered.record_id,
                "unique_id": unique_id or None,
                "id": rows.uuid_of(entry_uuid),
                **entered.lens.parameters(),
            },
        )
        if row is not None:
            journal.append(
                actor=actor,
                action=journal.Action.DOCUMENT_READ,
                record_id=entered.record_id,
                rule=entered.rule,
                subjects=(row[0],),
            )
            return _opened(entered.record_id, row)
    record_id = names[0] if names else access.NO_RECORD
    return access.refuse(_unknown_document(), actor=actor, action=journal.Action.DOCUMENT_READ, record_id=record_id)


def _opened(record_id: int, row: tuple[Any, ...]) -> Retrieved:
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
