"""The supervisor: starts the processes of one copy of Carnet, keeps them alive, and stops them all.

One thread, one loop. Children are in groups of their own and on a leash (`children.py`), so that nothing
outlives the supervisor, however it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType

from carnet.ops import postgres
from carnet.ops.children import Child, Launch, Leash, wait_for_end
from carnet.ops.database import Embedded
from carnet.ops.forked import Forked, Stem

# With the database's, under the five seconds that stopping may take.
_SERVERS_SECONDS = 2.0
_FORCED_SECONDS = 0.3
_LOOK_SECONDS = 0.1


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """A signal asked for the end."""


class Supervisor:
    """Owns the children of one home. `say` prints a line for the operator; `environment` is that of what is forked."""

    def __init__(self, say: Callable[[str], None], environment: Mapping[str, str]) -> None:
        self._say = say
        self._leash = Leash()
        self._stem = Stem(environment)
        self._children: list[Child] = []
        self._database: Embedded | None = None
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start_database(self, cluster: postgres.Cluster) -> None:
        """Starts the embedded database; returns when it answers."""
        self._database = Embedded(cluster, self._leash, self._say)
        self._database.start()

    def forked(self, *words: str, name: str = "") -> Launch:
        """Starts `carnet WORDS…` without importing again what the stem has imported."""
        return lambda log, stop_signal: self._stem.fork(name or words[0], words, stop_signal, log)

    def run_once(self, name: str) -> None:
        """Runs `carnet NAME` to its end, its output shown; raises subprocess.CalledProcessError when it fails."""
        process = self._stem.fork(name, (name,), signal.SIGTERM, None)
        self._leash.hold(process.pid, signal.SIGTERM)
        try:
            while process.poll() is None:
                time.sleep(0.02)
        except Stopped:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            _wait(process, _SERVERS_SECONDS)
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = _wait(process, _FORCED_SECONDS)
            self._leash.release(process.pid)
        if code != 0:
            raise subprocess.CalledProcessError(code or 1, name)

    def start(self, children: list[Child]) -> None:
        """Starts the servers."""
        for child in children:
            self._children.append(child)
            child.start(self._leash)

    def watch_until(self, reached: Callable[[], bool]) -> None:
        """Keeps the children alive until `reached` is true."""
        while not reached():
            self._look()

    def watch(self) -> None:
        """Keeps the children alive until a signal, which raises Stopped."""
        while True:
            self._look()

    def _look(self) -> None:
        self._leash.check()
        self._stem.check()
        if self._database is not None and (sentence := self._database.look()):
            self._say(sentence)
        for child in self._children:
            if sentence := child.look(self._leash):
                self._say(sentence)
        self._bury_adopted()
        time.sleep(_LOOK_SECONDS)

    def _bury_adopted(self) -> None:
        """Takes note of the end of those whose parent, a child of ours, ended before them."""
        with suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in self._known():
                    # Whoever started it asks how it ended.
                    return
                os.waitpid(ended.si_pid, 0)

    def _known(self) -> set[int]:
        ours = {child.process.pid for child in self._children if child.process is not None}
        return ours | {self._leash.pid, self._stem.pid} | (self._database.pids if self._database else set())

    def stop(self) -> None:
        """Ends everything: servers first, then the database; by force when they take too long."""
        self._stopping = True
        for child in self._children:
            child.signal(child.stop_signal)
        wait_for_end(self._children, self._leash, _SERVERS_SECONDS)
        for child in self._children:
            child.signal(signal.SIGKILL)
        wait_for_end(self._children, self._leash, _FORCED_SECONDS)
        if self._database is not None:
            self._database.stop()
        self._stem.close()
        self._leash.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stopped


def _wait(process: Forked, seconds: float) -> int | None:
    """The exit code, waited for at most so long; None when it still runs."""
    deadline = time.monotonic() + seconds
    while (code := process.poll()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return code
