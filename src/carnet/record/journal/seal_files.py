"""Seals outside the database: one file a seal, made once and never written again (`CARNET_SEALS`).

    seals/000000/000/000000000001.json    {"seal": …, "leaves": base64 of 48 bytes each}
    seals/keys/<fingerprint>.hex          a public key

The path follows from the number alone, so that a number is used once. Keep this folder where the administrator of the
database cannot write: another disk, a create-only store, or a copy that is taken as files appear.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from carnet.record.journal.sealing_rules import LEAF_BYTES, Seal, fingerprint


class SealUnreadableError(Exception):
    """A file is not a seal: it was changed, or cut by a failure of its disk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A seal as its file holds it, with the leaves of its tree."""

    seal: Seal
    leaves: list[bytes]


def folder() -> Path:
    """Where the seals are."""
    return Path(settings.CARNET_SEALS)


def path(number: int) -> Path:
    """The file of a seal."""
    text = f"{number:012d}"
    return folder() / text[:6] / text[6:9] / f"{text}.json"


def exists(number: int) -> bool:
    """Whether a seal of this number was ever put here."""
    return path(number).exists()


def keep(seal: Seal, leaves: list[bytes]) -> None:
    """Make the file of a seal; it is on stable storage on return. Raises FileExistsError for another under its number.

    A failure leaves a draft beside it or the whole file, never a part under its name.
    """
    content = {
        "seal": {
            "number": seal.number,
            "at": seal.at,
            "count": seal.count,
            "root": seal.root.hex(),
            "previous": seal.previous.hex(),
            "key": seal.key,
            "signature": seal.signature.hex(),
        }
        | ({"notes": seal.notes} if seal.notes else {}),
        "leaves": base64.b64encode(b"".join(leaves)).decode(),
    }
    _create(path(seal.number), json.dumps(content, separators=(",", ":")).encode() + b"\n")


def read(number: int) -> Kept | None:
    """A seal and its leaves, None when it was never put here; raises SealUnreadableError."""
    try:
        content = json.loads(path(number).read_bytes())
        told = content["seal"]
        data = base64.b64decode(content["leaves"], validate=True)
        seal = Seal(
            number=int(told["number"]),
            at=int(told["at"]),
            count=int(told["count"]),
            root=bytes.fromhex(told["root"]),
            previous=bytes.fromhex(told["previous"]),
            key=str(told["key"]),
            signature=bytes.fromhex(told["signature"]),
            notes=str(told.get("notes", "")),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SealUnreadableError(f"{path(number)}: {type(error).__name__}") from error
    return Kept(seal, [data[start : start + LEAF_BYTES] for start in range(0, len(data), LEAF_BYTES)])


def last() -> int:
    """The highest number that has a file, 0 when there is none."""
    for top in _numbered(folder()):
        for middle in _numbered(top):
            for file in _numbered(middle):
                return int(file.stem)
    return 0


def _numbered(place: Path) -> Iterator[Path]:
    """What bears a number in a folder, highest first."""
    if not place.is_dir():
        return iter(())
    return iter(
        sorted((one for one in place.iterdir() if one.stem.isdecimal()), key=lambda one: one.stem, reverse=True)
    )


def publish(public_key: bytes) -> None:
    """Put a public key beside the seals, once."""
    goal = folder() / "keys" / f"{fingerprint(public_key)}.hex"
    if not goal.exists():
        _create(goal, public_key.hex().encode() + b"\n")


def public_keys() -> dict[str, bytes]:
    """The published keys, by fingerprint; a file whose name is not its key's is left out."""
    found = {}
    place = folder() / "keys"
    for file in sorted(place.glob("*.hex")) if place.is_dir() else []:
        try:
            key = bytes.fromhex(file.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            continue
        if fingerprint(key) == file.stem:
            found[file.stem] = key
    return found


def _create(goal: Path, data: bytes) -> None:
    """Make a file whole, durably and once: a draft on stable storage, then its name, which another may not have."""
    _make_folder(goal.parent)
    draft = goal.with_name(f".{goal.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        # Unlike a rename, a link fails where the name is taken.
        os.link(draft, goal)
    finally:
        draft.unlink()
    _sync(goal.parent)


def _make_folder(place: Path) -> None:
    if not place.is_dir():
        _make_folder(place.parent)
        place.mkdir(mode=0o700, exist_ok=True)
        _sync(place.parent)


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
