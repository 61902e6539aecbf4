"""From the names of documents to the records where they may live."""

from __future__ import annotations

from collections.abc import Sequence

from carnet.kernel import locator
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.kernel.ids import record_of
from carnet.record.access import api as access
from carnet.record.documents import asserted, rows
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology

# Requests that name documents may name several records; more than these is not a reading, it is a search.
_MOST_RECORDS = 16


def records(
    actor: Actor,
    domain: str,
    entry_uuids: Sequence[str],
    unique_ids: Sequence[str],
    logical_ids: Sequence[str],
    asserted_patient: str | None,
    *,
    claimed: Sequence[str] = (),
) -> list[int] | Problem:
    """The records where these names may live: ids of ours say it, foreign ones are located.

    `claimed` are names of other objects, as the locator writes them. A proof about one patient leads to no other
    record.
    """
    found = terminology.domain(domain)
    if found is None:
        return access.unknown_domain(domain)
    wrong = asserted.check_named(found, asserted_patient)
    if wrong is not None:
        return wrong
    if asserted_patient:
        # Known, unknown and hidden names take the same way from here, so that no timing tells them apart.
        identifier = identity.parse_cx(asserted_patient)
        if isinstance(identifier, Problem):
            return identifier
        allowed = identity.search_by_identifier(actor=actor, domain=found, identifier=identifier)
        return [] if allowed is None else [allowed]
    records: list[int] = []
    foreign = [*claimed, *(locator.document(name) for name in unique_ids)]
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
