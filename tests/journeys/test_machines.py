"""Machines as vendors bring them: cards of another authority, the reinforced mode, an employee's card."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.client.identity import Identity
from carnet.ops.demo import certificates
from carnet.ops.demo.professionals import CLERKS
from carnet.wire.saml.vihf import Mode, Role
from tests.conformance.xds.xds_requests import CONTENT, entry, submission
from tests.conftest import Living
from tests.journeys.test_b03_cards_and_certificates import connect, find, physician, spoiled

NAME = "vendeur"


def trust(living: Living, *words: str) -> tuple[int, str]:
    """`carnet trust …` beside the running copy."""
    command = [sys.executable, "-m", "carnet.ops.command", "trust", *words]
    done = subprocess.run(command, env=dict(living.environment), capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def added(living: Living) -> Iterator[str]:
    """The foreign authority, believed for one test; what the command said."""
    folder = living.home / "demo" / "pki" / "stranger"
    code, told = trust(living, "add", str(folder / "ca.pem"), "--crl", str(folder / "crl.pem"), "--name", NAME)
    assert code == 0, told
    yield told
    trust(living, "remove", NAME)


def rule_of(connection: Connection, living: Living) -> str:
    """The rule that a search breaks, empty when it is answered."""
    try:
        xds.query(connection, find(living))
    except Refused as refused:
        return refused.explanations[0].rule
    return ""


def test_a_vendors_authority_is_believed_while_it_is_kept(living: Living, added: str) -> None:
    assert "SHA-256" in added
    with connect(living, spoiled(living, "foreign_authority")) as connection:
        assert rule_of(connection, living) == ""
        assert NAME in trust(living, "list")[1]
        assert trust(living, "remove", NAME)[0] == 0
        assert rule_of(connection, living) == "certificate-unknown-authority"
    with connect(living, physician(living)) as connection:
        assert rule_of(connection, living) == ""


def reinforced(living: Living) -> Identity:
    """The physician, named by the certificates of the practice."""
    card = physician(living)
    practice = next(one for one in living.identities["structures"] if one["id"] == card.structure)
    return replace(
        card,
        mode=Mode.REINFORCED,
        declared="APP_BROWSER_AUTH",
        certificate=living.home / practice["tls_certificate"],
        key=living.home / practice["tls_key"],
        sign_certificate=living.home / practice["sign_certificate"],
        sign_key=living.home / practice["sign_key"],
    )


def test_reinforced_indirect_authentication_reads_and_does_not_feed(living: Living, tmp_path: Path) -> None:
    file = tmp_path / "document.xml"
    file.write_bytes(CONTENT)
    sent = submission(entry(find(living).patient_id))
    with connect(living, reinforced(living)) as connection:
        assert xds.query(connection, find(living)).objects.entries, "the médecin traitant reads by it"
        with pytest.raises(Refused) as refused:
            xds.provide(connection, sent, {"document": file})
    assert refused.value.explanations[0].code == "DMPAccessDeniedByRightsService"
    with connect(living, replace(reinforced(living), declared="")) as connection:
        assert rule_of(connection, living) == "vihf-authentication-declared"


def test_a_service_card_comes_in_and_reads_no_content(living: Living) -> None:
    clerk = next(one for one in living.identities["clerks"] if "certificate" in one)
    structure = next(one for one in living.identities["structures"] if one["id"] == clerk["structure"])
    identity = Identity(
        person=clerk["id"],
        name="",
        structure=clerk["structure"],
        sector=structure["sector"],
        roles=(Role("SECRETARIAT_MEDICAL", "1.2.250.1.213.1.1.4.6"),),
        **{name: living.home / clerk[name] for name in ("certificate", "key", "sign_certificate", "sign_key")},
    )
    # The worker makes the cards of those whom nobody needs at once; in tests it does not.
    holder = next(one for one in CLERKS if one.id == clerk["id"])
    certificates.make(living.home, [holder], now=datetime.now(UTC))
    with connect(living, identity) as connection, pytest.raises(Refused) as refused:
        xds.query(connection, find(living))
    told = refused.value.explanations[0]
    assert told.code == "DMPAccessDeniedByRightsService"
    assert not told.rule.startswith(("vihf-", "certificate-", "employee-"))
