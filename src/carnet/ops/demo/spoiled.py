"""Certificates that are wrong on purpose, of a person who has good ones: to try what a refusal looks like.

Each carries the key of the good one, so that the certificate alone is wrong, for the connection and for signatures.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from carnet.ops.demo import pki
from carnet.ops.demo.certificates import Pair
from carnet.record.directory.api import Professional

_LONG_AGO, _DAY = timedelta(days=400), timedelta(days=1)
_KINDS = {"auth": pki.Kind.CARD_AUTHENTICATION, "sign": pki.Kind.CARD_SIGNATURE}


def identities(
    home: Path, holder: Professional, pairs: tuple[Pair, Pair], *, login: str, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """What is wrong → identities of `holder` with such certificates, as `identities.json` lists them.

    `pairs` are the good ones (authentication, signature), files relative to `home`. The authority's revocation list
    names those under `revoked`.
    """
    authority = pki.make_authority(home / "demo" / "pki", now=now)
    stranger = pki.make_authority(home / "demo" / "pki" / "stranger", now=now)
    good = dict(zip(_KINDS, pairs, strict=True))

    def made(name: str, by: pki.Authority, starts: datetime, ends: datetime) -> dict[str, Pair]:
        return {use: _issued(home, by, holder, name, use, good[use], starts, ends) for use in _KINDS}

    begins, ends = now - pki.CLOCK_MARGIN, now + pki.DEFAULT_LIFE
    revoked = made("revoked", authority, begins, ends)
    _revoke(authority, [home / pair[0] for pair in revoked.values()], now=now)
    found = {
        "revoked": (revoked, "révoqués par leur autorité"),
        "expired": (made("expired", authority, now - _LONG_AGO, now - _DAY), "périmés depuis hier"),
        "not_yet_valid": (made("future", authority, now + _LONG_AGO, now + 2 * _LONG_AGO), "valables plus tard"),
        "self_signed": (
            {use: _self_signed(home, authority.folder, holder, use, good[use], begins, ends) for use in _KINDS},
            "faits par soi-même : aucune autorité ne les a signés",
        ),
        "foreign_authority": (made("foreign", stranger, begins, ends), "d'une autorité du même nom, inconnue ici"),
        "wrong_usage": (
            {"auth": good["sign"], "sign": good["sign"]},
            "le certificat de signature présenté pour la connexion",
        ),
    }
    return {
        kind: [
            {
                "about": f"certificats {about}",
                "id": holder.id,
                "login": login,
                "structure": holder.structures[0],
                "certificate": str(files["auth"][0]),
                "key": str(files["auth"][1]),
                "sign_certificate": str(files["sign"][0]),
                "sign_key": str(files["sign"][1]),
            }
        ]
        for kind, (files, about) in found.items()
    }


def _issued(
    home: Path,
    authority: pki.Authority,
    holder: Professional,
    name: str,
    use: str,
    good: Pair,
    starts: datetime,
    ends: datetime,
) -> Pair:
    path = authority.folder / f"spoiled-{name}-{use}.pem"
    if not path.exists():
        pki.issue(
            authority,
            _KINDS[use],
            name=path.stem,
            common_name=holder.id,
            surname=holder.family,
            given_name=holder.given,
            not_before=starts,
            not_after=ends,
            key=pki.load_private_key(home / good[1]),
        )
    return path.relative_to(home), path.with_suffix(".key").relative_to(home)


def _self_signed(
    home: Path, folder: Path, holder: Professional, use: str, good: Pair, starts: datetime, ends: datetime
) -> Pair:
    """The good certificate again, its subject its own issuer."""
    path = folder / f"spoiled-self-{use}.pem"
    model = x509.load_pem_x509_certificate((home / good[0]).read_bytes())
    if not path.exists():
        builder = (
            x509.CertificateBuilder()
            .subject_name(model.subject)
            .issuer_name(model.subject)
            .public_key(model.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
        )
        for extension in model.extensions:
            if not isinstance(extension.value, x509.AuthorityKeyIdentifier):
                builder = builder.add_extension(extension.value, extension.critical)
        certificate = builder.sign(pki.load_private_key(home / good[1]), hashes.SHA256())
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path.relative_to(home), good[1]


def _revoke(authority: pki.Authority, paths: list[Path], *, now: datetime) -> None:
    """Name certificates in the revocation list, once."""
    for path in paths:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        listed = x509.load_pem_x509_crl(authority.revocation_list.read_bytes())
        if listed.get_revoked_certificate_by_serial_number(certificate.serial_number) is None:
            pki.revoke(authority, certificate, now=now)
