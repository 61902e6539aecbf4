"""Callers of the SOAP doors: a physician of the demonstration, real certificates, a fresh record in a plain domain."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from xds_requests import AUTHORITY, DOMAIN, Caller


@pytest.fixture(scope="session")
def caller(living: Any) -> Caller:
    """The first physician."""
    return Caller(living)


@pytest.fixture
def patient(living: Any) -> str:
    """A fresh record of the plain domain; its CX."""
    cx = f"X{secrets.randbits(60)}^^^&{AUTHORITY}&ISO"
    command = ["carnet.ops.command", "record", "create", cx, "FICTIF", "JEAN", "1980-02-01"]
    clerk = living.identities["clerks"][0]["login"]
    subprocess.run(
        [sys.executable, "-m", *command, "--consent", "--as", clerk, "--domain", DOMAIN],
        env=dict(living.environment),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return cx
