"""Paper: a typst template and its values become a PDF that archives and screen readers accept.

PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1), with the fonts of the typst package and none of the machine's.
Values reach the template as data and are never read as typst. A page takes about 15 ms once the engine is warm, so
that a request may print a sheet; what takes longer belongs to a job.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
# One compiler keeps its caches between prints and takes one document at a time.
_one_at_a_time = threading.Lock()


@functools.cache
def _compiler() -> typst.Compiler:
    # The engine weighs 80 MB: a process that never prints does not load it.
    import typst

    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


def pdf(template: Path, values: Mapping[str, Any], *, at: datetime) -> bytes:
    """The PDF of a template for these values (JSON types); `at` is the date of creation written inside.

    A template that does not compile is a bug and raises `typst.TypstError`.
    """
    with _one_at_a_time:
        made = _compiler().compile(
            template.read_bytes(),
            format="pdf",
            sys_inputs={"values": json.dumps(values, ensure_ascii=False)},
            pdf_standards=_STANDARDS,
            timestamp=int(at.timestamp()),
        )
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one sequence of bytes")
    return made
