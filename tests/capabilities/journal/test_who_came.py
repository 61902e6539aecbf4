"""Who came in, who was kept out, who was written to, what an operator typed: each has its trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.ops import traces
from carnet.ops.command import main
from carnet.portals.frame import mail_codes, sign_in_traces
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from tests.capabilities.world import World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Test", proof="process")
LOGIN, PASSWORD = "jean.fictif", "une phrase de passe assez longue"


def left(action: str) -> list[tuple[Any, ...]]:
    """(record, outcome, rule, detail) of each trace of an action, oldest first."""
    return database.rows(
        "SELECT record_id, outcome, rule, detail FROM journal_entry WHERE action = %s ORDER BY at, number", (action,)
    )


@pytest.fixture
def account(world: World) -> World:
    get_user_model().objects.create_user(username=LOGIN, password=PASSWORD, email="jean@example.org")
    directory.enrol_patient_account(actor=OPERATOR, login=LOGIN, record_id=world.record_id, name="JEAN FICTIF")
    return world


def sign_in(login: str, password: str) -> int:
    answer = Client().post("/compte/connexion/", {"login": login, "password": password}, HTTP_HOST="localhost")
    return answer.status_code


def test_a_wrong_password_is_in_the_record_of_its_account(account: World) -> None:
    assert sign_in(LOGIN, "une autre phrase de passe") == 422
    assert left("sign-in") == [(account.record_id, "refused", "password-wrong", LOGIN)]


def test_who_comes_in_has_a_trace(account: World) -> None:
    user = get_user_model().objects.get(username=LOGIN)
    Client().force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert left("sign-in") == [(account.record_id, "done", "signed-in", LOGIN)]
    told = database.row("SELECT person, proof FROM journal_entry WHERE action = 'sign-in'")
    assert told == (account.patient.person, "none"), "no proof was recorded, and none is told"


def test_who_leaves_has_a_trace(account: World) -> None:
    browser = Client()
    browser.force_login(get_user_model().objects.get(username=LOGIN))
    browser.post("/compte/deconnexion/", HTTP_HOST="localhost")
    assert left("sign-out") == [(account.record_id, "done", "signed-out", LOGIN)]
    browser.post("/compte/deconnexion/", HTTP_HOST="localhost")
    assert len(left("sign-out")) == 1, "whoever had no session did not leave"


def test_a_session_that_time_ends_is_told_so(account: World, settings: Any) -> None:
    browser = Client()
    browser.force_login(get_user_model().objects.get(username=LOGIN))
    browser.get("/", HTTP_HOST="localhost")
    settings.CARNET_SESSION_IDLE = -1
    browser.get("/", HTTP_HOST="localhost")
    assert left("sign-out") == [(account.record_id, "done", "session-over", LOGIN)]


def test_what_is_no_login_is_never_kept(account: World) -> None:
    assert sign_in(PASSWORD, LOGIN) == 422
    assert left("sign-in") == [(0, "refused", "password-wrong", "")]
    assert not database.rows("SELECT 1 FROM journal_entry WHERE detail LIKE %s", (f"%{PASSWORD}%",))


def test_a_card_that_is_kept_out_is_named_under_no_record(world: World) -> None:
    sign_in_traces.kept_out(rule="certificate-card", proof="card", person="3330000001/A1")
    assert left("sign-in") == [(0, "refused", "certificate-card", "")]
    assert database.row("SELECT person FROM journal_entry WHERE action = 'sign-in'") == ("3330000001/A1",)


def test_a_letter_is_told_by_its_name_and_a_role(account: World) -> None:
    mail_codes.send(account=LOGIN, purpose=mail_codes.RECOVERY, address="jean@example.org", holder="h")
    mail_codes.send(account="personne", purpose=mail_codes.RECOVERY, address="", holder="h")
    assert left("mail.send") == [
        (account.record_id, "done", "code-recovery", "le titulaire du compte"),
        (0, "refused", "code-recovery", ""),
    ]
    assert not database.rows("SELECT 1 FROM journal_entry WHERE detail LIKE '%%example.org%%'")


def test_a_command_is_traced_with_how_it_ended(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trust", "remove", "igc-absente"]) == 1
    before, after = left("operator.command")
    assert before == (0, "done", "operator", "trust remove name=igc-absente")
    assert after == (0, "refused", "exit-1", "trust remove name=igc-absente")


def test_without_a_database_the_trace_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.CARNET_HOME = tmp_path

    def away(*_: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(traces, "_append", away)
        traces._leave("backup folder=x", "operator")
    (line,) = (tmp_path / "untold.jsonl").read_text(encoding="utf-8").splitlines()
    assert left("operator.command") == []
    with (tmp_path / "untold.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"at": "2026-')
    assert traces.tell_waiting() == 2, "what a power cut left half written stops no start"
    whole, cut = left("operator.command")
    assert whole == (0, "done", "operator", f"backup folder=x [{json.loads(line)['at']}]")
    assert cut == (0, "done", "operator", "a trace that was cut while it was written [?]")
    assert not (tmp_path / "untold.jsonl").exists()


def test_who_asked_is_told_of_a_record_only(world: World) -> None:
    """A professional's account has no record: its refusals are under none, with its login."""
    directory.enrol_professional_account(actor=OPERATOR, login="dr.fictif", person="899900000011")
    nobody = Actor(kind=ActorKind.SYSTEM, person="sign-in", name="Quelqu’un", proof="password")
    access.note_sign_in(actor=nobody, login="dr.fictif", rule="code-wrong", done=False)
    assert left("sign-in") == [(0, "refused", "code-wrong", "dr.fictif")]
