"""The bytes of a document on a page: CDA drawn as HTML, the rest in an answer of its own that can do nothing.

Whatever a document holds, it is not trusted: the drawing of `wire.cda` keeps only harmless markup and
the page's policy runs no script; a file is served sandboxed, typed, never sniffed, never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.http import StreamingHttpResponse
from django.utils.safestring import SafeString, mark_safe

from carnet.record.documents import api as documents
from carnet.wire.cda import render
from carnet.wire.cda.media import text_of
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import DocumentEntry

# Drawn in a page up to this size; beyond it a document is downloaded.
LARGEST_ON_PAGE = 12 * 1024 * 1024
IN_PAGE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif"})
# Type of an imaging manifest (DRIM-M).
_KEY_OBJECTS = "IMG-KOS"
_EXTENSIONS = {
    "text/xml": "xml",
    "application/xml": "xml",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/rtf": "rtf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/tiff": "tif",
    "application/dicom": "dcm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a page shows: safe HTML, or text, or an embedded file, or the sentence that says why nothing.

    `embedded` is a media type of `IN_PAGE`; `piece` the number of that file inside a CDA, None for the
    document itself; `title` the one that the drawing shows by itself.
    """

    html: SafeString | None = None
    text: str | None = None
    embedded: str = ""
    piece: int | None = None
    title: str = ""
    why_not: str = ""


def whole(chunks: Iterable[bytes], size: int | None) -> bytes | None:
    """All the bytes of a document of a size that a page can show, None beyond."""
    if size is not None and size > LARGEST_ON_PAGE:
        return None
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > LARGEST_ON_PAGE:
            return None
    return bytes(content)


_TOO_LARGE = Reading(why_not="Ce document est trop volumineux pour être affiché. Téléchargez-le.")
_UNREADABLE = Reading(
    why_not="Ce document n’a pas la forme attendue et ne peut pas être affiché. Téléchargez-le pour l’ouvrir ailleurs."
)


def of_cda(document: bytes | None, address_of_piece: Callable[[int], str]) -> Reading:
    """A CDA: its narrative, or the one file that it wraps (level 1) when a page can frame it."""
    if document is None:
        return _TOO_LARGE
    try:
        drawn = render.render_html(document, attachment_url=address_of_piece)
    except Malformed:
        return _UNREADABLE
    if drawn.attachment is not None and drawn.attachment.media_type in IN_PAGE:
        return Reading(embedded=drawn.attachment.media_type, piece=drawn.attachment.number)
    # wire.cda writes harmless markup only, and escapes every value of the document.
    return Reading(html=mark_safe(drawn.html), title=drawn.title)  # noqa: S308


def of_text(content: bytes | None) -> Reading:
    """Plain text, UTF-8 or else Windows-1252, as French practice software writes it."""
    if content is None:
        return _TOO_LARGE
    return Reading(text=text_of(content))


def explained(entry: DocumentEntry) -> Reading | None:
    """What a document that nobody reads with the eyes is for, None for one that is read."""
    if documents.is_signature(entry):
        return Reading(
            why_not="Signature électronique. Ce fichier ne se lit pas : il prouve qui a envoyé les documents d’un lot "
            "et qu’ils n’ont pas changé depuis. Les documents signés sont indiqués sur cette page ; un logiciel de "
            "vérification ouvre la signature une fois téléchargée."
        )
    if entry.mime_type == "application/dicom" or (entry.type_code and entry.type_code.code == _KEY_OBJECTS):
        return Reading(
            why_not="Manifeste d’imagerie (KOS). Il ne contient pas d’images : il dit où elles sont gardées, dans "
            "l’établissement qui les a faites. Un logiciel d’imagerie les ouvre à partir de ce fichier ; le compte "
            "rendu, lui, se lit ici."
        )
    return None


def elsewhere(entry: DocumentEntry) -> Reading:
    """Where the bytes of a document are that another repository keeps."""
    return Reading(
        why_not="Le contenu de ce document n’est pas ici : un autre entrepôt le garde "
        f"({entry.repository_unique_id}). Cette fiche dit qu’il existe. Pour le lire, demandez-le à la structure qui "
        "l’a établi, ou ouvrez-le avec un logiciel relié à cet entrepôt."
    )


def file_answer(
    chunks: Iterable[bytes], *, mime_type: str, name: str, size: int | None, download: bool
) -> StreamingHttpResponse:
    """The bytes themselves, in an answer that cannot run, navigate, submit nor be sniffed or stored."""
    inline = not download and mime_type in IN_PAGE
    answer = StreamingHttpResponse(_each(chunks), content_type=mime_type if inline else "application/octet-stream")
    if size is not None:
        answer["Content-Length"] = str(size)
    file_name = f"{name}.{_EXTENSIONS.get(mime_type, 'bin')}"
    kind = "inline" if inline else "attachment"
    answer["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(file_name)}"
    answer["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; object-src 'self'; "
        "style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
    )
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    return answer


def piece(document: bytes | None, number: int) -> StreamingHttpResponse | None:
    """A file inside a CDA by its number, None when there is none; its media type is the one its bytes confirm."""
    if document is None:
        return None
    try:
        drawn = render.render_html(document)
    except Malformed:
        return None
    for one in drawn.attachments:
        if one.number == number:
            return file_answer(
                (one.data,), mime_type=one.media_type, name=f"piece-{number}", size=len(one.data), download=False
            )
    return None


def _each(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield from chunks
