"""The WSGI applications of the two lanes: the same pages and doors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carnet.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

# Once the applications are loaded: they read the settings.
from carnet.config.pacing import paced  # noqa: E402
from carnet.exchange.testbed.recorder import Application, recorded  # noqa: E402

_CHUNK = 64 * 1024


class WholeBody:
    """The request's body, or an error: a connection cut in the middle reads as an end otherwise."""

    def __init__(self, source: Any, length: int) -> None:
        self._source = source
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; OSError when the body ended before its announced length."""
        data: bytes = self._source.read(self._left if size < 0 else min(size, self._left))
        if not data and size and self._left:
            raise OSError("the connection was cut before the end of the body")
        self._left -= len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        """One line, at most `size` bytes; the same error."""
        line: bytes = self._source.readline(self._left if size < 0 else min(size, self._left))
        if not line and size and self._left:
            raise OSError("the connection was cut before the end of the body")
        self._left -= len(line)
        return line


def _served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, with bodies that are whole or refused, and bodies of unknown length readable.

    Django reads no more than CONTENT_LENGTH bytes, hence nothing of a chunked body. Such a body is read to its end,
    at most as far as the limit that the proxy enforces; its own syntax tells whether it is whole.
    """
    length = environ.get("CONTENT_LENGTH")
    if length and length.isdecimal():
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
    elif "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["CONTENT_LENGTH"] = str(settings.CARNET_MAX_BODY)
    answer: Iterable[bytes] = _django(environ, start_response)
    if environ.get("CONTENT_LENGTH"):
        _drop(environ["wsgi.input"])
    return answer


def _drop(body: Any) -> None:
    """Reads what nobody read of a body.

    The server ends a connection on which something was left: the answer is lost, or the proxy's next request there,
    of anybody. What a body may weigh and how long it may pause is bounded, read or not.
    """
    with suppress(OSError):
        while body.read(_CHUNK):
            pass


def _kept(serve: Application) -> Application:
    return recorded(serve) if settings.CARNET_MODE == "demo" else serve


# Small bodies are whole before the quick lane sees them.
quick = _kept(_served)
bulk = _kept(paced(_served, settings.CARNET_STALL_SECONDS))
