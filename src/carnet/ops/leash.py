"""Ends what the supervisor started when the supervisor itself was killed.

Run as a process of its own: `python -m carnet.ops.leash`, its standard input a pipe that the supervisor holds.
Lines are `+<pid> <signal>` (a child, leader of its process group, and the signal that ends it politely) and
`-<pid>` (it ended). When the pipe closes without a last line `done`, every group still there gets its
signal, and three seconds later SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

_PATIENCE = 3.0


def started_at(pid: int) -> str | None:
    """The start time of a process in clock ticks: with the pid it names a process for good. None when it ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def main() -> None:
    """Reads the pipe to its end, then ends what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    children: dict[int, tuple[int, str | None]] = {}
    for line in sys.stdin:
        words = line.split()
        if words == ["done"]:
            return
        if words[0] == "+":
            children[int(words[1])] = (int(words[2]), started_at(int(words[1])))
        elif words[0] == "-":
            children.pop(int(words[1]), None)
    _end(children)


def _end(children: dict[int, tuple[int, str | None]]) -> None:
    alive = {pid: number for pid, (number, start) in children.items() if start and started_at(pid) == start}
    for pid, number in alive.items():
        _send(pid, number)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and any(started_at(pid) for pid in alive):
        time.sleep(0.05)
    # The group, and not only its leader: a server's workers may have outlived it.
    for pid in children:
        _send(pid, signal.SIGKILL)


def _send(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    main()
