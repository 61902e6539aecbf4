"""Master keys: what wraps a record's key, wherever it is held; the ring of those in force.

`CARNET_MASTER_KEY` names the ring, one key a word: 32 bytes in base64, or the address of a key that never leaves its
token (`pkcs11:`, RFC 7512; `kernel.pkcs11`). The first wraps; the others only read, for as long as a rotation lasts.
A ring that came from a file is read again when the file changes, so that a key is added beside a running server.

A wrapped key is nonce (12 bytes) ‖ ciphertext (32) ‖ tag (16), AES-256-GCM (NIST SP 800-38D), wherever it was made.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from carnet.kernel import pkcs11

# What a key made for a demonstration begins with: production refuses it wherever it was moved.
DEMO_MARK = b"CARNDEMO"
KEY_BYTES = 32
MOST_KEYS = 8
_NONCE = 12


class KeyUnavailableError(Exception):
    """The key that this record needs is not one that this process was given, or it was destroyed."""


class MasterKey(Protocol):
    """One master key. `name` is public, 16 hexadecimal digits; `place` says where it is held, for people."""

    @property
    def name(self) -> str:
        """The start of a digest that says which key this is, and nothing of its bytes."""

    @property
    def place(self) -> str:
        """`setting`, or the token and object of a PKCS#11 address."""

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """The wrapped form of a key, bound to `about`."""

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes | None:
        """The key from its wrapped form; None when another key wrapped it, or it was changed."""


class LocalKey:
    """A key whose bytes this process was given."""

    place = "setting"

    def __init__(self, key: bytes) -> None:
        self.name = hashlib.sha256(b"carnet master key " + key).hexdigest()[:16]
        self._cipher = AESGCM(key)

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """See `MasterKey`."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes | None:
        """See `MasterKey`."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], about)
        except InvalidTag:
            return None


def words(text: str) -> tuple[str, ...]:
    """The keys of a ring as they are written; raises ValueError with what was expected."""
    found = tuple(text.split())
    for word in found:
        if word.startswith(pkcs11.SCHEME):
            pkcs11.parse(word)
        else:
            key_bytes(word)
    if not 0 < len(found) <= MOST_KEYS or len(set(found)) < len(found):
        raise ValueError(f"between 1 and {MOST_KEYS} different keys, separated by white space")
    return found


def key_bytes(word: str) -> bytes:
    """The bytes of a key written in base64; raises ValueError with what was expected."""
    try:
        value = base64.b64decode(word, validate=True)
    except ValueError:
        value = b""
    if len(value) != KEY_BYTES:
        raise ValueError(f"{KEY_BYTES} bytes in base64 (openssl rand -base64 {KEY_BYTES})")
    return value


class _Ring:
    """The keys as this process last read them."""

    def __init__(self) -> None:
        self.written: tuple[str, ...] = ()
        self.keys: tuple[MasterKey, ...] = ()
        self.stamp: tuple[int, ...] = ()

    def read(self, written: tuple[str, ...]) -> None:
        if written != self.written:
            known = dict(zip(self.written, self.keys, strict=True))
            self.keys = tuple(known.get(word) or _made(word) for word in written)
            self.written = written


def _made(word: str) -> MasterKey:
    return pkcs11.TokenKey(pkcs11.parse(word)) if word.startswith(pkcs11.SCHEME) else LocalKey(key_bytes(word))


_ring = _Ring()


def file() -> Path | None:
    """The file that the ring came from, None when the variable itself holds it."""
    place: Path | None = settings.CARNET_MASTER_KEY_FILE
    return place


def ring() -> tuple[MasterKey, ...]:
    """The keys in force, the one that wraps first."""
    place = file()
    if place is None:
        _ring.read(settings.CARNET_MASTER_KEY)
        return _ring.keys
    try:
        state = place.stat()
        stamp = (state.st_ino, state.st_size, state.st_mtime_ns)
        if stamp != _ring.stamp:
            _ring.read(words(place.read_text(encoding="ascii")))
            _ring.stamp = stamp
    except (OSError, ValueError):
        # Somebody is writing it, or took it away: what this process has goes on working.
        if not _ring.keys:
            _ring.read(settings.CARNET_MASTER_KEY)
    return _ring.keys


def wrap(plain: bytes, about: bytes) -> tuple[str, bytes]:
    """The name of the key in force and the form it wraps `plain` in."""
    first = ring()[0]
    return first.name, first.wrap(plain, about)


def unwrap(wrapped: bytes, about: bytes) -> bytes:
    """What any key of the ring wrapped; raises KeyUnavailableError."""
    for key in ring():
        plain = key.unwrap(wrapped, about)
        if plain is not None:
            return plain
    raise KeyUnavailableError("these bytes were wrapped by another key, or were changed")
