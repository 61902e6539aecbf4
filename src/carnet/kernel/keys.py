"""Keys: a master key outside the database wraps one key per record; a record's key guards its bytes.

Everything is AES-256-GCM with a random 96-bit nonce in front (NIST SP 800-38D); the additional data
names the record or the object, so that a ciphertext moved to another row does not open.

The key of record 0, which nobody's record has, is the house's own: what must outlive a rotation of the master key and
is not a record's (seeds of second factors, keyed hashes) is derived from it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carnet.kernel import database, master_key
from carnet.kernel.master_key import KeyUnavailableError

__all__ = [
    "KeyUnavailableError",
    "create_record_key",
    "derived_key",
    "every_wrapped",
    "open_object",
    "put_wrapped",
    "record_key",
    "seal_object",
]

HOUSE = 0
_NONCE = 12
_KEEP = "INSERT INTO kernel_record_key (record_id, master, wrapped) VALUES (%s, %s, %s)"
_WRAPPED = "SELECT wrapped FROM kernel_record_key WHERE record_id = %s"


def _seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _open(key: bytes, sealed: bytes, about: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except InvalidTag as error:
        raise KeyUnavailableError("these bytes were sealed by another key, or were changed") from error


def create_record_key(record_id: int) -> None:
    """Make and keep the key of a record, inside the caller's transaction."""
    master, wrapped = master_key.wrap(secrets.token_bytes(32), record_id.to_bytes(8))
    database.execute(_KEEP, (record_id, master, wrapped))


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
    return master_key.unwrap(wrapped, record_id.to_bytes(8))


def derived_key(purpose: bytes) -> bytes:
    """32 bytes for one purpose (HKDF-SHA256, RFC 5869) from the house's key: no rotation changes them."""
    found = database.row(_WRAPPED, (HOUSE,))
    if found is None:
        # Of two processes that make it together, one waits for the other's, and takes it.
        master, wrapped = master_key.wrap(secrets.token_bytes(32), HOUSE.to_bytes(8))
        database.execute(_KEEP + " ON CONFLICT DO NOTHING", (HOUSE, master, wrapped))
        found = database.row(_WRAPPED, (HOUSE,))
        if found is None:
            raise KeyUnavailableError("the house's key could not be kept")
    return _derived(record_key(HOUSE, bytes(found[0])), purpose)


@lru_cache(maxsize=32)
def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def seal_object(key: bytes, object_id: UUID, plain: bytes) -> bytes:
    """Encrypt the bytes of one object (or the key of its file) under its record's key."""
    return _seal(key, plain, object_id.bytes)


def open_object(key: bytes, object_id: UUID, sealed: bytes) -> bytes:
    """The plain bytes of one object sealed by `seal_object`."""
    return _open(key, sealed, object_id.bytes)
