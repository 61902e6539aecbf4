"""A signer of the demonstration's authority, and one assertion of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from carnet.ops.demo import pki
from carnet.wire.saml import names
from carnet.wire.saml.sign import sign, signed_vihf, subject_dn
from carnet.wire.saml.vihf import Mode, Role, Vihf

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Signer:
    """A signing certificate with its key."""

    certificate: bytes
    key: bytes

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.certificate).public_bytes(Encoding.DER)

    def sign(self, vihf: Vihf) -> bytes:
        return signed_vihf(vihf, key=self.key, certificate=self.certificate)

    def sign_bytes(self, assertion: bytes) -> bytes:
        return sign(assertion, key=self.key, certificate=self.certificate)


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signer, Signer]:
    """Two cards of one authority: the sender's, and somebody else's."""
    authority = pki.make_authority(Path(tmp_path_factory.mktemp("pki")), now=NOW)
    made = []
    for number in ("801234567897", "899900000017"):
        certificate, key = pki.issue(
            authority,
            pki.Kind.CARD_SIGNATURE,
            name=number,
            common_name=number,
            surname="DÉMO, L'ÉTRÉ",
            given_name="Zoé",
            title="Médecin",
            not_before=NOW - timedelta(days=1),
            not_after=NOW + timedelta(days=300),
        )
        made.append(Signer(certificate.read_bytes(), key.read_bytes()))
    return made[0], made[1]


@pytest.fixture
def signer(signers: tuple[Signer, Signer]) -> Signer:
    return signers[0]


@pytest.fixture
def vihf(signer: Signer) -> Vihf:
    return Vihf(
        id="_f3b1c7d2-4f7e-4f0e-9a44-2d4b0a3f9f10",
        issuer=subject_dn(signer.certificate),
        subject="801234567897",
        issued_at=NOW,
        authenticated_at=NOW,
        not_before=NOW,
        not_on_or_after=NOW + timedelta(hours=1),
        authentication_class=names.SMARTCARD_PKI,
        mode=Mode.DIRECT,
        structure="1120456789",
        sector="SA07",
        subject_name="DÉMO Zoé",
        roles=(Role("10", names.PROFESSION_SYSTEM, "Médecin"), Role("SM26", "1.2.250.1.71.4.2.5", "Médecine générale")),
        patient="279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
        software_name="Carnet <essai>",
        software_version="1.0",
        homologation="CARNET-DEMO",
    )


@pytest.fixture
def signed(signer: Signer, vihf: Vihf) -> bytes:
    return signer.sign(vihf)
