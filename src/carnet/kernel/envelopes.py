"""Files that one instance alone opens: sealed to its public key, written and read as a stream.

A file is `MAGIC`, a key of its own sealed by HPKE (RFC 9180: DHKEM(X25519), HKDF-SHA256, AES-256-GCM) to the public key
of who is to open it, then the content in chunks of 1 MiB under that key (AES-256-GCM; the nonce is the chunk's number
and whether it is the last one, so that none is changed, moved, left out or cut off).

An instance's key pair is derived from the house's key: it is the same for as long as the instance is.
"""

from __future__ import annotations

import io
import secrets
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from carnet.kernel import keys

MAGIC = b"carnet-envelope/1\n"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"carnet envelope 1"
_KEY, _CHUNK, _TAG = 32, 1024 * 1024, 16
# What HPKE adds to the key it seals: an ephemeral public key and a tag.
_SEALED_KEY = 32 + _KEY + _TAG


class EnvelopeError(Exception):
    """A file is no envelope, is for another instance, or was cut or changed; the message says which."""


def _own() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(keys.derived_key(b"carnet envelopes"))


def public_key() -> str:
    """The key to which others seal what this instance is to open, 64 hexadecimal digits."""
    return _own().public_key().public_bytes_raw().hex()


def recipient(text: str) -> X25519PublicKey:
    """The public key of 64 hexadecimal digits; EnvelopeError for anything else."""
    try:
        found = X25519PublicKey.from_public_bytes(bytes.fromhex(text))
        # A point of small order is nobody's key: the library refuses to agree on a secret with it.
        X25519PrivateKey.generate().exchange(found)
    except ValueError as error:
        raise EnvelopeError("this is not the public key of an instance (64 hexadecimal digits)") from error
    return found


class Sealed(io.RawIOBase):
    """Writes a file for a recipient; it is whole once `finish` has returned. The output stays open."""

    def __init__(self, output: BinaryIO, to: X25519PublicKey) -> None:
        super().__init__()
        key = secrets.token_bytes(_KEY)
        self._output = output
        self._cipher = AESGCM(key)
        self._number = 0
        self._waiting = bytearray()
        output.write(MAGIC + _SUITE.encrypt(key, to, info=_INFO))

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; what fills a chunk is sealed."""
        given = bytes(memoryview(data))  # type: ignore[arg-type]
        self._waiting += given
        while len(self._waiting) > _CHUNK:
            self._seal(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(given)

    def finish(self) -> None:
        """Seal what is left as the last chunk; nothing is written afterwards."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._output.write(self._cipher.encrypt(_nonce(self._number, last), plain, None))
        self._number += 1


class Opened(io.RawIOBase):
    """Reads a file that was sealed to this instance, from any place; raises EnvelopeError, also while it is read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        try:
            self._source = path.open("rb")
        except OSError as error:
            raise EnvelopeError(f"{path.name} cannot be read: {error.strerror}") from error
        if self._source.read(len(MAGIC)) != MAGIC:
            self._source.close()
            raise EnvelopeError(f"{path.name} is not an envelope")
        try:
            key = _SUITE.decrypt(self._source.read(_SEALED_KEY), _own(), info=_INFO)
        except (InvalidTag, ValueError) as error:
            self._source.close()
            raise EnvelopeError(f"{path.name} was sealed to the key of another instance, or changed") from error
        self._cipher = AESGCM(key)
        self._name = path.name
        self._begins = self._source.tell()
        sealed = self._source.seek(0, io.SEEK_END) - self._begins
        self._chunks = max(1, -(-sealed // (_CHUNK + _TAG)))
        self._size = sealed - self._chunks * _TAG
        self._place = 0
        self._kept: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is: each chunk opens on its own."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place of the plain content."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: object, /) -> int:
        """Fill a buffer, from one chunk at most."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        number, within = divmod(self._place, _CHUNK)
        if number >= self._chunks or self._place >= self._size:
            return 0
        found = self._chunk(number)[within : within + len(view)]
        view[: len(found)] = found
        self._place += len(found)
        return len(found)

    def _chunk(self, number: int) -> bytes:
        if self._kept[0] != number:
            self._source.seek(self._begins + number * (_CHUNK + _TAG))
            sealed = self._source.read(_CHUNK + _TAG)
            try:
                plain = self._cipher.decrypt(_nonce(number, number == self._chunks - 1), sealed, None)
            except (InvalidTag, ValueError) as error:
                raise EnvelopeError(f"{self._name} was cut or changed") from error
            self._kept = (number, plain)
        return self._kept[1]

    def close(self) -> None:
        """Let the file go."""
        self._source.close()
        super().close()


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
