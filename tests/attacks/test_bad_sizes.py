"""Too large, too many, too odd for HTTP: bodies, headers, lengths. What arrives slowly is in tests/processes."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from carnet.client.identity import tls_context
from tests.attacks.bad_input import Case, Door, Heard, refuses

_OVER = 105 * 1024 * 1024


def raw(door: Door, data: bytes) -> Heard:
    """Bytes on a TLS socket of the machines' port, with the physician's certificate; the first status that comes."""
    address = urlsplit(door.living.tls)
    context: ssl.SSLContext = tls_context(door.caller.identity, door.caller.authority)
    with (
        socket.create_connection(("127.0.0.1", address.port or 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as opened,
    ):
        # The answer may come before everything was read.
        with contextlib.suppress(OSError):
            opened.sendall(data)
        opened.settimeout(5)
        answer = b""
        with contextlib.suppress(OSError):
            while chunk := opened.recv(65536):
                answer += chunk
    status = re.match(rb"HTTP/1\.1 (\d{3}) ?([^\r\n]*)", answer)
    assert status, answer[:200]
    text = answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace") or status[2].decode()
    return Heard(int(status[1]), (status[1].decode(),), (), (text,))


def _raw(status: int, data: bytes | Callable[[], bytes]) -> Case:
    return Case(lambda door: raw(door, data if isinstance(data, bytes) else data()), str(status), "", status)


def _post(head: str, path: str = "/xds/registry") -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{head}\r\n".encode()


CASES: dict[str, Case] = {
    "body-over-the-limit-by-soap": _raw(413, _post(f"Content-Length: {_OVER}\r\n")),
    "body-over-the-limit-by-fhir": _raw(413, _post(f"Content-Length: {_OVER}\r\n", "/fhir")),
    "length-negative": _raw(400, _post("Content-Length: -1\r\n")),
    "length-signed": _raw(400, _post("Content-Length: +6\r\n") + b"012345"),
    "length-beyond-any": _raw(400, _post(f"Content-Length: {'9' * 30}\r\n")),
    "two-lengths": _raw(400, _post("Content-Length: 6\r\nContent-Length: 5\r\n") + b"012345"),
    "coding-unknown": _raw(501, _post("Transfer-Encoding: xchunked\r\n") + b"0\r\n\r\n"),
    "two-codings": _raw(501, _post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + b"0\r\n\r\n"),
    "space-before-the-colon": _raw(400, _post("Transfer-Encoding : chunked\r\n") + b"0\r\n\r\n"),
    "header-with-a-nul": _raw(400, _post("X-Nom: a\0b\r\n")),
    "header-overlong": _raw(431, lambda: _post(f"X-Nom: {'a' * 2_000_000}\r\n")),
    "headers-many": _raw(431, lambda: _post("".join(f"X-{n}: 1\r\n" for n in range(120_000)))),
    "host-missing": _raw(400, b"GET /fhir/metadata HTTP/1.1\r\nConnection: close\r\n\r\n"),
    "method-of-no-protocol": _raw(400, b"PO ST /xds/registry HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "envelope-too-large": Case(
        lambda door: door.query(lambda data: data.replace(b"</s:Header>", b"<!--x-->" * 5_000_000 + b"</s:Header>")),
        "Sender",
        "envelope-size",
        400,
    ),
    "envelope-of-parts-too-large": Case(
        lambda door: door.parts(
            lambda body: body.replace(b"</s:Header>", b"<!--" + b"x" * 1_200_000 + b"--></s:Header>", 1)
        ),
        "Sender",
        "envelope-size",
        400,
    ),
    "json-too-large": Case(
        lambda door: door.fhir(
            "POST", "/d/ihe/fhir", b'{"resourceType": "Bundle", "x": "' + b"A" * (31 * 1024 * 1024) + b'"}'
        ),
        "too-long",
        "body-too-large",
        413,
    ),
    "search-form-too-large": Case(
        lambda door: door.fhir(
            "POST",
            "/d/ihe/fhir/DocumentReference/_search",
            b"status=" + b"%61" * 300_000,
            Content_Type="application/x-www-form-urlencoded",
        ),
        "too-long",
        "body-too-large",
        413,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_too_large_or_odd_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
