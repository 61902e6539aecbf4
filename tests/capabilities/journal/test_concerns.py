"""What somebody should look at: reported accesses, suspicious patterns; and secret connections (A2, A6, B6)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from carnet.record.journal import watch_rules
from carnet.record.journal.api import Action, Kind, Outcome
from tests.capabilities.world import AUTHOR, OTHER, World, rules_of

WATCH = Actor(kind=ActorKind.SYSTEM, person="carnet-housekeeping", name="Carnet", proof="process")
OFFICER = Actor(kind=ActorKind.CLERK, person="3330000001/DPD", structure="1330000001", name="DPD", proof="process")


def act(actor: Actor, record_id: int, *, rule: str = "authorised", refused: bool = False) -> None:
    outcome = Outcome.REFUSED if refused else Outcome.DONE
    journal.append(actor=actor, action=Action.DOCUMENT_LIST, record_id=record_id, outcome=outcome, rule=rule)


def raised() -> Counter[tuple[Kind, str, int]]:
    journal.watch(actor=WATCH)
    found = journal.concerns(actor=OFFICER, structure=None)
    return Counter({(one.kind, one.person, one.record_id): one.count for one in found})


def test_suspicious_patterns_are_raised_once(world: World) -> None:
    curious = replace(OTHER, person="899900000041", name="DR CURIEUX")
    refused = replace(OTHER, person="899900000042", name="DR REFUSE")
    hurried = replace(OTHER, person="899900000043", name="DR PRESSE", purpose=Purpose.BREAK_GLASS)
    busy = replace(OTHER, person="899900000044", name="DR SOIGNANT")
    cousin = replace(OTHER, person="899900000045", name="DR MARIE FICTIF")
    for number in range(1, 31):
        act(curious, number)
        act(busy, number, rule="care-team")
    for _ in range(20):
        act(refused, 0, rule="authorisation-missing", refused=True)
    for number in range(1, 6):
        act(hurried, number, rule="break-glass")
    act(cousin, world.record_id, rule="care-team")
    assert raised() == {
        (Kind.RECORDS, curious.person, 0): 30,
        (Kind.REFUSALS, refused.person, 0): 20,
        (Kind.EMERGENCIES, hurried.person, 0): 5,
        (Kind.FAMILY, cousin.person, world.record_id): 1,
    }
    act(refused, 0, rule="authorisation-missing", refused=True)
    assert journal.watch(actor=WATCH) == 0, "the same concern is told once"
    assert raised()[Kind.REFUSALS, refused.person, 0] == 21


@pytest.mark.parametrize(
    ("actor", "born", "same"),
    [
        ("DR MARIE FICTIF", "FICTIF", True),
        ("Dr Hélène Lefèvre-Martin", "LEFEVRE MARTIN", True),
        ("DR MARTIN", "MARTINEZ", False),
        ("DR JEAN PAUL", "PAUL JEAN", False),
        ("DR FICTIF", "", False),
    ],
)
def test_a_family_name_is_compared_word_by_word(actor: str, born: str, same: bool) -> None:
    assert watch_rules.same_family(actor, born) is same


def test_windows_begin_on_the_hour_and_the_day() -> None:
    at = datetime(2026, 3, 4, 15, 16, 17, 18, tzinfo=UTC)
    assert watch_rules.window_start(at, watch_rules.HOUR) == datetime(2026, 3, 4, 15, tzinfo=UTC)
    assert watch_rules.window_start(at, watch_rules.DAY) == datetime(2026, 3, 4, tzinfo=UTC)


def test_a_person_reports_a_line_and_an_officer_concludes(world: World) -> None:
    world.found(OTHER)
    line = next(one for one in documents.history(actor=world.patient) if one.person == OTHER.person)
    place = (line.at, line.writer, line.number)
    assert documents.report_line(actor=world.patient, place=place, note="Je ne le connais pas.")
    stranger = World()
    clerk = replace(OFFICER, structure=OTHER.structure)
    assert rules_of(access.concerns(actor=clerk)) == ["officer-only"]
    access.appoint_officer(actor=WATCH, person=clerk.person, structure=clerk.structure)
    assert not documents.report_line(actor=stranger.patient, place=place, note="")
    assert not documents.report_line(actor=AUTHOR, place=place, note="")
    (concern,) = journal.concerns(actor=OFFICER, structure=OTHER.structure)
    assert (concern.kind, concern.person, concern.note) == (Kind.REPORTED, OTHER.person, "Je ne le connais pas.")
    assert journal.concerns(actor=OFFICER, structure="1339999999") == []
    about = {"record_id": world.record_id, "concern": concern.id, "verdict": access.Verdict.JUSTIFIED}
    assert rules_of(access.conclude_concern(actor=OFFICER, **about)) == ["officer-only"]
    assert access.conclude_concern(actor=clerk, **about, note="Remplaçant.") is None
    assert rules_of(access.conclude_concern(actor=clerk, **about | {"concern": uuid4()})) == ["concern-unknown"]
    (concern,) = journal.concerns(actor=OFFICER, structure=OTHER.structure)
    assert (concern.verdict, concern.reviewed_by, concern.conclusion) == ("justified", clerk.person, "Remplaçant.")
    told = [(one.action, one.outcome) for one in documents.history(actor=world.patient)]
    assert ("journal.report", "done") in told
    assert ("journal.review", "done") in told


def test_a_secret_connection_is_told_to_the_person_and_to_no_representative(world: World) -> None:
    world.seen(AUTHOR)
    world.seen(replace(AUTHOR, secret=True))
    parent = Actor(
        kind=ActorKind.DELEGATE, person="delegate:1", name="PARENT", proof="password+totp", record_id=world.record_id
    )

    def listed(actor: Actor) -> int:
        lines = journal.history(actor=actor, withheld=())
        return sum(line.action == Action.DOCUMENT_LIST for line in lines)

    assert listed(world.patient) == 2
    assert listed(parent) == 1
    assert database.rows("SELECT count(*) FROM journal_entry WHERE secret") == [(1,)]
    when = {one: journal.last_readings(actor=one, withheld=()).people[AUTHOR.person] for one in (world.patient, parent)}
    assert when[parent] < when[world.patient]
