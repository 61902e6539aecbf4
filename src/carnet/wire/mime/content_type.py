"""The Content-Type header and the headers of a part (RFC 2045 §5, RFC 2387, RFC 2392)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from carnet.wire.errors import Malformed

# RFC 2046 §5.1.1: at most 70 characters of this set, not ending in a space.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PARAMETER = re.compile(r';\s*([^=;\s"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))\s*')


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case and its parameters (names in lower case, values unquoted)."""

    media_type: str
    parameters: dict[str, str]

    @classmethod
    def read(cls, header: str) -> ContentType:
        """The header's value; a missing or unreadable one has an empty media type."""
        media_type, separator, rest = header.partition(";")
        parameters: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(separator + rest):
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
            parameters.setdefault(name.lower(), value)
        return cls(media_type.strip().lower(), parameters)

    @property
    def boundary(self) -> bytes:
        """The delimiter without its hyphens; raises Malformed (`mime-boundary`)."""
        value = self.parameters.get("boundary", "")
        if not _BOUNDARY.fullmatch(value):
            raise Malformed(
                "mime-boundary",
                "Le paramètre boundary de l'en-tête Content-Type est absent ou invalide.",
                field="Content-Type",
                found=value[:80],
                expected="1 à 70 caractères autorisés",
                source="RFC 2046 §5.1.1",
            )
        return value.encode("ascii")

    @property
    def start(self) -> str:
        """Content-ID of the root part, without angle brackets; empty when it is the first part."""
        return bare(self.parameters.get("start", ""))


def bare(content_id: str) -> str:
    """A Content-ID without its angle brackets."""
    content_id = content_id.strip()
    if content_id.startswith("<") and content_id.endswith(">"):
        return content_id[1:-1]
    return content_id


def cid(href: str) -> str:
    """The Content-ID a `cid:` address names (RFC 2392 §2: percent-encoded, no brackets).

    Raises Malformed (`xop-href`) for an address that leaves the message.
    """
    if href[:4].lower() != "cid:":
        raise Malformed(
            "xop-href",
            "Une inclusion XOP ne peut désigner qu'une partie du même message.",
            field="xop:Include/@href",
            found=href[:80],
            expected="cid:…",
            source="W3C XOP §2.1",
        )
    return unquote(href[4:])


def read_headers(block: bytes) -> dict[str, str]:
    """The headers of a part, names in lower case; folded lines are joined, the first of a name wins."""
    headers: dict[str, str] = {}
    text = block.decode("utf-8", "replace").replace("\r\n", "\n")
    for line in re.sub(r"\n[ \t]+", " ", text).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def transfer_encoding(headers: dict[str, str]) -> str:
    """`binary` or `base64`; raises Malformed (`mime-transfer-encoding`)."""
    value = headers.get("content-transfer-encoding", "binary").lower()
    if value in ("binary", "8bit", "7bit", ""):
        return "binary"
    if value == "base64":
        return "base64"
    raise Malformed(
        "mime-transfer-encoding",
        "L'encodage de transfert d'une partie du message n'est pas accepté.",
        field="Content-Transfer-Encoding",
        found=value[:40],
        expected="binary, 8bit, 7bit ou base64",
        source="RFC 2045 §6 ; W3C XOP §4.1",
    )
