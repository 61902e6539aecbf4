"""Reading entries and bytes: the filtered relation first, then everything else.

Every statement over entries starts from `seen`, the rows of one record that pass the lens; nothing can
name a row outside it, so filters, ranks, counts and pages are of visible rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.documents import asserted, limits, names, relations, rows
from carnet.record.documents.matching import AnyOf, DocumentQuery, Matcher
from carnet.record.documents.relations import Relation, Relations
from carnet.record.documents.seen import SEEN, SEEN_IN_FORCE
from carnet.record.documents.times import padded
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import DocumentEntry, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Visible entries, newest creation first. `total` counts all visible matches, whatever the page.

    `relations` holds, when asked for, the relations of these entries to other visible ones, by entryUUID; `records`
    counts the records that the entries come from.
    """

    entries: tuple[DocumentEntry, ...]
    total: int
    next: tuple[str, str] | None = None
    relations: Relations = field(default_factory=dict)
    records: int = 1


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

# A document that was registered twice is shown once: its most recent entry of the best status. A version of the
# metadata that a later one took the place of is no document of its own.
_FOLDED = f"""
SELECT DISTINCT ON (unique_id) * FROM seen WHERE {_FILTER} AND flags & {int(access.Flag.FORMER)} = 0
ORDER BY unique_id, status, registered_at DESC, id
"""


def _list_statement(folded: bool, *, traced: bool = True, seen: str = SEEN) -> str:
    return f"""
WITH {seen},
     {relations.RELATED},
     wanted AS ({_FOLDED if folded else _EACH})
     {f", trace AS ({journal.APPEND})" if traced else ""}
SELECT {rows.COLUMNS}, creation, (SELECT count(*) FROM wanted), relations
FROM wanted LEFT JOIN related ON related.source = wanted.id
WHERE %(after)s::text IS NULL OR (creation, id) < (%(after)s::text, %(after_id)s::uuid)
ORDER BY creation DESC, id DESC
LIMIT %(limit)s
"""


# By whether documents that were registered twice are folded, and whether deprecated versions can be named.
_LIST = {
    (folded, deprecated): _list_statement(folded, seen=SEEN if deprecated else SEEN_IN_FORCE)
    for folded in (False, True)
    for deprecated in (False, True)
}
# A page after the last one has no row to say how many there are.
_COUNT = f"WITH {SEEN}, wanted AS ({_EACH}) SELECT count(*) FROM wanted"
_COUNT_FOLDED = f"WITH {SEEN}, wanted AS ({_FOLDED}) SELECT count(*) FROM wanted"
# Documents asked for by name are named in the trace, which comes when it is known which ones were found.
_NAMED = _list_statement(folded=False, traced=False)

# Above any DTM: an open end.
_END = "~"


def _range(bounds: tuple[str, str]) -> tuple[str, str]:
    return padded(bounds[0]), padded(bounds[1]) or _END


def _codes(groups: tuple[AnyOf, ...]) -> list[str] | None:
    """The codes of a condition that SQL can filter on: a single OR."""
    return [code.code for code in groups[0]] if len(groups) == 1 else None


def find(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    query: DocumentQuery,
    asserted_patient: str | None = None,
    related: bool = False,
    strict: bool = False,
    whole: bool = False,
) -> Found | Refusal:
    """The visible entries of a record that match (ITI-18 FindDocuments, ITI-67), traced in the same statement.

    `patient_id` is a CX, "" for a patient's own record; `asserted_patient` what the proof names (`asserted`);
    `related` asks for the relations of the page's entries too; `strict` refuses statuses that the domain does not
    know, `whole` more entries than it gives in one answer.
    """
    configuration = terminology.domain(domain)
    wrong = configuration and asserted.check(configuration, asserted_patient, patient_id)
    if configuration and strict and not wrong:
        wrong = limits.unknown_status(configuration, query.statuses)
    if wrong:
        return access.refuse(wrong, actor=actor, action=journal.Action.DOCUMENT_LIST, record_id=access.NO_RECORD)
    entered = access.enter(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        act=access.Act.SEARCH,
        action=journal.Action.DOCUMENT_LIST,
    )
    if isinstance(entered, Refusal):
        return entered
    found = _page(actor, domain, entered, query, related=related)
    if whole and configuration and len(found.entries) > configuration.most_objects:
        return access.refuse(
            limits.too_many(configuration),
            actor=actor,
            action=journal.Action.DOCUMENT_LIST,
            record_id=entered.record_id,
        )
    return found


def get(
    *,
    actor: Actor,
    domain: str,
    entry_uuids: Sequence[str] = (),
    unique_ids: Sequence[str] = (),
    logical_ids: Sequence[str] = (),
    asserted_patient: str | None = None,
    related: bool = False,
) -> Found | Refusal:
    """Entries by name (ITI-18 GetDocuments); unknown and invisible ones are absent alike.

    Every version and status answers to its own names.
    """
    named = names.records(actor, domain, entry_uuids, unique_ids, logical_ids, asserted_patient)
    if isinstance(named, Problem):
        return access.refuse(named, actor=actor, action=journal.Action.DOCUMENT_GET, record_id=access.NO_RECORD)
    query = DocumentQuery(
        statuses=rows.STATUSES,
        entry_uuids=tuple(entry_uuids),
        unique_ids=tuple(unique_ids),
        logical_ids=tuple(logical_ids),
    )
    entries: list[DocumentEntry] = []
    of_entries: dict[str, Sequence[Relation]] = {}
    records = 0
    passes = access.enter_records(
        actor=actor, domain=domain, record_ids=named, act=access.Act.READ, action=journal.Action.DOCUMENT_GET
    )
    if not passes:
        _trace_named(actor, access.NO_RECORD, "", [])
    for entered in passes:
        page = _page(actor, domain, entered, query, named=True, related=related)
        entries += page.entries
        records += bool(page.entries)
        of_entries.update(page.relations)
    return Found(entries=tuple(entries), total=len(entries), relations=of_entries, records=records)


def _uuids(texts: Sequence[str]) -> list[UUID]:
    """The ids among the names; a name that is no UUID leads nowhere."""
    return [value for value in map(rows.uuid_of, texts) if value is not None]


def _page(
    actor: Actor,
    domain: str,
    entered: access.Pass,
    query: DocumentQuery,
    *,
    named: bool = False,
    related: bool = False,
) -> Found:
    lens = entered.lens
    configuration = terminology.domain(domain)
    if lens is None or configuration is None:
        return Found(entries=(), total=0)
    matcher = Matcher(query)
    parameters = _parameters(entered.record_id, query)
    parameters.update(lens.parameters(), related=related)
    # One more than asked tells whether a next page exists; what Python filters is cut after filtering.
    cut_in_sql = query.limit is not None and matcher.trivial
    parameters["limit"] = query.limit + 1 if cut_in_sql and query.limit is not None else None
    if not cut_in_sql:
        parameters["after"] = parameters["after_id"] = None
    if named:
        found = database.rows(_NAMED, parameters)
        _trace_named(actor, entered.record_id, entered.rule, [row[0] for row in found])
    else:
        with journal.entry(
            actor=actor,
            action=journal.Action.DOCUMENT_LIST,
            record_id=entered.record_id,
            rule=entered.rule,
        ) as trace:
            parameters.update(trace.parameters)
            deprecated = related or Status.DEPRECATED in query.statuses
            found = database.rows(_LIST[configuration.folds_duplicates, deprecated], parameters)
    pairs = [(row, rows.entry(row)) for row in found]
    total = found[0][7] if found else 0
    if not found and parameters["after"] is not None:
        counted = database.row(_COUNT_FOLDED if configuration.folds_duplicates else _COUNT, parameters)
        total = counted[0] if counted else 0
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
    entries = tuple(value for _, value in pairs)
    of_entries = {rows.urn(row[0]): relations.read(row[8]) for row, _ in pairs if row[8]}
    return Found(entries=entries, total=total, next=following, relations=of_entries)


def _trace_named(actor: Actor, record_id: int, rule: str, subjects: list[UUID]) -> None:
    journal.append(
        actor=actor,
        action=journal.Action.DOCUMENT_GET,
        record_id=record_id,
        outcome=journal.Outcome.DONE if subjects else journal.Outcome.REFUSED,
        rule=rule if subjects else "document-unknown",
        subjects=subjects,
    )


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
