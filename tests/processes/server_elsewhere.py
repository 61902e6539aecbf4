"""A PostgreSQL that Carnet does not run: reached by TCP under TLS, with accounts that its administrator made."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from carnet.ops import account, postgres
from carnet.ops.demo import pki
from tests.conftest import free_port

ACCOUNTS = ("carnet", "carnet_service", "carnet_sealer")


@contextlib.contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """The settings that name the server's database, for its three accounts."""
    administrator = secrets.token_urlsafe(30)
    cluster = postgres.Cluster(folder / "postgres", folder / "run", administrator, folder / "log")
    cluster.run.mkdir(mode=0o700)
    chosen = postgres.choose(cluster)
    account.settle(cluster.account, cluster.data, cluster.run, lambda text: None)
    chosen = replace(chosen, folder=account.reachable(cluster.account, chosen.folder, lambda text: None))
    postgres.create(cluster, chosen)
    authority = _certified(folder, cluster)
    port = free_port()
    listening = ("listen_addresses=localhost", f"port={port}", "ssl=on")
    command = [*postgres.command(cluster, chosen), *(part for one in listening for part in ("-c", one))]
    with cluster.log.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=postgres.environment())
    address = f"host=localhost port={port} sslmode=verify-full sslrootcert={authority}"
    try:
        _wait(f"{address} user={postgres.ADMINISTRATOR} password={administrator} dbname=postgres", process, cluster)
        passwords = _accounts(f"{address} user={postgres.ADMINISTRATOR} password={administrator} dbname=postgres")
        urls = [
            f"postgresql://{name}:{passwords[name]}@localhost:{port}/carnet?sslmode=verify-full&sslrootcert={authority}"
            for name in ACCOUNTS
        ]
        names = ("DATABASE_URL", "CARNET_SERVICE_DATABASE_URL", "CARNET_SEALER_DATABASE_URL")
        yield dict(zip(names, urls, strict=True))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        if cluster.account.outside is not None:
            shutil.rmtree(cluster.account.outside, ignore_errors=True)


def _certified(folder: Path, cluster: postgres.Cluster) -> Path:
    """Gives the server a key and a certificate; the authority to verify it against."""
    now = datetime.now(UTC)
    authority = pki.make_authority(folder / "pki", now=now)
    ends = now + timedelta(days=1)
    issued = pki.issue(
        authority, pki.Kind.SERVER, name="server", common_name="localhost", not_before=now, not_after=ends
    )
    for path, name in zip(issued, ("server.crt", "server.key"), strict=True):
        placed = cluster.place / name
        placed.write_bytes(path.read_bytes())
        placed.chmod(0o600)
        cluster.account.give(placed)
    return authority.bundle


def _wait(conninfo: str, process: subprocess.Popen[bytes], cluster: postgres.Cluster) -> None:
    for _ in range(600):
        assert process.poll() is None, postgres.last_words(cluster)
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(conninfo).close()
            return
        time.sleep(0.1)
    raise AssertionError(postgres.last_words(cluster))


def _accounts(conninfo: str) -> dict[str, str]:
    """What docs/settings.md asks an administrator for."""
    passwords = {name: secrets.token_urlsafe(30) for name in ACCOUNTS}
    with psycopg.connect(conninfo, autocommit=True) as connection:
        for name, password in passwords.items():
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(password)))
        connection.execute(
            "CREATE DATABASE carnet OWNER carnet TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
        )
        connection.execute("GRANT pg_read_all_stats TO carnet_sealer")
    return passwords
