"""A child process of the supervisor: started in a group of its own, on the leash, restarted with back-off."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_BYTES = 10 * 1024 * 1024
_LONGEST_PAUSE = 10.0
_HEALTHY_SECONDS = 30.0
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Asks the kernel to send `number` to this process when its parent dies (Linux prctl(2))."""
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


class Leash:
    """The process that ends our children if we are killed (`carnet.ops.leash`)."""

    def __init__(self) -> None:
        self._held: dict[int, int] = {}
        self._start()

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

    `command` makes the command line at each start; `stop_signal` ends it politely. Its output goes to `log`.
    """

    name: str
    command: Callable[[], Sequence[str]]
    log: Path
    environment: Mapping[str, str]
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _started: float = 0.0
    _pause: float = 0.0
    _again_at: float = field(default=0.0)

    def start(self, leash: Leash) -> None:
        """Starts the process; its group is its own, so a Ctrl-C in the terminal reaches the supervisor only."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.stop_signal),
            )
        leash.hold(self.process.pid, self.stop_signal)
        self._started = time.monotonic()

    def look(self, leash: Leash) -> str | None:
        """Restarts the process when it ended and its pause is over. Returns a sentence when something happened."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return None
            self._bury(leash)
            lived = time.monotonic() - self._started
            self._pause = 0.1 if lived > _HEALTHY_SECONDS else min(max(self._pause, 0.1) * 2, _LONGEST_PAUSE)
            self._again_at = time.monotonic() + self._pause
            return f"{self.name} ended ({_reason(code)}); starting it again in {self._pause:.1f} s, see {self.log}"
        if time.monotonic() >= self._again_at:
            self.restarts += 1
            self.start(leash)
        return None

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
