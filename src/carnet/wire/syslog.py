"""Syslog messages (RFC 5424 §6), each preceded by its length as they travel over TLS (RFC 5425 §4.3)."""

from __future__ import annotations

import codecs
from enum import IntEnum

# "local use 0" (RFC 5424 §6.2.1): receivers tell us from the system's own messages.
_FACILITY = 16
_LONGEST_HOST, _LONGEST_NAME = 255, 48
NO_TIME = "-"


class Severity(IntEnum):
    """RFC 5424 §6.2.1; the smaller, the worse."""

    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7


def frame(*, at: str, severity: Severity, host: str, program: str, text: str) -> bytes:
    """One message with its length before it.

    `at` is an instant in the form of RFC 3339, or NO_TIME; what a name may not hold is left out of `host` and
    `program`.
    """
    names = f"{_name(host, _LONGEST_HOST)} {_name(program, _LONGEST_NAME)}"
    header = f"<{_FACILITY * 8 + severity}>1 {at} {names} - - - ".encode("ascii")
    body = text.encode("utf-8", "backslashreplace")
    # Without the mark a text may be in any encoding (§6.4).
    message = header + (body if body.isascii() else codecs.BOM_UTF8 + body)
    return b"%d %s" % (len(message), message)


def _name(name: str, longest: int) -> str:
    return "".join(one for one in name if "!" <= one <= "~")[:longest] or "-"
