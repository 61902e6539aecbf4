"""The life of the embedded database under a supervisor: started or adopted, watched, stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import psycopg
from psycopg import sql

from carnet.ops import account, postgres
from carnet.ops.children import Child, Leash, executed, wait_for_end

# After a kill the former server may hold its lock until its parent has seen it end.
_LOCK_SECONDS = 15
# A fast shutdown, then an immediate one (what was acknowledged is in the log and comes back), then force.
_ENDINGS = ((signal.SIGINT, 1.5), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 0.3))


class Embedded:
    """The server of one cluster. `say` prints a line for the operator."""

    def __init__(self, cluster: postgres.Cluster, leash: Leash, say: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._leash = leash
        self._say = say
        self._adopted: int | None = None
        self._child: Child | None = None

    def start(self) -> None:
        """Creates the data folder at need, starts the server or adopts the living one; returns when it answers.

        Raises PostgresError with the reason and what to do.
        """
        cluster = self._cluster
        postgres.take_upgraded(cluster)
        chosen = postgres.choose(cluster)
        runs_as = cluster.account
        account.settle(runs_as, cluster.data, cluster.run, self._say)
        chosen = replace(chosen, folder=account.reachable(runs_as, chosen.folder, self._say))
        if not (cluster.data / "PG_VERSION").exists():
            self._say(f"creating the database (PostgreSQL {chosen.major}, {chosen.folder})")
            postgres.create(cluster, chosen)
        child = self._child = Child(
            name="postgres",
            launch=executed(lambda: postgres.command(cluster, chosen), postgres.environment()),
            log=cluster.log,
            stop_signal=signal.SIGINT,
        )
        deadline = time.monotonic() + _LOCK_SECONDS
        while not self._started(child):
            child.ended(self._leash)
            if time.monotonic() > deadline:
                raise postgres.PostgresError(
                    f"The embedded database does not start: {postgres.last_words(cluster)} (see {cluster.log})"
                )
            time.sleep(0.3)
        postgres.ensure_database(cluster)

    def allow_test_databases(self) -> None:
        """Lets the application's role make databases, as test runners do."""
        with psycopg.connect(self._cluster.conninfo(), autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(postgres.ROLE)))

    @property
    def pids(self) -> set[int]:
        """The server that we started, if it runs."""
        process = self._child and self._child.process
        return {process.pid} if process else set()

    def look(self) -> str | None:
        """Starts the server again when it ended; a sentence when something happened."""
        if self._child is None:
            return None
        if self._adopted is None:
            return self._child.look(self._leash)
        if postgres.living_postmaster(self._cluster) == self._adopted:
            return None
        self._leash.release(self._adopted)
        self._adopted = None
        return "postgres ended; starting it again"

    def stop(self) -> None:
        """Stops the server, by force in the end; takes at most 2.3 s."""
        for number, seconds in _ENDINGS:
            if self._adopted is not None:
                with suppress(ProcessLookupError):
                    os.kill(self._adopted, number)
                if self._adopted_ended(self._adopted, seconds):
                    return
            elif self._child is not None:
                self._child.signal(number)
                if wait_for_end([self._child], self._leash, seconds):
                    return

    def _started(self, child: Child) -> bool:
        pid = postgres.living_postmaster(self._cluster)
        if pid is None:
            child.start(self._leash)
            return postgres.wait_until_answers(self._cluster, child.process)
        if not postgres.wait_until_answers(self._cluster, None):
            return False
        self._adopted = pid
        self._leash.hold(pid, signal.SIGINT)
        return True

    def _adopted_ended(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if postgres.living_postmaster(self._cluster) != pid:
                self._leash.release(pid)
                return True
            time.sleep(0.02)
        return False
