"""Printed access codes: shown once, used once, for thirty days of the domain's clock, within a few attempts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from carnet.kernel import clock, database
from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from tests.capabilities.world import AUTHOR, CLERK, World, rules_of


def printed(world: World) -> directory.AccessSheet:
    answer = access.print_codes(actor=CLERK, domain="fr", patient_id=world.cx)
    assert isinstance(answer, access.PrintedCodes), answer
    return answer.sheet


def test_a_sheet_has_everything_and_says_nothing_of_the_person(world: World) -> None:
    answer = access.print_codes(actor=CLERK, domain="fr", patient_id=world.cx)
    assert isinstance(answer, access.PrintedCodes)
    sheet = answer.sheet
    assert answer.holder == "Jean F."
    assert len(set(sheet.codes)) == 10
    assert sheet.expires_at - sheet.issued_at == timedelta(days=30)
    written = " ".join((sheet.login, sheet.password, *sheet.codes)).upper()
    assert "FICTIF" not in written
    assert world.identifier.value not in written


def test_nothing_printed_can_be_read_back(world: World) -> None:
    sheet = printed(world)
    kept = str(database.rows("SELECT * FROM directory_access_sheet")) + str(
        database.rows("SELECT * FROM directory_access_code")
    )
    for secret in (sheet.password, sheet.password.replace("-", ""), *sheet.codes):
        assert secret not in kept
        assert secret.replace(" ", "") not in kept


def test_a_code_enters_once_as_people_copy_it(world: World) -> None:
    sheet = printed(world)
    entered = access.enter_by_codes(login=f" {sheet.login} ", password=sheet.password.upper(), code=sheet.codes[0])
    assert isinstance(entered, directory.Entered)
    assert entered.login == sheet.login.replace(" ", "")
    assert (entered.actor.kind, entered.actor.record_id) == (ActorKind.PATIENT, world.record_id)
    known = directory.actor_of_login(login=entered.login, proof="password+totp")
    assert known is not None
    assert known.record_id == world.record_id
    again = access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[0])
    assert rules_of(again) == ["codes-used"]
    other = access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[1].replace(" ", "-"))
    assert isinstance(other, directory.Entered)


def test_whatever_is_wrong_is_told_alike_and_counted(world: World) -> None:
    sheet = printed(world)
    wrong = [("0000000000", sheet.password, sheet.codes[0]), (sheet.login, "abcd-efgh-jkmn", sheet.codes[0])]
    wrong.append((sheet.login, sheet.password, "00000000"))
    for login, password, code in wrong:
        assert rules_of(access.enter_by_codes(login=login, password=password, code=code)) == ["codes-mismatch"]
    for _ in range(8):
        access.enter_by_codes(login=sheet.login, password="abcd-efgh-jkmn", code=sheet.codes[0])
    right = access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[0])
    assert rules_of(right) == ["codes-locked"]
    state = access.sheet_state(actor=CLERK, domain="fr", record_id=world.record_id)
    assert state is not None
    assert state.locked
    assert state.codes_left == 10


def test_a_sheet_expires_by_the_clock_of_its_domain(world: World) -> None:
    sheet = printed(world)
    clock.advance(1, timedelta(days=29))
    before = access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[0])
    assert isinstance(before, directory.Entered)
    clock.advance(1, timedelta(days=1))
    after = access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[1])
    clock.forget()
    assert rules_of(after) == ["codes-expired"]


def test_another_print_ends_the_former_one_and_keeps_the_login(world: World) -> None:
    first, second = printed(world), printed(world)
    assert first.login == second.login
    assert set(first.codes).isdisjoint(second.codes)
    old = access.enter_by_codes(login=first.login, password=first.password, code=first.codes[0])
    assert rules_of(old) == ["codes-mismatch"]
    mixed = access.enter_by_codes(login=first.login, password=second.password, code=first.codes[0])
    assert rules_of(mixed) == ["codes-mismatch"]
    assert isinstance(
        access.enter_by_codes(login=second.login, password=second.password, code=second.codes[0]), directory.Entered
    )


def test_after_a_proven_password_the_code_alone_is_asked(world: World) -> None:
    sheet = printed(world)
    entered = access.enter_by_codes(login=sheet.login, password=None, code=sheet.codes[3])
    assert isinstance(entered, directory.Entered)
    assert rules_of(access.enter_by_codes(login=sheet.login, password=None, code=sheet.codes[3])) == ["codes-used"]


@pytest.mark.parametrize("who", ["elsewhere", "professional", "patient"])
def test_only_a_desk_of_the_care_team_prints(world: World, who: str) -> None:
    actors = {"elsewhere": replace(CLERK, structure="1330999999"), "professional": AUTHOR, "patient": world.patient}
    answer = access.print_codes(actor=actors[who], domain="fr", patient_id=world.cx)
    assert isinstance(answer, Refusal)
    assert access.sheet_state(actor=actors[who], domain="fr", record_id=world.record_id) is None


def test_prints_entries_and_failures_are_in_the_journal_of_the_person(world: World) -> None:
    sheet = printed(world)
    access.enter_by_codes(login=sheet.login, password="abcd-efgh-jkmn", code=sheet.codes[0])
    access.enter_by_codes(login=sheet.login, password=sheet.password, code=sheet.codes[0])
    told = [(line.action, line.outcome, line.rule) for line in documents.history(actor=world.patient, limit=10)]
    assert ("codes.print", "done", "clerk-prints-codes") in told
    assert ("codes.enter", "refused", "codes-mismatch") in told
    assert ("codes.enter", "done", "printed-code") in told


def test_a_login_that_moved_to_another_record_enters_there_and_has_one_sheet(world: World) -> None:
    first, other = printed(world), World()
    directory.move_logins(actor=CLERK, source=world.record_id, destination=other.record_id)
    entered = access.enter_by_codes(login=first.login, password=first.password, code=first.codes[0])
    assert isinstance(entered, directory.Entered)
    assert entered.actor.record_id == other.record_id
    second = printed(other)
    assert second.login == first.login
    old = access.enter_by_codes(login=first.login, password=first.password, code=first.codes[1])
    assert rules_of(old) == ["codes-mismatch"]
    fresh = access.enter_by_codes(login=second.login, password=second.password, code=second.codes[0])
    assert isinstance(fresh, directory.Entered)
