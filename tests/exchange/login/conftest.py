"""An authority, certificates of every sort, and a directory of two people and one structure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from carnet.exchange.login import client_certificate, replay, soap
from carnet.kernel import authorities
from carnet.ops.demo import pki
from carnet.record.directory.api import Professional, Structure
from carnet.wire.saml import names
from carnet.wire.saml.sign import signed_vihf, subject_dn
from carnet.wire.saml.vihf import Mode, Role, Vihf

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PERSON, COLLEAGUE = "899900000017", "899900000025"
INTERN, PHARMACIST = "899900000033", "899900000058"
PRACTICE, HOSPITAL = "1330000001", "1330000002"


@dataclass(frozen=True)
class Made:
    """A certificate and its key, with the forms that tests need."""

    certificate: bytes
    key: bytes

    @property
    def x509(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate)

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def header(self) -> str:
        """As the proxy passes it."""
        return base64.b64encode(self.der).decode()


class World:
    """An authority's folder and what it issues, by kind and holder."""

    def __init__(self, folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            # Production takes no authority of a demonstration.
            patch.setattr(pki, "ORGANISATION", "Autorité d'essai")
            self.authority = pki.make_authority(folder, now=NOW - timedelta(days=400))
        self._made: dict[tuple[Any, ...], Made] = {}

    def make(
        self,
        kind: pki.Kind,
        holder: str,
        *,
        starts: int = -1,
        ends: int = 300,
        card: pki.CardType = pki.CardType.CPS,
        surname: str = "DÉMO",
        number: int = 1,
    ) -> Made:
        """A certificate valid from `starts` to `ends` days around now; another `number` is another certificate."""
        asked = (kind, holder, starts, ends, card, surname, number)
        if asked not in self._made:
            organisation = kind in (pki.Kind.ORGANISATION_AUTHENTICATION, pki.Kind.ORGANISATION_SIGNATURE)
            certificate, key = pki.issue(
                self.authority,
                kind,
                name=f"made-{len(self._made)}",
                common_name="Cabinet de démonstration" if organisation else holder,
                structure=holder if organisation else "",
                surname="" if organisation else surname,
                card_type=card,
                not_before=NOW + timedelta(days=starts),
                not_after=NOW + timedelta(days=ends),
            )
            self._made[asked] = Made(certificate.read_bytes(), key.read_bytes())
        return self._made[asked]


@pytest.fixture(scope="session")
def _world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("trust") / "demo" / "pki")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An authority with the same names and other keys, that nobody here believes."""
    return World(tmp_path_factory.mktemp("stranger") / "pki")


@pytest.fixture
def world(_world: World, settings: Any) -> Iterator[World]:
    """The believed authority, with empty caches around it."""
    settings.CARNET_MODE = "demo"
    settings.CARNET_HOME = _world.authority.folder.parent.parent
    settings.CARNET_AUTHORITIES = ()
    _forget()
    yield _world
    _forget()


def _forget() -> None:
    client_certificate._kept.clear()
    soap._kept.clear()
    replay._seen.clear()
    authorities._current = None


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without rows: a physician, an intern and a pharmacist in the practice and the hospital."""
    structures = {
        PRACTICE: Structure(id=PRACTICE, name="Cabinet de démonstration", sector="SA07", kind="cabinet"),
        HOSPITAL: Structure(id=HOSPITAL, name="Hôpital de démonstration", sector="SA01", kind="SAMU"),
    }
    people = {
        person: Professional(
            id=person,
            family="DÉMO",
            given="Zoé",
            profession=profession,
            specialty=specialty,
            structures=(PRACTICE, HOSPITAL),
        )
        for person, profession, specialty in ((PERSON, "10", "SM26"), (INTERN, "10", ""), (PHARMACIST, "21", "A"))
    }
    from carnet.record.directory import queries

    monkeypatch.setattr(queries, "professional", people.get)
    monkeypatch.setattr(queries, "structure", structures.get)
    monkeypatch.setattr(queries, "activity_ended", lambda person, structure: None)


@pytest.fixture
def assertion() -> Callable[..., bytes]:
    """Build and sign a VIHF; any field can be given."""

    def make(signer: Made, **fields: Any) -> bytes:
        values: dict[str, Any] = {
            "id": "_0d7b6c1e-90ab-4cde-8f01-23456789abcd",
            "issuer": subject_dn(signer.certificate),
            "subject": PERSON,
            "issued_at": NOW,
            "authenticated_at": NOW,
            "not_on_or_after": NOW + timedelta(hours=1),
            "authentication_class": names.SMARTCARD_PKI,
            "mode": Mode.DIRECT,
            "structure": PRACTICE,
            "sector": "SA07",
            "subject_name": "DÉMO Zoé",
            "roles": (Role("10", names.PROFESSION_SYSTEM, "Médecin"), Role("SM26", "1.2.250.1.71.4.2.5")),
            "patient": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
            "software_name": "Carnet",
            "software_version": "1.0",
            "homologation": "CARNET-DEMO",
        }
        return signed_vihf(Vihf(**values | fields), key=signer.key, certificate=signer.certificate)

    return make
