"""Callers of the FHIR doors: real certificates, real sockets, a fresh record in a plain domain."""

from __future__ import annotations

import secrets
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

DOMAIN = "ihe"
_AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"


@pytest.fixture(scope="session")
def callers(living: Any) -> Iterator[Callable[..., httpx.Client]]:
    """A factory of clients: `callers(person, domain)`; `callers(None)` shows no certificate."""
    known = living.identities
    opened = []

    def caller(person: dict[str, Any] | None, domain: str = DOMAIN) -> httpx.Client:
        context = ssl.create_default_context(cafile=living.home / known["authority"])
        if person is not None:
            context.load_cert_chain(living.home / person["certificate"], living.home / person["key"])
        prefix = "" if domain == "fr" else f"/d/{domain}"
        client = httpx.Client(base_url=f"{living.tls}{prefix}/fhir", verify=context, timeout=30)
        opened.append(client)
        return client

    yield caller
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def physicians(living: Any) -> list[dict[str, Any]]:
    """The physicians of the demonstration."""
    return [one for one in living.identities["professionals"] if one["profession"] == "10"]


@pytest.fixture(scope="session")
def doctor(callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]) -> httpx.Client:
    """The first physician, in the plain domain."""
    return callers(physicians[0])


def _record(living: Any) -> str:
    cx = f"F{secrets.randbits(60)}^^^&{_AUTHORITY}&ISO"
    person = [cx, "FICTIF", "JEAN", "1980-02-01"]
    clerk = living.identities["clerks"][0]["login"]
    done = living.command("record", "create", *person, "--consent", "--as", clerk, "--domain", DOMAIN)
    assert done.returncode == 0, done.stderr
    return cx


@pytest.fixture
def patient(living: Any) -> str:
    """A fresh record of the plain domain; its CX."""
    return _record(living)


@pytest.fixture(scope="module")
def common_patient(living: Any) -> str:
    """One record of the plain domain for the tests that add nothing to it; its CX."""
    return _record(living)


@pytest.fixture(scope="module")
def fed_patient(living: Any) -> str:
    """A record of the plain domain that a module fills once; its CX."""
    return _record(living)
