"""What people ask for, through the room's door: who may, what it changes, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from carnet.kernel import clock, database, ledger
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life
from carnet.record.life import listeners
from tests.capabilities.world import AUTHOR, CLERK, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Opérateur", proof="process")
FRAUD = life.Cause.FRAUD


@pytest.fixture(autouse=True)
def ledgers_apart(settings, tmp_path) -> Iterator[None]:
    """Ledgers, key backups and clocks of one test."""
    settings.CARNET_HOME = tmp_path
    settings.CARNET_KEY_BACKUPS = tmp_path / "keys"
    clock.forget()
    yield
    clock.forget()


def advance(**by: float) -> list[life.Happened]:
    """Move the clock of `fr` and keep house at that moment."""
    clock.advance(1, timedelta(**by))
    return list(life.keep_house(actor=OPERATOR))


def status(world: World) -> str:
    found = database.row("SELECT status FROM identity_record WHERE record_id = %s", (world.record_id,))
    return "erased" if found is None else found[0]


def act(name: str, world: World, actor: Actor, **more: object) -> object:
    return getattr(life, name)(actor=actor, domain="fr", patient_id=world.cx, **more)


def test_a_patient_closes_and_reopens_what_answers_nobody_in_between(world: World) -> None:
    entry = world.fed()
    closed = life.close(actor=world.patient)
    assert isinstance(closed, life.Changed)
    assert closed.status is RecordStatus.CLOSED
    assert closed.due is not None
    assert closed.due.step is life.Step.ERASE
    assert world.read(AUTHOR, entry.unique_id) == "document-unknown"
    assert rules_of(world.provide()) == ["record-closed"]
    assert rules_of(life.close(actor=world.patient)) == ["record-closed"]
    assert rules_of(life.reopen(actor=world.patient, consent=False)) == ["reopen-consent"]
    assert isinstance(life.reopen(actor=world.patient, consent=True), life.Changed)
    assert world.read(AUTHOR, entry.unique_id) == b"<ClinicalDocument/>", "what was archived is back"


@pytest.mark.parametrize("name", ["close", "ask_erasure"])
def test_professionals_do_not_close_records(world: World, name: str) -> None:
    assert rules_of(act(name, world, AUTHOR)) == ["close-at-the-desk"]
    assert rules_of(act("suspend", world, CLERK, cause=FRAUD)) == ["operator-only"]
    assert rules_of(act("suspend", world, world.patient, cause=FRAUD)) == ["operator-only"]
    assert rules_of(act(name, world, OPERATOR)) == ["system-no-reading"]
    assert status(world) == "active"


def test_the_closing_of_the_dmp_has_its_code() -> None:
    code = life.Closing.PATIENT.code
    assert code is not None
    assert (code.code, code.scheme) == ("FERMETURE_DEMANDE_PATIENT", "1.2.250.1.213.4.1.2.4")
    assert life.Closing.UNCONTESTED.code is None


def test_a_suspension_closes_the_record_unless_its_person_objects(world: World) -> None:
    assert isinstance(act("suspend", world, OPERATOR, cause=FRAUD), life.Changed)
    assert rules_of(world.found(world.patient)) == ["record-suspended"]
    assert rules_of(world.provide()) == ["record-suspended"]
    objected = act("object_to_closing", world, world.patient)
    assert isinstance(objected, life.Changed)
    assert objected.due is None
    assert advance(weeks=7) == []
    assert status(world) == "suspended"
    assert isinstance(act("lift", world, OPERATOR), life.Changed)
    assert status(world) == "active"
    act("suspend", world, OPERATOR, cause=life.Cause.MALFUNCTION)
    assert advance(weeks=5) == []
    (happened,) = advance(weeks=1)
    assert happened.step is life.Step.CLOSE
    assert status(world) == "closed"
    state = act("state", world, world.patient)
    assert isinstance(state, life.State)
    assert state.life is not None
    assert state.life.reason == "suspension-uncontested"


def test_an_erasure_that_was_asked_for_can_be_taken_back_until_it_starts(world: World) -> None:
    asked = life.ask_erasure(actor=world.patient)
    assert isinstance(asked, life.Changed)
    assert asked.status is RecordStatus.CLOSED
    assert advance(days=80) == []
    again = act("ask_erasure", world, CLERK)
    assert isinstance(again, life.Changed)
    assert again.due == asked.due, "asking again does not put the limit off"
    assert isinstance(act("reopen", world, CLERK, consent=True), life.Changed)
    assert advance(days=20) == []
    assert status(world) == "active"


def rows_left(record_id: int) -> dict[str, int]:
    """Tables that still name a record, in any column of numbers."""
    columns = database.rows(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'bigint' AND table_name !~ '^journal_(entry|link)'"
    )
    left = {}
    for table, column in columns:
        found = database.row(f'SELECT count(*) FROM "{table}" WHERE "{column}" = %s', (record_id,))  # noqa: S608
        if found is not None and found[0]:
            left[f"{table}.{column}"] = found[0]
    return left


@pytest.mark.parametrize("content", [b"<ClinicalDocument/>", b"x" * 100_000], ids=["in the row", "in a file"])
def test_nothing_is_left_of_an_erased_record(world: World, settings, content: bytes) -> None:
    settings.CARNET_BLOBS = settings.CARNET_HOME / "blobs"
    neighbour = World()
    kept = neighbour.fed(content=content)
    world.fed(content=content)
    traces = database.row("SELECT count(*) FROM journal_entry WHERE record_id = %s", (world.record_id,))
    life.ask_erasure(actor=world.patient)
    assert rows_left(world.record_id)
    certificate = act("erase_now", world, OPERATOR)
    assert isinstance(certificate, life.Certificate), certificate
    left = rows_left(world.record_id)
    assert left == {"kernel_outbox.record_id": 1}, "the event that says so, for who listens"
    assert traces is not None
    after = database.row("SELECT count(*) FROM journal_entry WHERE record_id = %s", (world.record_id,))
    assert after is not None
    assert after[0] > traces[0], "traces stay, and tell the erasure"
    assert life.erased(actor=OPERATOR) == {world.record_id}
    assert [set(line) for line in ledger.lines("erasures")] == [{"record", "at"}]
    assert rules_of(world.found(CLERK)) == ["patient-unknown"]
    assert neighbour.read(AUTHOR, kept.unique_id) == content
    files = [path for path in (settings.CARNET_HOME / "blobs").rglob("*") if path.is_file()]
    assert len(files) == (len(content) > 65536), "the neighbour's file only"


def test_the_operator_erases_on_request_only(world: World) -> None:
    assert rules_of(act("erase_now", world, OPERATOR)) == ["record-active"]
    act("close", world, CLERK)
    assert rules_of(act("erase_now", world, OPERATOR)) == ["erasure-not-asked"]
    act("ask_erasure", world, CLERK)
    assert rules_of(act("erase_now", world, CLERK)) == ["operator-only"]


def test_an_interrupted_erasure_goes_to_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fed()
    life.ask_erasure(actor=world.patient)

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as failing:
        failing.setattr("carnet.kernel.key_backups.destroy", fail)
        with pytest.raises(OSError, match="no space"):
            act("erase_now", world, OPERATOR)
    assert status(world) == "closed"
    assert rules_of(act("reopen", world, CLERK, consent=True)) == ["erasure-started"]
    (happened,) = life.keep_house(actor=OPERATOR)
    assert (happened.record_id, happened.step) == (world.record_id, life.Step.ERASE)
    assert status(world) == "erased"
    assert len(list(ledger.lines("erasures"))) == 1


def test_what_a_restored_backup_brings_back_is_erased_again(world: World) -> None:
    ledger.append("erasures", {"record": world.record_id, "at": clock.now().isoformat()})
    world.fed()
    assert life.replay(actor=OPERATOR) == 1
    assert status(world) == "erased"
    assert life.replay(actor=OPERATOR) == 0


def announce(world: World, domain: str = "fr", actor: Actor = OPERATOR) -> object:
    """The automatic creation of another person's record."""
    number = "2850275" + world.identifier.value[7:13]
    identifier = identity.PatientIdentifier("1.2.250.1.213.1.4.10", number + identity.ins_key(number), "NH")
    traits = identity.Traits(
        birth_name="FICTIVE",
        given_names="ANNE",
        first_given="ANNE",
        sex="F",
        birth_date=date(1985, 2, 1),
        birth_place="75056",
    )
    world.identifier, world.traits, world.cx = identifier, traits, identity.format_cx(identifier)
    return life.announce(actor=actor, domain=domain, identifier=identifier, traits=traits, qualification="QUAL")


def test_an_announced_record_opens_at_the_end_of_its_window(world: World) -> None:
    announced = announce(world)
    assert isinstance(announced, life.Announced)
    world.record_id = announced.record_id
    for answer in (world.found(AUTHOR), world.provide(), act("close", world, CLERK)):
        assert rules_of(answer) == ["record-announced"]
    assert advance(days=41) == []
    (happened,) = advance(days=1)
    assert (happened.record_id, happened.step, happened.at) == (announced.record_id, life.Step.OPEN, announced.until)
    assert status(world) == "active"
    assert isinstance(world.fed(), object)
    assert advance(days=1) == [], "once"


def test_an_opposition_erases_what_was_announced_and_lasts_until_it_is_revoked(world: World) -> None:
    announced = announce(world)
    assert isinstance(announced, life.Announced)
    assert isinstance(act("oppose", world, CLERK), life.Changed)
    assert rows_left(announced.record_id) == {"kernel_outbox.record_id": 1}
    assert rules_of(announce_again(world)) == ["creation-opposed"]
    state = act("state", world, CLERK)
    assert isinstance(state, life.State)
    assert (state.life, state.opposed_since is not None) == (None, True)
    assert rules_of(act("state", world, world.patient)) == ["patient-unknown"], "nobody else is told"
    assert isinstance(act("revoke_opposition", world, CLERK), life.Changed)
    assert rules_of(act("revoke_opposition", world, CLERK)) == ["opposition-absent"]
    assert isinstance(announce_again(world), life.Announced)


def announce_again(world: World) -> object:
    return life.announce(
        actor=OPERATOR, domain="fr", identifier=world.identifier, traits=world.traits, qualification="QUAL"
    )


def test_an_opposition_survives_a_restored_backup(world: World) -> None:
    announce(world)
    act("oppose", world, CLERK)
    database.execute("DELETE FROM life_opposition")
    life.replay(actor=OPERATOR)
    assert rules_of(announce_again(world)) == ["creation-opposed"]
    act("revoke_opposition", world, CLERK)
    life.replay(actor=OPERATOR)
    assert isinstance(announce_again(world), life.Announced)


def test_a_person_may_refuse_a_record_that_does_not_exist_and_consent_later(world: World) -> None:
    number = "1850275" + world.identifier.value[7:13]
    world.identifier = identity.PatientIdentifier("1.2.250.1.213.1.4.10", number + identity.ins_key(number), "NH")
    world.cx = identity.format_cx(world.identifier)
    assert isinstance(act("oppose", world, CLERK), life.Changed)
    assert isinstance(act("oppose", world, AUTHOR), life.Changed), "twice is once"
    created = world.create()
    assert isinstance(created, access.Created)
    listeners.consent_given(record_id=created.record_id, kind="record.created", subject=None)
    assert database.row("SELECT count(*) FROM life_opposition") == (0,)
    assert rules_of(act("oppose", world, CLERK)) == ["record-active"]


def test_a_consent_opens_an_announced_record(world: World) -> None:
    announced = announce(world)
    assert isinstance(announced, life.Announced)
    created = world.create()
    assert isinstance(created, access.Created)
    assert (created.record_id, created.existing, created.status) == (announced.record_id, True, RecordStatus.ACTIVE)
    assert isinstance(world.found(AUTHOR), object)
    assert world.fed()


def test_only_the_operator_creates_without_consent_and_only_where_the_domain_allows_it(world: World) -> None:
    assert rules_of(announce(world, actor=CLERK)) == ["announce-actor"]
    assert rules_of(announce(world, domain="fr-2012")) == ["create-consent-domain"]
    assert rules_of(announce(world, domain="ihe")) == ["create-consent-domain"]
