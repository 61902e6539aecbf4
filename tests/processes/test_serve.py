"""`carnet serve`: starts, says so, stops in time, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from carnet.ops import postgres
from tests.conftest import Living, start_carnet, stop_carnet
from tests.processes.conftest import processes_of, wait_for, wait_until_nothing_is_left

STOP_SECONDS = 5.0


def seconds_to_ready(living: Living) -> float:
    """What it says it took."""
    return float(re.search(r"ready in ([\d.]+) s", living.output)[1])


def answers(living: Living) -> bool:
    try:
        return httpx.get(living.http + "/health/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def one(home: Path, *words: str) -> int:
    """The oldest process of this home whose command line has all these words."""
    return min(pid for pid, line in processes_of(home).items() if all(word in line for word in words))


def connect(living: Living) -> psycopg.Connection:
    password = (living.home / "secrets" / "database_password").read_text()
    return psycopg.connect(
        host=str(living.run), user=postgres.ROLE, password=password, dbname=postgres.DATABASE, autocommit=True
    )


def test_says_ready_with_its_addresses_and_stops_on_sigint(carnet: Living) -> None:
    assert carnet.http in carnet.output
    assert carnet.tls in carnet.output
    assert httpx.get(carnet.http + "/health/live").text == "live\n"
    # A second line may say that the sealer has yet to catch up with what the first start wrote.
    assert httpx.get(carnet.http + "/health/ready").text.startswith("ready\n")
    took = stop_carnet(carnet, signal.SIGINT)
    print(f"stopped in {took:.1f} s")
    assert carnet.process.returncode == 0
    assert took < STOP_SECONDS
    assert processes_of(carnet.home) == {}


def test_a_second_start_is_quick(home: Path) -> None:
    stop_carnet(start_carnet(home))
    living = start_carnet(home)
    took = seconds_to_ready(living)
    print(f"second start: ready in {took:.1f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    stop_carnet(living, signal.SIGTERM)
    # Six seconds on a quiet machine; the tests share theirs.
    assert took < 6 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) + 1)


def test_a_killed_supervisor_leaves_nothing_serving_and_the_next_start_recovers(home: Path) -> None:
    living = start_carnet(home)
    with connect(living) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        before = connection.execute("SELECT count(*) FROM kept").fetchone()
    living.process.kill()
    living.process.wait()
    took = wait_until_nothing_is_left(home, STOP_SECONDS)
    print(f"nothing left {took:.1f} s after kill -9 of the supervisor")
    with pytest.raises(httpx.HTTPError):
        httpx.get(living.http + "/health/live", timeout=2)
    again = start_carnet(home)
    with connect(again) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == before
    stop_carnet(again)


def test_a_start_right_after_a_kill_waits_for_what_is_ending(home: Path) -> None:
    living = start_carnet(home)
    ports = {name: living.environment[name] for name in ("CARNET_PORT", "CARNET_TLS_PORT")}
    living.process.kill()
    living.process.wait()
    again = start_carnet(home, **ports)
    assert answers(again)
    stop_carnet(again)
    assert processes_of(home) == {}


def test_supervisor_and_leash_killed_together(home: Path) -> None:
    living = start_carnet(home)
    leash = one(home, "carnet.ops.leash")
    os.kill(living.process.pid, signal.SIGSTOP)  # so that it cannot replace the leash
    os.kill(leash, signal.SIGKILL)
    living.process.kill()
    living.process.wait()
    took = wait_until_nothing_is_left(home, STOP_SECONDS)
    print(f"nothing left {took:.1f} s after kill -9 of both")


@pytest.mark.parametrize(
    "words",
    [
        ("caddy", "run"),
        ("carnet quick",),
        ("carnet bulk",),
        ("carnet providers"[:15],),
        ("carnet relay",),
        ("carnet worker",),
        ("bin/postgres -D",),
        ("carnet.ops.leash",),
    ],
    ids=lambda words: words[-1].split()[-1],
)
def test_a_killed_child_comes_back(shared: Living, words: tuple[str, ...]) -> None:
    killed = one(shared.home, *words)
    os.kill(killed, signal.SIGKILL)

    def replaced() -> bool:
        found = [pid for pid, line in processes_of(shared.home).items() if all(word in line for word in words)]
        return bool(found) and killed not in found and answers(shared)

    took = wait_for(replaced, 30)
    print(f"{words[-1]}: back {took:.1f} s after kill -9")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory):
    """One copy for all the killings of children."""
    living = start_carnet(tmp_path_factory.mktemp("children") / "home")
    yield living
    stop_carnet(living)


def test_two_copies_side_by_side(home: Path, shared: Living) -> None:
    other = start_carnet(home)
    assert answers(shared)
    assert answers(other)
    assert shared.environment["CARNET_PORT"] != other.environment["CARNET_PORT"]
    stop_carnet(other)
    assert answers(shared)


def test_a_home_is_served_once(shared: Living) -> None:
    second = subprocess.run(
        shared.process.args, env=dict(shared.environment), capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert "CARNET_HOME" in second.stderr
    assert answers(shared)


def test_a_taken_port_is_named(tmp_path: Path, shared: Living) -> None:
    environment = dict(shared.environment) | {"CARNET_HOME": str(tmp_path / "home")}
    second = subprocess.run(shared.process.args, env=environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "CARNET_PORT" in second.stderr
    assert processes_of(tmp_path / "home") == {}


def test_logs_hold_nobody(shared: Living) -> None:
    ins = [patient["ins"] for patient in shared.identities["patients"]]
    names = [patient["birth_name"] for patient in shared.identities["patients"]]
    time.sleep(0.1)
    for log in (shared.home / "logs").iterdir():
        text = log.read_text(errors="replace")
        assert not [word for word in (*ins, *names) if word in text], log.name
