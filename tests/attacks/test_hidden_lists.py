"""What the lens hides must not show through ITI-66: sets and folders with what they hold, read together."""

from __future__ import annotations

import pytest

from carnet.kernel.actor import Actor
from carnet.kernel.ids import new_id
from carnet.record.documents import api as documents
from tests.attacks.test_hidden_documents import statements_of
from tests.attacks.test_hidden_members import HIDDEN, READERS, actor_of, later
from tests.capabilities.filing import filed, provided, whose
from tests.capabilities.world import AUTHOR, OTHER, World

Lists = documents.FoundLists


def listed(world: World, actor: Actor) -> Lists:
    found = documents.find_lists(
        actor=actor, domain="fr", patient_id=whose(world, actor), statuses=tuple(documents.Status)
    )
    assert isinstance(found, Lists), found
    return found


def one(actor: Actor, entry_uuid: str) -> Lists:
    found = documents.get_list(actor=actor, domain="fr", entry_uuid=entry_uuid)
    assert isinstance(found, Lists), found
    return found


@READERS
def test_a_set_and_a_folder_with_hidden_documents_only_are_like_unknown_ones(
    world: World, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    sent = provided(world, filed(world, world.masked(*HIDDEN)))
    world.authorise(OTHER)
    actor = actor_of(world, reader)
    for name in (sent.submission_set.entry_uuid, sent.folders[0].entry_uuid):
        unknown = new_id(world.record_id).urn
        assert one(actor, name) == one(actor, unknown) == Lists(members={})
        seen = statements_of(lambda name=name: one(actor, name), monkeypatch)  # type: ignore[misc]
        assert seen == statements_of(lambda name=unknown: one(actor, name), monkeypatch)  # type: ignore[misc]
        assert one(AUTHOR, name).members[name]


@READERS
def test_what_is_hidden_changes_no_list(world: World, monkeypatch: pytest.MonkeyPatch, reader: str) -> None:
    sent = provided(world, filed(world, world.entry()))
    world.authorise(OTHER)
    actor = actor_of(world, reader)
    before = listed(world, actor)
    later(monkeypatch, 10)
    provided(world, filed(world, world.masked(*HIDDEN), folder=sent.folders[0].entry_uuid))
    provided(world, filed(world, world.masked(*HIDDEN)))
    assert listed(world, actor) == before
    assert len(listed(world, AUTHOR).sets) == 3
    # The author's folder is younger for what they put there; the hidden member shows to nobody else.
    assert len(listed(world, AUTHOR).members[sent.folders[0].entry_uuid]) == 2


def test_a_member_is_told_once_over_its_versions(world: World) -> None:
    sent = provided(world, filed(world, world.entry()))
    the_set, folder, entry = sent.submission_set, sent.folders[0], sent.entries[0]
    done = documents.mask(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid)
    assert isinstance(done, documents.Changed)
    inside = documents.Member(id=entry.logical_id)
    found = listed(world, AUTHOR).members
    assert found[folder.entry_uuid] == (inside,)
    assert set(found[the_set.entry_uuid]) == {inside, documents.Member(id=folder.entry_uuid, folder=True)}
    assert len(found[the_set.entry_uuid]) == 2
