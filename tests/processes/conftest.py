"""Starting, killing and looking for the processes of one home."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Living, start_carnet, stop_carnet


def command_line(pid: int) -> str:
    """What was executed, or what a process forked from the stem calls itself; empty when it ended."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return name if line and name.startswith("carnet ") else line


def processes_of(home: Path) -> dict[int, str]:
    """Process id → command line of everything that was started for this home and still runs."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = command_line(int(folder.name))
            environment = (folder / "environ").read_bytes()
            if line and (f"CARNET_HOME={home}\0".encode() in environment or f"{home}/" in line):
                found[int(folder.name)] = line
    found.pop(os.getpid(), None)
    return found


def wait_for(condition: Callable[[], object], seconds: float) -> float:
    """Waits until `condition` is true; the seconds it took. Fails after `seconds`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not so after {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


def wait_until_nothing_is_left(home: Path, seconds: float) -> float:
    """Waits until no process of a home lives; the seconds it took. Fails with those that do."""
    left: dict[int, str] = {}

    def gone() -> bool:
        left.clear()
        left.update(processes_of(home))
        return not left

    try:
        return wait_for(gone, seconds)
    except pytest.fail.Exception:
        pytest.fail(f"left after {seconds} s: {left}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that the tests of a module start one after the other: only the first start loads the demonstration."""
    return tmp_path_factory.mktemp("processes") / "home"


@pytest.fixture
def carnet(home: Path) -> Iterator[Living]:
    """A running copy of that home, stopped afterwards."""
    living = start_carnet(home)
    yield living
    stop_carnet(living)
