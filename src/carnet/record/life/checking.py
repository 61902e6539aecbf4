"""Whether an archive is a whole copy: the media (IHE XDM) first, then the manifest beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import IO

from carnet.record.life import manifest
from carnet.record.life.manifest import MANIFEST, SIGNATURE
from carnet.wire.errors import Malformed
from carnet.wire.xds.xdm_read import Media, open_media

_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """What an archive holds; `signed` says whether its manifest bears the key's signature, None without a manifest."""

    sets: int
    documents: int
    signed: bool | None


def check_copy(file: IO[bytes], *, key: str) -> Checked:
    """Read every byte of an archive against its metadata, and its manifest against its files.

    Raises Malformed: `xdm-…`, `xml-…`, `ebrim-…`; `manifest-files` when a signed manifest tells of other files.
    """
    # The copy of an empty record is whole, and no media.
    media = open_media(file, may_be_empty=True)
    count, signed = media.verify(), _signed(media, key)
    if not media.submissions and not signed:
        raise Malformed("xdm-metadata", "Cette archive n'est ni un support IHE XDM, ni la copie d'un carnet vide.")
    return Checked(len(media.submissions), count, signed)


def _signed(media: Media, key: str) -> bool | None:
    names = set(media.names())
    if not {MANIFEST, SIGNATURE} <= names:
        return None
    said = manifest.read(_whole(media, MANIFEST), _whole(media, SIGNATURE), key=key)
    if said is None:
        return False
    found = {}
    for name in names - {MANIFEST, SIGNATURE}:
        digest = hashlib.sha256()
        for chunk in media.member(name):
            digest.update(chunk)
        found[name] = digest.hexdigest()
    if found != said["files"]:
        different = {name for name in found.keys() | said["files"].keys() if found.get(name) != said["files"].get(name)}
        raise Malformed(
            "manifest-files",
            "Un fichier de l'archive n'est pas celui que le manifeste signé annonce.",
            field=min(different),
        )
    return True


def _whole(media: Media, name: str) -> bytes:
    data = bytearray()
    for chunk in media.member(name):
        data += chunk
        if len(data) > _LARGEST:
            raise Malformed("xdm-size", "Le manifeste dépasse ce qui est lu.", field=name)
    return bytes(data)
