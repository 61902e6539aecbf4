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

from carnet.exchange.login import authorities, client_certificate, soap
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem, Reason
from carnet.ops.demo import pki
from carnet.record.directory.api import Professional, Structure
from carnet.wire.saml import names
from carnet.wire.saml.sign import signed_vihf, subject_dn
from carnet.wire.saml.vihf import Mode, Role, Vihf

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PERSON, COLLEAGUE = "899900000017", "899900000025"
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
        self.authority = pki.make_authority(folder, now=NOW - timedelta(days=400))
        self._made: dict[tuple[Any, ...], Made] = {}

    def make(self, kind: pki.Kind, holder: str, *, starts: int = -1, ends: int = 300) -> Made:
        """A certificate valid from `starts` to `ends` days around now."""
        asked = (kind, holder, starts, ends)
        if asked not in self._made:
            organisation = kind in (pki.Kind.ORGANISATION_AUTHENTICATION, pki.Kind.ORGANISATION_SIGNATURE)
            certificate, key = pki.issue(
                self.authority,
                kind,
                name=f"made-{len(self._made)}",
                common_name="Cabinet de démonstration" if organisation else holder,
                structure=holder if organisation else "",
                surname="" if organisation else "DÉMO",
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
    authorities._current = None


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without a database: one doctor in the practice, no activity in the hospital."""
    structures = {
        PRACTICE: Structure(id=PRACTICE, name="Cabinet de démonstration", sector="SA07", kind="cabinet"),
        HOSPITAL: Structure(id=HOSPITAL, name="Hôpital de démonstration", sector="SA01", kind="SAMU"),
    }

    def unknown(rule: str) -> Problem:
        return Problem(reason=Reason.FORBIDDEN, rule=rule, text="Inconnu.")

    def actor_of_professional(
        *, person: str, structure: str | None, proof: str, software: str = "", purpose: Purpose = Purpose.NORMAL
    ) -> Actor | Problem:
        if person != PERSON:
            return unknown("professional-unknown")
        if structure not in structures:
            return unknown("structure-unknown")
        return Actor(
            kind=ActorKind.PROFESSIONAL,
            person=person,
            structure=structure,
            profession="10",
            purpose=purpose,
            proof=proof,
            software=software,
        )

    def actor_of_structure(*, structure: str, proof: str, software: str, person: str = "") -> Actor | Problem:
        if structure not in structures:
            return unknown("structure-unknown")
        return Actor(
            kind=ActorKind.STRUCTURE, person=person or structure, structure=structure, proof=proof, software=software
        )

    def professional(identifier: str) -> Professional | None:
        if identifier != PERSON:
            return None
        return Professional(id=PERSON, family="DÉMO", given="Zoé", profession="10", structures=(PRACTICE, HOSPITAL))

    from carnet.record.directory import api

    monkeypatch.setattr(api, "actor_of_professional", actor_of_professional)
    monkeypatch.setattr(api, "actor_of_structure", actor_of_structure)
    monkeypatch.setattr(api, "professional", professional)
    monkeypatch.setattr(api, "structure", structures.get)


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
            "roles": (Role("10", names.PROFESSION_SYSTEM, "Médecin"),),
            "patient": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
            "software_name": "Carnet",
            "software_version": "1.0",
            "homologation": "CARNET-DEMO",
        }
        return signed_vihf(Vihf(**values | fields), key=signer.key, certificate=signer.certificate)

    return make
