"""The supervisor: starts the processes of one copy of Carnet, keeps them alive, and stops them all.

One thread, one loop. Children are in groups of their own and on a leash (`children.py`), so that nothing
outlives the supervisor, however it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from carnet.ops import postgres
from carnet.ops.children import Child, Leash, wait_for_end
from carnet.ops.database import Embedded

# With the database's, under the five seconds that stopping may take.
_SERVERS_SECONDS = 2.0
_FORCED_SECONDS = 0.3
_LOOK_SECONDS = 0.1


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """A signal asked for the end."""


class Supervisor:
    """Owns the children of one home. `say` prints a line for the operator."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._leash = Leash()
        self._children: list[Child] = []
        self._database: Embedded | None = None
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start_database(self, cluster: postgres.Cluster) -> None:
        """Starts the embedded database; returns when it answers."""
        self._database = Embedded(cluster, self._leash, self._say)
        self._database.start()

    def run_once(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        """Runs a step to its end, its output shown; raises subprocess.CalledProcessError when it fails."""
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        self._leash.hold(process.pid, signal.SIGTERM)
        try:
            while process.poll() is None:
                time.sleep(0.02)
        except Stopped:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_SERVERS_SECONDS)
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._leash.release(process.pid)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, name)

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
        if self._database is not None and (sentence := self._database.look()):
            self._say(sentence)
        for child in self._children:
            if sentence := child.look(self._leash):
                self._say(sentence)
        time.sleep(_LOOK_SECONDS)

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
        self._leash.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stopped
