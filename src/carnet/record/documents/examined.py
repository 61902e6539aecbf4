"""What a file says of itself before anybody deposits it: what a page previews."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel import antivirus
from carnet.kernel.errors import Problem
from carnet.record.documents import media
from carnet.record.documents.content_rules import of_verdict
from carnet.wire.cda.header import read_header
from carnet.wire.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A file by its bytes: its media type ("" for an unknown one), what is wrong with it, what a CDA says it is.

    `title` and `type_code` are a CDA's own, "" for any other file. Whom a CDA is about is checked by the deposit.
    """

    media_type: str
    problem: Problem | None = None
    is_cda: bool = False
    title: str = ""
    type_code: str = ""


def look(data: bytes, declared: str) -> Examined:
    """Look at a file; `declared` is what its sender calls it."""
    if len(data) > media.MOST_BYTES:
        return Examined(media_type="", problem=media.too_large(len(data)))
    kind, problem = media.identify(data, declared)
    problem = problem or of_verdict(antivirus.verdict_on((data,)))
    if kind != media.CDA or problem is not None:
        return Examined(media_type=kind, problem=problem)
    try:
        header = read_header(data)
    except Malformed as error:
        return Examined(media_type=kind, problem=media.unreadable(error.rule, error.text, error.field), is_cda=True)
    return Examined(
        media_type=kind,
        is_cda=True,
        title=header.title,
        type_code=header.code.code if header.code is not None else "",
    )
