"""Who a piece of software speaks for, and the keys it holds for that."""

from __future__ import annotations

import secrets
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from carnet.client import tls
from carnet.wire.saml import names
from carnet.wire.saml.sign import signed_vihf, subject_dn
from carnet.wire.saml.vihf import Mode, Role, Vihf

LIFE = timedelta(minutes=30)
# An assertion is used again for the same patient until this close to its end.
_MARGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What the VIHF says about the software (LPS)."""

    name: str
    version: str
    homologation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A professional with a card (`Mode.DIRECT`), or a structure that answers for a user (`Mode.INDIRECT`), named and
    proven to it by the means that `declared` says (`Mode.REINFORCED`).

    `person` is the PS_IdNat of the user, `structure` the Struct_IdNat, `sector` a SAxx code. The certificates and
    keys are PEM files: one pair for TLS, one for signatures.
    """

    person: str
    name: str
    structure: str
    sector: str
    roles: tuple[Role, ...]
    mode: Mode = Mode.DIRECT
    declared: str = ""
    certificate: Path
    key: Path
    sign_certificate: Path
    sign_key: Path


def tls_context(identity: Identity | None, authority: Path) -> ssl.SSLContext:
    """TLS 1.2 or later, the server checked against `authority` (PEM) and its name, our certificate shown."""
    if identity is None:
        return tls.context(authority=authority)
    return tls.context(authority=authority, certificate=identity.certificate, key=identity.key)


class Assertions:
    """Signs a VIHF for each patient, and keeps it for as long as it is good."""

    def __init__(self, identity: Identity, software: Software, *, purpose: str = "normal") -> None:
        self._identity = identity
        self._software = software
        self._purpose = purpose
        self._certificate = identity.sign_certificate.read_bytes()
        self._key = identity.sign_key.read_bytes()
        self._issuer = subject_dn(self._certificate)
        self._signed: dict[str, tuple[datetime, bytes]] = {}

    def about(self, patient: str, *, now: datetime) -> bytes:
        """A signed assertion about a patient (CX, empty when none is concerned), valid at `now`."""
        end, signed = self._signed.get(patient, (now, b""))
        if end - now > _MARGIN:
            return signed
        identity = self._identity
        direct = identity.mode is Mode.DIRECT
        vihf = Vihf(
            id=f"_{secrets.token_hex(16)}",
            issuer=self._issuer,
            subject=identity.person,
            issued_at=now,
            authenticated_at=now,
            not_before=now,
            not_on_or_after=now + LIFE,
            authentication_class=names.SMARTCARD_PKI if direct else names.TLS_CLIENT,
            authentication_declared=identity.declared,
            mode=identity.mode,
            structure=identity.structure,
            sector=identity.sector,
            subject_name=identity.name,
            roles=identity.roles,
            patient=patient,
            purpose=self._purpose,
            software_name=self._software.name,
            software_version=self._software.version,
            homologation=self._software.homologation,
        )
        signed = signed_vihf(vihf, key=self._key, certificate=self._certificate)
        self._signed[patient] = now + LIFE, signed
        return signed
