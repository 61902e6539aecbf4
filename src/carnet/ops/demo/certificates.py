"""The cards of the professionals and the certificates of the structures, made once and kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from carnet.ops.demo import pki
from carnet.record.directory.api import Professional, Structure
from carnet.record.terminology import api as terminology

Pair = tuple[Path, Path]


def structure_pairs(home: Path, structures: Iterable[Structure], *, now: datetime) -> dict[str, tuple[Pair, Pair]]:
    """Struct_IdNat → ((TLS certificate, key), (signature certificate, key)), files relative to `home`."""
    authority = pki.make_authority(home / "demo" / "pki", now=now)
    return {
        one.id: (
            _pair(home, authority, pki.Kind.ORGANISATION_AUTHENTICATION, f"org-{one.id}-auth", one, now),
            _pair(home, authority, pki.Kind.ORGANISATION_SIGNATURE, f"org-{one.id}-sign", one, now),
        )
        for one in structures
    }


def card_pairs(home: Path, professionals: Iterable[Professional], *, now: datetime) -> dict[str, tuple[Pair, Pair]]:
    """PS_IdNat → ((authentication certificate, key), (signature certificate, key)), files relative to `home`."""
    authority = pki.make_authority(home / "demo" / "pki", now=now)
    return {
        one.id: (
            _pair(home, authority, pki.Kind.CARD_AUTHENTICATION, f"cps-{one.id}-auth", one, now),
            _pair(home, authority, pki.Kind.CARD_SIGNATURE, f"cps-{one.id}-sign", one, now),
        )
        for one in professionals
    }


def _pair(
    home: Path, authority: pki.Authority, kind: pki.Kind, name: str, holder: Structure | Professional, now: datetime
) -> Pair:
    certificate, key = authority.folder / f"{name}.pem", authority.folder / f"{name}.key"
    # The key is written first, so a certificate is never alone.
    if not certificate.exists():
        if isinstance(holder, Structure):
            common_name, surname, given, title, structure = holder.name, "", "", "", holder.id
        else:
            title = terminology.label("profession", holder.profession)
            common_name, surname, given, structure = holder.id, holder.family, holder.given, ""
        pki.issue(
            authority,
            kind,
            name=name,
            common_name=common_name,
            surname=surname,
            given_name=given,
            title=title,
            structure=structure,
            not_before=now - pki.CLOCK_MARGIN,
            not_after=now + pki.DEFAULT_LIFE,
        )
    return certificate.relative_to(home), key.relative_to(home)
