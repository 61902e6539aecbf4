"""Submissions with folders and references, and what an actor sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from carnet.kernel.actor import Actor
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.documents import contents
from carnet.record.journal import api as journal
from carnet.wire.xds.model import Association, AssociationType, Code, DocumentEntry, Folder, Submission
from tests.capabilities.world import AUTHOR, World, new_oid

HAS_MEMBER = AssociationType.HAS_MEMBER


def folder(world: World, name: str = "folder", **more: object) -> Folder:
    values = {
        "entry_uuid": name,
        "unique_id": new_oid(),
        "patient_id": world.cx,
        "title": "Grossesse",
        "codes": (Code("GROS", "1.2.250.1.999.9", "Grossesse"),),
    } | more
    return Folder(**values)  # type: ignore[arg-type]


def link(source: str, target: str, kind: str = HAS_MEMBER, status: str = "", own: str = "") -> Association:
    return Association(
        entry_uuid=own or f"{source}-{target}"[-60:], type=kind, source=source, target=target, set_status=status
    )


def submission(
    world: World, *entries: DocumentEntry, folders: tuple[Folder, ...] = (), links: tuple[Association, ...] = ()
) -> Submission:
    """A set that brings entries and folders, with other associations."""
    members = tuple(link("set", entry.entry_uuid, status="Original") for entry in entries)
    members += tuple(link("set", one.entry_uuid) for one in folders)
    the_set = world.submission().submission_set
    return Submission(submission_set=the_set, entries=entries, associations=members + links, folders=folders)


def accepted(world: World, sent: Submission, *, actor: Actor = AUTHOR) -> documents.Provided:
    answer = world.provide(sent, actor=actor)
    assert isinstance(answer, documents.Provided), answer
    return answer


def filed(world: World, entry: DocumentEntry | None = None) -> tuple[Folder, DocumentEntry]:
    """A folder with one document in it."""
    entry = entry or world.entry()
    sent = submission(world, entry, folders=(folder(world),), links=(link("folder", entry.entry_uuid),))
    made = accepted(world, sent).submission
    return made.folders[0], made.entries[0]


@dataclass(frozen=True)
class View:
    """What an actor sees of a record's folders and associations."""

    contents: contents.Contents

    @property
    def folders(self) -> dict[str, Folder]:
        return {one.unique_id: one for one in self.contents.folders.values()}

    def held(self, one: Folder) -> set[str]:
        """The entryUUIDs that a folder holds."""
        return {end.target for end in self.links(HAS_MEMBER) if end.source == one.entry_uuid}

    def links(self, kind: str) -> list[Association]:
        return [found.association for found in self.contents.links if found.association.type == kind]

    def ends(self, kind: str) -> set[tuple[str, str]]:
        return {(found.source, found.target) for found in self.links(kind)}


def view(world: World, actor: Actor = AUTHOR) -> View:
    (entered,) = access.enter_records(
        actor=actor,
        domain=world.domain,
        record_ids=[world.record_id],
        act=access.Act.READ,
        action=journal.Action.DOCUMENT_LIST,
    )
    assert entered.lens is not None
    return View(contents.visible(world.record_id, entered.lens))


def replaced(world: World, parent: DocumentEntry, **more: object) -> documents.Provided:
    """The answer to a replacement of an entry."""
    child = world.entry(**more)
    return accepted(
        world, submission(world, child, links=(link(child.entry_uuid, parent.entry_uuid, AssociationType.REPLACE),))
    )


def renamed(entry: DocumentEntry, name: str) -> DocumentEntry:
    return msgspec.structs.replace(entry, entry_uuid=name)
