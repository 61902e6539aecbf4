"""Bad XML at the SOAP doors: entities, depth, encodings, syntax."""

from __future__ import annotations

import pytest

from tests.attacks.bad_input import Case, Door, refuses

_LOL = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


def _before(prolog: bytes) -> Case:
    return Case(lambda door: door.query(lambda data: prolog + data), "Sender", "xml-dtd", 400)


def _spoiled(rule: str, spoil: object) -> Case:
    return Case(lambda door: door.query(spoil), "Sender", rule, 400)  # type: ignore[arg-type]


def _in_body(inside: bytes) -> object:
    return lambda data: data.replace(b"<s:Body>", b"<s:Body>" + inside, 1)


CASES: dict[str, Case] = {
    "billion-laughs": _before(b'<!DOCTYPE x [<!ENTITY l0 "lol">' + _LOL + b"]>"),
    "external-entity-file": _before(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
    "external-entity-http": _before(b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:1/e">]>'),
    "external-dtd": _before(b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">'),
    "parameter-entity": _before(b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>'),
    "doctype-after-a-comment": _before(b"<!-- bonjour --><?a b?>\n<!DOCTYPE x>"),
    "undeclared-entity": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"&nbsp;BAD")),
    "deep-nesting": _spoiled("xml-depth", lambda data: b"<a>" * 5000 + b"</a>" * 5000),
    "deep-inside-the-body": _spoiled("xml-depth", _in_body(b"<a>" * 120 + b"</a>" * 120)),
    "never-closed": _spoiled("xml-depth", lambda data: b"<a>" * 200_000),
    "nul-byte": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"B\0D")),
    "nul-reference": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"B&#0;D")),
    "control-reference": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"B&#x1b;D")),
    "surrogate-reference": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"B&#xD800;D")),
    "latin-1-bytes-as-utf-8": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"\xe9\xe8")),
    "overlong-utf-8": _spoiled("xml-syntax", lambda data: data.replace(b"BAD", b"\xc0\xaf")),
    "utf-16-without-its-mark": _spoiled("xml-encoding", lambda data: data.decode().encode("utf-16-be")),
    "utf-7": _spoiled("xml-encoding", lambda data: b'<?xml version="1.0" encoding="UTF-7"?>' + data),
    "ebcdic": _spoiled("xml-encoding", lambda data: b'<?xml version="1.0" encoding="cp037"?>' + data),
    "empty": _spoiled("xml-empty", lambda data: b""),
    "cut": _spoiled("xml-syntax", lambda data: data[: len(data) // 2]),
    "two-roots": _spoiled("xml-syntax", lambda data: data + data),
    "not-xml": _spoiled("xml-syntax", lambda data: b'{"resourceType": "Bundle"}'),
    "undeclared-prefix": _spoiled("xml-syntax", lambda data: data.replace(b"<s:Body>", b"<x:y/><s:Body>")),
    "attribute-twice": _spoiled("xml-syntax", _in_body(b'<a b="1" b="2"/>')),
    "sixty-thousand-attributes": _spoiled(
        "soap-body", _in_body(b"<a " + b" ".join(b'a%d="1"' % n for n in range(60_000)) + b"/>")
    ),
    "forty-thousand-namespaces": _spoiled(
        "soap-body", _in_body(b"<a " + b" ".join(b'xmlns:n%d="u:%d"' % (n, n) for n in range(20_000)) + b"/>")
    ),
    "xinclude": _spoiled(
        "soap-body", _in_body(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>')
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_xml_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
