"""The demonstration's certificate authority, modelled on IGC-Santé: a root, an issuing authority, its revocation lists.

Every subject is visibly fictional (C=FR, O=Carnet demonstration). The folder of an authority holds

    ca.pem      issuing authority, then root: what a verifier trusts
    crl.pem     revocation lists of the issuing authority and of the root
    issuing.key, root.key and, for each certificate `name`, name.pem and name.key (PKCS#8, 0600)

Kinds follow the card and organisation certificates of IGC-Santé: a card has two key
pairs, authentication (KeyUsage digitalSignature) and signature (nonRepudiation), a subject without
alternative name, and the extension 1.2.250.1.71.1.2.2 with its card type; an organisation has
AUTH_CLI for TLS and SIGN ("cachet") for signatures, with its Struct_IdNat in OU.

Keys that sign assertions are RSA-2048, as RSA-SHA256 demands; keys used in TLS are EC P-256, which take
a hundredth of the time to make (one RSA key: about 50 ms) and less at each handshake.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from carnet.kernel.authorities import DEMONSTRATION

ORGANISATION = DEMONSTRATION
CARD_TYPE_OID = x509.ObjectIdentifier("1.2.250.1.71.1.2.2")
AUTHORITY_LIFE = timedelta(days=3653)
DEFAULT_LIFE = timedelta(days=1096)
# A clock that is a few minutes slow must still find the certificates of a demonstration started now valid.
CLOCK_MARGIN = timedelta(hours=1)


class Kind(StrEnum):
    """What a certificate is for."""

    CARD_AUTHENTICATION = "cps_auth"
    CARD_SIGNATURE = "cps_sign"
    ORGANISATION_AUTHENTICATION = "org_auth"
    ORGANISATION_SIGNATURE = "org_sign"
    SERVER = "server"


class CardType(IntEnum):
    """Value of the extension 1.2.250.1.71.1.2.2."""

    CPS = 0
    CPF = 1
    CPE = 2


PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CARDS = (Kind.CARD_AUTHENTICATION, Kind.CARD_SIGNATURE)
_SIGNATURES = (Kind.CARD_SIGNATURE, Kind.ORGANISATION_SIGNATURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An issuing authority under its root, with its keys."""

    folder: Path
    root: x509.Certificate
    root_key: rsa.RSAPrivateKey
    issuing: x509.Certificate
    issuing_key: rsa.RSAPrivateKey

    @property
    def bundle(self) -> Path:
        """ca.pem: the issuing authority and the root."""
        return self.folder / "ca.pem"

    @property
    def revocation_list(self) -> Path:
        """crl.pem: both revocation lists."""
        return self.folder / "crl.pem"


def make_authority(folder: Path, *, now: datetime) -> Authority:
    """The authority of `folder`, made there (0700) when it has none; `now` is aware, in UTC."""
    if (folder / "crl.pem").exists():  # written last
        return _load_authority(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    root_key = rsa.generate_private_key(65537, 2048)
    issuing_key = rsa.generate_private_key(65537, 2048)
    root_name = _name(common_name="Carnet AC racine de demonstration")
    issuing_name = _name(common_name="Carnet AC de demonstration")
    root = _authority_certificate(root_name, root_key, root_name, root_key, path_length=1, now=now)
    issuing = _authority_certificate(issuing_name, issuing_key, root_name, root_key, path_length=0, now=now)
    authority = Authority(folder=folder, root=root, root_key=root_key, issuing=issuing, issuing_key=issuing_key)
    _write_private(folder / "root.key", _pem_of_key(root_key))
    _write_private(folder / "issuing.key", _pem_of_key(issuing_key))
    _write(authority.bundle, _pem(issuing) + _pem(root))
    _write_revocation_lists(authority, [], now=now)
    return authority


def issue(
    authority: Authority,
    kind: Kind,
    *,
    name: str,
    common_name: str,
    surname: str = "",
    given_name: str = "",
    title: str = "",
    structure: str = "",
    card_type: CardType = CardType.CPS,
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
    not_before: datetime,
    not_after: datetime,
    key: PrivateKey | None = None,
) -> tuple[Path, Path]:
    """Write a certificate and its key as `name`.pem and `name`.key in the authority's folder; their paths.

    `common_name` is the PS_IdNat for a card, the organisation's name for an organisation, a host for a
    server; `structure` is the Struct_IdNat that an organisation carries in OU; `title` the profession in
    words. A server's file also holds the issuing certificate, so that trusting the root alone is enough.
    """
    key = key or (
        rsa.generate_private_key(65537, 2048) if kind in _SIGNATURES else ec.generate_private_key(ec.SECP256R1())
    )
    subject = _name(
        common_name=common_name, surname=surname, given_name=given_name, title=title, organisational_unit=structure
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.issuing.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            _usage(digital_signature=kind not in _SIGNATURES, non_repudiation=kind in _SIGNATURES), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_identifier_of(authority.issuing), critical=False)
    )
    if kind in (Kind.CARD_AUTHENTICATION, Kind.ORGANISATION_AUTHENTICATION):
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    if kind in _CARDS:
        # DER INTEGER of one byte.
        builder = builder.add_extension(
            x509.UnrecognizedExtension(CARD_TYPE_OID, bytes((2, 1, card_type))), critical=False
        )
    if kind is Kind.SERVER:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    certificate = builder.sign(authority.issuing_key, hashes.SHA256())
    certificate_path, key_path = authority.folder / f"{name}.pem", authority.folder / f"{name}.key"
    _write_private(key_path, _pem_of_key(key))
    _write(certificate_path, _pem(certificate) + (_pem(authority.issuing) if kind is Kind.SERVER else b""))
    return certificate_path, key_path


def revoke(authority: Authority, certificate: x509.Certificate, *, now: datetime) -> None:
    """Add a certificate to the issuing authority's revocation list; verifiers that watch crl.pem refuse it."""
    current = x509.load_pem_x509_crl(authority.revocation_list.read_bytes())
    entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(now).build()
    _write_revocation_lists(authority, [*current, entry], now=now)


def load_private_key(path: Path) -> PrivateKey:
    """The key of a certificate that `issue` wrote."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} is not a key of a kind this authority makes")
    return key


def _load_authority(folder: Path) -> Authority:
    issuing, root = x509.load_pem_x509_certificates((folder / "ca.pem").read_bytes())
    root_key, issuing_key = _load_key(folder / "root.key"), _load_key(folder / "issuing.key")
    return Authority(folder=folder, root=root, root_key=root_key, issuing=issuing, issuing_key=issuing_key)


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} is not the RSA key this authority was made with")
    return key


def _authority_certificate(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    *,
    path_length: int,
    now: datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_MARGIN)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(certificate_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _write_revocation_lists(authority: Authority, revoked: list[x509.RevokedCertificate], *, now: datetime) -> None:
    pem = b""
    for issuer, key, entries in (
        (authority.issuing, authority.issuing_key, revoked),
        (authority.root, authority.root_key, []),
    ):
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(now - CLOCK_MARGIN)
            # A demonstration has nobody to publish a list every week: it lasts as long as the authority.
            .next_update(now + AUTHORITY_LIFE)
            .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
            .add_extension(_identifier_of(issuer), critical=False)
        )
        for entry in entries:
            builder = builder.add_revoked_certificate(entry)
        pem += builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    _write(authority.revocation_list, pem)


def _name(
    *, common_name: str, surname: str = "", given_name: str = "", title: str = "", organisational_unit: str = ""
) -> x509.Name:
    parts = [
        (NameOID.COUNTRY_NAME, "FR"),
        (NameOID.ORGANIZATION_NAME, ORGANISATION),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, organisational_unit),
        (NameOID.TITLE, title),
        (NameOID.COMMON_NAME, common_name),
        (NameOID.SURNAME, surname),
        (NameOID.GIVEN_NAME, given_name),
    ]
    # 64 is counted in bytes of UTF-8.
    return x509.Name(
        [x509.NameAttribute(oid, value.encode()[:64].decode(errors="ignore")) for oid, value in parts if value]
    )


def _usage(
    *, digital_signature: bool = False, non_repudiation: bool = False, certificate_authority: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=non_repudiation,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificate_authority,
        crl_sign=certificate_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _identifier_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    _replace(path, content, 0o644)


def _write_private(path: Path, content: bytes) -> None:
    _replace(path, content, 0o600)


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Write the whole file or nothing, so that a start cut short leaves no half certificate behind."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
