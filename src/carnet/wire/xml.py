"""The only way XML enters the house, and the only way text enters XML.

`parse` reads bytes without DTD, entity, comment, processing instruction or network (OWASP XXE
Prevention; W3C XML 1.0 §2–4), within limits of size and depth, and answers `Malformed` with the line
and column of what is wrong. `escape` writes a value inside an element or a double-quoted attribute.

Comments are dropped while reading, so that a text cut by a comment is read whole, as its
canonical form without comments (and so its signature) sees it.
"""

from __future__ import annotations

import codecs
import re
import threading
from typing import Any

from lxml import etree

from carnet.wire.errors import Malformed

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100

_SOURCE = "XML 1.0"
_ENCODINGS = frozenset(
    {
        "utf-8",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "latin1",
        "iso-8859-15",
        "windows-1252",
    }
)
_DECLARED = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^<\?xml[^>]{0,200}\?>")
_local = threading.local()


class Target:
    """What a parser tells as a document passes (lxml's target interface); a DOCTYPE is refused, as by `parse`."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def data(self, text: str) -> None:
        """A part of a text."""

    def end(self, name: str) -> None:
        """An element ends."""

    def doctype(self, *_: str | None) -> None:
        """A DOCTYPE: raises Malformed."""
        raise _doctype()

    def close(self) -> None:
        """The document ends."""


def parser(*, target: Target | None = None, encoding: str | None = None) -> etree.XMLParser:
    """A parser of our settings that nobody else uses; prefer `parse`, which also checks the limits.

    `target` is told what passes and no tree is built. `encoding` is believed rather than what the document declares.
    """
    return etree.XMLParser(
        target=target,  # type: ignore[arg-type]  # the stubs ask for more than lxml does
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> etree._Element:
    """The root element of `data`; raises Malformed (`xml-empty`, `xml-size`, `xml-encoding`, `xml-dtd`,
    `xml-depth`, `xml-syntax`).

    UTF-8 and the Latin single-byte encodings are read as declared, UTF-16 with its byte order mark.
    """
    if len(data) > max_bytes:
        raise Malformed(
            "xml-size",
            f"Le document XML dépasse la taille acceptée ({max_bytes} octets).",
            found=str(len(data)),
            expected=f"<= {max_bytes}",
        )
    data = _single_byte(data)
    _refuse_doctype(data)
    try:
        root = etree.fromstring(data, _thread_parser())
    except etree.XMLSyntaxError as error:
        raise _explained(error) from None
    except ValueError as error:
        raise Malformed("xml-syntax", "Le contenu n'est pas du XML lisible.", source=_SOURCE) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    if _deeper(max_depth)(root):
        raise Malformed(
            "xml-depth",
            f"Les éléments XML sont imbriqués sur plus de {max_depth} niveaux.",
            expected=f"<= {max_depth}",
        )
    return root


def escape(value: str) -> str:
    """`value` ready for an element's content or a double-quoted attribute; parsing gives it back.

    Tabs and line ends become references, so that attribute normalisation keeps them (XML 1.0 §3.3.3);
    a character that XML 1.0 §2.2 forbids becomes U+FFFD.
    """
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if '"' in value:
        value = value.replace('"', "&quot;")
    if not value.isprintable():
        value = _CONTROLS.sub(_control, value)
    return value


_CONTROLS = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def _control(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" if character in "\t\n\r" else "\ufffd"


def _thread_parser() -> etree.XMLParser:
    # A parser holds a lock while it reads: one for each thread, so that nobody waits.
    found: etree.XMLParser | None = getattr(_local, "parser", None)
    if found is None:
        found = _local.parser = parser()
    return found


def _single_byte(data: bytes) -> bytes:
    """UTF-16 turned to UTF-8, other encodings checked; the scan for a DOCTYPE needs ASCII markup."""
    if not data:
        raise Malformed("xml-empty", "Le document XML est vide.", source=_SOURCE)
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            raise Malformed(
                "xml-encoding",
                "Le document annonce UTF-16 et n'en est pas.",
                source=_SOURCE,
            ) from None
        return _DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass")
    declared = _DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS or b"\x00" in data[:2]:
        raise Malformed(
            "xml-encoding",
            "L'encodage du document XML n'est pas accepté.",
            found=encoding if b"\x00" not in data[:2] else "UTF-16 ou UTF-32 sans marque d'ordre",
            expected="UTF-8",
            source="XML 1.0 §4.3.3",
        )
    return data


def _refuse_doctype(data: bytes) -> None:
    """Walks the prolog (declaration, comments, instructions) before any parser sees it."""
    position = 3 if data.startswith(codecs.BOM_UTF8) else 0
    while True:
        while data[position : position + 1].isspace():
            position += 1
        if data.startswith(b"<?", position):
            end, width = data.find(b"?>", position), 2
        elif data.startswith(b"<!--", position):
            end, width = data.find(b"-->", position), 3
        elif data.startswith(b"<!", position):
            raise _doctype()
        else:
            return
        if end < 0:
            return
        position = end + width


def _doctype() -> Malformed:
    return Malformed(
        "xml-dtd",
        "Le document XML porte une déclaration DOCTYPE : les DTD et les entités ne sont pas acceptées.",
        expected="aucune déclaration DOCTYPE",
        source="SOAP 1.2 partie 1 §5 ; OWASP XXE",
    )


def _deeper(depth: int) -> etree.XPath:
    # Evaluated by libxml2 in C: one visit of each element at most.
    found: dict[int, etree.XPath] = _local.__dict__.setdefault("deeper", {})
    if depth not in found:
        found[depth] = etree.XPath("boolean(" + "/*" * (depth + 1) + ")")
    return found[depth]


def _explained(error: etree.XMLSyntaxError) -> Malformed:
    line, column = error.position
    message = error.msg or ""
    if "depth" in message:
        return Malformed(
            "xml-depth",
            "Les éléments XML sont imbriqués trop profondément.",
            expected=f"<= {MAX_DEPTH}",
        )
    if "huge" in message.lower() or "too long" in message.lower() or "XML_PARSE_HUGE" in message:
        return Malformed(
            "xml-size",
            "Un texte ou un attribut du document XML est trop long.",
            expected="<= 10 Mo",
        )
    # libxml2 may quote the document in its message: only its kind and place are kept.
    entries: Any = error.error_log
    kind = entries[-1].type_name.removeprefix("ERR_") if len(entries) else "SYNTAX"
    return Malformed(
        "xml-syntax",
        f"Le XML est mal formé à la ligne {line}, colonne {column} ({kind}).",
        field=f"ligne {line}, colonne {column}",
        found=kind,
        source=_SOURCE,
    )
