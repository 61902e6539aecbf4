"""A one-page PDF of text, for letters that a practice software would have printed (PDF 1.4, ISO 32000-1)."""

from __future__ import annotations

from collections.abc import Sequence

_A4 = "[0 0 595 842]"
_FIRST_LINE, _LEFT, _LEADING = 780, 60, 16


def write_page(title: str, lines: Sequence[str]) -> bytes:
    """The page: a title, then lines that are not folded (80 characters fit); letters of Windows-1252 only."""
    text = [f"BT /F2 14 Tf {_LEFT} {_FIRST_LINE} Td {_string(title)} Tj ET"]
    for number, line in enumerate(lines, 2):
        text.append(f"BT /F1 10 Tf {_LEFT} {_FIRST_LINE - number * _LEADING} Td {_string(line)} Tj ET")
    content = "\n".join(text).encode("cp1252")
    fonts = "".join(
        f"/F{number} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >> "
        for number, name in ((1, "Helvetica"), (2, "Helvetica-Bold"))
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (fr-FR) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox {_A4} /Contents 4 0 R /Resources << /Font << {fonts}>> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Title %s /Producer (Carnet) >>" % _string(title).encode("cp1252"),
    ]
    return _assemble(objects)


def _string(text: str) -> str:
    for special in "\\()":
        text = text.replace(special, "\\" + special)
    return f"({text})"


def _assemble(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
