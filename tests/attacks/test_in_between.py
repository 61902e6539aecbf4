"""What happens between the decision and the write: the record closes, another hand is quicker, the mask was put on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from carnet.kernel import clock, database
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import actions, addressing, context, state_statement
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from carnet.record.life import creation, erasing
from carnet.wire.xds.model import AssociationType
from tests.attacks.test_hidden_documents import told
from tests.capabilities.life.test_life import OPERATOR, status
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of


@pytest.fixture(autouse=True)
def ledgers_apart(settings: Any, tmp_path: Any) -> Iterator[None]:
    """Ledgers, key backups and clocks of one test."""
    settings.CARNET_HOME = tmp_path
    settings.CARNET_KEY_BACKUPS = tmp_path / "keys"
    clock.forget()
    yield
    clock.forget()


def after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], object]) -> None:
    """The first time that `module.name` has answered, `then` happens."""
    real, left = getattr(module, name), [then]

    def answering(*values: Any, **named: Any) -> Any:
        answer = real(*values, **named)
        if left:
            left.pop()()
        return answer

    monkeypatch.setattr(module, name, answering)


def before(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], object]) -> None:
    """`then` happens, once, before `module.name` is done."""
    real, left = getattr(module, name), [then]

    def doing(*values: Any, **named: Any) -> Any:
        if left:
            left.pop()()
        return real(*values, **named)

    monkeypatch.setattr(module, name, doing)


def closing(world: World) -> Callable[[], object]:
    return lambda: life.close(actor=world.patient)


def rows(world: World) -> int:
    found = database.row("SELECT count(*) FROM documents_entry WHERE record_id = %s", (world.record_id,))
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("module", "name"), [(addressing, "check"), (context, "read")])
def test_nothing_is_filed_in_a_record_that_closed_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, first: bool
) -> None:
    if not first:
        world.fed()
    there = rows(world)
    after(monkeypatch, module, name, closing(world))
    assert rules_of(world.provide()) == ["record-closed"]
    assert rows(world) == there


def test_nothing_changes_in_a_record_that_closed_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = world.fed()
    after(monkeypatch, state_statement, "document", closing(world))
    answer = documents.mask(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert rules_of(answer) == ["document-unknown"]
    assert rows(world) == 1


def test_a_writer_that_waited_for_the_record_asks_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fed()
    monkeypatch.setattr(actions, "_OPTIMISTIC_TRIES", 0)
    after(monkeypatch, addressing, "check", closing(world))
    assert rules_of(world.provide()) == ["record-closed"]


def test_an_erasure_that_is_due_is_not_overtaken_by_a_reopening(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(life.ask_erasure(actor=world.patient), life.Changed)
    clock.advance(1, timedelta(days=100))
    answers: list[object] = []
    before(monkeypatch, erasing, "erase", lambda: answers.append(life.reopen(actor=world.patient, consent=True)))
    assert [one.step for one in life.keep_house(actor=OPERATOR)] == [life.Step.ERASE]
    assert rules_of(answers[0]) == ["erasure-started"], "an active record is not erased"
    assert status(world) == "erased"


def test_an_operator_who_erases_is_not_overtaken_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(life.ask_erasure(actor=world.patient), life.Changed)
    answers: list[object] = []
    before(monkeypatch, erasing, "erase", lambda: answers.append(life.reopen(actor=world.patient, consent=True)))
    assert isinstance(life.erase_now(actor=OPERATOR, patient_id=world.cx), life.Certificate)
    assert rules_of(answers[0]) == ["erasure-started"]


def test_a_consent_at_one_desk_does_not_meet_an_opposition_at_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.ask_erasure(actor=world.patient)
    life.erase_now(actor=OPERATOR, patient_id=world.cx)
    life.revoke_opposition(actor=CLERK, patient_id=world.cx)
    made = life.announce(
        actor=OPERATOR, domain="fr", identifier=world.identifier, traits=world.traits, qualification="QUAL"
    )
    assert isinstance(made, life.Announced)
    answers: list[Any] = []
    before(monkeypatch, creation.erasing, "erase", lambda: answers.append(world.create()))
    assert isinstance(life.oppose(actor=CLERK, patient_id=world.cx), life.Changed)
    (created,) = answers
    assert isinstance(created, access.Created)
    assert created.status.value == "closed", "nobody is told that a record is open which is being erased"


@pytest.mark.parametrize("mask", ["MASQUE_PS", "INVISIBLE_PATIENT"])
def test_the_same_document_once_more_is_no_way_around_a_mask(world: World, mask: str) -> None:
    entry = world.fed(mask)
    world.authorise(OTHER)
    reader = OTHER if mask == "MASQUE_PS" else world.patient
    again = world.entry(unique_id=entry.unique_id)
    assert isinstance(world.provide(world.submission(again)), documents.Provided)
    assert world.seen(reader) == set()
    assert world.read(reader, entry.unique_id) == "document-unknown"


def test_a_document_fed_again_after_the_person_masked_it_stays_masked(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    assert isinstance(documents.mask(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)
    assert isinstance(world.provide(world.submission(world.entry(unique_id=entry.unique_id))), documents.Provided)
    assert world.seen(OTHER) == set()
    assert isinstance(
        documents.unmask(actor=world.patient, domain="fr", logical_id=entry.logical_id), documents.Changed
    )
    assert world.seen(OTHER) == {entry.unique_id}, "and is shown again by one act"


def test_a_refused_act_on_a_document_that_waits_for_its_announcement_is_not_told(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    world.authorise(OTHER)
    known = told(world)
    for act in ("unmask", "archive", "delete"):
        answer = getattr(documents, act)(actor=OTHER, domain="fr", entry_uuid=hidden.entry_uuid)
        assert len(rules_of(answer)) == 1
        assert rules_of(answer) != ["document-unknown"]
    assert told(world) == known, "CSP R.1111-53: nothing is told before two weeks"


def test_reading_what_another_repository_keeps_is_not_told_before_its_announcement(world: World) -> None:
    elsewhere = {"repository_unique_id": "1.2.250.1.999.42", "hash": "c" * 40, "size": 12}
    sent = world.submission(world.masked("INVISIBLE_PATIENT", **elsewhere))
    assert isinstance(documents.register(actor=AUTHOR, domain="fr", submission=sent), documents.Provided)
    known = told(world)
    assert world.read(AUTHOR, sent.entries[0].unique_id) == "document-elsewhere"
    assert told(world) == known, "CSP R.1111-53: nothing is told before two weeks"


def test_a_question_without_trace_knows_who_is_entrusted_with_identities(world: World) -> None:
    elsewhere = replace(CLERK, person="3330000009/I9", structure="1330000009")
    asked = [access.Act.IDENTIFY, access.Act.MERGE]

    def allowed() -> list[bool]:
        return [access.may(actor=elsewhere, domain="fr", record_id=world.record_id, act=act) for act in asked]

    assert allowed() == [False, False]
    identity.appoint_referent(actor=OPERATOR, person=elsewhere.person, structure=elsewhere.structure)
    assert allowed() == [True, True], "the page offers what the act allows"


def test_who_learns_that_a_person_is_opposed_leaves_a_trace(world: World) -> None:
    number = "1850275" + world.identifier.value[7:13]
    unknown = identity.PatientIdentifier("1.2.250.1.213.1.4.10", number + identity.ins_key(number), "NH")
    cx = identity.format_cx(unknown)
    assert isinstance(life.oppose(actor=CLERK, patient_id=cx), life.Changed)
    count = "SELECT count(*) FROM journal_entry WHERE person = %s AND action = 'record.open'"
    assert database.row(count, (OTHER.person,)) == (0,)
    told_state = life.state(actor=OTHER, patient_id=cx)
    assert isinstance(told_state, life.State)
    assert told_state.opposed_since is not None
    assert database.row(count, (OTHER.person,)) == (1,)


def test_what_is_on_its_way_into_a_merged_record_lands_in_the_survivor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor = World()
    world.fed()
    merging = partial(
        life.merge, actor=OPERATOR, domain="fr", survivor=survivor.cx, merged=world.cx, reason="passeport vu"
    )
    after(monkeypatch, context, "read", merging)
    answer = world.provide()
    assert isinstance(answer, documents.Provided), answer
    assert rows(world) == 0
    assert answer.submission.entries[0].unique_id in survivor.seen(AUTHOR)
    assert answer.submission.entries[0].patient_id == survivor.cx


def test_what_is_on_its_way_into_an_erased_record_is_refused_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fed()

    def erasing_it() -> None:
        assert isinstance(life.ask_erasure(actor=world.patient), life.Changed)
        assert isinstance(life.erase_now(actor=OPERATOR, patient_id=world.cx), life.Certificate)

    after(monkeypatch, context, "read", erasing_it)
    assert rules_of(world.provide()) == ["patient-unknown"]
    for table in ("documents_head", "documents_entry", "documents_object", "documents_submission"):
        assert database.row(f"SELECT count(*) FROM {table} WHERE record_id = %s", (world.record_id,)) == (0,)  # noqa: S608


def test_a_mask_put_on_while_a_replacement_is_on_its_way_covers_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = world.fed()
    world.authorise(OTHER)
    after(
        monkeypatch,
        context,
        "read",
        lambda: documents.mask(actor=world.patient, domain="fr", entry_uuid=parent.entry_uuid),
    )
    sent = world.submission(relations=(("document", AssociationType.REPLACE, parent.entry_uuid),))
    answer = world.provide(sent)
    assert world.seen(OTHER, statuses=tuple(documents.Status)) == set(), "neither the parent nor what takes its place"
    # The version that was to be replaced is not in force any more: its sender reads again and sends again.
    assert rules_of(answer) == ["replace-deprecated"]


def test_a_printed_code_used_at_two_places_at_once_enters_once(world: World) -> None:
    printed = access.print_codes(actor=CLERK, domain="fr", patient_id=world.cx)
    assert isinstance(printed, access.PrintedCodes)
    start = threading.Barrier(4)

    def enter(_: int) -> object:
        try:
            start.wait()
            sheet = printed.sheet
            return access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[0])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(enter, range(4)))
    refused = [one for one in answers if isinstance(one, Refusal)]
    assert len(refused) == 3
    assert {one.rule for one in refused} == {"codes-used"}
