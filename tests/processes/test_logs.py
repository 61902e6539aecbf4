"""Logs stay small while their processes run."""

from __future__ import annotations

import stat
import sys
import time
from pathlib import Path

import pytest

from carnet.ops import children, logs
from carnet.ops.children import Child, Leash, executed
from tests.processes.conftest import wait_for


def test_a_log_that_grew_is_set_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"first\n" * 20)
        assert not logs.rotate(log, limit=1000)
        assert logs.rotate(log, limit=100)
        writer.write(b"then\n")
        assert log.read_bytes() == b"then\n"
        writer.write(b"second\n" * 20)
        assert logs.rotate(log, limit=100)
    assert (tmp_path / "worker.log.1").read_bytes() == b"then\n" + b"second\n" * 20
    assert stat.S_IMODE((tmp_path / "worker.log.1").stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["worker.log", "worker.log.1"]


def test_what_is_not_there_is_no_accident(tmp_path: Path) -> None:
    assert not logs.rotate(tmp_path / "absent.log", limit=0)


def test_the_log_of_a_running_child_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_MEASURE_SECONDS", 0.0)
    monkeypatch.setattr(children, "rotate", lambda log: logs.rotate(log, limit=500))
    program = "import time\nwhile True: print('a line of the log', flush=True); time.sleep(0.01)"
    child = Child("talker", executed(lambda: [sys.executable, "-c", program], {}), tmp_path / "talker.log")
    leash = Leash()
    try:
        child.start(leash)

        def cut() -> bool:
            assert child.look(leash) is None
            return (tmp_path / "talker.log.1").exists()

        wait_for(cut, 20)
        time.sleep(0.2)
        assert (tmp_path / "talker.log").stat().st_size > 0, "it goes on in the same file"
    finally:
        child.signal(9)
        wait_for(lambda: child.ended(leash), 5)
        leash.close()
