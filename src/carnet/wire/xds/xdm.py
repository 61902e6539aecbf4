"""ITI-32 Distribute Document Set on Media, as a ZIP (IHE ITI TF-1 §16; TF-2 §3.32): what is where, and writing it.

One folder of `IHE_XDM` a submission set: its documents, and METADATA.XML, a SubmitObjectsRequest whose entries say
`URI`, `hash` and `size`. Names are 8.3 in upper case (ISO 9660 level 1). The archive is written forwards, member by
member, to whoever reads the iterator: no seek, and no more of a document in memory than a chunk.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, cast

import msgspec

from carnet.wire.xds.ebrim_render import render_submission
from carnet.wire.xds.model import DocumentEntry, Submission
from carnet.wire.xml import escape

ROOT = "IHE_XDM"
METADATA = "METADATA.XML"
INDEX = "INDEX.HTM"
README = "README.TXT"
# What this media is, for whoever finds it without its envelope (ITI-32 by mail says it in the subject).
MARK = "XDM/1.0/DDM"

_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 256 * 1024
_EXTENSIONS = {
    "text/xml": "XML",
    "application/xml": "XML",
    "application/pdf": "PDF",
    "text/plain": "TXT",
    "text/rtf": "RTF",
    "application/rtf": "RTF",
    "image/jpeg": "JPG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/tiff": "TIF",
    "application/dicom": "DCM",
    "text/html": "HTM",
}


class DocumentChangedError(Exception):
    """The bytes of a document are not those that its entry announces: the archive is left without its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What README.TXT and INDEX.HTM say: who made it, where to turn to, for whom, when; all in plain words."""

    producer: str
    contact: str
    holder: str
    made_on: str


@dataclass(slots=True)
class Written:
    """What is in an archive that is being written: each member's name and SHA-256, and each entry's file."""

    members: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


Contents = Callable[[DocumentEntry], Iterable[bytes] | None]


def write(
    submissions: Iterable[Submission],
    contents: Contents,
    about: About,
    last: Callable[[Written], Sequence[tuple[str, bytes]]] = lambda _: (),
) -> Iterator[bytes]:
    """The bytes of the archive, as they come.

    `contents` gives the bytes of an entry, None for a document that is not to be had any more: it is left out, with
    what links to it. `last` gives members for the root, once it is known what was written. Raises
    DocumentChangedError.
    """
    archive = _Archive()
    listed: list[tuple[DocumentEntry, str]] = []
    for number, submission in enumerate(submissions, 1):
        folder = f"{ROOT}/{folder_name(number)}"
        kept = []
        for place, entry in enumerate(submission.entries, 1):
            chunks = contents(entry)
            if chunks is None:
                continue
            uri = file_name(place, entry.mime_type)
            name = f"{folder}/{uri}"
            yield from archive.add(name, _checked(chunks, entry, name), entry.size or 0)
            archive.written.files[entry.entry_uuid] = name
            listed.append((entry, name))
            kept.append(on_media(entry, uri))
        metadata = _XML + render_submission(without_lost(submission, kept)).encode()
        yield from archive.add(f"{folder}/{METADATA}", (metadata,), len(metadata))
    for name, data in ((INDEX, index(about, listed).encode()), (README, readme(about).encode())):
        yield from archive.add(name, (data,), len(data))
    for name, data in last(archive.written):
        yield from archive.add(name, (data,), len(data))
    yield archive.end()


def folder_name(number: int) -> str:
    """The folder of the nth submission set: eight characters."""
    return f"SUBSET{number:02d}" if number < 100 else f"SUB{number:05d}"


def file_name(number: int, mime_type: str) -> str:
    """The file of the nth document of a set: 8.3."""
    return f"DOC{number:05d}.{_EXTENSIONS.get(mime_type.partition(';')[0].strip().lower(), 'BIN')}"


def on_media(entry: DocumentEntry, uri: str) -> DocumentEntry:
    """An entry as a media carries it: with its URI, without a repository or a community to ask (TF-3 §4.2.3.2)."""
    return msgspec.structs.replace(entry, uri=uri, repository_unique_id="", home_community_id="")


def without_lost(submission: Submission, kept: Sequence[DocumentEntry]) -> Submission:
    """A submission with these entries only, and no association from or to one that is left out."""
    lost = {entry.entry_uuid for entry in submission.entries} - {entry.entry_uuid for entry in kept}
    links = list(submission.associations)
    while lost:
        gone = {link.entry_uuid for link in links if link.source in lost or link.target in lost}
        links = [link for link in links if link.entry_uuid not in gone]
        # A membership of a membership goes with it.
        lost = gone
    return msgspec.structs.replace(submission, entries=tuple(kept), associations=tuple(links))


def readme(about: About) -> str:
    """README.TXT (TF-2 §3.32.4.1.2.2): what this is, who made it, how to read it; lines end as on every system."""
    lines = (
        f"{MARK} (IHE XDM, ITI-32)",
        "",
        f"Contenu : documents de santé de {about.holder}.",
        f"Produit le {about.made_on} par {about.producer}.",
        f"Contact : {about.contact}",
        "",
        f"Ouvrez {INDEX} dans un navigateur : il mène à chaque document. Les documents XML (CDA R2) se lisent dans",
        "un logiciel de santé ; les autres s'ouvrent comme tout fichier.",
        f"{ROOT} : un dossier par lot ; {METADATA} décrit ses documents (ebRIM 3.0, IHE XDS) ; les autres fichiers",
        "sont les documents tels qu'ils ont été déposés.",
        "",
        "Ces fichiers ne sont pas chiffrés : gardez-les en lieu sûr.",
        "",
    )
    return "\r\n".join(lines)


def index(about: About, listed: Sequence[tuple[DocumentEntry, str]]) -> str:
    """INDEX.HTM: a page that any browser reads, without script or style, each document a link (XHTML Basic)."""
    rows = "\n".join(
        f'<tr><td>{escape(_day(entry))}</td><td><a href="{escape(name)}">{escape(entry.title or name)}</a></td>'
        f"<td>{escape(_kind(entry))}</td></tr>"
        for entry, name in sorted(listed, key=lambda one: _when(one[0]), reverse=True)
    )
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">'
        '\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr">\n<head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>'
        f"<title>Documents de {escape(about.holder)}</title></head>\n<body>\n"
        f"<h1>Documents de {escape(about.holder)}</h1>\n"
        f"<p>{len(listed)} documents, copiés le {escape(about.made_on)} par {escape(about.producer)}."
        f' <a href="{README}">À propos de cette copie</a></p>\n'
        f"<table>\n<tr><th>Date</th><th>Titre</th><th>Type</th></tr>\n{rows}\n</table>\n</body>\n</html>\n"
    )


_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_DAY = 8


def _when(entry: DocumentEntry) -> str:
    return entry.service_start_time or entry.creation_time


def _day(entry: DocumentEntry) -> str:
    text = _when(entry)[:_DAY]
    return f"{text[6:8]}/{text[4:6]}/{text[:4]}" if len(text) == _DAY else text


def _kind(entry: DocumentEntry) -> str:
    return (entry.type_code.display or entry.type_code.code) if entry.type_code else ""


def _checked(chunks: Iterable[bytes], entry: DocumentEntry, name: str) -> Iterator[bytes]:
    """The bytes of a document, their size and hash compared with its entry at the end."""
    sha1 = hashlib.sha1(usedforsecurity=False)
    size = 0
    for chunk in chunks:
        sha1.update(chunk)
        size += len(chunk)
        yield chunk
    if (entry.size is not None and size != entry.size) or (entry.hash and sha1.hexdigest() != entry.hash):
        raise DocumentChangedError(f"the bytes of {name} are not those its entry announces")


class _Archive:
    """The ZIP being written, and what it holds so far."""

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(cast("IO[bytes]", self._outlet), "w", compression=zipfile.ZIP_DEFLATED)
        self.written = Written()

    def add(self, name: str, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
        """One member; what the archive grows by, as it comes."""
        member = zipfile.ZipInfo(name, _DATE)
        # Always deflated: a stored member of unknown length cannot be read forwards.
        member.compress_type = zipfile.ZIP_DEFLATED
        member.external_attr = 0o600 << 16
        # Tells whether the member needs the fields of ZIP64.
        member.file_size = size
        digest = hashlib.sha256()
        with self._zip.open(member, "w") as file:
            for chunk in chunks:
                digest.update(chunk)
                for start in range(0, len(chunk), _CHUNK):
                    file.write(chunk[start : start + _CHUNK])
                    yield self._outlet.drain()
        self.written.members[name] = digest.hexdigest()
        yield self._outlet.drain()

    def end(self) -> bytes:
        """The archive's directory."""
        self._zip.close()
        return self._outlet.drain()


class _Outlet:
    """A file that can only be written forwards; what was written is taken out again."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def drain(self) -> bytes:
        """What was written since the last call."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data
