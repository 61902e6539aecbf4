"""The certificate authorities that this deployment believes, and what they have revoked.

`settings.CARNET_AUTHORITIES` lists PEM files of certificates and revocation lists, in any mixture; `carnet trust` keeps
others in `$CARNET_HOME/trust`; a demonstration also believes its own authority, in `$CARNET_HOME/demo/pki`, which
production refuses. They are read again when one changes, so that a revocation or an authority added by the operator
counts without a restart.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# The organisation of the demonstration's authorities: anybody may hold their keys.
DEMONSTRATION = "Carnet demonstration"
_BLOCK = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----.+?-----END \1-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Authorities:
    """What a chain is checked against. `stamp` changes when any file does."""

    stamp: tuple[tuple[str, int, int], ...]
    certificates: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    lists: dict[bytes, x509.CertificateRevocationList]

    def list_of(self, issuer: x509.Certificate) -> x509.CertificateRevocationList | None:
        """What an authority has revoked, None when its list was not given."""
        return self.lists.get(_key_of(issuer))

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The authority whose key signed the certificate."""
        for authority in self.certificates:
            if authority.subject == certificate.issuer and _signed_by(certificate, authority):
                return authority
        return None

    def chain(self, certificate: x509.Certificate, *, now: datetime) -> Sequence[x509.Certificate]:
        """The certificate, then its authorities up to an anchor (RFC 5280 §6); raises VerificationError."""
        ends = verification.ExtensionPolicy.permit_all()
        middles = (
            verification.ExtensionPolicy.permit_all()
            .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, None)
            .require_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_sign_certificates)
        )
        # Cards carry no alternative name, so the web's end-entity profile, which demands one, does not apply.
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(list(self.anchors)))
            .time(now)
            .max_chain_depth(3)
            .extension_policies(ca_policy=middles, ee_policy=ends)
            .build_client_verifier()
        )
        return verifier.verify(certificate, [c for c in self.certificates if c not in self.anchors]).chain


_lock = threading.Lock()
_current: Authorities | None = None


def authorities() -> Authorities:
    """The authorities of the settings, as their files are now; raises ImproperlyConfigured."""
    folder = f"{settings.CARNET_HOME}/trust"
    trusted = _trusted(folder)
    try:
        return _of(trusted)
    except ImproperlyConfigured:
        # One that was removed between two looks is nothing wrong.
        again = _trusted(folder)
        if again == trusted:
            raise
        return _of(again)


def _of(trusted: list[str]) -> Authorities:
    global _current
    # Strings: this runs at each request, and building Path objects took most of its time.
    paths = [str(path) for path in settings.CARNET_AUTHORITIES] + trusted
    if settings.CARNET_MODE == "demo":
        paths += [f"{settings.CARNET_HOME}/demo/pki/ca.pem", f"{settings.CARNET_HOME}/demo/pki/crl.pem"]
    stamp = tuple(_stamp(path) for path in paths)
    found = _current
    if found is None or found.stamp != stamp:
        with _lock:
            found = load(paths, stamp)
            if settings.CARNET_MODE == "production":
                _refuse_demonstration(found)
            _current = found
    return found


def of_demonstration(certificate: x509.Certificate) -> bool:
    """Whether an authority is that of a demonstration, this copy's or another's."""
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(name.value == DEMONSTRATION for name in names)


def blocks(data: bytes) -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList]]:
    """The certificates and the revocation lists of a PEM text, in their order; raises ValueError."""
    certificates: list[x509.Certificate] = []
    lists: list[x509.CertificateRevocationList] = []
    for block in _BLOCK.finditer(data):
        if block.group(1) == b"CERTIFICATE":
            certificates.append(x509.load_pem_x509_certificate(block.group()))
        else:
            lists.append(x509.load_pem_x509_crl(block.group()))
    return certificates, lists


def issuer_of_list(
    revoked: x509.CertificateRevocationList, certificates: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    """The authority that signed a revocation list, None when it is not there."""
    return next((one for one in certificates if one.subject == revoked.issuer and _list_signed_by(revoked, one)), None)


def load(paths: Sequence[str | Path], stamp: tuple[tuple[str, int, int], ...] = ()) -> Authorities:
    """Read authorities and revocation lists; raises ImproperlyConfigured when a file cannot be trusted as it is."""
    certificates: list[x509.Certificate] = []
    lists: list[tuple[str | Path, x509.CertificateRevocationList]] = []
    for path in paths:
        try:
            found, listed = blocks(Path(path).read_bytes())
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(f"CARNET_AUTHORITIES: {path} cannot be read: {error}") from error
        certificates += found
        lists += [(path, one) for one in listed]
    # Kept by the issuer's key and not by its name: authorities are renewed under the same name.
    by_key: dict[bytes, x509.CertificateRevocationList] = {}
    # Of two lists of one authority the later counts.
    for path, revoked in sorted(lists, key=lambda found: found[1].last_update_utc):
        issuer = issuer_of_list(revoked, certificates)
        if issuer is None:
            raise ImproperlyConfigured(f"CARNET_AUTHORITIES: a list in {path} is not signed by a listed authority.")
        by_key[_key_of(issuer)] = revoked
    subjects = {certificate.subject for certificate in certificates}
    anchors = tuple(c for c in certificates if c.issuer == c.subject or c.issuer not in subjects)
    return Authorities(stamp, tuple(certificates), anchors, by_key)


def _trusted(folder: str) -> list[str]:
    """What `carnet trust` keeps; files that are being written start with a dot."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(f"{folder}/{name}" for name in names if name.endswith(".pem") and not name.startswith("."))


def _refuse_demonstration(found: Authorities) -> None:
    for certificate in found.certificates:
        if of_demonstration(certificate):
            raise ImproperlyConfigured(
                f"{certificate.subject.rfc4514_string()} is the authority of a demonstration: anybody may hold its "
                "keys. Take its file out of CARNET_AUTHORITIES, or out with `carnet trust remove`."
            )


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise ImproperlyConfigured(f"CARNET_AUTHORITIES: {path} cannot be read: {error.strerror}") from error
    return path, status.st_mtime_ns, status.st_ino


def _key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def _list_signed_by(revoked: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    key = authority.public_key()
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and revoked.is_signature_valid(key)


def _may_sign_certificates(
    _policy: verification.Policy, _certificate: x509.Certificate, extension: x509.KeyUsage
) -> None:
    if not extension.key_cert_sign:
        raise ValueError("not an authority")
