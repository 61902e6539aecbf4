"""The floor: pgbench with the same statements, on the same server and data."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

from carnet.ops import postgres

_SCRIPTS = Path(__file__).parent / "floor"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)


class FloorError(Exception):
    """pgbench is missing or did not run; the message says what to do."""


def program() -> str:
    """The pgbench of an installed PostgreSQL or of the wheel."""
    folders = [found.folder for found in postgres.programs("auto")]
    for folder in folders:
        if (folder / "pgbench").exists():
            return str(folder / "pgbench")
    found = shutil.which("pgbench")
    if found is None:
        raise FloorError("pgbench was not found: install PostgreSQL's programs (Debian: apt install postgresql).")
    return found


def run(name: str, *, clients: int, seconds: float) -> float:
    """Transactions a second of one slice of the script `name`; FloorError when any of them failed."""
    database = settings.DATABASES["default"]
    command = [
        program(),
        f"--host={database['HOST']}",
        f"--port={database['PORT']}",
        f"--username={database['USER']}",
        "--no-vacuum",
        "--protocol=prepared",
        f"--client={clients}",
        "--jobs=1",
        f"--time={max(1, round(seconds))}",
        f"--file={_SCRIPTS / name}.sql",
        str(database["NAME"]),
    ]
    environment = {**os.environ, "PGPASSWORD": str(database["PASSWORD"])}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    rate, failed = _RATE.search(answer.stdout), _FAILED.search(answer.stdout)
    if answer.returncode != 0 or rate is None or (failed and failed.group(1) != "0"):
        raise FloorError(f"pgbench {name}: {answer.stderr.strip()[-500:] or answer.stdout[-500:]}")
    return float(rate.group(1))
