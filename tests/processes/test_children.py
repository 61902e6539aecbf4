"""A child that cannot be started does not end the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from carnet.ops import children
from carnet.ops.children import Child, Leash, Process, executed
from tests.processes.conftest import wait_for


def test_a_child_for_which_there_is_no_room_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_LONGEST_PAUSE", 0.1)
    rooms = iter((False, False, True))

    def launch(log: Path, stop_signal: int) -> Process:
        if not next(rooms):
            raise OSError("no room")
        return executed(lambda: ["sleep", "60"], {})(log, stop_signal)

    child, leash, said = Child("sleeper", launch, tmp_path / "log"), Leash(), []
    try:

        def up() -> bool:
            said.append(child.look(leash))
            return child.process is not None

        wait_for(up, 10)
        told = [one for one in said if one]
        assert told == ["sleeper cannot be started (no room); trying again in 0 s"] * 2
    finally:
        child.signal(9)
        wait_for(lambda: child.ended(leash), 5)
        leash.close()
