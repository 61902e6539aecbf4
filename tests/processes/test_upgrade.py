"""`carnet db upgrade`: the data of one PostgreSQL in another, compared row by row and trace by trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from carnet.ops import postgres
from carnet.ops import upgrade as upgrading
from carnet.record.journal.api import Verified
from tests.conftest import start_carnet, stop_carnet
from tests.portals import lives


def test_from_the_installed_version_to_the_one_of_the_wheel(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    installed, wheel = postgres.programs("installed"), postgres.programs("wheel")
    if not installed or not wheel or installed[0].major >= wheel[0].major:
        pytest.skip("this machine has not an older PostgreSQL installed than the one of the wheel")
    living = start_carnet(tmp_path / "home", CARNET_POSTGRES="installed")
    request.addfinalizer(lambda: stop_carnet(living))
    served = lives.command(living, "db", "upgrade")
    assert served.returncode == 1
    assert "stop it first" in served.stderr
    person = living.identities["patients"][0]
    stop_carnet(living)
    data = living.home / "postgres"
    assert (data / "PG_VERSION").read_text().strip() == str(installed[0].major)
    wanted = dict(living.environment) | {"CARNET_POSTGRES": "wheel"}
    done = upgrade(wanted)
    assert done.returncode == 0, done.stderr
    assert f"PostgreSQL {installed[0].major} → {wheel[0].major}" in done.stdout
    assert (data / "PG_VERSION").read_text().strip() == str(wheel[0].major)
    beside = sorted(path.name for path in data.resolve().parent.glob("postgres*"))
    assert len(beside) == 2
    assert beside[1].startswith(f"postgres-{installed[0].major}-")
    assert not (living.home / "upgrade.dump").exists()
    back = upgrade(living.environment)
    assert back.returncode == 1
    assert "does not go back" in back.stderr
    again = start_carnet(living.home, CARNET_POSTGRES="wheel")
    request.addfinalizer(lambda: stop_carnet(again))
    # Every document opens: a copy compares each with its hash.
    made = lives.command(again, "record", "export", person["ins"], str(tmp_path / "copy"), "--as", person["login"])
    assert made.returncode == 0, made.stderr


def upgrade(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, in the environment of a home that nobody serves."""
    words = [sys.executable, "-m", "carnet.ops.command", "db", "upgrade"]
    return subprocess.run(words, env=dict(environment), capture_output=True, text=True, check=False)


def test_what_differs_is_told() -> None:
    whole = upgrading.Content({"documents_entry": 3}, Verified(2, 0, 0))
    upgrading.compare(whole, whole)
    for other, word in (
        (upgrading.Content({"documents_entry": 2}, whole.journal), "documents_entry"),
        (upgrading.Content({}, whole.journal), "documents_entry"),
        (upgrading.Content(whole.tables, Verified(2, 1, 0)), "1 wrong"),
    ):
        with pytest.raises(upgrading.UpgradeError, match=word):
            upgrading.compare(whole, other)


def test_the_last_step_is_taken_at_the_next_start(tmp_path: Path) -> None:
    cluster = postgres.Cluster(tmp_path / "postgres", tmp_path / "run", "p", tmp_path / "log")
    ready = tmp_path / postgres.UPGRADED
    ready.mkdir()
    (ready / "PG_VERSION").write_text("17\n")
    postgres.take_upgraded(cluster)
    assert (cluster.data / "PG_VERSION").read_text() == "17\n"
    assert not ready.exists()
    ready.mkdir()
    postgres.take_upgraded(cluster)
    assert (cluster.data / "PG_VERSION").exists()
    assert ready.exists()
