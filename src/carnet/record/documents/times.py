"""XDS DTM (IHE ITI TF-3 §4.2.3.1.7): `YYYY[MM[DD[hh[mm[ss]]]]]`, UTC, as strings that sort."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DTM = re.compile(r"\d{4}(\d\d(\d\d(\d\d(\d\d(\d\d)?)?)?)?)?", re.ASCII)
_FILL = "00000101000000"
LENGTH = 14


def is_dtm(text: str) -> bool:
    """Whether a string is a DTM that exists in the calendar."""
    if not _DTM.fullmatch(text):
        return False
    try:
        datetime.strptime(text + _FILL[len(text) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def padded(text: str) -> str:
    """A DTM as 14 digits, its missing parts zero: the order of strings is the order of times."""
    return text.ljust(LENGTH, "0") if text else ""
