"""A certificate, decided about: chain, dates, usage, revocation, and whom it names.

The proxy asks for a client certificate without checking it, so that a bad one gets an answer that explains
(design: the TLS port); nothing here is believed before `verified` has said so. Accepted certificates are kept by
digest until they or their revocation list end, or the authorities' files change.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from carnet.exchange.login.cards import SERVED, Card, card_of, holder_name
from carnet.exchange.login.faults import problem
from carnet.kernel.authorities import Authorities, authorities
from carnet.kernel.errors import Problem

HEADER = "HTTP_X_CARNET_CLIENT_CERT"
_SOURCE = "RFC 5280 §6 ; politique de certification de l'IGC-Santé"
_KEPT = 4096


class Usage(StrEnum):
    """What the certificate is presented for."""

    CONNECTION = "connexion"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that holds. `card` is the type of a card, None for an organisation's certificate; `common_name`
    is then the PS_IdNat and `name` the holder's; `structures` are the OU of an organisation (Struct_IdNat)."""

    digest: bytes
    common_name: str
    name: str
    structures: tuple[str, ...]
    card: Card | None


@dataclass(frozen=True, slots=True)
class _Kept:
    certificate: Certificate
    stamp: object
    starts: datetime
    ends: datetime


_lock = threading.Lock()
_kept: OrderedDict[tuple[bytes, Usage], _Kept] = OrderedDict()


def from_header(header: str, *, now: datetime) -> Certificate | Problem:
    """The client certificate of a connection, from the proxy's header (base64 of its DER; empty without one)."""
    if not header:
        return problem(
            "certificate-missing",
            "Aucun certificat client n'a été présenté : configurez la connexion TLS avec votre carte ou le certificat "
            "AUTH_CLI de votre structure.",
            field="TLS",
            expected="un certificat d'authentification",
            source="CI-SIS, Transport synchrone pour client lourd : TLS mutuel",
        )
    try:
        der = base64.b64decode(header, validate=True)
    except ValueError:
        return _unreadable()
    return verified(der, usage=Usage.CONNECTION, now=now)


def verified(der: bytes, *, usage: Usage, now: datetime) -> Certificate | Problem:
    """The certificate, or which of the `certificate-…` rules it breaks; `now` is aware."""
    believed = authorities()
    key = (hashlib.sha256(der).digest(), usage)
    with _lock:
        kept = _kept.get(key)
        if kept is not None and kept.stamp == believed.stamp and kept.starts <= now < kept.ends:
            _kept.move_to_end(key)
            return kept.certificate
    try:
        certificate = x509.load_der_x509_certificate(der)
        found = _decide(certificate, key[0], usage, believed, now)
    except ValueError:
        return _unreadable()
    if isinstance(found, Problem):
        return found
    with _lock:
        _kept[key] = found
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found.certificate


def _decide(
    certificate: x509.Certificate, digest: bytes, usage: Usage, believed: Authorities, now: datetime
) -> _Kept | Problem:
    issuer = believed.issuer_of(certificate)
    if issuer is None or certificate.issuer == certificate.subject:
        return _unknown_authority(certificate)
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not starts <= now < ends:
        return problem(
            "certificate-expired",
            f"Le certificat de {usage} {f'a expiré le {ends:%d/%m/%Y}' if ends <= now else 'ne vaut pas encore'}.",
            field="validité",
            found=f"{starts.date().isoformat()} au {ends.date().isoformat()}",
            expected=f"une période qui contient le {now.date().isoformat()}",
            source=_SOURCE,
        )
    if not _fit_for(certificate, usage):
        return problem(
            "certificate-usage",
            f"Ce certificat n'est pas fait pour la {usage} : chaque carte, chaque structure en a un par usage.",
            field="KeyUsage",
            expected="digitalSignature et clientAuth" if usage is Usage.CONNECTION else "nonRepudiation",
            source="RFC 5280 §4.2.1.3 ; IGC-Santé, profils de certificats",
        )
    try:
        card = card_of(certificate)
    except ValueError:
        return _unknown_card("illisible")
    if card is not None and card not in SERVED:
        return _unknown_card(f"{card.value} ({card.name})")
    try:
        chain = believed.chain(certificate, now=now)
    except verification.VerificationError:
        return _unknown_authority(certificate)
    for link, signer in pairwise(chain):
        revoked = believed.list_of(signer)
        if revoked is None:
            # A demonstration may have no list; a deployment for real people must know what was revoked.
            if settings.CARNET_REVOCATION_REQUIRED:
                return _revocation_unknown("aucune liste de révocation")
            continue
        stale = revoked.next_update_utc is None or revoked.next_update_utc <= now
        if stale and settings.CARNET_REVOCATION_REQUIRED:
            return _revocation_unknown("liste de révocation périmée")
        if revoked.get_revoked_certificate_by_serial_number(link.serial_number) is not None:
            return problem(
                "certificate-revoked",
                f"Le certificat de {usage} a été révoqué par son autorité.",
                field="numéro de série",
                found=f"{link.serial_number:x}",
                source=_SOURCE,
            )
        if not stale and revoked.next_update_utc is not None:
            ends = min(ends, revoked.next_update_utc)
    for link in chain:
        starts, ends = max(starts, link.not_valid_before_utc), min(ends, link.not_valid_after_utc)
    return _Kept(_named(certificate, digest, card), believed.stamp, starts, ends)


def _fit_for(certificate: x509.Certificate, usage: Usage) -> bool:
    try:
        key_usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    if key_usage.key_cert_sign:
        # An authority's own certificate signs others, and nothing else.
        return False
    if usage is Usage.SIGNATURE:
        return key_usage.content_commitment
    try:
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return key_usage.digital_signature
    return key_usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in extended


def _named(certificate: x509.Certificate, digest: bytes, card: Card | None) -> Certificate:
    subject = certificate.subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(
        digest=digest,
        common_name=str(names[0].value) if len(names) == 1 else "",
        name=holder_name(subject),
        structures=tuple(str(part.value) for part in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)),
        card=card,
    )


def _unreadable() -> Problem:
    return problem(
        "certificate-unreadable",
        "Le certificat présenté est illisible.",
        field="certificat",
        expected="un certificat X.509",
        source="RFC 5280 §4.1",
    )


def _unknown_card(found: str) -> Problem:
    return problem(
        "certificate-card",
        "Ce type de carte n'ouvre pas le dossier.",
        field="extension 1.2.250.1.71.1.2.2",
        found=found,
        expected="0 (CPS), 1 (CPF) ou 2 (CDE, CPE)",
        source="DMP, matrice d'habilitation ; IGC-Santé, profils de certificats",
    )


def _unknown_authority(certificate: x509.Certificate) -> Problem:
    return problem(
        "certificate-unknown-authority",
        "Le certificat ne vient pas d'une autorité reconnue ici : demandez à l'exploitant d'ajouter la vôtre.",
        field="Issuer",
        found=certificate.issuer.rfc4514_string()[:200],
        expected="une autorité que l'exploitant a ajoutée (carnet trust)",
        source=_SOURCE,
    )


def _revocation_unknown(found: str) -> Problem:
    return problem(
        "certificate-revocation-unknown",
        "La révocation du certificat n'a pas pu être vérifiée : l'exploitant doit fournir une liste à jour.",
        field="CRL",
        found=found,
        expected="une liste de révocation en cours de validité",
        source="RFC 5280 §5",
    )
