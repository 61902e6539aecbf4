"""Bytes of a record on their way into another one, in another domain or another instance: plain in between.

The ids stay. Where they say that they live in another record (docs/adr/0004), the locator says where they live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carnet.kernel import blobs, database, keys, locator
from carnet.kernel.blobs import Received
from carnet.record.documents.members import member_id

# What of a row of `documents_object` is made by the record that holds it.
SEALED = ("inline", "file", "file_key")
_OBJECTS = """
SELECT o.id, o.size, o.sha256, o.inline, o.file, o.file_key, k.wrapped
FROM documents_object o LEFT JOIN kernel_record_key k USING (record_id)
WHERE o.record_id = %s ORDER BY o.id
"""
_PUT = """
INSERT INTO documents_object (record_id, id, size, sha1, sha256, inline, file, file_key)
VALUES (%(record_id)s, %(id)s, %(size)s, %(sha1)s, %(sha256)s, %(inline)s, %(file)s, %(file_key)s)
"""
_WRAPPED = "SELECT wrapped FROM kernel_record_key WHERE record_id = %s"
_IDS = """
SELECT id FROM documents_submission WHERE record_id = %(record_id)s
UNION SELECT unnest(ARRAY[id, logical_id]) FROM documents_entry WHERE record_id = %(record_id)s
UNION SELECT id FROM documents_folder WHERE record_id = %(record_id)s
UNION SELECT id FROM documents_association WHERE record_id = %(record_id)s
"""


@dataclass(frozen=True, slots=True)
class Object:
    """The bytes of one document, read once; `sha256` in lower-case hexadecimal, `size` in bytes."""

    id: UUID
    size: int
    sha256: str
    chunks: Iterator[bytes]


def objects(record_id: int) -> Iterator[Object]:
    """The bytes of all documents of a record, whoever may see them."""
    for object_id, size, sha256, inline, file, file_key, wrapped in database.rows(_OBJECTS, (record_id,)):
        key = keys.record_key(record_id, wrapped)
        if inline is not None:
            chunks = iter((keys.open_object(key, object_id, inline),))
        else:
            chunks = blobs.read(file, keys.open_object(key, object_id, file_key), size)
        yield Object(object_id, size, sha256.hex(), chunks)


def put(record_id: int, received: Mapping[UUID, Received]) -> None:
    """Seal received bytes under the key of their record, inside the caller's transaction."""
    row = database.row(_WRAPPED, (record_id,))
    key = keys.record_key(record_id, row[0] if row else None)
    for object_id, content in received.items():
        values: dict[str, Any] = {
            "record_id": record_id,
            "id": object_id,
            "size": content.size,
            "sha1": bytes.fromhex(content.sha1),
            "sha256": bytes.fromhex(content.sha256),
            "inline": None if content.inline is None else keys.seal_object(key, object_id, content.inline),
            "file": content.name or None,
            "file_key": keys.seal_object(key, object_id, content.key) if content.name else None,
        }
        database.execute(_PUT, values)


def claim(domain: int, record_id: int) -> None:
    """Let every id of what a record holds lead to it, inside the caller's transaction."""
    ids = [found for (found,) in database.rows(_IDS, {"record_id": record_id})]
    names = [locator.foreign_uuid(str(value)) for own in ids for value in (own, member_id(own))]
    locator.claim_within(domain, names, record_id)
