"""Signatures of the instance: Ed25519 (RFC 8032), by a key derived from the journal's (HKDF-SHA256, RFC 5869).

Whoever has the public key tells what this instance said from what was changed or invented; it is the same for as long
as CARNET_JOURNAL_KEY is, and no other secret has to be kept.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def _key() -> Ed25519PrivateKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"carnet signature").derive(
        settings.CARNET_JOURNAL_KEY
    )
    return Ed25519PrivateKey.from_private_bytes(derived)


def public_key() -> str:
    """The public key of this instance, 64 hexadecimal digits."""
    return _key().public_key().public_bytes_raw().hex()


def sign(data: bytes) -> bytes:
    """The signature of bytes, 64 bytes."""
    return _key().sign(data)


def verify(data: bytes, signature: bytes, key: str) -> bool:
    """Whether the holder of the public key `key` signed exactly these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
