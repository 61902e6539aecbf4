"""What production refuses: each unsafe setting by its name, with what to do, all of them at once.

`unsafe` reads values and looks at files; it writes nothing and asks no network. A room that brings a setting which can
be unsafe adds its line here and to the table of tests/processes/test_production.py.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from carnet.kernel import authorities, clock, master_key

Values = Mapping[str, Any]
# A value of `values` whose text came from a file: the setting's name → that file.
Files = Mapping[str, Path]
Finding = tuple[str, str]

# Organisation of the certificates that a demonstration issues to itself.
DEMONSTRATION = "Carnet demonstration"
_DRAW_KEY = "draw one: openssl rand -base64 32"
_DRAW_TEXT = "draw one: openssl rand -base64 48"
_LEAST_VARIED_KEY, _LEAST_VARIED_TEXT = 16, 12
_VERIFIED = ("verify-full", "verify-ca")
_OTHERS_MAY = 0o027


def unsafe(values: Values, files: Files) -> list[Finding]:
    """Every unsafe setting (name, why and what to do), in the order of docs/settings.md."""
    return [finding for check in _CHECKS for finding in check(values, files)]


def _places(values: Values, _files: Files) -> Iterator[Finding]:
    home: Path = values["CARNET_HOME"]
    if home.exists() and home.stat().st_mode & 0o007:
        yield "CARNET_HOME", f"everybody on this machine may enter {home}: chmod o= it"
    backups, key_backups = values["CARNET_BACKUPS"], values["CARNET_KEY_BACKUPS"]
    for name, place in (("CARNET_BACKUPS", backups), ("CARNET_KEY_BACKUPS", key_backups)):
        if place is None:
            yield name, "it is missing: production needs a place for its backups, on another disk than its data"
        elif place == home or home in place.parents:
            yield name, f"{place} is inside CARNET_HOME: what takes the data away takes its backups away"
    if backups and key_backups and (backups == key_backups or backups in key_backups.parents):
        yield (
            "CARNET_KEY_BACKUPS",
            "it is inside CARNET_BACKUPS: an erasure must destroy keys where no backup copies them",
        )


def _hosts(values: Values, _files: Files) -> Iterator[Finding]:
    names = [name.strip() for name in values["CARNET_HOSTS"].split(",") if name.strip()]
    wide = [name for name in names if "*" in name or name.startswith(".")]
    if wide or not names:
        yield "CARNET_HOSTS", f"{', '.join(wide) or 'nothing'} is no list of names: write each host name in full"


def _database(values: Values, _files: Files) -> Iterator[Finding]:
    for name in ("DATABASE_URL", "CARNET_SERVICE_DATABASE_URL", "CARNET_SEALER_DATABASE_URL"):
        parts = urlsplit(values[name])
        options = dict(parse_qsl(parts.query))
        host = unquote(parts.hostname or options.get("host", ""))
        if not _is_here(host) and options.get("sslmode") not in _VERIFIED:
            yield name, "the server is another machine and nothing proves which: add ?sslmode=verify-full"


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _secrets(values: Values, files: Files) -> Iterator[Finding]:
    held: dict[str, list[bytes]] = {
        "CARNET_MASTER_KEY": [
            master_key.key_bytes(word) for word in values["CARNET_MASTER_KEY"] if not word.startswith("pkcs11:")
        ],
        "CARNET_JOURNAL_KEY": [values["CARNET_JOURNAL_KEY"]],
        # Only the sealer is given it, and `carnet serve` refuses to start without.
        "CARNET_SEALING_KEY": [] if values["CARNET_SEALING_KEY"] is None else [values["CARNET_SEALING_KEY"]],
    }
    texts = {"CARNET_SECRET_KEY": values["CARNET_SECRET_KEY"]}
    if not values["DATABASE_URL"]:
        texts["CARNET_DATABASE_PASSWORD"] = values["CARNET_DATABASE_PASSWORD"]
    for name, found in held.items():
        if any(key.startswith(master_key.DEMO_MARK) for key in found):
            yield name, f"it is a key made for a demonstration; {_DRAW_KEY}"
        elif any(len(set(key)) < _LEAST_VARIED_KEY for key in found):
            yield name, f"it was not drawn at random; {_DRAW_KEY}"
    for name, text in texts.items():
        if text.startswith(("demo-", "django-insecure-")):
            yield name, f"it is a secret made for a demonstration; {_DRAW_TEXT}"
        elif len(set(text)) < _LEAST_VARIED_TEXT:
            yield name, f"it was not drawn at random; {_DRAW_TEXT}"
    written = {name: [base64.b64encode(key).decode() for key in found] for name, found in held.items()}
    written |= {name: [text] for name, text in texts.items()}
    names = list(written)
    for number, name in enumerate(names):
        for other in names[number + 1 :]:
            if set(written[name]) & set(written[other]):
                yield f"{name} and {other}", "they are the same secret: each needs its own"
    yield from _open_files(values, files)


def _open_files(values: Values, files: Files) -> Iterator[Finding]:
    private = {f"{name}_FILE": path for name, path in files.items()}
    for name in ("CARNET_TLS_KEY", "CARNET_PSC_KEY", "CARNET_FRANCECONNECT_KEY"):
        if values[name]:
            private[name] = values[name]
    for name, path in private.items():
        if path.exists() and path.stat().st_mode & _OTHERS_MAY:
            yield name, f"others may read or change {path}: chmod 600 (or 640) it"


def _certificate(values: Values, _files: Files) -> Iterator[Finding]:
    missing = [name for name in ("CARNET_TLS_CERTIFICATE", "CARNET_TLS_KEY") if values[name] is None]
    for name in missing:
        yield name, "it is missing: production does not serve plain HTTP; give the path of a PEM file"
    if missing:
        return
    try:
        certificate = x509.load_pem_x509_certificates(values["CARNET_TLS_CERTIFICATE"].read_bytes())[0]
    except (OSError, ValueError, IndexError):
        yield "CARNET_TLS_CERTIFICATE", "no certificate can be read in it: give a PEM file, the server's first"
        return
    if _is_demonstration(certificate.issuer):
        yield "CARNET_TLS_CERTIFICATE", "a demonstration's authority issued it: get one that browsers believe"
    if certificate.not_valid_after_utc < clock.now():
        yield "CARNET_TLS_CERTIFICATE", f"it ended on {certificate.not_valid_after_utc:%Y-%m-%d}: renew it"
    try:
        key = load_pem_private_key(values["CARNET_TLS_KEY"].read_bytes(), None)
    except (OSError, ValueError, TypeError):
        yield "CARNET_TLS_KEY", "no key without a password can be read in it: give a PEM file"
        return
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        yield "CARNET_TLS_KEY", "it is not the key of CARNET_TLS_CERTIFICATE"


def _trust(values: Values, _files: Files) -> Iterator[Finding]:
    if values["CARNET_REVOCATION"] == "known":
        yield "CARNET_REVOCATION", "`known` lets certificates in on stale lists: leave it out, or `required`"
    try:
        believed = authorities.load(values["CARNET_AUTHORITIES"])
    except ImproperlyConfigured as error:
        yield "CARNET_AUTHORITIES", str(error).removeprefix("CARNET_AUTHORITIES: ")
        return
    for certificate in believed.certificates:
        name = certificate.subject.rfc4514_string()
        if _is_demonstration(certificate.subject):
            yield "CARNET_AUTHORITIES", f"{name} is a demonstration's: anybody may have its key; take it out"
        elif believed.list_of(certificate) is None:
            yield "CARNET_AUTHORITIES", f"{name} comes without its revocation list: add its PEM file"


def _is_demonstration(name: x509.Name) -> bool:
    return any(part.value == DEMONSTRATION for part in name)


def _numbers(values: Values, _files: Files) -> Iterator[Finding]:
    for name in ("CARNET_REPOSITORY_OID", "CARNET_LOCAL_OID"):
        if values[name].startswith("1.2.250.1.213.1.4.999."):
            yield name, "it is the number of every demonstration: give one of your own branch"


def _mail(values: Values, _files: Files) -> Iterator[Finding]:
    server = values["CARNET_SMTP_URL"]
    if server is None:
        yield "CARNET_SMTP_URL", "it is missing: codes and notices leave by mail; give smtp://user:password@host:587"
    elif server.tls == "none" and not _is_here(server.host):
        yield "CARNET_SMTP_URL", "tls=none to another machine: passwords and codes would travel in clear"
    if values["CARNET_MAIL_FROM"].endswith("@localhost"):
        yield "CARNET_MAIL_FROM", "it is missing: give an address of your own domain that mails come from"


def _antivirus(values: Values, _files: Files) -> Iterator[Finding]:
    place = values["CARNET_ANTIVIRUS_URL"]
    if place is not None and not _is_here(place.host):
        yield "CARNET_ANTIVIRUS_URL", "it is on another machine: documents would travel in clear; run clamd on this one"


def _providers(values: Values, _files: Files) -> Iterator[Finding]:
    for issuer, key in (
        ("CARNET_PSC_ISSUER", "CARNET_PSC_KEY"),
        ("CARNET_FRANCECONNECT_ISSUER", "CARNET_FRANCECONNECT_KEY"),
    ):
        address = values[issuer]
        if address and (address.startswith("http:") or "/demo-" in address):
            yield issuer, "it names a provider made for a demonstration: give the real one, or leave it out"
        elif address and values[key] is None:
            yield key, "it is missing, and the provider knows this service by its key: give the path of a PEM file"


_CHECKS: tuple[Callable[[Values, Files], Iterator[Finding]], ...] = (
    _places,
    _hosts,
    _database,
    _secrets,
    _certificate,
    _trust,
    _numbers,
    _mail,
    _antivirus,
    _providers,
)
