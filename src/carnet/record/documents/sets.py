"""Submission sets, and everything of a record at once (IHE ITI TF-2 §3.18.4.1.2.3.7.2, .4, .9, .10; ITI-66)."""

from __future__ import annotations

from collections.abc import Sequence

from carnet.kernel import locator
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import objects, rows
from carnet.record.documents.contents import Contents
from carnet.record.documents.matching import ContentsQuery, EntryFilter, SetQuery, set_matches
from carnet.record.documents.objects import HAS_MEMBER, Chosen, FoundObjects


def find_sets(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    query: SetQuery,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """The visible sets of a patient that match (FindSubmissionSets), newest first.

    `patient_id` is a CX, "" for a patient's own record. `whole` asks for objects to
    be given whole: more of them than the domain gives in one answer are refused.
    """

    def choose(visible: Contents) -> Chosen:
        return Chosen(sets=[own for own, one in visible.sets.items() if set_matches(query, one)])

    return objects.of_patient(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        asserted_patient=asserted_patient,
        statuses=query.statuses,
        whole=whole,
        choose=choose,
    )


def get_all(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    query: ContentsQuery,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """The visible sets, folders and entries of a patient by status, and their associations (GetAll)."""
    entry_statuses = {rows.STATUSES.index(status) for status in query.entry_statuses}

    def choose(visible: Contents) -> Chosen:
        entries = {own for own, known in visible.entries.items() if known.status in entry_statuses}
        sets = {own for own, one in visible.sets.items() if one.status in query.set_statuses}
        folders = {own for own, folder in visible.folders.items() if folder.status in query.folder_statuses}
        within = entries | sets | folders
        links = [link for link in visible.links if link.source in within or link.target in within]
        return Chosen(entries=entries, sets=sets, folders=folders, links=links, only=query.only)

    return objects.of_patient(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        asserted_patient=asserted_patient,
        statuses=(*query.entry_statuses, *query.set_statuses, *query.folder_statuses),
        whole=whole,
        choose=choose,
    )


def get_sets(
    *, actor: Actor, domain: str, uuids: Sequence[str], asserted_patient: str | None = None, whole: bool = False
) -> FoundObjects | Refusal:
    """The sets that these entries and folders came in or are referenced by, and the associations that say so."""
    ids = objects.ids_of(*uuids)

    def choose(visible: Contents) -> Chosen:
        links = [
            link
            for link in visible.links
            if link.target in ids and link.source in visible.sets and link.association.type == HAS_MEMBER
        ]
        return Chosen(sets={link.source for link in links}, links=links)

    return objects.of_names(
        actor=actor, domain=domain, uuids=uuids, asserted_patient=asserted_patient, whole=whole, choose=choose
    )


def get_set_and_contents(
    *,
    actor: Actor,
    domain: str,
    entry_uuid: str = "",
    unique_id: str = "",
    only: EntryFilter | None = None,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """A set, its entries and folders, memberships of folders that it made, and what links it to them."""
    ids = objects.ids_of(entry_uuid)

    def choose(visible: Contents) -> Chosen:
        sets = {own for own, one in visible.sets.items() if own in ids or (unique_id and one.unique_id == unique_id)}
        links = [link for link in visible.links if link.source in sets and link.association.type == HAS_MEMBER]
        targets = {link.target for link in links}
        links += [link for link in visible.links if objects.ids_of(link.association.entry_uuid) & targets]
        return Chosen(
            entries=targets & visible.entries.keys(),
            sets=sets,
            folders=targets & visible.folders.keys(),
            links=links,
            only=only or EntryFilter(),
        )

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=(entry_uuid,) if entry_uuid else (),
        claimed=(locator.submission(unique_id),) if unique_id else (),
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )
