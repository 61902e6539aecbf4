"""Documents that another repository keeps (ITI-42): registered, found, and asked for where they are."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from django.conf import settings

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status, Submission
from tests.capabilities.documents.shelves import folder, link, submission, view
from tests.capabilities.world import AUTHOR, CLERK, HOSPITAL, OTHER, World, rules_of

PLACE = "1.2.250.1.999.77"
CONTENT = b"<ClinicalDocument/>"
SHA1 = hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
LABORATORY = Actor(kind=ActorKind.STRUCTURE, person="", structure=HOSPITAL, name="LABO", proof="vihf")


def kept(world: World, name: str = "document", **more: object) -> DocumentEntry:
    """An entry whose bytes are in another repository."""
    return world.entry(name, **({"repository_unique_id": PLACE, "hash": SHA1, "size": len(CONTENT)} | more))


def register(world: World, sent: Submission, *, actor: Actor = AUTHOR) -> documents.Provided | Refusal:
    return documents.register(actor=actor, domain=world.domain, submission=sent)


def registered(world: World, sent: Submission, *, actor: Actor = AUTHOR) -> Submission:
    answer = register(world, sent, actor=actor)
    assert isinstance(answer, documents.Provided), answer
    return answer.submission


@pytest.mark.parametrize("domain", ["fr", "ihe"])
@pytest.mark.parametrize("actor", [AUTHOR, LABORATORY], ids=["professional", "structure"])
def test_metadata_is_kept_as_sent_and_no_bytes_are(transactional_db: None, domain: str, actor: Actor) -> None:
    world = World(domain=domain)
    sent = kept(world)
    (entry,) = registered(world, submission(world, sent), actor=actor).entries
    assert (entry.repository_unique_id, entry.hash, entry.size) == (PLACE, SHA1, len(CONTENT))
    found = world.found(AUTHOR)
    assert isinstance(found, documents.Found)
    assert found.entries == (entry,)
    assert database.row("SELECT count(*) FROM documents_object WHERE record_id = %s", (world.record_id,)) == (0,)


def test_asking_for_the_bytes_says_where_they_are(world: World) -> None:
    (entry,) = registered(world, submission(world, kept(world))).entries
    answer = documents.retrieve(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert isinstance(answer, Refusal)
    assert answer.rule == "document-elsewhere"
    assert answer.problems[0].expected == PLACE
    assert PLACE in answer.problems[0].text


def test_a_hidden_document_elsewhere_is_unknown(world: World) -> None:
    hidden = msgspec.structs.replace(kept(world), confidentiality_codes=world.masked("MASQUE_PS").confidentiality_codes)
    (entry,) = registered(world, submission(world, hidden)).entries
    world.authorise(OTHER)
    assert world.read(OTHER, entry.unique_id) == "document-unknown"
    assert world.read(AUTHOR, entry.unique_id) == "document-elsewhere"


def test_bytes_that_are_here_too_are_given(world: World) -> None:
    (entry,) = registered(world, submission(world, kept(world))).entries
    answer = world.provide(world.submission(world.entry(unique_id=entry.unique_id)), content=CONTENT)
    assert isinstance(answer, documents.Provided)
    assert world.read(AUTHOR, entry.unique_id) == CONTENT


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"repository_unique_id": ""}, ["repository-unique-id-missing"]),
        ({"repository_unique_id": "ailleurs"}, ["repository-oid"]),
        ({"repository_unique_id": "ours"}, ["repository-ours"]),
        ({"hash": ""}, ["hash-missing"]),
        ({"hash": "0" * 39}, ["hash-form"]),
        ({"size": None}, ["size-missing"]),
        ({"size": 0}, ["document-empty"]),
        ({"type_code": None, "hash": ""}, ["type-code-missing", "hash-missing"]),
        ({"stable": False}, ["entry-on-demand"]),
    ],
)
def test_what_is_registered_says_where_and_what(world: World, change: dict[str, object], rules: list[str]) -> None:
    if change.get("repository_unique_id") == "ours":
        change = {"repository_unique_id": settings.CARNET_REPOSITORY_ID}
    assert rules_of(register(world, submission(world, kept(world, **change)))) == rules


def test_neither_a_patient_nor_a_clerk_registers(world: World) -> None:
    assert rules_of(register(world, submission(world, kept(world)), actor=world.patient)) == ["patient-act"]
    assert rules_of(register(world, submission(world, kept(world)), actor=CLERK)) == ["clerk-no-content"]


def test_a_replay_and_another_content(world: World) -> None:
    sent = submission(world, kept(world))
    registered(world, sent)
    again = register(world, sent)
    assert isinstance(again, documents.Provided)
    assert again.replay
    changed = msgspec.structs.replace(sent, entries=(msgspec.structs.replace(sent.entries[0], hash="0" * 40),))
    assert rules_of(register(world, changed)) == ["submission-set-used"]
    other = submission(world, msgspec.structs.replace(sent.entries[0], hash="0" * 40))
    assert rules_of(register(world, other)) == ["non-identical-hash"]
    assert rules_of(
        world.provide(submission(world, world.entry(unique_id=sent.entries[0].unique_id)), content=b"x")
    ) == ["non-identical-hash"]


def test_it_replaces_and_is_filed_like_any_other(world: World) -> None:
    parent = world.fed()
    links = (link("document", parent.entry_uuid, AssociationType.REPLACE), link("folder", "document"))
    made = registered(world, submission(world, kept(world), folders=(folder(world),), links=links))
    old = world.found(AUTHOR, statuses=(Status.DEPRECATED,))
    assert isinstance(old, documents.Found)
    assert [entry.entry_uuid for entry in old.entries] == [parent.entry_uuid]
    assert view(world).held(made.folders[0]) == {made.entries[0].entry_uuid}
