"""Logs without anybody's data: an exception is its class and its places, never its message.

Messages of exceptions quote what they met: PostgreSQL's name the values of a violated key, parsers show
the text they stumbled on. An address is its pattern: what a caller writes in it may be somebody's number.
"""

from __future__ import annotations

import logging
import time
import traceback
from types import TracebackType


class Placeless(logging.Filter):
    """Django's remarks about a request, with the pattern of its address in place of the address.

    What a caller did wrong was answered, and has no place in our code: only our own accidents tell theirs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and record.name.startswith("django."):
            match = getattr(request, "resolver_match", None)
            place = f"/{match.route}" if match is not None else "an address that is no page"
            record.msg, record.args = "%s %s at %s", (getattr(record, "status_code", ""), request.method, place)
            if record.levelno < logging.ERROR:
                record.exc_info = None
        return True


class SoberFormatter(logging.Formatter):
    """`2026-01-31T10:00:00Z WARNING django.request text`, then classes and frames of the exception."""

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name belongs to logging
        """One line, whatever was put in it: what would begin another, or move a terminal, is written out."""
        record.message = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in record.message)
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - the name belongs to logging
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            lines += [
                f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)
