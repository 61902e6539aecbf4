"""From a question about sets, folders and associations to what the actor sees of the answer, traced.

Each query chooses among `contents.visible`, so that nothing hidden can be chosen, counted or sorted; then the chosen
entries are read. Two statements a record, whatever is found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.documents import asserted, contents, limits, names, rows
from carnet.record.documents.contents import Contents, Link
from carnet.record.documents.matching import EntryFilter
from carnet.record.documents.seen import SEEN
from carnet.record.documents.times import padded
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry, Folder, Status, SubmissionSet

HAS_MEMBER = str(AssociationType.HAS_MEMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundObjects:
    """Visible registry objects, sets and entries newest first. `records` counts the records they come from."""

    entries: tuple[DocumentEntry, ...] = ()
    sets: tuple[SubmissionSet, ...] = ()
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()
    records: int = 0

    def __len__(self) -> int:
        return len(self.entries) + len(self.sets) + len(self.folders) + len(self.associations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What answers a query among what is visible; entries that `only` leaves out take their associations along.

    `about` are the entries that the query names, told in the trace even when nothing is found with them.
    """

    entries: Collection[UUID] = ()
    sets: Collection[UUID] = ()
    folders: Collection[UUID] = ()
    links: Collection[Link] = ()
    only: EntryFilter = field(default_factory=EntryFilter)
    about: Collection[UUID] = ()


Choose = Callable[[Contents], Chosen]

_ENTRIES = (
    f"WITH {SEEN} SELECT {rows.COLUMNS} FROM seen WHERE id = ANY(%(ids)s::uuid[]) ORDER BY creation DESC, id DESC"
)


def of_patient(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    asserted_patient: str | None,
    statuses: Iterable[Status],
    whole: bool,
    choose: Choose,
) -> FoundObjects | Refusal:
    """What a query about a patient chooses, traced in the statement that reads it."""
    configuration = terminology.domain(domain)
    if configuration is not None:
        wrong = asserted.check(configuration, asserted_patient, patient_id) or limits.unknown_status(
            configuration, statuses
        )
        if wrong is not None:
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
    if entered.lens is None or configuration is None:
        return FoundObjects()
    with journal.entry(
        actor=actor, action=journal.Action.DOCUMENT_LIST, record_id=entered.record_id, rule=entered.rule
    ) as trace:
        visible = contents.visible(entered.record_id, entered.lens, trace)
    found = _read(entered.record_id, entered.lens, visible, choose(visible))
    if whole and len(found) > configuration.most_objects:
        return access.refuse(
            limits.too_many(configuration),
            actor=actor,
            action=journal.Action.DOCUMENT_LIST,
            record_id=entered.record_id,
        )
    return found


def of_names(
    *,
    actor: Actor,
    domain: str,
    uuids: Sequence[str] = (),
    claimed: Sequence[str] = (),
    asserted_patient: str | None,
    whole: bool,
    choose: Choose,
) -> FoundObjects | Refusal:
    """What a query by entryUUIDs and claimed names (`kernel.locator`) chooses; unknown and invisible look alike."""
    named = names.records(actor, domain, uuids, (), (), asserted_patient, claimed=claimed)
    if isinstance(named, Problem):
        return access.refuse(named, actor=actor, action=journal.Action.DOCUMENT_GET, record_id=access.NO_RECORD)
    passes = access.enter_records(
        actor=actor, domain=domain, record_ids=named, act=access.Act.READ, action=journal.Action.DOCUMENT_GET
    )
    if not passes:
        _trace(actor, access.NO_RECORD, "", [], found=False)
    parts: list[FoundObjects] = []
    for entered in passes:
        if entered.lens is None:
            continue
        visible = contents.visible(entered.record_id, entered.lens)
        chosen = choose(visible)
        part = _read(entered.record_id, entered.lens, visible, chosen)
        told = _told(visible, chosen)
        _trace(actor, entered.record_id, entered.rule, told, found=bool(told or len(part)))
        parts.append(part)
    found = FoundObjects(
        entries=tuple(entry for part in parts for entry in part.entries),
        sets=tuple(one for part in parts for one in part.sets),
        folders=tuple(folder for part in parts for folder in part.folders),
        associations=tuple(association for part in parts for association in part.associations),
        records=sum(part.records for part in parts),
    )
    configuration = terminology.domain(domain)
    if whole and configuration is not None and len(found) > configuration.most_objects:
        return access.refuse(
            limits.too_many(configuration), actor=actor, action=journal.Action.DOCUMENT_GET, record_id=access.NO_RECORD
        )
    return found


def named_entries(visible: Contents, ids: Collection[UUID], unique_ids: Collection[str]) -> set[UUID]:
    """The visible entries, of any version and status, that answer to these names."""
    return {own for own, known in visible.entries.items() if own in ids or known.unique_id in unique_ids}


def ids_of(*texts: str) -> set[UUID]:
    """The UUIDs among names; a name that is none leads nowhere."""
    return {value for text in texts if (value := rows.uuid_of(text)) is not None}


def _read(record_id: int, lens: access.Lens, visible: Contents, chosen: Chosen) -> FoundObjects:
    found = []
    if chosen.entries:
        parameters = {"record_id": record_id, "ids": list(chosen.entries), **lens.parameters()}
        found = [rows.entry(row) for row in database.rows(_ENTRIES, parameters)]
    kept = [entry for entry in found if chosen.only.keeps(entry)]
    left = set(chosen.entries) - ids_of(*(entry.entry_uuid for entry in kept))
    links = _without(left, chosen.links) if left else chosen.links
    sets = [visible.sets[own] for own in chosen.sets]
    answer = FoundObjects(
        entries=tuple(kept),
        sets=tuple(sorted(sets, key=lambda one: (padded(one.submission_time), one.entry_uuid), reverse=True)),
        folders=tuple(visible.folders[own] for own in sorted(chosen.folders)),
        associations=tuple(link.association for link in links),
        records=1,
    )
    return answer if len(answer) else FoundObjects()


def _without(left: Collection[UUID], links: Iterable[Link]) -> list[Link]:
    """The links that lead to nothing left out, nor to a link that does."""
    kept, gone = [], set()
    for link in links:
        if link.source in left or link.target in left:
            gone |= ids_of(link.association.entry_uuid)
        else:
            kept.append(link)
    return [link for link in kept if link.target not in gone]


def _told(visible: Contents, chosen: Chosen) -> list[UUID]:
    """The entries that an answer tells something of: its own, ends of associations, contents of sets and folders."""
    within = {*chosen.sets, *chosen.folders}
    ends = {end for link in chosen.links for end in (link.source, link.target)}
    ends.update(link.target for link in visible.links if link.source in within)
    return sorted((ends | set(chosen.entries) | set(chosen.about)) & visible.entries.keys())


def _trace(actor: Actor, record_id: int, rule: str, subjects: list[UUID], *, found: bool) -> None:
    journal.append(
        actor=actor,
        action=journal.Action.DOCUMENT_GET,
        record_id=record_id,
        outcome=journal.Outcome.DONE if found else journal.Outcome.REFUSED,
        rule=rule if found else "document-unknown",
        subjects=subjects,
    )
