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
from carnet.ops.children import Child, Leash

# Together under the five seconds that stopping may take.
_SERVERS_SECONDS = 2.5
_DATABASE_SECONDS = 1.5
_LOOK_SECONDS = 0.1


class Stopped(Exception):
    """A signal asked for the end."""


class Supervisor:
    """Owns the children of one home. `say` prints a line for the operator."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._leash = Leash()
        self._children: list[Child] = []
        self._database: Child | None = None
        self._adopted: int | None = None
        self._cluster: postgres.Cluster | None = None
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start_database(self, cluster: postgres.Cluster) -> None:
        """Starts the embedded database, or adopts the one that still serves this home; returns when it answers."""
        self._cluster = cluster
        chosen = postgres.choose(cluster)
        if not (cluster.data / "PG_VERSION").exists():
            self._say(f"creating the database (PostgreSQL {chosen.major}, {chosen.folder})")
            postgres.create(cluster, chosen)
        child = Child(
            name="postgres",
            command=lambda: postgres.command(cluster, chosen),
            log=cluster.log,
            environment=postgres.environment(),
            stop_signal=signal.SIGINT,
        )
        # After a kill the former server may hold its lock until its parent has seen it end: a few seconds.
        deadline = time.monotonic() + 15
        while True:
            if pid := postgres.living_postmaster(cluster):
                if postgres.wait_until_answers(cluster, None):
                    self._adopted = pid
                    self._leash.hold(pid, signal.SIGINT)
                    break
                continue
            child.start(self._leash)
            if postgres.wait_until_answers(cluster, child.process):
                break
            child.ended(self._leash)
            if time.monotonic() > deadline:
                raise postgres.PostgresError(
                    f"The embedded database does not start: {postgres.last_words(cluster)} (see {cluster.log})"
                )
            time.sleep(0.3)
        self._database = child
        postgres.ensure_database(cluster)

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

    def watch(self, ready: Callable[[], bool], announce: Callable[[], None]) -> None:
        """Keeps the children alive until a signal; calls `announce` when `ready` is true for the first time."""
        announced = False
        while True:
            self._leash.check()
            self._look_at_database()
            for child in self._children:
                if sentence := child.look(self._leash):
                    self._say(sentence)
            if not announced and ready():
                announced = True
                announce()
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """Ends everything: servers first, then the database; by force when they take too long."""
        self._stopping = True
        for child in self._children:
            child.signal(child.stop_signal)
        self._wait(self._children, _SERVERS_SECONDS)
        for child in self._children:
            child.signal(signal.SIGKILL)
        self._wait(self._children, 0.5)
        if self._adopted is not None:
            self._stop_adopted(self._adopted)
        elif self._database is not None:
            self._database.signal(signal.SIGINT)
            if not self._wait([self._database], _DATABASE_SECONDS):
                # Immediate shutdown: what was acknowledged is in the log and comes back at the next start.
                self._database.signal(signal.SIGQUIT)
                self._wait([self._database], 0.5)
                self._database.signal(signal.SIGKILL)
                self._wait([self._database], 0.5)
        self._leash.close()

    def _look_at_database(self) -> None:
        if self._cluster is None or self._database is None:
            return
        if self._adopted is not None:
            if postgres.living_postmaster(self._cluster) == self._adopted:
                return
            self._leash.release(self._adopted)
            self._adopted = None
            self._say("postgres ended; starting it again")
        if sentence := self._database.look(self._leash):
            self._say(sentence)

    def _stop_adopted(self, pid: int) -> None:
        for number, seconds in ((signal.SIGINT, _DATABASE_SECONDS), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 0.5)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if self._cluster is None or postgres.living_postmaster(self._cluster) != pid:
                    self._leash.release(pid)
                    return
                time.sleep(0.02)

    def _wait(self, children: list[Child], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            alive = [child for child in children if not child.ended(self._leash)]
            if not alive or time.monotonic() > deadline:
                return not alive
            time.sleep(0.02)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stopped
