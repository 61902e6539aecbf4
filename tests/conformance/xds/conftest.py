"""Callers of the SOAP doors: a physician of the demonstration, real certificates, a fresh record in a plain domain."""

from __future__ import annotations

import secrets
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


@pytest.fixture(scope="session")
def fresh(living: Any) -> Iterator[str]:
    """Patient ids (CX) of records of the plain domain that nobody used."""

    def made() -> Iterator[str]:
        clerk = living.identities["clerks"][0]["login"]
        while True:
            cx = f"X{secrets.randbits(60)}^^^&{AUTHORITY}&ISO"
            person = [cx, "FICTIF", "JEAN", "1980-02-01", "--consent"]
            done = living.command("record", "create", *person, "--as", clerk, "--domain", DOMAIN)
            assert done.returncode == 0, done.stderr
            yield cx

    return made()


@pytest.fixture
def patient(fresh: Iterator[str]) -> str:
    """A fresh record of the plain domain; its CX."""
    return next(fresh)
