"""What the lens hides must not show through ITI-66: sets and folders with what they hold, read together."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from carnet.kernel.actor import Actor
from carnet.kernel.ids import new_id
from carnet.record.documents import api as documents
from tests.attacks.intruder import Intruder
from tests.attacks.test_hidden_documents import statements_of
from tests.attacks.test_hidden_members import HIDDEN, READERS, actor_of, later
from tests.attacks.victim import AUTHOR as SUBMITTER
from tests.attacks.victim import OTHER as READER
from tests.attacks.victim import Victim
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


def test_the_door_tells_nothing_of_sets_of_hidden_documents(intruder: Intruder, victim: Victim) -> None:
    parameters = {"patient.identifier": f"urn:oid:1.2.250.1.213.1.4.10|{victim.ins}"}
    with intruder.machines(SUBMITTER) as author, intruder.machines(READER) as reader:

        def sets(client: httpx.Client) -> dict[str, set[str]]:
            found, address = {}, f"/fhir/List?{urlencode(parameters | {'_count': '1'})}"
            while address:
                page = client.get(address).json()
                lists = [one["resource"] for one in page["entry"] if one["search"]["mode"] == "match"]
                found.update({one["id"]: {item["item"]["reference"] for item in one["entry"]} for one in lists})
                address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
            assert page["total"] == len(found)
            return found

        mine, theirs = sets(author), sets(reader)
        hidden = "DocumentReference/" + victim.documents["MASQUE_PS"].logical_id.removeprefix("urn:uuid:")
        (concealed,) = [own for own, items in mine.items() if items == {hidden}]
        assert concealed not in theirs
        assert hidden not in set().union(*theirs.values())
        assert set(theirs) < set(mine)
        answers = [reader.get(f"/fhir/List/{name}") for name in (concealed, uuid4())]
        assert [(one.status_code, one.json()) for one in answers] == [(404, answers[0].json())] * 2
        named = reader.get("/fhir/List", params=parameters | {"identifier": f"urn:uuid:{concealed}"}).json()
        assert named["total"] == 0
