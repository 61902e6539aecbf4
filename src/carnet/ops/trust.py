"""`carnet trust add|list|remove`: the authorities whose cards and certificates machines may present.

Vendors bring the cards of IGC-Santé's test authorities: an operator adds the authority, and a running copy believes it
at the next request. What is added is checked first, and shown: compare its fingerprint with the one it publishes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from django.conf import settings

from carnet.kernel import clock, trust
from carnet.kernel.authorities import blocks
from carnet.kernel.trust import NotTrustedError, Trusted

_REFUSED, _WRONG_USE = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add`, `list`, `remove`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="believe an authority, or renew its revocation list")
    adding.add_argument("file", type=Path, metavar="FILE", help="its certificates, PEM or DER")
    adding.add_argument("--crl", type=Path, action="append", default=[], metavar="FILE", help="a revocation list of it")
    adding.add_argument("--name", default="", help="what to call it (default: made of its common name)")
    actions.add_parser("list", help="the authorities that are believed, from when to when")
    removing = actions.add_parser("remove", help="believe an authority no more")
    removing.add_argument("name", metavar="NAME", help="as `list` shows it")


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 done, 1 refused, 2 a file that cannot be read."""
    try:
        return {"add": _add, "list": _list, "remove": _remove}[arguments.action](arguments)
    except NotTrustedError as error:
        print(error, file=sys.stderr)
        return _REFUSED
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return _WRONG_USE


def _folder() -> Path:
    home: Path = settings.CARNET_HOME
    return home / "trust"


def _add(arguments: argparse.Namespace) -> int:
    authority = trust.read(
        arguments.file.read_bytes(),
        [path.read_bytes() for path in arguments.crl],
        source=str(arguments.file),
        name=arguments.name,
        now=clock.now(),
        production=settings.CARNET_MODE == "production",
    )
    path = trust.keep(_folder(), authority)
    kept = next(one for one in trust.kept(_folder()) if one.name == path.stem)
    print("\n".join(_told(kept)))
    print(f"Kept: {path}. A running copy believes it from its next request on.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    found = [*trust.kept(_folder()), *_given()]
    for authority in found:
        print("\n".join(_told(authority)))
    if not found:
        print("No authority is believed. Add one: carnet trust add FILE.pem --crl FILE.crl")
    return 0


def _given() -> list[Trusted]:
    """Those of the settings and of the demonstration, under the names of their files."""
    paths = list(settings.CARNET_AUTHORITIES)
    if settings.CARNET_MODE == "demo":
        pki = settings.CARNET_HOME / "demo" / "pki"
        paths += [path for path in (pki / "ca.pem", pki / "crl.pem") if path.exists()]
    read = [(path, *blocks(path.read_bytes())) for path in paths]
    lists = tuple(one for _, _, listed in read for one in listed)
    return [Trusted(f"({path})", tuple(certificates), lists) for path, certificates, _ in read if certificates]


def _remove(arguments: argparse.Namespace) -> int:
    removed = trust.remove(_folder(), arguments.name)
    print("\n".join(_told(removed)))
    print("Removed. A running copy refuses its certificates from its next request on.")
    return 0


def _told(authority: Trusted) -> Iterator[str]:
    yield authority.name
    for certificate in authority.certificates:
        yield f"  subject      {certificate.subject.rfc4514_string()}"
        if certificate.issuer != certificate.subject:
            yield f"  issuer       {certificate.issuer.rfc4514_string()}"
        yield f"  SHA-256      {trust.fingerprint(certificate)}"
        starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        yield f"  valid        {starts:%Y-%m-%d} to {ends:%Y-%m-%d}"
        yield f"  revocation   {_revocation(authority.list_of(certificate))}"


def _revocation(found: x509.CertificateRevocationList | None) -> str:
    if found is None:
        needed = settings.CARNET_REVOCATION_REQUIRED
        return "no list" + (": its certificates are refused until one is given (--crl)" if needed else "")
    until = f"{found.next_update_utc:%Y-%m-%d}" if found.next_update_utc else "no day"
    return f"list of {found.last_update_utc:%Y-%m-%d}, {len(found)} certificates, good until {until}"
