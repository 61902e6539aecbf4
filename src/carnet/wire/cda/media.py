"""What a CDA document carries beside its text: images shown in place, files to open apart.

Nothing is believed about a media type that the bytes do not confirm: an image is shown only when it
starts as a PNG, JPEG or GIF file does, and a file of any other kind than those listed here is handed on
as `application/octet-stream`, so that a portal never serves a page of someone else's making.
"""

from __future__ import annotations

import base64

import msgspec
from lxml import etree

from carnet.wire.cda.opening import V3, Opened, base64_bytes

MAX_INLINE = 4 * 1024 * 1024
MAX_INLINE_TOTAL = 12 * 1024 * 1024

_IMAGES = (
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF87a"),
    ("image/gif", b"GIF89a"),
)
_LABELS = {
    "application/pdf": "PDF",
    "image/gif": "image GIF",
    "image/jpeg": "image JPEG",
    "image/png": "image PNG",
    "image/tiff": "image TIFF",
    "text/plain": "texte",
    "text/rtf": "texte RTF",
}


class Attachment(msgspec.Struct, frozen=True):
    """A file inside the document: its number (from 1), its verified media type, its bytes, a French title."""

    number: int
    media_type: str
    data: bytes
    title: str

    @property
    def label(self) -> str:
        """Kind and size for a person: `PDF, 120 ko`."""
        kind = _LABELS.get(self.media_type, "fichier")
        size = len(self.data)
        return f"{kind}, {size} octets" if size < 1024 else f"{kind}, {round(size / 1024)} ko"


def verified_type(declared: str, data: bytes) -> str:
    """The media type to serve `data` under: one of a short list that the bytes confirm, else octet-stream."""
    for image, start in _IMAGES:
        if data.startswith(start):
            return image
    declared = declared.partition(";")[0].strip().lower()
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith((b"II*\x00", b"MM\x00*")):
        return "image/tiff"
    if data.startswith(b"{\\rtf"):
        return "text/rtf"
    if declared == "text/plain" and b"\x00" not in data:
        return "text/plain"
    return "application/octet-stream"


def text_of(data: bytes) -> str:
    """The characters of a text body: UTF-8, else the French Windows encoding."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class Media:
    """The media of one document: given by `ID` to the narrative, and counted as attachments when not shown."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._by_id: dict[str, etree._Element] = {}
        self._numbers: dict[etree._Element, int] = {}
        self._inline = 0
        self.attachments: list[Attachment] = []
        self._shown: set[etree._Element] = set()
        self._all: list[etree._Element] = []
        for found in opened.root.iter(V3 + "observationMedia", V3 + "regionOfInterest"):
            name = found.get("ID")
            if found.tag == V3 + "observationMedia":
                self._all.append(found)
            if name and name not in self._by_id:
                self._by_id[name] = found

    def named(self, names: str) -> list[etree._Element | None]:
        """The observationMedia of an IDREFS, None for a name that nothing bears."""
        found: list[etree._Element | None] = []
        for name in names.split()[:20]:
            element = self._by_id.get(name)
            if element is not None and element.tag != V3 + "observationMedia":
                element = element.find(f".//{V3}observationMedia")
            found.append(element)
        return found

    def image(self, media: etree._Element) -> str:
        """The data URI of a media that is a raster image of reasonable size, else ""."""
        value = media.find(V3 + "value")
        data = base64_bytes(value, self._opened.runs) if value is not None else None
        uri = self.data_uri(data) if data else ""
        if uri:
            self._shown.add(media)
        return uri

    def data_uri(self, data: bytes) -> str:
        """`data:` URI of a PNG, JPEG or GIF within the limits, else ""."""
        kind = next((kind for kind, start in _IMAGES if data.startswith(start)), "")
        if not kind or len(data) > MAX_INLINE or self._inline + len(data) > MAX_INLINE_TOTAL:
            return ""
        self._inline += len(data)
        return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"

    def attach(self, media: etree._Element, title: str = "") -> Attachment | None:
        """The attachment that a media is (the same one when asked again), None without inline bytes."""
        known = self._numbers.get(media)
        if known is not None:
            return self.attachments[known - 1]
        value = media.find(V3 + "value")
        data = base64_bytes(value, self._opened.runs) if value is not None else None
        if value is None or not data:
            return None
        self._shown.add(media)
        added = self.add(value.get("mediaType", ""), data, title)
        self._numbers[media] = added.number
        return added

    def add(self, declared: str, data: bytes, title: str) -> Attachment:
        """Count `data` as an attachment."""
        number = len(self.attachments) + 1
        added = Attachment(number, verified_type(declared, data), data, title or f"Document joint {number}")
        self.attachments.append(added)
        return added

    def remaining(self) -> None:
        """Count as attachments the media that the narrative did not show, so that nothing is out of reach."""
        for media in self._all:
            if media not in self._shown:
                self.attach(media)
