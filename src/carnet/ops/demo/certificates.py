"""The cards of professionals and clerks and the certificates of structures, made once and kept.

Those of `FIRST_STRUCTURES` and `FIRST_PROFESSIONALS` are made before the first start is ready and sign with RSA-2048,
as most cards do. The others are made by the worker, and sign with EC P-256 (ECDSA-SHA256), whose keys take
a hundredth of the time to make.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from carnet.ops.demo import pki
from carnet.ops.demo.professionals import CLERKS, INTERNS, PROFESSIONALS, Clerk
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.directory.api import Professional, Structure
from carnet.record.terminology import api as terminology

Pair = tuple[Path, Path]
Holder = Structure | Professional | Clerk

FIRST_STRUCTURES = STRUCTURES[:10]
FIRST_PROFESSIONALS = PROFESSIONALS[:20]
_FIRST = {one.id for one in FIRST_STRUCTURES} | {one.id for one in FIRST_PROFESSIONALS}
# Nominative cards of clerks are not simulated: one service card is enough to try an employee's.
OTHERS: tuple[Holder, ...] = (
    *STRUCTURES[10:],
    *PROFESSIONALS[20:],
    *(one for one in CLERKS if not one.nominative),
)


def pairs(holder: Holder) -> tuple[Pair, Pair]:
    """((authentication certificate, key), (signature certificate, key)) of a holder, relative to the home."""
    folder = Path("demo", "pki")
    prefix = "org" if isinstance(holder, Structure) else "cpe" if isinstance(holder, Clerk) else "cps"
    name = f"{prefix}-{holder.id.replace('/', '-')}"
    authentication, signature = (
        (folder / f"{name}-{kind}.pem", folder / f"{name}-{kind}.key") for kind in ("auth", "sign")
    )
    return authentication, signature


def make(home: Path, holders: Iterable[Holder], *, now: datetime) -> None:
    """Make what is missing of the certificates of some holders."""
    authority = pki.make_authority(home / "demo" / "pki", now=now)
    for holder in holders:
        authentication, signature = _KINDS[type(holder)]
        _make(authority, authentication, holder, home / pairs(holder)[0][0], now, rsa=False)
        _make(authority, signature, holder, home / pairs(holder)[1][0], now, rsa=holder.id in _FIRST)


_KINDS = {
    Structure: (pki.Kind.ORGANISATION_AUTHENTICATION, pki.Kind.ORGANISATION_SIGNATURE),
    Professional: (pki.Kind.CARD_AUTHENTICATION, pki.Kind.CARD_SIGNATURE),
    Clerk: (pki.Kind.CARD_AUTHENTICATION, pki.Kind.CARD_SIGNATURE),
}


def _make(authority: pki.Authority, kind: pki.Kind, holder: Holder, path: Path, now: datetime, *, rsa: bool) -> None:
    # The key is written first, so a certificate is never alone.
    if path.exists():
        return
    common_name, surname, given, title, structure = _names(holder)
    pki.issue(
        authority,
        kind,
        name=path.stem,
        common_name=common_name,
        surname=surname,
        given_name=given,
        title=title,
        structure=structure,
        card_type=_card(holder),
        not_before=now - pki.CLOCK_MARGIN,
        not_after=now + pki.DEFAULT_LIFE,
        key=None if rsa else ec.generate_private_key(ec.SECP256R1()),
    )


def _card(holder: Holder) -> pki.CardType:
    if isinstance(holder, Clerk):
        return pki.CardType.CPE
    return pki.CardType.CPF if holder.id in INTERNS else pki.CardType.CPS


def _names(holder: Holder) -> tuple[str, str, str, str, str]:
    """Common name, surname, given name, title, structure. A service card names nobody."""
    if isinstance(holder, Structure):
        return holder.name, "", "", "", holder.id
    if isinstance(holder, Clerk):
        return holder.id, holder.name if holder.nominative else "", "", holder.role, ""
    return holder.id, holder.family, holder.given, terminology.label("profession", holder.profession), ""
