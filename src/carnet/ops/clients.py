"""`carnet client add|list|remove`: the software that may ask for tokens (`POST /oauth/token`)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.directory import api as directory
from carnet.wire.oidc.claims import certificate_thumbprint

_OPERATOR = Actor(kind=ActorKind.SYSTEM, person="carnet-client", name="Exploitant", proof="process")
_REFUSED, _WRONG_USE = 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`add`, `list`, `remove`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("add", help="let software ask for tokens, or bring its entry up to date")
    adding.add_argument("id", metavar="CLIENT_ID")
    adding.add_argument("--name", required=True, help="what people call it")
    adding.add_argument("--structure", required=True, help="its structure (Struct_IdNat)")
    adding.add_argument("--keys", type=Path, required=True, metavar="FILE", help="a JWK set, or a public key in PEM")
    adding.add_argument("--scopes", required=True, help='"system/DocumentReference.rs system/Binary.r"')
    adding.add_argument(
        "--certificate", type=Path, metavar="FILE", help="the only certificate (PEM) its tokens bind to"
    )
    adding.add_argument("--unbound", action="store_true", help="tokens without a certificate too (never in production)")
    actions.add_parser("list", help="the software that may ask for tokens")
    removing = actions.add_parser("remove", help="refuse software; its tokens stop within a second")
    removing.add_argument("id", metavar="CLIENT_ID")


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 done, 1 refused, 2 a file that cannot be read."""
    if arguments.action == "list":
        for one in directory.clients_of(actor=_OPERATOR):
            binding = one.thumbprint or ("any certificate of the structure" if one.bound else "unbound tokens too")
            print(f"{one.id}\t{one.structure}\t{one.scopes}\t{binding}\t{one.name}")
        return 0
    if arguments.action == "remove":
        if directory.remove_client(actor=_OPERATOR, client_id=arguments.id):
            print(f"{arguments.id}: removed. Tokens it holds stop within a second.")
            return 0
        print(f"{arguments.id}: no such client. See `carnet client list`.", file=sys.stderr)
        return _REFUSED
    return _add(arguments)


def _add(arguments: argparse.Namespace) -> int:
    try:
        keys = read_keys(arguments.keys.read_bytes())
        der = _certificate(arguments.certificate) if arguments.certificate else None
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return _WRONG_USE
    except ValueError as error:
        print(str(error), file=sys.stderr)
        return _WRONG_USE
    client = directory.Client(
        id=arguments.id,
        name=arguments.name,
        structure=arguments.structure,
        keys=keys,
        scopes=" ".join(arguments.scopes.split()),
        thumbprint=certificate_thumbprint(der) if der else "",
        bound=not arguments.unbound,
    )
    problem = directory.write_client(actor=_OPERATOR, client=client)
    if problem is not None:
        print(f"{problem.rule}: {problem.text}", file=sys.stderr)
        return _REFUSED
    print(f"{client.id}: may ask for {client.scopes}, for {client.structure}.")
    return 0


def read_keys(content: bytes) -> dict[str, Any]:
    """A JWK set from a file: as it is, or made of one public key in PEM. Raises ValueError with what was expected."""
    if content.lstrip().startswith(b"{"):
        found = json.loads(content)
        if isinstance(found, dict) and any("d" in key for key in found.get("keys", []) if isinstance(key, dict)):
            raise ValueError("The file holds a private key: give the public ones, and make another key.")
        return dict(found)
    if b"PRIVATE KEY" in content:
        raise ValueError("The file holds a private key: give the public one (openssl pkey -pubout).")
    try:
        key = JWKRegistry.import_key(content, "RSA" if b"RSA" in content else _family(content))
    except (JoseError, ValueError) as error:
        raise ValueError("The keys should be a JWK set, or a public key in PEM (RSA, EC P-256 or P-384).") from error
    key.ensure_kid()
    return {"keys": [{**key.as_dict(private=False), "use": "sig"}]}


def _family(content: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return "EC" if isinstance(load_pem_public_key(content), ec.EllipticCurvePublicKey) else "RSA"


def _certificate(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
