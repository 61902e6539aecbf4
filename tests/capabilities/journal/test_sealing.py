"""The sealer: chains, trees, seals outside the database, whatever the instant at which it is killed."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings as django_settings
from django.db import connection

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import api as journal
from carnet.record.journal import seal_files, sealing, sealing_rules
from carnet.record.journal.api import SealingRefusedError
from carnet.record.journal.examining import Wrong
from tests.capabilities.world import AUTHOR, World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Test", proof="process")


@pytest.fixture(autouse=True)
def seals(tmp_path: Path, settings) -> Path:
    """A folder of seals of this test's own."""
    settings.CARNET_SEALS = tmp_path / "seals"
    return tmp_path / "seals"


def seal() -> int:
    return journal.seal(actor=OPERATOR)


def seal_all() -> None:
    """Seal until nothing is left: whatever else the database does (autovacuum) makes entries wait a moment."""
    deadline = time.monotonic() + 10
    while unsealed():
        seal()
        assert time.monotonic() < deadline, "entries stay unsealed"


def wrongs(trusted: set[str]) -> set[Wrong]:
    """What is wrong with the journal for who believes these keys; tests that took writes back left holes in it."""
    return {fault.wrong for fault in journal.examine(actor=OPERATOR, trusted=trusted).faults()}


def links() -> list[tuple[int, int, int]]:
    return database.rows("SELECT record_id, position, seal FROM journal_link ORDER BY record_id, position")


def unsealed() -> int:
    found = database.row(
        "SELECT count(*) FROM journal_entry e WHERE NOT EXISTS "
        "(SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)"
    )
    assert found is not None
    return int(found[0])


def test_every_entry_gets_one_place_under_a_signed_seal(world: World) -> None:
    other = World()
    for _ in range(3):
        world.fed()
        other.found(AUTHOR)
        seal_all()
    assert seal() == 0, "nothing to seal, no seal"
    positions = defaultdict(list)
    for record_id, position, _ in links():
        positions[record_id].append(position)
    assert {world.record_id, other.record_id} <= positions.keys()
    for found in positions.values():
        assert found == list(range(1, len(found) + 1))
    assert seal_files.last() >= 3
    kept = [seal_files.read(number) for number in range(1, seal_files.last() + 1)]
    ((name, public),) = seal_files.public_keys().items()
    before = sealing_rules.BEGINNING
    for one in kept:
        assert one is not None
        assert one.seal.key == name
        assert sealing_rules.root(one.leaves) == one.seal.root
        assert one.seal.count == len(one.leaves)
        Ed25519PublicKey.from_public_bytes(public).verify(one.seal.signature, one.seal.body())
        assert one.seal.previous == before
        before = one.seal.digest()


def test_paths_lead_to_the_root() -> None:
    for size in range(1, 20):
        leaves = [bytes([number]) * sealing_rules.LEAF_BYTES for number in range(size)]
        for place, path in enumerate(sealing_rules.paths(leaves, list(range(size)))):
            found, at, width, rest = sha256(b"\0" + leaves[place]).digest(), place, size, list(path)
            while width > 1:
                if at ^ 1 < width:
                    other = rest.pop(0)
                    found = sha256(b"\1" + (other + found if at & 1 else found + other)).digest()
                at, width = at >> 1, (width + 1) >> 1
            assert not rest
            assert found == sealing_rules.root(leaves)


def opened(database_name: str) -> psycopg.Connection:
    settings = django_settings.DATABASES["default"]
    return psycopg.connect(
        host=settings["HOST"], user=settings["USER"], password=settings["PASSWORD"], dbname=database_name
    )


def test_what_an_open_transaction_may_precede_waits(world: World) -> None:
    seal_all()
    with opened(connection.settings_dict["NAME"]) as slow:
        slow.execute("SELECT pg_current_xact_id()")
        world.fed()
        assert seal() == 0
        assert journal.sealing_lag(actor=OPERATOR) > 0
        slow.rollback()
    seal_all()
    assert journal.sealing_lag(actor=OPERATOR) == 0


def test_a_transaction_of_another_database_holds_nothing_up(world: World) -> None:
    seal_all()
    with opened("postgres") as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        world.fed()
        seal_all()
        elsewhere.rollback()


class Killed(BaseException):
    """A kill -9, as far as what comes after is concerned."""


def killed(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("instant", ["before the file", "in the middle of the file"])
def test_killed_after_the_tables_it_writes_the_file(
    world: World, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    seal_all()
    number = seal_files.last()
    world.fed()
    with monkeypatch.context() as patch:
        if instant == "before the file":
            patch.setattr(seal_files, "keep", killed)
        else:
            patch.setattr(os, "link", killed)
            patch.setattr(Path, "unlink", killed)
        with pytest.raises(Killed):
            seal_all()
    assert seal_files.last() == number
    world.fed()
    seal_all()
    left = seal_files.read(number + 1)
    assert left is not None
    assert sealing_rules.root(left.leaves) == left.seal.root
    assert seal_files.last() >= number + 2


def test_a_batch_that_is_cut_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_UNSEALED", sealing._UNSEALED.replace("LIMIT 4096", "LIMIT 2"))
    monkeypatch.setattr(sealing, "MOST_ENTRIES", 2)
    for _ in range(5):
        world.fed()
    seal_all()


def test_tables_taken_back_go_on_from_the_files(world: World) -> None:
    seal_all()
    number = seal_files.last()
    world.fed()
    seal_all()
    for table, column in (("journal_link", "seal"), ("journal_seal", "number")):
        database.execute(f"DELETE FROM {table} WHERE {column} > %s", (number,))  # noqa: S608 - constant names
    database.execute("DELETE FROM journal_entry WHERE action = 'document.provide'")
    lost = [seal_files.read(one) for one in range(number + 1, seal_files.last() + 1)]
    world.fed()
    seal_all()
    following = seal_files.read(number + len(lost) + 1)
    assert following is not None
    assert lost[-1] is not None
    assert following.seal.previous == lost[-1].seal.digest()
    places = [position for record_id, position, _ in links() if record_id == world.record_id]
    assert places == list(range(1, len(places) + 1))


def test_a_key_that_follows_another_goes_on_and_is_told_the_former(
    world: World, settings: pytest.FixtureRequest
) -> None:
    """Also after the tables were taken back to before the change, if CARNET_SEALING_FORMER says who sealed then."""
    seal_all()
    number = seal_files.last()
    world.fed()
    seal_all()
    ((_, former),) = seal_files.public_keys().items()
    settings.CARNET_SEALING_KEY = os.urandom(32)
    world.fed()
    seal_all()
    keys = {key.hex() for key in seal_files.public_keys().values()}
    assert len(keys) == 2
    assert Wrong.SEAL_FORGED not in wrongs(keys)
    assert Wrong.SEAL_FORGED in wrongs({former.hex()})
    for table, column in (("journal_link", "seal"), ("journal_seal", "number")):
        database.execute(f"DELETE FROM {table} WHERE {column} > %s", (number,))  # noqa: S608 - constant names
    world.fed()
    with pytest.raises(SealingRefusedError, match="CARNET_SEALING_FORMER"):
        seal()
    settings.CARNET_SEALING_FORMER = frozenset({former})
    seal_all()


def test_a_seal_of_somebody_else_stops_it(world: World) -> None:
    seal_all()
    number = seal_files.last()
    kept = seal_files.read(number)
    assert kept is not None
    forged = replace(kept.seal, number=number + 1, previous=kept.seal.digest(), signature=bytes(64))
    seal_files.keep(forged, kept.leaves)
    world.fed()
    with pytest.raises(SealingRefusedError, match=f"seal {number + 1}"):
        seal()


def test_rows_of_another_cluster_are_all_sealed(world: World) -> None:
    """After a restoration the transactions of the rows have numbers of another cluster."""
    seal_all()
    world.fed()
    database.execute("UPDATE journal_seal SET mark = mark + 1000000")
    seal_all()
    world.fed()
    seal_all()


def test_what_was_restored_from_another_cluster_is_sealed_at_once(world: World) -> None:
    """Its transactions have numbers that this server has not given yet: waiting for them would last for days."""
    seal_all()
    world.fed()
    database.execute(
        "UPDATE journal_entry e SET xact = 2^40 WHERE NOT EXISTS"
        " (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)"
    )
    assert unsealed() > 0
    seal_all()
    assert unsealed() == 0
