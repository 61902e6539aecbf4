"""What a file that somebody deposits is, from its bytes alone, and whether it can be opened.

The kind that a browser or a person declares is not looked at. Accepted: a PDF, plain text, a JPEG or PNG image (the
bodies of an unstructured CDA, CI-SIS Structuration minimale, corps de niveau 1; IHE ITI XDS-SD), or a CDA document.
"""

from __future__ import annotations

import logging
import re
from io import BytesIO

from pypdf import PdfReader

from carnet.kernel.errors import Problem, Reason
from carnet.wire.cda.media import text_of

PDF, TEXT, JPEG, PNG, CDA = "application/pdf", "text/plain", "image/jpeg", "image/png", "text/xml"
MOST_BYTES = 20 * 1024 * 1024

_SOURCE = "CI-SIS Structuration minimale, corps non structuré (niveau 1)"
_XML = re.compile(r"\s*(<\?xml\b|<!--|<([\w-]+:)?ClinicalDocument\b|<xsl:stylesheet\b)")
# Line ends, tabs and form feeds belong to text; no other control character does.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Some programs write a little after the end of a file.
_TAIL = 4096

# The reader tells what it repairs; nobody here reads that, and a file is nobody's business in a log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def identify(data: bytes, declared: str) -> tuple[str, Problem | None]:
    """The media type of a file and what is wrong with it; `declared` is repeated to who sent it, and not believed."""
    if not data:
        return "", _problem("file-empty", "Le fichier est vide.", "0 octet", "un fichier qui a un contenu")
    if b"%PDF-" in data[:1024]:
        return PDF, _check_pdf(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        whole = b"IHDR" in data[:32] and b"IEND" in data[-_TAIL:]
        return PNG, None if whole else _broken("Cette image PNG", "un fichier PNG entier")
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG, None if b"\xff\xd9" in data[-_TAIL:] else _broken("Cette image JPEG", "un fichier JPEG entier")
    text = text_of(data)
    if _XML.match(text):
        return CDA, None
    if not _CONTROL.search(text):
        if text.strip():
            return TEXT, None
        return TEXT, _problem("file-empty", "Le fichier ne contient que des blancs.", "", "un texte")
    return "", _problem(
        "file-kind",
        "Cette sorte de fichier ne se dépose pas.",
        declared[:100],
        "un PDF, un texte, une image JPEG ou PNG, ou un document CDA",
    )


def too_large(size: int) -> Problem:
    """A file beyond what is deposited by hand."""
    most = MOST_BYTES // 1024 // 1024
    return Problem(
        reason=Reason.TOO_LARGE,
        rule="file-size",
        text=f"Le fichier dépasse {most} Mo.",
        field="Document",
        found=f"{size} octets",
        expected=f"{MOST_BYTES} octets au plus",
        source="Carnet, dépôt par une page",
    )


def unreadable(rule: str, text: str, field: str) -> Problem:
    """A CDA document whose header cannot be read."""
    return Problem(reason=Reason.INVALID, rule=rule, text=text, field=field, source=_SOURCE)


def _check_pdf(data: bytes) -> Problem | None:
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            return _problem(
                "pdf-encrypted",
                "Ce PDF est protégé par un mot de passe : ses lecteurs ne pourraient pas l'ouvrir. Enregistrez-le sans "
                "protection.",
                "un PDF chiffré",
                "un PDF sans protection",
            )
        pages = len(reader.pages)
    except Exception:  # whatever a damaged file makes the reader raise, it is damaged
        return _broken("Ce PDF", "un fichier PDF entier")
    return None if pages else _problem("pdf-empty", "Ce PDF n'a aucune page.", "0 page", "une page au moins")


def _broken(what: str, expected: str) -> Problem:
    return _problem("file-broken", f"{what} est incomplet ou endommagé et ne s'ouvre pas.", "", expected)


def _problem(rule: str, text: str, found: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field="Document",
        found=found,
        expected=expected,
        source=_SOURCE,
    )
