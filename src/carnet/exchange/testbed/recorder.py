"""A WSGI application around ours that listens to machines' exchanges and hands them over, once answered.

What it costs the request is a copy of the beginning of both bodies: reading them, and writing the row, is the work of
a thread (`keeping.py`) after the answer has left. A burst is kept up to a rate; beyond it exchanges pass unkept, so
that a load test measures the doors and not the testbed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from carnet.exchange.testbed import keeping
from carnet.exchange.testbed.marks import KEY, Exchange, Heard
from carnet.kernel import clock, concerned

HEADER = "X-Carnet-Exchange"
# Exchanges one process keeps: a second, and at once.
RATE, BURST = 50, 200
_PLACES = ("/xds/", "/fhir", "/d/")
_PRIVATE = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")
# Headers of the proxy, which the caller did not send.
_OURS = ("HTTP_X_CARNET_", "HTTP_X_FORWARDED_", "HTTP_VIA")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def recorded(application: Application) -> Application:
    """`application`, its machine exchanges kept; raises ImproperlyConfigured outside a demonstration."""
    if settings.CARNET_MODE != "demo":
        raise ImproperlyConfigured("Exchanges are kept in a demonstration only: they hold what machines say.")
    return Recorder(application, keeping.keep) if settings.CARNET_EXCHANGES else application


class Allowance:
    """How many exchanges may still be kept now: `RATE` a second, `BURST` saved at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = float(BURST)
        self._seen = time.monotonic()

    def take(self) -> bool:
        """Whether one more may be kept."""
        with self._lock:
            now = time.monotonic()
            self._left = min(BURST, self._left + (now - self._seen) * RATE)
            self._seen = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Recorder:
    """The application around the application."""

    def __init__(self, application: Application, keep: Callable[[Exchange], None]) -> None:
        self._application = application
        self._keep = keep
        self._allowance = Allowance()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request, keeping it when it is a machine's and the rate allows."""
        if not environ["PATH_INFO"].startswith(_PLACES) or not self._allowance.take():
            return self._application(environ, start_response)
        exchange = Exchange(
            id=uuid4(),
            at=clock.now(),
            began=time.perf_counter(),
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            query=environ.get("QUERY_STRING", ""),
            headers=tuple(_headers(environ)),
            certificate=environ.get("HTTP_X_CARNET_CLIENT_CERT", ""),
        )
        environ[KEY] = exchange
        concerned.gather(exchange.records)
        environ["wsgi.input"] = _Listening(environ["wsgi.input"], exchange)
        address = f"{_people(environ.get('HTTP_HOST', ''))}/echanges/{exchange.id}/"

        def answering(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            exchange.stages.append(("décision", time.perf_counter()))
            exchange.status, exchange.answer_headers = int(status[:3]), tuple(headers)
            return start_response(status, [*headers, (HEADER, address)], *more)

        return _Answering(self._application(environ, answering), exchange, self._keep)


class _Listening:
    """The request's body, copied as it is read."""

    def __init__(self, source: Any, exchange: Exchange) -> None:
        self._source = source
        self._exchange = exchange

    def read(self, size: int = -1) -> bytes:
        """As the source reads."""
        return self._noted(self._source.read, size)

    def readline(self, size: int = -1) -> bytes:
        """As the source reads a line."""
        return self._noted(self._source.readline, size)

    def _noted(self, read: Callable[[int], bytes], size: int) -> bytes:
        began = time.perf_counter()
        data = read(size)
        self._exchange.receiving += time.perf_counter() - began
        self._exchange.request.add(data)
        return data


class _Answering:
    """The answer's body, copied as it leaves; closing it hands the exchange over."""

    def __init__(self, body: Iterable[bytes], exchange: Exchange, keep: Callable[[Exchange], None]) -> None:
        self._body = body
        self._exchange = exchange
        self._keep = keep

    def __iter__(self) -> Iterator[bytes]:
        heard: Heard = self._exchange.answer
        for chunk in self._body:
            heard.add(chunk)
            yield chunk

    def close(self) -> None:
        """Close the application's body, then hand over."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            concerned.gather(None)
            self._exchange.stages.append(("envoi", time.perf_counter()))
            self._keep(self._exchange)


def _headers(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if value:
                yield name.title().replace("_", "-"), value
        elif name.startswith("HTTP_") and not name.startswith(_OURS):
            shown = "(retiré)" if name in _PRIVATE else value
            yield name.removeprefix("HTTP_").title().replace("_", "-"), shown


def _people(host: str) -> str:
    """The address of the people's port on the host that the caller knows, `localhost` when it is none of ours."""
    name, _ = split_domain_port(host)
    if not name or not validate_host(name, settings.ALLOWED_HOSTS):
        name = "localhost"
    return f"http://{name}:{settings.CARNET_PORT}"
