"""The journal's way to an audit repository (ITI-20), sealer to relay to worker, with the worker killed in a batch."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.conftest import Living, begin_with_the_demonstration, start_carnet, stop_carnet
from tests.foreign_repository import ForeignRepository, foreign_repository
from tests.processes.conftest import processes_of, wait_for

KILLS = 3
# What was sealed, in the order of the seals, as the repository knows it: received ones are others' to send.
_SEALED = """
import json
import django
django.setup()
from carnet.kernel import database
from carnet.wire.fhir.audit_event import trace_id
rows = database.rows(
    "SELECT l.record_id, l.writer, l.number FROM journal_link l WHERE l.writer IS NOT NULL ORDER BY l.seal, l.leaf"
)
print(json.dumps([str(trace_id(*row)) for row in rows]))
"""


def worker_of(home: Path) -> int:
    return min(pid for pid, line in processes_of(home).items() if line == "carnet worker")


def sealed(living: Living) -> list[str]:
    told = living.python(_SEALED)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_a_worker_killed_in_a_batch_leaves_nothing_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    begin_with_the_demonstration(home)
    with foreign_repository(home) as repository:
        _send_all(home, repository)


def _send_all(home: Path, repository: ForeignRepository) -> None:
    card = json.loads((home / "demo" / "identities.json").read_text(encoding="utf-8"))["professionals"][0]
    killed: list[int] = []

    def kill(batch: int) -> None:
        # Recorded there and never answered: the batch must come again.
        if batch % 2 and len(killed) < KILLS:
            killed.append(worker_of(home))
            os.kill(killed[-1], signal.SIGKILL)

    repository.before = kill
    living = start_carnet(
        home,
        CARNET_AUDIT_REPOSITORY=repository.base,
        CARNET_AUDIT_CERTIFICATE=str(home / card["certificate"]),
        CARNET_AUDIT_KEY=str(home / card["key"]),
        CARNET_AUDIT_AUTHORITY=str(home / "demo" / "pki" / "ca.pem"),
    )
    try:
        first = sealed(living)
        assert len(first) > 100, "the demonstration's own traces are enough for several batches"
        wait_for(lambda: len(killed) == KILLS and set(first) <= set(repository.ids), 120)
        ever = sealed(living)
        arrived = list(dict.fromkeys(repository.ids))
        print(f"{len(first)} sealed, {len(repository.ids)} arrived, {len(arrived)} distinct, {KILLS} kills")
        assert len(repository.ids) > len(arrived), "what was not answered for came again"
        assert arrived == ever[: len(arrived)], "in the order of the seals, none left out"
    finally:
        stop_carnet(living)
