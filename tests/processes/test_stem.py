"""The stem: what it forks is like what is executed, outlives it, and shares no connection, thread or key of seals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.conftest import ROOT, Living
from tests.processes.conftest import command_line, processes_of, wait_for

FORKED = ("carnet quick", "carnet bulk", "carnet relay", "carnet worker")


def leaders(home: Path) -> dict[str, int]:
    """The forked processes that lead a group, by what they call themselves."""
    return {line: pid for pid, line in processes_of(home).items() if line in FORKED and os.getpgid(pid) == pid}


def stem(home: Path) -> int:
    (pid,) = (pid for pid, line in processes_of(home).items() if "carnet.ops.stem" in line)
    return pid


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_what_it_forks_belongs_to_the_supervisor_and_leads_its_group(living: Living) -> None:
    found = leaders(living.home)
    assert set(found) == set(FORKED)
    assert {parent(pid) for pid in found.values()} == {living.process.pid}


def test_it_holds_three_pipes_one_thread_and_no_connection(living: Living) -> None:
    pid = stem(living.home)
    assert sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"]
    assert os.listdir(f"/proc/{pid}/task") == [str(pid)]


def test_nothing_forked_was_told_the_key_of_the_seals(living: Living) -> None:
    """In production, where the key is in the environment or in a file that it names."""
    program = """if True:
        from carnet.ops.serve import _environment
        import os
        os.environ["CARNET_SEALING_KEY"] = "x"
        told = [sorted(name for name in _environment(sealing=s) if "SEALING" in name) for s in (False, True)]
        print(told)
    """
    told = living.python(program)
    assert told.stdout.strip() == "[[], ['CARNET_SEALING_KEY']]", told.stderr


def test_a_killed_stem_takes_nobody_with_it_and_is_replaced(living: Living) -> None:
    before, killed = leaders(living.home), stem(living.home)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in processes_of(living.home), 10)
    wait_for(lambda: any("carnet.ops.stem" in line for line in processes_of(living.home).values()), 30)
    assert leaders(living.home) == before
    assert httpx.get(living.http + "/health/ready").status_code == 200
    # The next one forks as the first did.
    os.kill(before["carnet relay"], signal.SIGKILL)
    wait_for(lambda: leaders(living.home).get("carnet relay", before["carnet relay"]) != before["carnet relay"], 30)


def test_what_outlives_its_parent_is_buried(living: Living) -> None:
    """Workers of a killed lane are given to the supervisor: it leaves no dead process behind."""
    lane = leaders(living.home)["carnet quick"]
    os.kill(lane, signal.SIGKILL)
    wait_for(lambda: leaders(living.home).get("carnet quick", lane) != lane, 30)
    wait_for(lambda: not dead_below(living.process.pid), 10)


def dead_below(supervisor: int) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = entry.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if words[0] == "Z" and int(words[1]) == supervisor:
            found.append(entry.parent.name)
    return found


def test_what_the_supervisor_does_not_wait_for_ends(living: Living, tmp_path: Path) -> None:
    """Whoever asked does not adopt: what was forked for them ends before it does anything."""
    log = tmp_path / "log"
    request = {"name": "relay", "words": ["relay"], "log": str(log), "signal": 15, "parent": os.getpid()}
    asked = subprocess.run(
        [sys.executable, "-m", "carnet.ops.stem"],
        input=json.dumps(request) + "\n",
        env=dict(living.environment) | {"DJANGO_SETTINGS_MODULE": "carnet.config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    pid = int(asked.stdout)
    wait_for(lambda: not command_line(pid), 10)
    assert not log.exists()
