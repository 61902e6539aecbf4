"""A copy of a whole record for its person: IHE XDM (ITI-32) with a signed manifest, streamed.

What the copy holds is what the person sees, through the same lens; the trace names it and is committed before the
first byte. Nothing is kept on the server, and no more of a document is in memory than a chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from carnet.kernel import clock
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act, Lens, Pass
from carnet.record.documents import api as documents
from carnet.record.documents.api import Holdings
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import manifest, oppositions, queries
from carnet.record.terminology import api as terminology
from carnet.wire.xds import xdm
from carnet.wire.xds.model import Association, DocumentEntry, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A copy about to be read, once: how many documents, their bytes before compression, the archive's chunks."""

    documents: int
    size: int
    chunks: Iterator[bytes]


def export(*, actor: Actor, domain: str = "fr", patient_id: str = "") -> Export | Refusal:
    """All that a person sees of their record, as a ZIP. Rules: `export-own-record`, `own-record-only`, `record-…`."""
    with transaction.atomic():
        entered = access.enter(
            actor=actor, domain=domain, patient_id=patient_id, act=Act.EXPORT, action=Action.RECORD_EXPORT
        )
        if isinstance(entered, Refusal):
            return entered
        patient = identity.patient_of(actor=actor, record_id=entered.record_id)
        if entered.lens is None or patient is None:
            # Whoever may export reads, and a record that was entered has a person.
            raise RuntimeError("an export was allowed without anything to export")
        held = documents.holdings(actor=actor, record_id=entered.record_id, lens=entered.lens)
        present = latest(held)
        statement = _statement(actor, domain, entered, patient, held, present)
        journal.append(
            actor=actor,
            action=Action.RECORD_EXPORT,
            record_id=entered.record_id,
            rule=entered.rule,
            subjects=sorted(present),
        )
    written = xdm.write(
        submissions(held, present),
        partial(_bytes, actor, entered.record_id, entered.lens),
        _about(patient),
        partial(manifest.members, statement),
    )
    entries = [held.entries[own].entry for own in present]
    return Export(documents=len(entries), size=sum(entry.size or 0 for entry in entries), chunks=written)


def latest(held: Holdings) -> frozenset[UUID]:
    """The entries that a media describes: the last version of each document whose bytes are here."""
    last: dict[str, tuple[int, UUID]] = {}
    for own, one in held.entries.items():
        if one.here and one.submission in held.sets:
            version = (one.entry.version, own)
            last[one.entry.logical_id] = max(version, last.get(one.entry.logical_id, version))
    return frozenset(own for _, own in last.values())


def submissions(held: Holdings, present: frozenset[UUID]) -> Iterable[Submission]:
    """Each set with what of it is on the media: what it brought, oldest set first, so that nothing precedes its origin.

    An association goes with the set that brought it, or that brought what it starts from.
    """
    brought = {one.target: one.source for one in held.links if one.source in held.sets}
    within = present | held.sets.keys() | held.folders.keys()
    links = [one for one in held.links if one.source in within]
    # A membership may be of a membership.
    within |= {_id(one.association.entry_uuid) for one in links if one.target in within}
    mine: dict[UUID | None, list[Association]] = {}
    for link in links:
        if link.target in within:
            by = brought.get(_id(link.association.entry_uuid)) or brought.get(link.source)
            mine.setdefault(link.source if link.source in held.sets else by, []).append(link.association)
    for own, one in sorted(held.sets.items(), key=lambda item: (item[1].submission_time, item[1].entry_uuid)):
        entries = sorted(entry for entry in present if held.entries[entry].submission == own)
        folders = sorted(folder for folder in held.folders if brought.get(folder) == own)
        if entries or folders or own in mine:
            yield Submission(
                submission_set=one,
                entries=tuple(held.entries[entry].entry for entry in entries),
                associations=tuple(mine.get(own, ())),
                folders=tuple(held.folders[folder] for folder in folders),
            )


def _statement(
    actor: Actor, domain: str, entered: Pass, patient: identity.Patient, held: Holdings, present: frozenset[UUID]
) -> dict[str, object]:
    identifiers = identity.identifier_history(actor=actor, record_id=entered.record_id)
    found = terminology.domain(domain)
    people = [oppositions.person(one.identifier) for one in identifiers]
    return {
        "format": manifest.FORMAT,
        "made_at": clock.now(),
        "made_for": actor.kind.value,
        "domain": domain,
        "repository_unique_id": settings.CARNET_REPOSITORY_ID,
        "person": manifest.person(
            patient,
            identifiers,
            queries.life(entered.record_id),
            queries.opposed_since(found.number, people) if found is not None else None,
        ),
        **manifest.permissions(access.permissions_of(actor=actor, record_id=entered.record_id), held),
        **manifest.contents(held, present),
    }


def _bytes(actor: Actor, record_id: int, lens: Lens, entry: DocumentEntry) -> Iterator[bytes] | None:
    found = documents.document(actor=actor, record_id=record_id, lens=lens, entry_uuid=_id(entry.entry_uuid))
    return None if found is None else found.chunks


def _about(patient: identity.Patient) -> xdm.About:
    traits = patient.traits
    return xdm.About(
        producer=f"Carnet (entrepôt {settings.CARNET_REPOSITORY_ID})",
        contact="l'exploitant de ce carnet, ou le bureau des admissions qui l'a ouvert",
        holder=f"{traits.used_given or traits.first_given} {traits.used_name or traits.birth_name}",
        made_on=f"{clock.now():%d/%m/%Y}",
    )


def _id(urn: str) -> UUID:
    return UUID(urn.removeprefix("urn:uuid:"))
