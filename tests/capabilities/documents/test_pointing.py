"""Relations of FHIR lead to a document's metadata in force, by any of its names; those of XDS to the named version."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from carnet.kernel import blobs
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.documents import pointing
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status, Submission
from tests.capabilities.world import AUTHOR, OTHER, World, new_oid, rules_of

REPLACE, APPEND = AssociationType.REPLACE, AssociationType.APPEND


@pytest.fixture
def world(transactional_db: None) -> World:
    """A fresh record in `fr`."""
    return World()


def sent_by_fhir(world: World, sent: Submission, actor: Actor = AUTHOR) -> documents.Provided | Refusal:
    contents = {entry.entry_uuid: blobs.from_bytes(b"<ClinicalDocument/>") for entry in sent.entries}
    return documents.provide(actor=actor, domain="fr", submission=sent, contents=contents, by_document=True)


def masked_after_deposit(world: World) -> tuple[DocumentEntry, DocumentEntry]:
    """A document's metadata: as they were deposited, and in force."""
    first = world.fed()
    done = documents.mask(actor=world.patient, domain="fr", entry_uuid=first.entry_uuid)
    assert isinstance(done, documents.Changed), done
    assert done.entry.entry_uuid != first.entry_uuid
    return first, done.entry


NAMES: dict[str, Callable[[DocumentEntry, DocumentEntry], str]] = {
    "logicalId": lambda first, last: last.logical_id,
    "former entryUUID": lambda first, last: first.entry_uuid,
    "entryUUID": lambda first, last: last.entry_uuid,
    "uniqueId": lambda first, last: "urn:oid:" + last.unique_id,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_document_masked_since_is_replaced_by_any_of_its_names(world: World, name: str) -> None:
    first, last = masked_after_deposit(world)
    answer = sent_by_fhir(world, world.submission(relations=(("document", REPLACE, NAMES[name](first, last)),)))
    assert isinstance(answer, documents.Provided), answer
    assert not answer.warnings
    (made,) = [one for one in answer.submission.associations if one.type == REPLACE]
    assert made.target == last.entry_uuid
    assert world.seen(AUTHOR) == {answer.submission.entries[0].unique_id}
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=(last.entry_uuid,))
    assert isinstance(found, documents.Found)
    assert [one.status for one in found.entries] == [Status.DEPRECATED]
    # What replaces a masked document is masked.
    assert "MASQUE_PS" in {code.code for code in world.found(AUTHOR).entries[0].confidentiality_codes}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_set_again_is_a_replay_after_a_change_of_metadata(world: World, name: str) -> None:
    first, last = masked_after_deposit(world)
    target = NAMES[name](first, last)
    sent = world.submission(relations=(("document", APPEND, target),))
    answer = sent_by_fhir(world, sent)
    assert isinstance(answer, documents.Provided), answer
    changed = documents.unmask(actor=world.patient, domain="fr", logical_id=last.logical_id)
    assert isinstance(changed, documents.Changed)
    again = sent_by_fhir(world, sent)
    assert isinstance(again, documents.Provided), again
    assert again.replay


def test_xds_names_the_version(world: World) -> None:
    first, last = masked_after_deposit(world)
    answer = world.provide(world.submission(relations=(("document", APPEND, first.entry_uuid),)))
    assert rules_of(answer) == ["target-deprecated"]
    assert isinstance(
        world.provide(world.submission(relations=(("document", APPEND, last.entry_uuid),))), documents.Provided
    )
    by_unique_id = world.submission(relations=(("document", APPEND, "urn:oid:" + last.unique_id),))
    assert rules_of(world.provide(by_unique_id)) == ["association-target"]


@pytest.mark.parametrize("name", NAMES)
def test_a_hidden_document_is_pointed_at_like_an_unknown_one(world: World, name: str) -> None:
    world.authorise(OTHER)
    first, last = masked_after_deposit(world)
    relation = (("document", APPEND, NAMES[name](first, last)),)
    hidden = sent_by_fhir(world, world.submission(relations=relation), OTHER)
    assert rules_of(hidden) == ["association-target"]
    nowhere = world.submission(relations=(("document", APPEND, "urn:oid:" + new_oid()),))
    unknown = sent_by_fhir(world, nowhere, OTHER)
    assert rules_of(unknown) == ["association-target"]
    assert isinstance(hidden, Refusal)
    assert isinstance(unknown, Refusal)
    assert hidden.problems[0].text == unknown.problems[0].text


def test_a_mask_in_between_is_looked_at_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.fed()
    pointed, came = pointing.pointed, []

    def then_masked(*values: object) -> Submission:
        found = pointed(*values)  # type: ignore[arg-type]
        if not came:
            came.append(documents.mask(actor=world.patient, domain="fr", entry_uuid=first.entry_uuid))
            assert isinstance(came[0], documents.Changed), came
        return found

    monkeypatch.setattr(pointing, "pointed", then_masked)
    answer = sent_by_fhir(world, world.submission(relations=(("document", REPLACE, first.logical_id),)))
    assert isinstance(answer, documents.Provided), answer
    assert not answer.warnings
    (made,) = [one for one in answer.submission.associations if one.type == REPLACE]
    assert made.target == came[0].entry.entry_uuid
    assert world.seen(AUTHOR) == {answer.submission.entries[0].unique_id}
