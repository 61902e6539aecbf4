"""Folders (IHE ITI TF-2 §3.18.4.1.2.3.7.3, .6, .11, .12; ITI-66). Their lastUpdateTime is of what the actor sees."""

from __future__ import annotations

from collections.abc import Sequence

from carnet.kernel import locator
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import objects
from carnet.record.documents.contents import Contents
from carnet.record.documents.matching import EntryFilter, FolderQuery, folder_matches
from carnet.record.documents.objects import HAS_MEMBER, Chosen, FoundObjects


def find_folders(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    query: FolderQuery,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """The visible folders of a patient that match (FindFolders); parameters as those of `find_sets`."""

    def choose(visible: Contents) -> Chosen:
        return Chosen(folders=[own for own, folder in visible.folders.items() if folder_matches(query, folder)])

    return objects.of_patient(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        asserted_patient=asserted_patient,
        statuses=query.statuses,
        whole=whole,
        choose=choose,
    )


def get_folders(
    *,
    actor: Actor,
    domain: str,
    entry_uuids: Sequence[str] = (),
    unique_ids: Sequence[str] = (),
    logical_ids: Sequence[str] = (),
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """Folders by name (GetFolders)."""
    ids = objects.ids_of(*entry_uuids)

    def choose(visible: Contents) -> Chosen:
        return Chosen(
            folders=[
                own
                for own, folder in visible.folders.items()
                if own in ids or folder.unique_id in unique_ids or folder.logical_id in logical_ids
            ]
        )

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=(*entry_uuids, *logical_ids),
        claimed=[locator.folder(name) for name in unique_ids],
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )


def get_folder_and_contents(
    *,
    actor: Actor,
    domain: str,
    entry_uuid: str = "",
    unique_id: str = "",
    only: EntryFilter | None = None,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """A folder, the entries it holds, and what links it to them (GetFolderAndContents)."""
    ids = objects.ids_of(entry_uuid)

    def choose(visible: Contents) -> Chosen:
        folders = {
            own for own, one in visible.folders.items() if own in ids or (unique_id and one.unique_id == unique_id)
        }
        links = [link for link in visible.links if link.source in folders and link.association.type == HAS_MEMBER]
        return Chosen(
            entries={link.target for link in links} & visible.entries.keys(),
            folders=folders,
            links=links,
            only=only or EntryFilter(),
        )

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=(entry_uuid,) if entry_uuid else (),
        claimed=(locator.folder(unique_id),) if unique_id else (),
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )


def get_folders_for_document(
    *,
    actor: Actor,
    domain: str,
    entry_uuid: str = "",
    unique_id: str = "",
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """The folders that hold a document (GetFoldersForDocument)."""
    ids = objects.ids_of(entry_uuid)

    def choose(visible: Contents) -> Chosen:
        entries = objects.named_entries(visible, ids, (unique_id,) if unique_id else ())
        held = [link for link in visible.links if link.target in entries and link.association.type == HAS_MEMBER]
        return Chosen(folders={link.source for link in held} & visible.folders.keys(), about=entries)

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=(entry_uuid,) if entry_uuid else (),
        claimed=(locator.document(unique_id),) if unique_id else (),
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )
