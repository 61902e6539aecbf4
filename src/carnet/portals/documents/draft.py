"""A file between the form that brought it and the page that confirms it.

Its bytes rest encrypted (`kernel.blobs`); their key is in the page alone, inside a signed draft that also says for
which record and by whom it was made: a page kept open cannot be confirmed in another patient's record. A draft that
nobody confirms is swept with the files that no row names.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.cache import cache

from carnet.kernel import blobs
from carnet.kernel.actor import Actor
from carnet.kernel.blobs import BlobDamagedError
from carnet.portals.frame.addresses import record_reference

_SALT = "carnet.deposit"
_SECONDS = 2 * 3600
_PLACE = "carnet-draft-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file that waits: its name, its media type by its bytes, its size in bytes; a CDA's own title and type."""

    name: str
    media_type: str
    size: int
    data: bytes
    title: str = ""
    type_code: str = ""
    is_cda: bool = False
    blob: str = ""
    id: str = ""


class WrongRecordError(Exception):
    """The page was opened for another record, or by somebody else."""


class StaleError(Exception):
    """The draft is too old or was not made here; `document` is what it became when it was deposited already."""

    def __init__(self, document: UUID | None = None) -> None:
        super().__init__("this draft cannot be confirmed")
        self.document = document


def keep(draft: Draft, *, actor: Actor, record_id: int) -> str:
    """Keep a file; what the page that confirms must send back."""
    received = blobs.from_bytes(draft.data, shown=False)
    kept: dict[str, Any] = {
        "id": secrets.token_hex(16),
        "for": record_reference(record_id),
        "by": actor.person,
        "name": draft.name,
        "kind": draft.media_type,
        "size": draft.size,
        "title": draft.title,
        "type": draft.type_code,
        "cda": draft.is_cda,
        "blob": received.name,
        "key": received.key.hex(),
        "data": base64.b64encode(received.inline).decode() if received.inline is not None else "",
    }
    return str(signing.dumps(kept, salt=_SALT))


def take(text: str, *, actor: Actor, record_id: int) -> Draft:
    """The file that a page sends back, for the record and the person it was kept for."""
    try:
        kept = signing.loads(text, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature as error:
        raise StaleError() from error
    if kept["for"] != record_reference(record_id) or kept["by"] != actor.person:
        raise WrongRecordError
    try:
        data = (
            b"".join(blobs.read(kept["blob"], bytes.fromhex(kept["key"]), kept["size"]))
            if kept["blob"]
            else base64.b64decode(kept["data"])
        )
    except BlobDamagedError as error:
        raise StaleError(_became(kept["id"])) from error
    return Draft(
        name=kept["name"],
        media_type=kept["kind"],
        size=kept["size"],
        data=data,
        title=kept["title"],
        type_code=kept["type"],
        is_cda=kept["cda"],
        blob=kept["blob"],
        id=kept["id"],
    )


def claim(draft: Draft) -> bool:
    """Whether this is the first time that a draft is confirmed: a button pressed twice deposits once."""
    return bool(cache.add(_PLACE + draft.id, "", _SECONDS))


def release(draft: Draft) -> None:
    """The deposit was refused: the draft may be confirmed again."""
    cache.delete(_PLACE + draft.id)


def deposited_as(draft: Draft) -> UUID | None:
    """The document that a draft became; None while that is under way."""
    return _became(draft.id)


def _became(name: str) -> UUID | None:
    made = cache.get(_PLACE + name)
    return UUID(made) if made else None


def became(draft: Draft, document: UUID) -> None:
    """The file was deposited: its waiting copy goes."""
    cache.set(_PLACE + draft.id, str(document), _SECONDS)
    if draft.blob:
        blobs.remove((draft.blob,))
