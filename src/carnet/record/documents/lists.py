"""Sets and folders together, each with what it holds (ITI-66, and the reading of one List)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import objects, rows
from carnet.record.documents.contents import Contents
from carnet.record.documents.objects import HAS_MEMBER, Chosen, FoundObjects
from carnet.wire.xds.model import Folder, Status, SubmissionSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What a set or a folder holds: a document by its logicalId, or a folder by its entryUUID (`urn:uuid:…`)."""

    id: str
    folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLists:
    """Visible sets, newest first, and folders; `members` are the visible ones, by the entryUUID of what holds them.

    A document is a member once, whatever the versions of its metadata.
    """

    sets: tuple[SubmissionSet, ...] = ()
    folders: tuple[Folder, ...] = ()
    members: Mapping[str, tuple[Member, ...]]


def find_lists(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    statuses: Sequence[Status],
    asserted_patient: str | None = None,
) -> FoundLists | Refusal:
    """The visible sets and folders of a patient in these statuses; parameters as those of `find_sets`."""
    held: dict[str, tuple[Member, ...]] = {}

    def choose(visible: Contents) -> Chosen:
        sets = [own for own, one in visible.sets.items() if one.status in statuses]
        folders = [own for own, folder in visible.folders.items() if folder.status in statuses]
        held.update(_members(visible, {*sets, *folders}))
        return Chosen(sets=sets, folders=folders)

    found = objects.of_patient(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        asserted_patient=asserted_patient,
        statuses=(),
        whole=False,
        choose=choose,
    )
    return _told(found, held)


def get_list(
    *, actor: Actor, domain: str, entry_uuid: str, asserted_patient: str | None = None
) -> FoundLists | Refusal:
    """The set or the folder of this entryUUID; nothing for an unknown or an invisible one."""
    ids = objects.ids_of(entry_uuid)
    held: dict[str, tuple[Member, ...]] = {}

    def choose(visible: Contents) -> Chosen:
        sets, folders = ids & visible.sets.keys(), ids & visible.folders.keys()
        held.update(_members(visible, sets | folders))
        return Chosen(sets=sets, folders=folders)

    found = objects.of_names(
        actor=actor, domain=domain, uuids=(entry_uuid,), asserted_patient=asserted_patient, whole=False, choose=choose
    )
    return _told(found, held)


def _told(found: FoundObjects | Refusal, held: Mapping[str, tuple[Member, ...]]) -> FoundLists | Refusal:
    if isinstance(found, Refusal):
        return found
    return FoundLists(sets=found.sets, folders=found.folders, members=held)


def _members(visible: Contents, chosen: set[UUID]) -> dict[str, tuple[Member, ...]]:
    found: dict[str, dict[Member, None]] = {rows.urn(own): {} for own in chosen}
    for link in visible.links:
        if link.source not in chosen or link.association.type != HAS_MEMBER:
            continue
        entry = visible.entries.get(link.target)
        if entry is not None:
            found[rows.urn(link.source)][Member(id=rows.urn(entry.logical_id))] = None
        elif link.target in visible.folders:
            found[rows.urn(link.source)][Member(id=rows.urn(link.target), folder=True)] = None
    return {own: tuple(members) for own, members in found.items()}
