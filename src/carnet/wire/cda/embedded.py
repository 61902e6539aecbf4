"""The files that a CDA document holds in base64, taken out as its bytes pass.

CDA R2 §4.3.2 (nonXMLBody) and observationMedia hold a file as text, `representation="B64"`. It is read as whoever opens
the document reads it: CDATA sections, character references, comments and UTF-16 hide nothing. Memory stays bounded, and
what is found is meant to be looked at, never to be shown.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Iterator

from lxml import etree

from carnet.wire import xml
from carnet.wire.errors import Malformed

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# An encoding is told by its first bytes, which a first piece may not hold.
_HEAD = 4
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Readers pass over what is no base64, and so do we: line ends, and what would hide a file from us alone.
_NOISE = bytes(set(range(256)) - set(_ALPHABET))


class Embedded:
    """`feed` gives (number of the file, decoded bytes) for what each piece of the document brings.

    Nothing is taken out of what is no XML, nor after the place where XML ends to be well-formed: nobody opens it there.
    """

    def __init__(self) -> None:
        self._files = _Files()
        self._head = b""
        self._read: Callable[[bytes], None] | None = None
        self._over = False

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """What is decoded once this piece has come; the files are numbered from 1 in the order of the document."""
        if self._over:
            return
        if self._read is None:
            piece = self._head = self._head + piece
            if len(piece) < _HEAD:
                return
            self._read = _reader(piece, self._files)
            self._head = b""
        try:
            self._read(piece)
        except (etree.XMLSyntaxError, UnicodeError, Malformed):
            self._over = True
        yield from self._files.taken()

    @property
    def tangled(self) -> bool:
        """Whether a file was inside another: readers take out either, and what is found here would be neither."""
        return self._files.tangled


def _reader(head: bytes, files: _Files) -> Callable[[bytes], None]:
    """What reads the pieces of a document that begins so; UTF-16 as `wire.xml.parse` does, whatever it declares."""
    if not head.startswith(_UTF16):
        read: Callable[[bytes], None] = xml.parser(target=files).feed
        return read
    decoder = codecs.getincrementaldecoder("utf-16")()
    parser = xml.parser(target=files, encoding="utf-8")
    return lambda piece: parser.feed(decoder.decode(piece).encode())


class _Files(xml.Target):
    """What the parser tells: the texts of the elements that hold a file, however deep."""

    def __init__(self) -> None:
        self._number = 0
        self._depth = 0
        self._letters = b""
        self._taken: list[tuple[int, bytes]] = []
        self.tangled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        begins = any(_holds_a_file(attribute, value) for attribute, value in attributes.items())
        if self._depth:
            self._depth += 1
            self.tangled |= begins
        elif begins:
            self._depth = 1
            self._number += 1

    def data(self, text: str) -> None:
        if self._depth:
            self._letters += text.encode("ascii", "ignore").translate(None, _NOISE)
            self._take(len(self._letters) // 4 * 4)

    def end(self, name: str) -> None:
        if self._depth:
            self._depth -= 1
            if not self._depth:
                self._take(len(self._letters))
                self._letters = b""

    def taken(self) -> list[tuple[int, bytes]]:
        taken, self._taken = self._taken, []
        return taken

    def _take(self, letters: int) -> None:
        decoded = _decoded(self._letters[:letters])
        if decoded:
            self._taken.append((self._number, decoded))
        self._letters = self._letters[letters:]


def _holds_a_file(name: str, value: str) -> bool:
    return name.rpartition("}")[2].lower() == "representation" and value.strip().upper() == "B64"


def _decoded(text: bytes) -> bytes:
    """Letters of base64 without their padding; one alone at the end says nothing."""
    text = text[: len(text) - (len(text) % 4 == 1)]
    return base64.b64decode(text + b"=" * (-len(text) % 4))
