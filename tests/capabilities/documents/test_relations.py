"""Relations between documents are shown with the entries that have them, between visible documents only (A2, B6)."""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status
from tests.capabilities.world import AUTHOR, OTHER, World

EVERY = (Status.APPROVED, Status.DEPRECATED)


def related(world: World, actor: Actor) -> dict[str, list[tuple[AssociationType, str]]]:
    """What a list says of relations: (type, target) by the uniqueId of the source."""
    found = documents.find(
        actor=actor,
        domain=world.domain,
        patient_id=world.cx,
        query=documents.DocumentQuery(statuses=EVERY),
        related=True,
    )
    assert isinstance(found, documents.Found), found
    names = {entry.entry_uuid: entry.unique_id for entry in found.entries}
    assert set(found.relations) <= set(names)
    return {names[one]: [(to.type, names[to.target]) for to in found.relations[one]] for one in found.relations}


def relate(world: World, entry: DocumentEntry, kind: AssociationType, target: DocumentEntry) -> None:
    answer = world.provide(world.submission(entry, relations=((entry.entry_uuid, kind, target.entry_uuid),)))
    assert isinstance(answer, documents.Provided), answer


def test_a_replacement_names_what_it_replaces(world: World) -> None:
    parent, child = world.fed(), world.entry()
    relate(world, child, AssociationType.REPLACE, parent)
    expected = {child.unique_id: [(AssociationType.REPLACE, parent.unique_id)]}
    assert related(world, AUTHOR) == expected
    got = documents.get(actor=AUTHOR, domain="fr", unique_ids=(child.unique_id,), related=True)
    assert isinstance(got, documents.Found)
    ((relation,),) = got.relations.values()
    assert (relation.type, relation.target, relation.target_logical_id) == (
        AssociationType.REPLACE,
        parent.entry_uuid,
        parent.logical_id,
    )


def test_a_relation_to_a_hidden_document_is_absent(world: World) -> None:
    hidden, child = world.fed("MASQUE_PS"), world.entry()
    relate(world, child, AssociationType.APPEND, hidden)
    assert related(world, AUTHOR) == {child.unique_id: [(AssociationType.APPEND, hidden.unique_id)]}
    world.authorise(OTHER)
    assert child.unique_id in world.seen(OTHER)
    assert related(world, OTHER) == {}


def test_relations_are_read_only_when_asked_for(world: World) -> None:
    parent, child = world.fed(), world.entry()
    relate(world, child, AssociationType.REPLACE, parent)
    found = world.found(AUTHOR)
    assert isinstance(found, documents.Found)
    assert found.relations == {}
