"""The files that a CDA document holds in base64, taken out as its bytes pass.

CDA R2 §4.3.2 (nonXMLBody) and observationMedia hold a file as text, `representation="B64"`. Memory stays bounded, and
nothing is parsed: what is found is meant to be looked at, never to be shown.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

_OPENING = re.compile(rb"""representation\s*=\s*["']B64["'][^<>]*>""", re.IGNORECASE)
# A start tag may be cut between two pieces; none of ours is longer.
_LONGEST_TAG = 4096
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Readers pass over what is no base64, and so do we: line ends, and what would hide a file from us alone.
_NOISE = bytes(set(range(256)) - set(_ALPHABET))


class Embedded:
    """`feed` gives (number of the file, decoded bytes) for what each piece of the document brings."""

    def __init__(self) -> None:
        self._kept = b""
        self._inside = False
        self._number = 0

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes]]:
        """What is decoded once this piece has come; the files are numbered from 1 in the order of the document."""
        left = self._kept + piece
        while left:
            if not self._inside:
                opening = _OPENING.search(left)
                if opening is None:
                    self._kept = left[-_LONGEST_TAG:]
                    return
                left, self._inside = left[opening.end() :], True
                self._number += 1
            text, end, rest = left.partition(b"<")
            text = text.translate(None, _NOISE)
            whole = len(text) if end else len(text) - len(text) % 4
            decoded = _decoded(text[:whole])
            if decoded:
                yield self._number, decoded
            if not end:
                self._kept = text[whole:]
                return
            left, self._inside = rest, False
        self._kept = b""


def _decoded(text: bytes) -> bytes:
    """Letters of base64 without their padding; one alone at the end says nothing."""
    text = text[: len(text) - (len(text) % 4 == 1)]
    return base64.b64decode(text + b"=" * (-len(text) % 4))
