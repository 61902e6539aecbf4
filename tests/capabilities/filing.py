"""Sets with folders, and what an actor sees of sets, folders and associations."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.documents import api as documents
from carnet.wire.xds.model import Association, AssociationType, Code, DocumentEntry, Folder, Submission
from tests.capabilities.world import AUTHOR, World, new_oid

FOLDER_CODE = Code("GROSSESSE", "1.2.250.1.999.9", "Grossesse")


def filed(world: World, *entries: DocumentEntry, held: Sequence[str] = (), folder: str = "") -> Submission:
    """A set that brings entries and puts them, with `held`, in a folder that it brings too or that is there."""
    sent = world.submission(*entries) if entries else msgspec.structs.replace(world.submission(), entries=())
    members = [one for one in sent.associations if one.target in {entry.entry_uuid for entry in entries}]
    folders: tuple[Folder, ...] = ()
    if not folder:
        folder = "folder"
        folders = (
            Folder(
                entry_uuid=folder, unique_id=new_oid(), patient_id=world.cx, title="Grossesse", codes=(FOLDER_CODE,)
            ),
        )
        members.append(_member("set", folder, "to-folder"))
    for number, target in enumerate([entry.entry_uuid for entry in entries] + list(held)):
        members.append(_member(folder, target, f"in-folder-{number}"))
        members.append(_member("set", f"in-folder-{number}", f"to-in-folder-{number}"))
    return msgspec.structs.replace(sent, folders=folders, associations=tuple(members))


def _member(source: str, target: str, own: str) -> Association:
    return Association(entry_uuid=own, type=AssociationType.HAS_MEMBER, source=source, target=target)


def provided(world: World, sent: Submission, actor: Actor = AUTHOR) -> Submission:
    """A submission as registered."""
    answer = world.provide(sent, actor=actor)
    assert isinstance(answer, documents.Provided), answer
    return answer.submission


def everything(world: World, actor: Actor) -> documents.FoundObjects:
    """GetAll, of every status."""
    every = tuple(documents.Status)
    found = documents.get_all(
        actor=actor,
        domain=world.domain,
        patient_id=whose(world, actor),
        query=documents.ContentsQuery(
            entry_statuses=every if world.domain == "fr" else every[:2],
            set_statuses=every[:1],
            folder_statuses=every[:1],
        ),
    )
    assert isinstance(found, documents.FoundObjects), found
    return found


def whose(world: World, actor: Actor) -> str:
    """The patient id of a question: none for a patient's own record."""
    return "" if actor.kind is ActorKind.PATIENT else world.cx
