"""A closed domain: everything in it is read, nothing is written, and at the end it is erased (A13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from carnet.kernel import clock, closing, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Opérateur", proof="process")


@pytest.fixture(autouse=True)
def apart(transactional_db, settings, tmp_path, monkeypatch) -> Iterator[None]:
    """Ledgers and clocks of one test; an open domain before and after it; nobody writes at the same time."""
    settings.CARNET_HOME = tmp_path
    settings.CARNET_KEY_BACKUPS = tmp_path / "keys"
    monkeypatch.setattr(closing, "FRESH_SECONDS", 0.0)
    clock.forget()
    yield
    database.execute("DELETE FROM kernel_closed_domain")
    database.execute("DELETE FROM kernel_clock")
    clock.forget()


def close() -> life.DomainState:
    state = life.close_domain(actor=OPERATOR, domain="fr", reason="repris par le DMP national")
    assert isinstance(state, life.DomainState), state
    return state


# Everything that writes in a record, by the person who may do it while the domain is open.
WRITES: dict[str, Callable[[World, Any], object]] = {
    "provide": lambda world, _: world.provide(),
    "create": lambda world, _: world.create(),
    "announce": lambda world, _: life.announce(
        actor=OPERATOR, domain="fr", identifier=world.identifier, traits=world.traits, qualification="QUAL"
    ),
    "oppose": lambda world, _: life.oppose(actor=CLERK, patient_id=world.cx),
    "revoke": lambda world, _: life.revoke_opposition(actor=CLERK, patient_id=world.cx),
    "authorise": lambda world, _: access.authorise(actor=OTHER, domain="fr", patient_id=world.cx),
    "mask": lambda world, entry: documents.mask(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid),
    "delete": lambda world, entry: documents.delete(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid),
    "close": lambda world, _: life.close(actor=world.patient),
    "suspend": lambda world, _: life.suspend(actor=OPERATOR, patient_id=world.cx, cause=life.Cause.FRAUD),
    "codes": lambda world, _: access.print_codes(actor=CLERK, domain="fr", patient_id=world.cx),
    "identifier": lambda world, _: life.add_identifier(
        actor=CLERK,
        domain="fr",
        patient_id=world.cx,
        identifier=identity.PatientIdentifier("1.2.250.1.999.7", "42", "PI"),
    ),
}


def test_every_write_is_refused_by_name(world: World) -> None:
    entry = world.fed()
    close()
    before = _counts(world)
    for number, (name, write) in enumerate(WRITES.items(), 1):
        answer = write(world, entry)
        assert rules_of(answer) == ["domain-closed"], name
        assert "plus rien ne s'y écrit" in answer.problems[0].text, name  # type: ignore[attr-defined]
        assert _counts(world) == before, name
        traces = database.row("SELECT count(*) FROM journal_entry WHERE outcome = 'refused' AND rule = 'domain-closed'")
        assert traces == (number,), name


def _counts(world: World) -> list[tuple[Any, ...]]:
    """The revision of the record, its state, and how much the tables hold that these writes would change."""
    return database.rows(
        "SELECT (SELECT revision FROM documents_head WHERE record_id = %(id)s), r.status, r.status_since, "
        "(SELECT count(*) FROM documents_entry), (SELECT count(*) FROM identity_record), "
        "(SELECT count(*) FROM identity_identifier), (SELECT count(*) FROM access_authorisation), "
        "(SELECT count(*) FROM life_opposition), (SELECT count(*) FROM directory_access_sheet), "
        "(SELECT count(*) FROM kernel_outbox) FROM identity_record r WHERE r.record_id = %(id)s",
        {"id": world.record_id},
    )


def test_everything_is_read_as_before_and_carried_away(world: World) -> None:
    entry = world.fed()
    found = world.found(AUTHOR)
    close()
    assert world.found(AUTHOR) == found
    assert world.read(AUTHOR, entry.unique_id) == b"<ClinicalDocument/>"
    assert documents.possible(actor=world.patient, domain="fr", entry_uuid=entry.entry_uuid).acts == frozenset()
    copy = life.export(actor=world.patient)
    assert isinstance(copy, life.Export)
    assert b"".join(copy.chunks)
    assert isinstance(life.ask_erasure(actor=world.patient), life.Changed), "the law's erasure holds"


def test_what_was_decided_before_is_decided_again(world: World, monkeypatch) -> None:
    from carnet.record.documents import statement

    world.fed()
    register = statement.register
    came: list[bool] = []

    def late(**values: Any) -> bool:
        if not came:
            came.append(True)
            close()
        return register(**values)

    monkeypatch.setattr(statement, "register", late)
    assert rules_of(world.provide()) == ["domain-closed"]


def test_another_domain_goes_on_and_a_mistake_is_undone(world: World) -> None:
    close()
    assert isinstance(World(domain="ihe").provide(), documents.Provided)
    assert rules_of(life.close_domain(actor=CLERK, domain="fr", reason="x")) == ["operator-only"]
    assert rules_of(life.close_domain(actor=OPERATOR, domain="fr", reason=" ")) == ["closing-reason"]
    assert rules_of(life.close_domain(actor=OPERATOR, domain="nulle-part", reason="x")) == ["domain-unknown"]
    again = close()
    assert again.closed is not None
    assert again.closed.reason == "repris par le DMP national"
    reopened = life.reopen_domain(actor=OPERATOR, domain="fr")
    assert isinstance(reopened, life.DomainState)
    assert reopened.closed is None
    assert isinstance(world.provide(), documents.Provided)
    assert rules_of(life.reopen_domain(actor=OPERATOR, domain="fr")) == ["domain-open"]


def test_it_is_erased_at_the_end_of_its_retention_and_not_before(world: World) -> None:
    world.fed()
    plain = World(domain="ihe")
    state = close()
    assert state.closed is not None
    assert 3650 <= (state.closed.kept_until - state.closed.closed_at).days <= 3653
    clock.advance(1, timedelta(days=3640))
    list(life.keep_house(actor=OPERATOR))
    assert _there(world)
    clock.advance(1, timedelta(days=20))
    happened = list(life.keep_house(actor=OPERATOR))
    assert world.record_id in {one.record_id for one in happened}
    assert not _there(world)
    assert _there(plain)


def _there(world: World) -> bool:
    return database.row("SELECT 1 FROM identity_record WHERE record_id = %s", (world.record_id,)) is not None
