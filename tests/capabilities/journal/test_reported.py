"""What other software says of its own acts (ITI-20), and the sealed journal on its way to an audit repository."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from carnet.client.audit_repository import NotRecordedError
from carnet.client.errors import Unreachable
from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops import audit_feed
from carnet.portals.patient import telling
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from carnet.wire.fhir import audit_read
from carnet.wire.fhir.audit_event import trace_id
from tests.capabilities.world import AUTHOR, World, rules_of

RECEIVER = "https://audit.example.org/fhir"
MACHINE = Actor(
    kind=ActorKind.STRUCTURE,
    person="Logiciel de labo",
    name="Logiciel de labo",
    structure=AUTHOR.structure,
    structure_name=AUTHOR.structure_name,
    proof="certificate",
)
SAID = access.Said(
    who="DR EXTERNE", software="LGC Externe", kind="read", action="R", outcome="0", at="2026-01-02T03:04:05Z"
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, settings: Any) -> None:
    settings.CARNET_SEALS = tmp_path / "seals"
    settings.CARNET_AUDIT_REPOSITORY = RECEIVER


def seal_all() -> None:
    deadline = time.monotonic() + 10
    while journal.sealing_lag(actor=audit_feed.FEEDER) > 0:
        journal.seal(actor=audit_feed.FEEDER)
        assert time.monotonic() < deadline, "entries stay unsealed"


class Repository:
    """An audit repository that fails when it is told to, and keeps what it recorded."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.failing: list[Exception] = []

    def record(self, events: list[dict[str, Any]]) -> None:
        if self.failing:
            raise self.failing.pop(0)
        self.kept += events


def test_a_declaration_is_kept_as_another_word(world: World) -> None:
    place = access.note_reported(actor=MACHINE, domain="fr", patient_id=world.cx, said=SAID)
    assert not isinstance(place, Refusal)
    (line,) = _lines(world)
    assert (line.action, line.name, line.actor_kind) == ("journal.receive", "Logiciel de labo", "structure")
    assert telling.declared(line.detail) == "DR EXTERNE, par le logiciel LGC Externe, noté le 2026-01-02T03:04:05Z"
    own = documents.audit(actor=world.patient, domain="fr", patient_id="")
    assert isinstance(own, documents.Audit)
    (told,) = [one for one in own.traces if one.action == "journal.receive"]
    assert json.loads(told.said)["who"] == "DR EXTERNE"
    assert told.person == "Logiciel de labo", "who sent it, never who it says acted"
    assert not [one for one in own.traces if one.person == "DR EXTERNE"]


def _lines(world: World) -> list[journal.JournalLine]:
    lines = journal.history(actor=world.patient, withheld=())
    return [line for line in lines if line.action == "journal.receive"]


def test_whoever_may_not_feed_declares_nothing(world: World) -> None:
    number = "180027506799999"
    unknown = f"{number}^^^&1.2.250.1.213.1.4.10&ISO^NH"
    stranger = access.note_reported(actor=MACHINE, domain="fr", patient_id=unknown, said=SAID)
    assert isinstance(stranger, Refusal)
    neighbour = access.note_reported(actor=World().patient, domain="fr", patient_id=world.cx, said=SAID)
    assert isinstance(neighbour, Refusal), "another record is not theirs to declare in"
    assert rules_of(access.note_reported(actor=AUTHOR, domain="fr", patient_id="", said=SAID)) == ["patient-required"]
    refused = database.rows("SELECT outcome FROM journal_entry WHERE action = 'journal.receive'")
    assert refused == [("refused",)] * 3


def test_every_sealed_entry_leaves_once_and_in_order(world: World) -> None:
    world.fed()
    access.note_reported(actor=MACHINE, domain="fr", patient_id=world.cx, said=SAID)
    seal_all()
    repository = Repository()
    repository.failing = [Unreachable("ConnectError"), NotRecordedError("HTTP 503")]
    for failures in (1, 2):
        assert audit_feed.send_batch(repository) is False  # type: ignore[arg-type]
        feed = journal.feed(actor=audit_feed.FEEDER, receiver=RECEIVER)
        assert (feed.failures, bool(feed.error), feed.waiting > 0) == (failures, True, True)
        place = journal.feed_place(actor=audit_feed.FEEDER, receiver=RECEIVER)
        assert place.next_at is not None
        assert place.next_at - clock.now() <= timedelta(seconds=2**failures), "each pause is twice as long"
    while audit_feed.send_batch(repository, limit=2):  # type: ignore[arg-type]
        pass
    expected = [
        (action, detail)
        for action, detail in database.rows(
            "SELECT e.action, e.detail FROM journal_link l JOIN journal_entry e USING (record_id, at, writer, number)"
            " WHERE e.action <> 'journal.receive' ORDER BY l.seal, l.leaf"
        )
    ]
    assert [one["subtype"][1]["code"] for one in repository.kept] == [action for action, _ in expected]
    assert len({one["id"] for one in repository.kept}) == len(expected)
    for one in repository.kept:
        (read,) = audit_read.read(json.dumps(one).encode())
        assert read.patient in ("", world.cx), "what is sent is what we would take"
    assert journal.feed(actor=audit_feed.FEEDER, receiver=RECEIVER).failures == 0


def test_what_was_cut_before_its_answer_is_sent_again(world: World) -> None:
    seal_all()
    repository = Repository()
    place = journal.feed_place(actor=audit_feed.FEEDER, receiver=RECEIVER)
    first = journal.feed_following(actor=audit_feed.FEEDER, after=place, limit=3)
    repository.record([{"id": str(trace_id(one.record_id, one.writer, one.number))} for _, _, one in first])
    # Killed here: sent, and the place did not move.
    assert audit_feed.send_batch(repository, limit=3)  # type: ignore[arg-type]
    names = [one["id"] for one in repository.kept]
    assert names[: len(first)] == names[len(first) :], "under the same names, so that the repository can tell"
