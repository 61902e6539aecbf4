"""Reading a media of ITI-32 that somebody else made, as a ZIP (IHE ITI TF-2 §3.32): judged whole before it is used.

Nothing is ever written to a disk, so no name leads anywhere; names are judged all the same, for whoever unpacks it by
other means. Limits hold on what is announced before anything is inflated, and again on what comes out.
"""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from carnet.wire import xml
from carnet.wire.errors import Malformed
from carnet.wire.xds.ebrim_parse import read_submission
from carnet.wire.xds.model import DocumentEntry, Submission
from carnet.wire.xds.xdm import METADATA, ROOT

_SOURCE = "IHE ITI TF-2 §3.32.4.1.2"
_CHUNK = 256 * 1024
_METADATA_DEPTH = 3
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of somebody else's archive is read: members, bytes once inflated, of one member, of METADATA.XML.

    A member above `free` bytes may not inflate more than `ratio` times: deflate reaches 1032, text about 20.
    """

    members: int = 100_000
    total: int = 64 * 1024**3
    one: int = 4 * 1024**3
    metadata: int = 16 * 1024 * 1024
    ratio: int = 200
    free: int = 1024 * 1024


class Media:
    """An archive whose structure was judged: its submissions, entries with their URI, and the documents' bytes."""

    def __init__(self, archive: zipfile.ZipFile, submissions: dict[str, Submission], limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self.submissions = submissions
        """Each folder's submission, by the folder's path, in the order of the archive."""

    def names(self) -> list[str]:
        """Every file of the archive."""
        return [member.filename for member in self._archive.infolist() if not member.is_dir()]

    def member(self, name: str) -> Iterator[bytes]:
        """The bytes of a file. Raises Malformed: `xdm-absent`, `xdm-damaged`, `xdm-size`."""
        return _chunks(self._archive, name, self._limits.one)

    def document(self, folder: str, entry: DocumentEntry) -> Iterator[bytes]:
        """The bytes of an entry's document; the last one comes once its size and hash are right.

        Raises Malformed: `xdm-hash` and those of `member`.
        """
        sha1 = hashlib.sha1(usedforsecurity=False)
        size, held = 0, b""
        for chunk in self.member(f"{folder}/{entry.uri}"):
            sha1.update(chunk)
            size += len(chunk)
            if held:
                yield held
            held = chunk
        if size != entry.size or sha1.hexdigest() != entry.hash:
            raise _wrong(
                "xdm-hash",
                "Un document n'a pas la taille et l'empreinte que ses métadonnées annoncent.",
                f"{folder}/{entry.uri}",
                f"{size}, {sha1.hexdigest()}",
                f"{entry.size}, {entry.hash}",
            )
        yield held

    def verify(self) -> int:
        """Read every document to its end; how many there are. Raises Malformed."""
        count = 0
        for folder, submission in self.submissions.items():
            for entry in submission.entries:
                for _ in self.document(folder, entry):
                    pass
                count += 1
        return count


def open_media(file: IO[bytes], limits: Limits | None = None, *, may_be_empty: bool = False) -> Media:
    """A media from a file that can be sought; its documents are not read yet. One without any set is none, as a rule.

    Raises Malformed: `xdm-zip`, `xdm-name`, `xdm-repeated`, `xdm-kind`, `xdm-size`, `xdm-metadata`, `xdm-uri`,
    `xml-…`, `ebrim-…`.
    """
    limits = limits or Limits()
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise _wrong("xdm-zip", "Ce fichier n'est pas une archive ZIP lisible.", "") from error
    _check_members(archive.infolist(), limits)
    names = {member.filename for member in archive.infolist() if not member.is_dir()}
    folders = [name.rpartition("/")[0] for name in archive.namelist() if _is_metadata(name)]
    if not folders and not may_be_empty:
        raise _wrong("xdm-metadata", f"L'archive n'a pas de {METADATA} dans un dossier de {ROOT}.", ROOT)
    submissions = {}
    for folder in folders:
        data = b"".join(_chunks(archive, f"{folder}/{METADATA}", limits.metadata))
        submission = read_submission(xml.parse(data, max_bytes=limits.metadata))
        _check_uris(folder, submission, names)
        submissions[folder] = submission
    return Media(archive, submissions, limits)


def _check_members(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise _wrong("xdm-size", "L'archive a trop de fichiers.", "", str(len(members)), f"<= {limits.members}")
    seen: set[str] = set()
    total = 0
    for member in members:
        name = member.filename
        # The name as it is in the archive: the library cuts at a NUL.
        if not _safe(member.orig_filename) or not _safe(name):
            raise _wrong("xdm-name", "Un nom de fichier mène hors de l'archive.", name[:200])
        key = name.rstrip("/").upper()
        if key in seen:
            raise _wrong("xdm-repeated", "Deux fichiers de l'archive portent le même nom.", name[:200])
        seen.add(key)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.flag_bits & _ENCRYPTED:
            raise _wrong("xdm-kind", "L'archive contient un lien ou un fichier chiffré.", name[:200])
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _wrong("xdm-kind", "Cette compression n'est pas lue.", name[:200], str(member.compress_type))
        total += member.file_size
        bomb = member.file_size > limits.free and member.file_size > limits.ratio * max(member.compress_size, 1)
        if bomb or member.file_size > limits.one or total > limits.total:
            raise _wrong(
                "xdm-size", "Le contenu de l'archive dépasse ce qui est lu.", name[:200], str(member.file_size)
            )


_NAME = re.compile(r"[A-Za-z0-9_.~-]+(?:/[A-Za-z0-9_.~-]+)*/?")


def _safe(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not any(part in (".", "..") for part in name.split("/"))


def _is_metadata(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == _METADATA_DEPTH and parts[0] == ROOT and parts[2] == METADATA


def _check_uris(folder: str, submission: Submission, names: set[str]) -> None:
    taken: set[str] = set()
    for entry in submission.entries:
        path = f"{folder}/{entry.uri}"
        if not entry.uri or not entry.hash or entry.size is None:
            raise _wrong("xdm-uri", "Une fiche n'a pas ses URI, hash et size.", entry.entry_uuid, entry.uri[:200])
        if not _safe(entry.uri) or path not in names or path in taken or entry.uri == METADATA:
            raise _wrong("xdm-uri", "L'URI d'une fiche ne désigne pas son document dans son dossier.", path[:200])
        taken.add(path)


def _chunks(archive: zipfile.ZipFile, name: str, limit: int) -> Iterator[bytes]:
    try:
        with archive.open(name) as file:
            size = 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise _wrong(
                        "xdm-size", "Un fichier de l'archive dépasse ce qui est lu.", name, expected=str(limit)
                    )
                yield chunk
    except KeyError:
        raise _wrong("xdm-absent", "Ce fichier n'est pas dans l'archive.", name) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise _wrong("xdm-damaged", "Un fichier de l'archive est coupé ou changé.", name) from error


def _wrong(rule: str, text: str, field: str, found: str = "", expected: str = "") -> Malformed:
    return Malformed(rule, text, field=field, found=found, expected=expected, source=_SOURCE)
