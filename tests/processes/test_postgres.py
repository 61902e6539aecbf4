"""The embedded database: both sets of programs, their settings, and accounts that are not root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from carnet.ops import postgres
from carnet.ops.children import Leash
from carnet.ops.database import Embedded
from tests.conftest import ROOT, start_carnet, stop_carnet
from tests.processes.conftest import processes_of, wait_for

NOBODY = 65534


@pytest.mark.parametrize("kind", ["installed", "wheel"])
def test_serves_on_either_postgresql(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    if not postgres.programs(kind):
        pytest.skip(f"no PostgreSQL of kind {kind} on this machine")
    living = start_carnet(tmp_path / "home", CARNET_POSTGRES=kind)
    request.addfinalizer(lambda: stop_carnet(living))
    password = (living.home / "secrets" / "database_password").read_text()
    where = {"host": str(living.run), "user": postgres.ROLE, "dbname": postgres.DATABASE}
    with psycopg.connect(**where, password=password) as connection:
        found = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]
            for name in ("data_checksums", "fsync", "synchronous_commit", "listen_addresses", "log_error_verbosity")
        }
        order = connection.execute("SELECT 'Élodie' > 'Zoé', lower('É')").fetchone()
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError, match="authentication"):
        psycopg.connect(**where, password="wrong")
    # Right after the first start, a busy machine may still be sealing what it wrote.
    wait_for(lambda: living.command("check").returncode == 0, 30)
    assert found == {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "log_error_verbosity": "terse",
    }
    assert order == (True, "é")


def test_the_data_folder_chooses_its_programs(tmp_path: Path) -> None:
    available = postgres.programs("auto")
    cluster = postgres.Cluster(tmp_path / "postgres", tmp_path / "run", "p", tmp_path / "log")
    cluster.data.mkdir()
    for known in available:
        (cluster.data / "PG_VERSION").write_text(f"{known.major}\n")
        assert postgres.choose(cluster).major == known.major
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.PostgresError, match="PostgreSQL 9"):
        postgres.choose(cluster)


def test_a_failed_creation_leaves_nothing(tmp_path: Path) -> None:
    cluster = postgres.Cluster(tmp_path / "home" / "postgres", tmp_path / "run", "p", tmp_path / "log")
    initdb = tmp_path / "initdb"
    initdb.write_text('#!/bin/sh\nmkdir "${1#--pgdata=}"\necho "no space left" >&2\nexit 1\n')
    initdb.chmod(0o755)
    with pytest.raises(postgres.PostgresError, match=r"could not be created.*no space left"):
        postgres.create(cluster, postgres.Programs(tmp_path, 17))
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests already run as an ordinary user")
def test_serves_as_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    probe = [
        *as_nobody,
        sys.executable,
        "-c",
        "import subprocess, sys; subprocess.check_call([sys.executable, '-c', 'import carnet.ops'])",
    ]
    if shutil.which("setpriv") is None or subprocess.run(probe, capture_output=True, cwd="/", check=False).returncode:
        pytest.skip(f"an ordinary user cannot read {ROOT} or its Python on this machine")
    home = Path("/tmp") / f"carnet-ordinary-{os.getpid()}"
    home.mkdir(mode=0o700)
    try:
        os.chown(home, NOBODY, NOBODY)
        living = start_carnet(home, before=as_nobody, HOME=str(home))
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in processes_of(home)}
        stop_carnet(living)
        assert owners == {NOBODY}
    finally:
        shutil.rmtree(home)


@contextmanager
def database_alone(home: Path, kind: str) -> Iterator[tuple[postgres.Cluster, list[str]]]:
    """The embedded database of a home without the rest, and what was said to the operator at its start."""
    said: list[str] = []
    (home / "logs").mkdir(parents=True, exist_ok=True)
    cluster = postgres.Cluster(home / "postgres", home / "run", "p", home / "logs" / "postgres.log", kind)
    cluster.run.mkdir(mode=0o700, exist_ok=True)
    leash = Leash()
    database = Embedded(cluster, leash, said.append)
    try:
        database.start()
        yield cluster, said
    finally:
        database.stop()
        leash.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
@pytest.mark.parametrize("kind", ["installed", "wheel"])
def test_root_without_user_namespaces_uses_another_account(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    if not postgres.programs(kind):
        pytest.skip(f"no PostgreSQL of kind {kind} on this machine")
    forbidding = tmp_path / "bin"
    forbidding.mkdir()
    refusal = forbidding / "unshare"
    refusal.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    refusal.chmod(0o755)
    home = tmp_path / "home"
    data = home / "postgres"
    request.addfinalizer(lambda: shutil.rmtree(data.resolve().parent) if data.is_symlink() else None)
    with monkeypatch.context() as forbidden:
        forbidden.setenv("PATH", f"{forbidding}{os.pathsep}{os.environ['PATH']}")
        with database_alone(home, kind) as (_, said):
            assert any("user namespaces are forbidden here" in line for line in said), said
            outside = data.resolve().parent
            assert outside.stat().st_uid != 0
            assert outside.stat().st_mode & 0o777 == 0o700
            postmaster = int((data / "postmaster.pid").read_text().split()[0])
            assert Path(f"/proc/{postmaster}").stat().st_uid == outside.stat().st_uid
        assert not Path(f"/proc/{postmaster}").exists()
    # It stays where it was made, whatever the machine allows at the next start.
    with database_alone(home, kind) as (cluster, _), psycopg.connect(cluster.conninfo()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert data.is_symlink()
