"""Keys of the demonstration's software: Carnet as a client of the demonstration providers, and its own clients."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey

from carnet.wire.oidc import jose

# Carnet itself, in the eyes of a provider.
CARNET = "carnet"
_RSA_BITS = 2048


def path_of(home: Path, client: str) -> Path:
    """Where the private key of a client is, PEM (PKCS #8)."""
    return home / "demo" / "clients" / f"{client}.key"


def make(home: Path, client: str) -> Path:
    """The private key of a client, made at first need (0600).

    Carnet's is RSA, since the answers it asks for are encrypted under it; the others sign only.
    """
    path = path_of(home, client)
    if path.exists():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    key = rsa.generate_private_key(65537, _RSA_BITS) if client == CARNET else ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    try:
        os.link(draft, path)  # of two processes that start together the first one's key stays
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path


def load(home: Path, client: str) -> RSAKey | ECKey:
    """The key of a client; raises OSError, ValueError."""
    return jose.private_key(path_of(home, client).read_bytes())
