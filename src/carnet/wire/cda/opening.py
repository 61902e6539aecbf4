"""From the bytes of a CDA document to its ClinicalDocument element.

A document travels bare, after an `xml-stylesheet` instruction, or inside the XSLT that presents it
("auto-présentable", CI-SIS Structuration minimale): the ClinicalDocument is then a child of the
`xsl:stylesheet`. Scans of several megabytes are set aside before the XML is read, because the parser
rightly refuses very long texts; `base64_bytes` gives them back.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xml import parse

V3 = "{urn:hl7-org:v3}"
SDTC = "{urn:hl7-org:sdtc}"
XSL = "{http://www.w3.org/1999/XSL/Transform}"
MAX_DOCUMENT = 104_857_600

_SOURCE = "HL7 CDA R2 §4.1 ; CI-SIS Structuration minimale"
_LONG_RUN = re.compile(rb">([A-Za-z0-9+/=\s]{1000000,})<")
_MARK = re.compile(r"\Aset-aside-([0-9]{1,4})\Z")


class Opened(NamedTuple):
    """`root` is the ClinicalDocument; `runs` the base64 texts set aside, in document order."""

    root: etree._Element
    self_presenting: bool
    runs: tuple[bytes, ...]


def open_document(document: bytes) -> Opened:
    """The ClinicalDocument of `document` (at most 100 MB).

    Raises Malformed: `xml-*` when it is not XML that we read, `cda-root` when no ClinicalDocument
    is where one may be, `cda-several` when there are two.
    """
    runs: list[bytes] = []

    def set_aside(match: re.Match[bytes]) -> bytes:
        runs.append(match.group(1))
        return b">set-aside-%d<" % (len(runs) - 1)

    if len(document) > MAX_DOCUMENT:
        raise Malformed(
            "cda-size",
            "Le document dépasse 100 Mo.",
            found=str(len(document)),
            expected=f"<= {MAX_DOCUMENT}",
        )
    root = parse(_LONG_RUN.sub(set_aside, document))
    if root.tag == V3 + "ClinicalDocument":
        return Opened(root, False, tuple(runs))
    if root.tag in (XSL + "stylesheet", XSL + "transform"):
        inside = list(root.iter(V3 + "ClinicalDocument"))
        if len(inside) > 1:
            raise Malformed(
                "cda-several",
                "La feuille de style contient plusieurs documents cliniques.",
                field="ClinicalDocument",
                found=str(len(inside)),
                expected="1",
                source=_SOURCE,
            )
        if inside:
            return Opened(inside[0], True, tuple(runs))
    raise Malformed(
        "cda-root",
        "Ce fichier XML n'est pas un document CDA : l'élément ClinicalDocument (urn:hl7-org:v3) est absent.",
        field="ClinicalDocument",
        found=etree.QName(root).localname,
        expected="ClinicalDocument",
        source=_SOURCE,
    )


def base64_bytes(element: etree._Element, runs: tuple[bytes, ...]) -> bytes | None:
    """The bytes an ED element carries inline (HL7 v3 ED), None when they are absent or cannot be decoded.

    `representation="TXT"` (the default) is the text itself; compressed content is never inflated.
    """
    if element.get("compression"):
        return None
    text = "".join(str(part) for part in element.itertext())
    if element.get("representation", "TXT").upper() != "B64":
        return text.encode("utf-8") if text.strip() else None
    mark = _MARK.match(text.strip())
    aside = int(mark.group(1)) if mark else len(runs)
    raw = runs[aside] if aside < len(runs) else text.encode("utf-8", "replace")
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
