"""A small PDF of plain text, for documents that are only a letter (ISO 32000-1; Helvetica, A4).

Enough for a demonstration and for tests: lines of Western European text, several pages, a title and a
language for screen readers. It is not PDF/A, which wants an embedded font.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

_COLUMNS = 88
_LINES = 52


def text_pdf(title: str, lines: Sequence[str]) -> bytes:
    """A PDF 1.7 whose pages show `title` then `lines`, wrapped; characters outside Windows-1252 become `?`."""
    wrapped = [piece for line in lines for piece in (textwrap.wrap(line, _COLUMNS) or [""])]
    pages = [wrapped[start : start + _LINES] for start in range(0, len(wrapped), _LINES)] or [[]]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) /ViewerPreferences << /DisplayDocTitle true >> >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%s) >>" % _string(title),
    ]
    for number, page in enumerate(pages):
        content = _page(title if number == 0 else f"{title} ({number + 1})", page)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (6 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _page(title: str, lines: Sequence[str]) -> bytes:
    shown = [b"BT /F1 14 Tf 50 790 Td (%s) Tj /F1 10 Tf 14 TL 0 -24 Td" % _string(title)]
    shown.extend(b"(%s) Tj T*" % _string(line) for line in lines)
    return b"\n".join([*shown, b"ET"])


def _string(text: str) -> bytes:
    raw = " ".join(text.split()).encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
