"""A complete configuration for production: an authority, certificates, lists and secrets made for one test."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey
_DAY = timedelta(days=1)


def name(common: str, organisation: str = "Groupement régional fictif") -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def certificate(
    subject: x509.Name, key: Key, issuer: x509.Name, issuer_key: Key, *, authority: bool, days: int = 30
) -> bytes:
    """A certificate in PEM that began a month ago and lasts `days` from now."""
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    if not authority:
        names = [x509.DNSName("localhost"), x509.DNSName("dmp.example.org")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def empty_list(issuer: x509.Name, key: Key) -> bytes:
    """A revocation list in PEM that revokes nobody."""
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(now - _DAY)
    return builder.next_update(now + _DAY).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def write_key(path: Path, key: Key) -> Path:
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    path.chmod(0o600)
    return path


def configuration(folder: Path) -> dict[str, str]:
    """Every variable that production asks for; secrets in files of this account."""
    home, files = folder / "home", folder / "files"
    files.mkdir(mode=0o700)
    home.mkdir(mode=0o700)
    root, root_key = name("AC fictive"), ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate(root, root_key, root, root_key, authority=True)
    (files / "authority.pem").write_bytes(authority)
    (files / "list.pem").write_bytes(empty_list(root, root_key))
    (files / "server.pem").write_bytes(certificate(name("localhost"), server_key, root, root_key, authority=False))
    write_key(files / "server.key", server_key)
    found = dict(_secrets_in(files))
    return found | {
        "CARNET_HOME": str(home),
        "CARNET_MODE": "production",
        "CARNET_HOSTS": "localhost,127.0.0.1,dmp.example.org",
        "CARNET_TLS_CERTIFICATE": str(files / "server.pem"),
        "CARNET_TLS_KEY": str(files / "server.key"),
        "CARNET_AUTHORITIES": f"{files / 'authority.pem'},{files / 'list.pem'}",
        "CARNET_REPOSITORY_OID": "1.2.250.1.999.7.1",
        "CARNET_LOCAL_OID": "1.2.250.1.999.7.2",
        "CARNET_BACKUPS": str(folder / "backups"),
        "CARNET_KEY_BACKUPS": str(folder / "keys"),
        "CARNET_SMTP_URL": "smtp://localhost:2525?tls=none",
        "CARNET_MAIL_FROM": "ne-pas-repondre@dmp.example.org",
    }


def _secrets_in(folder: Path) -> Iterator[tuple[str, str]]:
    for setting in ("MASTER_KEY", "JOURNAL_KEY", "SEALING_KEY", "SECRET_KEY", "DATABASE_PASSWORD"):
        drawn = secrets.token_bytes(32 if setting.endswith("_KEY") and setting != "SECRET_KEY" else 48)
        path = folder / setting.lower()
        path.write_text(base64.b64encode(drawn).decode() + "\n", encoding="ascii")
        path.chmod(0o600)
        yield f"CARNET_{setting}_FILE", str(path)
