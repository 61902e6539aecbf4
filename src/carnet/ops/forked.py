"""Processes forked from the stem (`stem.py`), seen from the supervisor: their parent, like that of executed ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from carnet.ops.kernel_calls import adopt_orphans


class Forked:
    """A process that the stem forked and we adopted."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                # Somebody else waited for it: how it ended is not known.
                self.returncode = 1
            else:
                self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Sends a signal, unless it ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, sig)


class Stem:
    """Owns the stem; starts another one when it was killed, which those that it forked do not notice.

    `environment` is the stem's, and of all that it forks.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        adopt_orphans()
        self._environment = dict(environment)
        self._start()

    @property
    def pid(self) -> int:
        """The stem's own process."""
        return self._process.pid

    def fork(self, name: str, words: Sequence[str], stop_signal: int, log: Path | None) -> Forked:
        """A process that runs `carnet WORDS…`, as leader of a group; its output goes to `log`, or where ours goes.

        Raises OSError when the machine has no room for another process.
        """
        asked = {"name": name, "words": list(words), "signal": int(stop_signal), "parent": os.getpid()}
        line = json.dumps(asked | {"log": log and str(log)}) + "\n"
        answer = self._ask(line)
        if not answer:
            self._process.wait()
            self._start()
            answer = self._ask(line)
        if int(answer or 0) == 0:
            raise OSError(f"no process could be made for {name}")
        return Forked(int(answer))

    def check(self) -> None:
        """Starts another stem if this one ended."""
        if self._process.poll() is not None:
            # The next look tries again where there is no room for a process.
            with suppress(OSError):
                self._start()

    def close(self) -> None:
        """Ends the stem; what it forked stays."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _ask(self, line: str) -> str:
        """The stem's answer; empty when it ended before it gave one."""
        with suppress(OSError):
            self._process.stdin.write(line)  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
            return self._process.stdout.readline()  # type: ignore[union-attr]
        return ""

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "carnet.ops.stem"],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
