"""Callers of the SOAP doors: a physician of the demonstration, real certificates, a fresh record in a plain domain."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from xds_requests import AUTHORITY, DOMAIN, Caller


@pytest.fixture(scope="session")
def caller(living: Any) -> Caller:
    """The first physician."""
    return Caller(living)


# One process makes many records: starting it costs more than all of them.
_MAKE = """
import sys
from carnet.ops.command import main
clerk, domain, *patients = sys.argv[1:]
for cx in patients:
    person = [cx, "FICTIF", "JEAN", "1980-02-01", "--consent"]
    if main(["record", "create", *person, "--as", clerk, "--domain", domain]):
        sys.exit(1)
"""
_BATCH = 60


@pytest.fixture(scope="session")
def fresh(living: Any) -> Iterator[str]:
    """Patient ids (CX) of records of the plain domain that nobody used."""

    def made() -> Iterator[str]:
        clerk = living.identities["clerks"][0]["login"]
        while True:
            batch = [f"X{secrets.randbits(60)}^^^&{AUTHORITY}&ISO" for _ in range(_BATCH)]
            subprocess.run(
                [sys.executable, "-c", _MAKE, clerk, DOMAIN, *batch],
                env=dict(living.environment),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            yield from batch

    return made()


@pytest.fixture
def patient(fresh: Iterator[str]) -> str:
    """A fresh record of the plain domain; its CX."""
    return next(fresh)
