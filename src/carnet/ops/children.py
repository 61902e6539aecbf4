"""A child process of the supervisor: started in a group of its own, on the leash, restarted with back-off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from carnet.ops.kernel_calls import die_with_parent
from carnet.ops.logs import rotate

_LONGEST_PAUSE = 10.0
_HEALTHY_SECONDS = 30.0
# Between two looks at the size of a log.
_MEASURE_SECONDS = 5.0


class Process(Protocol):
    """What the supervisor needs of a process, executed or forked; it leads a group of its own."""

    @property
    def pid(self) -> int:
        """The process, and its group."""

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    def send_signal(self, sig: int, /) -> None:
        """Sends a signal, unless it ended."""


# Starts a process whose output goes to a file; the signal is what ends it politely.
Launch = Callable[[Path, int], Process]


def executed(command: Callable[[], Sequence[str]], environment: Mapping[str, str]) -> Launch:
    """Starts a program; `command` makes the command line at each start."""

    def launch(log: Path, stop_signal: int) -> Process:
        with log.open("ab") as output:
            return subprocess.Popen(
                list(command()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(stop_signal),
            )

    return launch


class Leash:
    """The process that ends our children if we are killed (`carnet.ops.leash`)."""

    def __init__(self) -> None:
        self._held: dict[int, int] = {}
        self._start()

    @property
    def pid(self) -> int:
        """The leash's own process."""
        return self._process.pid

    def hold(self, pid: int, number: int) -> None:
        """Puts a child on the leash; `number` is the signal that ends it politely."""
        self._held[pid] = number
        self._say(f"+ {pid} {int(number)}")

    def release(self, pid: int) -> None:
        """Takes an ended child off."""
        if self._held.pop(pid, None) is not None:
            self._say(f"- {pid}")

    def close(self) -> None:
        """Ends the leash when there is nothing left to hold."""
        self._say("done")
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()

    def check(self) -> None:
        """Starts another leash if this one was killed."""
        if self._process.poll() is not None:
            self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "carnet.ops.leash"], stdin=subprocess.PIPE, start_new_session=True, text=True
        )
        for pid, number in self._held.items():
            self._say(f"+ {pid} {int(number)}")

    def _say(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._process.stdin.write(line + "\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]


@dataclass(slots=True)
class Child:
    """One process to keep alive.

    `launch` starts it; `stop_signal` ends it politely. Its output goes to `log`.
    """

    name: str
    launch: Launch
    log: Path
    stop_signal: int = signal.SIGTERM
    process: Process | None = None
    restarts: int = 0
    _started: float = 0.0
    _pause: float = 0.0
    _again_at: float = field(default=0.0)
    _measured: float = 0.0

    def start(self, leash: Leash) -> None:
        """Starts the process; its group is its own, so a Ctrl-C in the terminal reaches the supervisor only."""
        self.process = self.launch(self.log, self.stop_signal)
        leash.hold(self.process.pid, self.stop_signal)
        self._started = time.monotonic()

    def look(self, leash: Leash) -> str | None:
        """Restarts the process when it ended and its pause is over. Returns a sentence when something happened."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                self._keep_log_small()
                return None
            self._bury(leash)
            lived = time.monotonic() - self._started
            self._pause = 0.1 if lived > _HEALTHY_SECONDS else min(max(self._pause, 0.1) * 2, _LONGEST_PAUSE)
            self._again_at = time.monotonic() + self._pause
            return f"{self.name} ended ({_reason(code)}); starting it again in {self._pause:.1f} s, see {self.log}"
        if time.monotonic() >= self._again_at:
            try:
                self.start(leash)
            except OSError as error:
                # No room for a process, or a program that is being replaced: the others go on.
                self._again_at = time.monotonic() + _LONGEST_PAUSE
                return f"{self.name} cannot be started ({error}); trying again in {_LONGEST_PAUSE:.0f} s"
            self.restarts += 1
        return None

    def _keep_log_small(self) -> None:
        if time.monotonic() - self._measured > _MEASURE_SECONDS:
            self._measured = time.monotonic()
            rotate(self.log)

    def signal(self, number: int) -> None:
        """Sends a signal to the leader (a polite end) or, with SIGKILL, to the whole group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    def ended(self, leash: Leash) -> bool:
        """Whether the process is over; what is left of its group is ended too."""
        if self.process is None:
            return True
        if self.process.poll() is None:
            return False
        self._bury(leash)
        return True

    def _bury(self, leash: Leash) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        leash.release(self.process.pid)
        self.process = None


def wait_for_end(children: Sequence[Child], leash: Leash, seconds: float) -> bool:
    """Waits until all `children` ended, at most so long; whether they did."""
    deadline = time.monotonic() + seconds
    while True:
        alive = [child for child in children if not child.ended(leash)]
        if not alive or time.monotonic() > deadline:
            return not alive
        time.sleep(0.02)


def _reason(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
