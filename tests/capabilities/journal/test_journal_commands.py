"""`carnet journal forget` and `declare-loss`, as an operator types them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from carnet.kernel import database
from carnet.ops.command import main
from carnet.ops.journal import _OPERATOR as OPERATOR
from carnet.record.journal import actions
from carnet.record.journal import api as journal
from carnet.record.life import api as life
from tests.capabilities.world import World


@pytest.fixture(autouse=True)
def seals(tmp_path: Path, settings) -> None:
    settings.CARNET_SEALS = tmp_path / "seals"
    # Rows of other tests are gone with their numbers.
    actions._writer.restart()


def seal_all() -> None:
    deadline = time.monotonic() + 10
    while journal.sealing_lag(actor=OPERATOR) > 0:
        journal.seal(actor=OPERATOR)
        assert time.monotonic() < deadline, "entries stay unsealed"


def traces(record_id: int) -> int:
    return len(database.rows("SELECT 1 FROM journal_entry WHERE record_id = %s", (record_id,)))


def test_only_old_traces_of_erased_records_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, recent, alive = World(), World(), world
    eleven = "UPDATE journal_entry SET at = at - interval '11 years' WHERE record_id = ANY(%s::bigint[])"
    database.execute(eleven, ([old.record_id, alive.record_id],))
    seal_all()
    monkeypatch.setattr(life, "erased", lambda *, actor: frozenset({old.record_id, recent.record_id}))
    before = [traces(one.record_id) for one in (old, recent, alive)]
    assert min(before) > 0
    assert main(["journal", "forget", "--dry-run"]) == 0
    assert f"record {old.record_id}: {before[0]} entries" in capsys.readouterr().out
    assert [traces(one.record_id) for one in (old, recent, alive)] == before
    assert main(["journal", "forget", "--as", "Opératrice"]) == 0
    assert [traces(one.record_id) for one in (old, recent, alive)] == [0, *before[1:]]
    told = database.row("SELECT name, record_id, rule FROM journal_entry WHERE action = 'journal.forget'")
    assert told == ("Opératrice", 0, "retention-over")
    assert main(["journal", "forget", "--years", "9"]) == 2


def test_a_loss_is_declared_by_command_and_told_at_each_verification(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    seal_all()
    world.fed()
    seal_all()
    last = database.row("SELECT max(number) FROM journal_seal")
    assert last is not None
    database.execute(
        "DELETE FROM journal_entry e USING journal_link l WHERE l.writer = e.writer AND l.number = e.number"
        " AND l.seal = %s",
        last,
    )
    database.execute("DELETE FROM journal_link WHERE seal = %s", last)
    database.execute("DELETE FROM journal_seal WHERE number = %s", last)
    # Another process goes on after a restoration: this one's numbers end here.
    actions._writer.restart()
    words = ["journal", "declare-loss", "--reason", "Disque perdu"]
    assert main(words) == 1, "the sealer takes over first"
    world.fed()
    seal_all()
    assert main(["journal", "verify"]) == 1
    assert main([*words, "--dry-run"]) == 0
    capsys.readouterr()
    assert main([*words, "--as", "Opératrice"]) == 0
    assert f"seals {last[0]} to {last[0]}" in capsys.readouterr().out
    assert main(words) == 0
    assert "Nothing was lost" in capsys.readouterr().out
    seal_all()
    verified = main(["journal", "verify"])
    said = capsys.readouterr().out
    assert verified == 0, said
    assert "declared loss of" in said
    assert "by Opératrice: Disque perdu" in said
