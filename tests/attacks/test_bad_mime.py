"""Bad MIME around ITI-41: boundaries, parts that are missing, twice or elsewhere, encodings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.bad_input import Case, Door, refuses


def _fault(rule: str, spoil: Callable[[bytes], bytes], content_type: Callable[[str], str] = str) -> Case:
    return Case(lambda door: door.parts(spoil, content_type), "Sender", rule, 400)


def _error(code: str, rule: str, spoil: Callable[[bytes], bytes]) -> Case:
    return Case(lambda door: door.parts(spoil), code, rule, 200)


def _twice(body: bytes) -> bytes:
    boundary = body[: body.index(b"\r\n", 2)].strip()
    pieces = body.split(boundary)
    return boundary.join([*pieces[:-1], pieces[-2], pieces[-1]])


def _without_second(body: bytes) -> bytes:
    boundary = body[: body.index(b"\r\n", 2)].strip()
    pieces = body.split(boundary)
    return boundary.join([*pieces[:2], pieces[-1]])


def _encoded(name: bytes, content: bytes = b"") -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        head, _, rest = body.rpartition(b"Content-Transfer-Encoding: binary")
        assert head
        return head + b"Content-Transfer-Encoding: " + name + (rest.replace(b"<?xml", content + b"<?xml"))

    return spoil


CASES: dict[str, Case] = {
    "no-boundary": _fault("mime-boundary", bytes, lambda kind: "multipart/related; type=x"),
    "boundary-too-long": _fault("mime-boundary", bytes, lambda kind: f'multipart/related; boundary="{"b" * 200}"'),
    "other-boundary": _fault("mime-truncated", bytes, lambda kind: 'multipart/related; boundary="autre"'),
    "cut": _fault("mime-truncated", lambda body: body[:-40]),
    "empty": _fault("mime-truncated", lambda body: b""),
    "start-missing": _fault("mime-start-missing", lambda body: body.replace(b"Content-ID: <", b"Content-ID: <x", 1)),
    "part-missing": _error("XDSMissingDocument", "mime-part-missing", _without_second),
    "part-twice": _fault("mime-part-duplicate", _twice),
    "base64-broken": _fault("mime-base64", _encoded(b"base64", b"Zm9v*")),
    "encoding-unknown": _fault("mime-transfer-encoding", _encoded(b"x-uuencode")),
    "header-without-colon": _fault("mime-start-missing", lambda body: body.replace(b"Content-ID:", b"Content-ID", 1)),
    "header-endless": _fault(
        "mime-headers", lambda body: body.replace(b"Content-ID:", b"X: " + b"a" * 40_000 + b"\r\nContent-ID:", 1)
    ),
    "forty-thousand-parts": _fault(
        "mime-parts",
        lambda body: b"".join(b"--b\r\nContent-ID: <%d>\r\n\r\nx\r\n" % n for n in range(20_000)) + b"--b--",
        lambda kind: 'multipart/related; boundary="b"',
    ),
    "cid-elsewhere": _fault("xop-href", lambda body: body.replace(b'href="cid:', b'href="http://127.0.0.1:1/')),
    "cid-file": _fault("xop-href", lambda body: body.replace(b'href="cid:', b'href="file:///etc/passwd?')),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_mime_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
