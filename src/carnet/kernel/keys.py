"""Keys: a master key outside the database wraps one key per record; a record's key guards its bytes.

Everything is AES-256-GCM with a random 96-bit nonce in front (NIST SP 800-38D); the additional data
names the record or the object, so that a ciphertext moved to another row does not open.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from carnet.kernel import database

_NONCE = 12


class KeyUnavailableError(Exception):
    """The key that this record needs is not the one this process was given, or it was destroyed."""


def _seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _open(key: bytes, sealed: bytes, about: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except InvalidTag as error:
        raise KeyUnavailableError("these bytes were sealed by another key, or were changed") from error


def master_name() -> str:
    """A short public name of the master key in force: the start of its SHA-256."""
    return hashlib.sha256(b"carnet master key " + settings.CARNET_MASTER_KEY).hexdigest()[:16]


def create_record_key(record_id: int) -> None:
    """Make and keep the key of a record, inside the caller's transaction."""
    wrapped = _seal(settings.CARNET_MASTER_KEY, secrets.token_bytes(32), record_id.to_bytes(8))
    database.execute(
        "INSERT INTO kernel_record_key (record_id, master, wrapped) VALUES (%s, %s, %s)",
        (record_id, master_name(), wrapped),
    )


def every_wrapped() -> Iterator[tuple[int, str, bytes]]:
    """Every record's wrapped key (record, name of the master key, wrapped), by record, in the caller's transaction."""
    for record_id, master, wrapped in database.stream(
        "SELECT record_id, master, wrapped FROM kernel_record_key ORDER BY record_id"
    ):
        yield record_id, master, bytes(wrapped)


def put_wrapped(keys: Iterable[tuple[int, str, bytes]]) -> int:
    """Bring wrapped keys back into the database inside the caller's transaction; how many there were."""
    count = 0
    ahead = iter(keys)
    while some := list(islice(ahead, 1000)):
        count += database.execute(
            "INSERT INTO kernel_record_key (record_id, master, wrapped)"
            " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[])",
            [list(column) for column in zip(*some, strict=True)],
        )
    return count


def record_key(record_id: int, wrapped: bytes | None) -> bytes:
    """The key of a record from its wrapped form, as its row holds it."""
    if wrapped is None:
        raise KeyUnavailableError("the key of this record was destroyed")
    return _open(settings.CARNET_MASTER_KEY, wrapped, record_id.to_bytes(8))


def seal_object(key: bytes, object_id: UUID, plain: bytes) -> bytes:
    """Encrypt the bytes of one object (or the key of its file) under its record's key."""
    return _seal(key, plain, object_id.bytes)


def open_object(key: bytes, object_id: UUID, sealed: bytes) -> bytes:
    """The plain bytes of one object sealed by `seal_object`."""
    return _open(key, sealed, object_id.bytes)
