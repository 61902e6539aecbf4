"""Associations, and documents by them (IHE ITI TF-2 §3.18.4.1.2.3.7.7, .8, .13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from carnet.kernel import locator
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import objects
from carnet.record.documents.contents import Contents
from carnet.record.documents.matching import EntryFilter
from carnet.record.documents.objects import Chosen, FoundObjects

_EVERY_KIND = EntryFilter(on_demand=True)


def get_associations(
    *, actor: Actor, domain: str, uuids: Sequence[str], asserted_patient: str | None = None, whole: bool = False
) -> FoundObjects | Refusal:
    """The associations with one of these objects at either end (GetAssociations)."""
    ids = objects.ids_of(*uuids)

    def choose(visible: Contents) -> Chosen:
        return Chosen(links=[link for link in visible.links if link.source in ids or link.target in ids])

    return objects.of_names(
        actor=actor, domain=domain, uuids=uuids, asserted_patient=asserted_patient, whole=whole, choose=choose
    )


def get_documents_and_associations(
    *,
    actor: Actor,
    domain: str,
    entry_uuids: Sequence[str] = (),
    unique_ids: Sequence[str] = (),
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """Entries by name and the associations they are an end of (GetDocumentsAndAssociations)."""
    ids = objects.ids_of(*entry_uuids)

    def choose(visible: Contents) -> Chosen:
        entries = objects.named_entries(visible, ids, unique_ids)
        links = [link for link in visible.links if link.source in entries or link.target in entries]
        return Chosen(entries=entries, links=links, only=_EVERY_KIND)

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=entry_uuids,
        claimed=[locator.document(name) for name in unique_ids],
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )


def get_related_documents(
    *,
    actor: Actor,
    domain: str,
    association_types: Collection[str],
    entry_uuid: str = "",
    unique_id: str = "",
    only: EntryFilter | None = None,
    asserted_patient: str | None = None,
    whole: bool = False,
) -> FoundObjects | Refusal:
    """A document, those it is related to by these types, and the associations between them (GetRelatedDocuments).

    Nothing when it is related to none, the document itself included.
    """
    ids = objects.ids_of(entry_uuid)

    def choose(visible: Contents) -> Chosen:
        entries = objects.named_entries(visible, ids, (unique_id,) if unique_id else ())
        links = [
            link
            for link in visible.links
            if link.association.type in association_types
            and (link.source in entries or link.target in entries)
            and link.source in visible.entries
            and link.target in visible.entries
        ]
        ends = {end for link in links for end in (link.source, link.target)}
        return Chosen(entries=ends, links=links, only=only or EntryFilter(), about=entries)

    return objects.of_names(
        actor=actor,
        domain=domain,
        uuids=(entry_uuid,) if entry_uuid else (),
        claimed=(locator.document(unique_id),) if unique_id else (),
        asserted_patient=asserted_patient,
        whole=whole,
        choose=choose,
    )
