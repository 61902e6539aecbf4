"""What all tests share: a temporary home, the embedded PostgreSQL in it, and one living Carnet.

The environment is set before Django reads it, by the first process; those that pytest-xdist starts inherit it.
`CARNET_POSTGRES=wheel make test` runs the same tests on the PostgreSQL of the wheel.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.warm import Host

# A busy machine is no reason to fail.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]
# Their tests read files and call functions: no database is started for them alone.
WITHOUT_DATABASE = ("tests/wire", "tests/architecture")
LONG_FIRST = (
    "tests/journeys/test_crashes.py",
    "tests/portals",
    "tests/journeys",
    "tests/processes",
    "tests/conformance",
)
_FIRST = "CARNET_TEST_HOME" not in os.environ
_OURS = {
    "CARNET_CRASHES",
    "CARNET_FUZZ",
    "CARNET_GUARDS",
    "CARNET_GUARDS_SEED",
    "CARNET_HISTORIES",
    "CARNET_LOOK",
    "CARNET_POSTGRES",
    "CARNET_TEST_HOME",
}


def _prepare_environment() -> Path:
    for name in [name for name in os.environ if name.startswith("CARNET_") and name not in _OURS]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    if _FIRST:
        os.environ["CARNET_TEST_HOME"] = tempfile.mkdtemp(prefix="carnet-test-")
    home = Path(os.environ["CARNET_TEST_HOME"])
    os.environ["CARNET_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "carnet.config.settings"
    return home


HOME = _prepare_environment()


def pytest_configure(config: pytest.Config) -> None:
    """Starts the database, in the first process only, unless the chosen tests do without."""
    if not _FIRST or config.option.collectonly:
        return
    paths = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    if all(any(path.is_relative_to(ROOT / folder) for folder in WITHOUT_DATABASE) for path in paths):
        return
    from carnet.ops.children import Leash
    from carnet.ops.database import Embedded
    from carnet.ops.serve import cluster

    for folder in ("logs", "run"):
        (HOME / folder).mkdir(mode=0o700, exist_ok=True)
    leash = Leash()
    database = Embedded(cluster(), leash, lambda text: None)
    config.add_cleanup(leash.close)
    config.add_cleanup(database.stop)
    database.start()
    database.allow_test_databases()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the temporary home, which the first process made."""
    if _FIRST:
        config.add_cleanup(lambda: shutil.rmtree(HOME, ignore_errors=True))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules begin first, so that no worker waits at the end for the other's."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT).as_posix()
        return next((number for number, start in enumerate(LONG_FIRST) if path.startswith(start)), len(LONG_FIRST))

    items.sort(key=place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Addresses are read in the mode that the process started in.

    Which pages there are is decided when the module is first imported: a test that plays production must not be first.
    """
    from django.apps import apps

    if apps.ready and not all(item.path.is_relative_to(ROOT / "tests/wire") for item in session.items):
        importlib.import_module("carnet.config.urls")


_FORGET_CODES = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("DELETE FROM django_cache WHERE cache_key LIKE '%totp.used%' OR cache_key LIKE '%code.used%'")
    assert cursor.rowcount > 0, "no code was used: is it kept under another name?"
"""


@dataclass(frozen=True)
class Living:
    """A running `carnet serve`: base addresses of both ports, its home, its demonstration identities."""

    http: str
    tls: str
    home: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[str]
    printed: Path

    @property
    def identities(self) -> dict[str, Any]:
        """`demo/identities.json` of this home."""
        file = self.home / "demo" / "identities.json"
        return _read_json(file, file.stat().st_mtime_ns)

    @property
    def run(self) -> Path:
        """Where its sockets are."""
        from carnet.config.environment import run_folder

        return run_folder(self.home)

    def command(self, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """`carnet WORDS…` beside it, in a process of its own; `answer` is what somebody types."""
        return _host(self).run(words, answer=answer)

    def python(self, program: str, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        """A Python program in its environment, Django set up."""
        return _host(self).run(arguments, answer=answer, program=program)

    def forget_codes(self) -> None:
        """Lets each code of an authenticator serve again: somebody else signed in with it in these thirty seconds."""
        done = self.python(_FORGET_CODES)
        assert done.returncode == 0, done.stderr

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self.printed.read_text(encoding="utf-8")


@functools.lru_cache(maxsize=4)
def _read_json(file: Path, changed: int) -> dict[str, Any]:
    """Read again when it changed; nobody writes into what is returned."""
    return json.loads(file.read_text(encoding="utf-8"))


_hosts: dict[tuple[str, str], Host] = {}


def _host(living: Living) -> Host:
    return _hosts.setdefault((str(living.home), living.http), Host(living.environment))


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# What does not change what the first start writes.
_ELSEWHERE = {
    *("CARNET_PORT", "CARNET_TLS_PORT", "CARNET_SMTP_URL"),
    *("CARNET_LOG_RECEIVER", "CARNET_LOG_AUTHORITY", "CARNET_LOG_CERTIFICATE", "CARNET_LOG_KEY"),
}


def _begins_as_others(variables: Mapping[str, str]) -> bool:
    from carnet.ops import postgres

    usual = os.environ.get("CARNET_POSTGRES", "auto")
    asked = variables.get("CARNET_POSTGRES", usual)
    return (
        variables.keys() <= _ELSEWHERE | {"CARNET_POSTGRES"}
        and postgres.programs(asked)[:1] == postgres.programs(usual)[:1]
    )


def begin_with_the_demonstration(home: Path) -> None:
    """Copies what a first start writes into `home`; the first who asks makes the copy, for all processes of the run."""
    made = HOME / "first-start" / "home"
    with (HOME / "first-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = made.with_name("making")
            stop_carnet(_serve(making, 240, (), {}))
            making.rename(made)
    # Where PostgreSQL runs as another account, its data is elsewhere: such a home cannot be copied.
    if not (made / "postgres").is_symlink():
        shutil.copytree(made, home, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("logs", "run"))


def start_carnet(
    home: Path, *, seconds: float = 240, before: tuple[str, ...] = (), own: bool = False, **variables: str
) -> Living:
    """Starts `carnet serve` in `home` on free ports and returns when it prints `ready`; fails with what it printed.

    An empty home begins with a copy of the demonstration, keys included, unless it is to have its `own`, or `before` or
    `variables` ask for a first start that is different from others.
    """
    if not own and not before and not home.exists() and _begins_as_others(variables):
        begin_with_the_demonstration(home)
    return _serve(home, seconds, before, variables)


def _serve(home: Path, seconds: float, before: tuple[str, ...], variables: dict[str, str]) -> Living:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARNET_")}
    environment |= {"CARNET_HOME": str(home), "CARNET_POSTGRES": os.environ.get("CARNET_POSTGRES", "auto")}
    # What the worker tells after `ready` has a test of its own: the others do not pay for it.
    environment |= {"CARNET_DEMO_LIVES": "first"}
    environment |= {"CARNET_PORT": str(free_port()), "CARNET_TLS_PORT": str(free_port())} | variables
    home.mkdir(parents=True, exist_ok=True)
    printed = home / "printed"
    with printed.open("w", encoding="utf-8") as output:
        command = [*before, sys.executable, "-m", "carnet.ops.command", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
    living = Living(
        http=f"http://localhost:{environment['CARNET_PORT']}",
        tls=f"https://localhost:{environment['CARNET_TLS_PORT']}",
        home=home,
        environment=environment,
        process=process,
        printed=printed,
    )
    deadline = time.monotonic() + seconds
    while "\nready in" not in living.output:
        if process.poll() is not None or time.monotonic() > deadline:
            stop_carnet(living)
            pytest.fail(f"`carnet serve` did not get ready in {seconds} s:\n{living.output}")
        time.sleep(0.05)
    return living


def stop_carnet(living: Living, number: int = signal.SIGINT) -> float:
    """Asks it to stop and waits; the seconds it took."""
    host = _hosts.pop((str(living.home), living.http), None)
    if host is not None:
        host.close()
    began = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        living.process.send_signal(number)
    try:
        living.process.wait(15)
    except subprocess.TimeoutExpired:
        living.process.kill()
        living.process.wait()
    return time.monotonic() - began


# What a migration wrote once, and what no test writes.
_STAY = ("django_migrations", "django_content_type", "auth_permission", "django_cache", "procrastinate_workers")
_TABLES = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND NOT relname = ANY(%s) ORDER BY 1
"""


@functools.cache
def _emptied() -> str:
    """One statement that deletes every row: references are checked at its end, so that no order is needed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [list(_STAY)])
        tables = [name for (name,) in cursor.fetchall()]
    deletions = ", ".join(f"d{n} AS (DELETE FROM {name})" for n, name in enumerate(tables))  # noqa: S608 - our tables
    return f"WITH {deletions} SELECT 1"


def delete_every_row() -> None:
    """What a test committed goes, from the tables and from what this process remembers of them."""
    from django.db import connection

    from carnet.kernel import clock, closing

    with connection.cursor() as cursor:
        cursor.execute(_emptied())
    clock.forget()
    closing.forget()


@pytest.fixture(autouse=True, scope="session")
def delete_rows() -> Iterator[None]:
    """After a test that commits, rows are deleted: Django would truncate each table, which takes five times longer."""
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: delete_every_row())
        yield


@pytest.fixture(scope="session")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """A real `carnet serve` with the demonstration region: `http`, `tls`, `home`, `identities`."""
    carnet = start_carnet(tmp_path_factory.mktemp("living") / "home")
    yield carnet
    stop_carnet(carnet)
