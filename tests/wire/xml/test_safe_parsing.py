"""Hostile and broken XML: each gets its rule, none gets an entity, a file or the network."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xml import escape, parse

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><l>&c;</l>'
)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "xml-empty"),
        (b"   ", "xml-syntax"),
        (b"\x00\x00\x00\x00", "xml-encoding"),
        (b"not xml", "xml-syntax"),
        (b"<a><b></a>", "xml-syntax"),
        (b"<a/><b/>", "xml-syntax"),
        (b"<a>\x00</a>", "xml-syntax"),
        (b"<a>\x01</a>", "xml-syntax"),
        (b"<a>&#0;</a>", "xml-syntax"),
        (b"<a>&unknown;</a>", "xml-syntax"),
        (b"<a><x:b/></a>", "xml-syntax"),
        (b"<a b='1' b='2'/>", "xml-syntax"),
        (LAUGHS, "xml-dtd"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "xml-dtd"),
        (b"<?xml version='1.0'?>\n<!-- c --><?p i?>\n<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'><a/>", "xml-dtd"),
        (b"\xef\xbb\xbf<!DOCTYPE a><a/>", "xml-dtd"),
        ("<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE a><a/>".encode("utf-16"), "xml-dtd"),
        ("<a/>".encode("utf-16-le"), "xml-encoding"),
        (b"\xff\xfe<\x00a", "xml-encoding"),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", "xml-encoding"),
        (b"<?xml version='1.0' encoding='IBM037'?><a/>", "xml-encoding"),
        (b"<a>\xe9t\xe9</a>", "xml-syntax"),
        (b"<a>" * 101 + b"</a>" * 101, "xml-depth"),
        (b"<a>" * 5000 + b"</a>" * 5000, "xml-depth"),
        (b"<a>" * 200_000, "xml-depth"),
        (b"<a>" + b"x" * 10_500_000 + b"</a>", "xml-size"),
        (b"<a>" + b"x" * 17_000_000 + b"</a>", "xml-size"),
    ],
)
def test_what_is_hostile_is_named(data: bytes, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(data)
    assert caught.value.rule == rule


def test_the_place_of_an_error_is_told_without_quoting_the_document() -> None:
    with pytest.raises(Malformed) as caught:
        parse(b"<a>\n  <secret-name></other>\n</a>")
    assert "ligne 2" in caught.value.text
    assert "secret" not in caught.value.text + caught.value.found


def test_what_is_allowed_is_read() -> None:
    assert parse("<a>é</a>".encode()).text == "é"
    assert parse("<?xml version='1.0' encoding='UTF-16'?><a>é</a>".encode("utf-16")).text == "é"
    assert parse("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1")).text == "é"
    assert parse(b"<a>un<!-- x -->deux<?p i?>trois</a>").text == "undeuxtrois"
    assert parse(b"<a><![CDATA[<!DOCTYPE a>]]></a>").text == "<!DOCTYPE a>"
    assert parse(b"<!-- <!DOCTYPE a> --><a>" + b"<b>" * 99 + b"</b>" * 99 + b"</a>").tag == "a"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_what_is_escaped_parses_back(value: str) -> None:
    root = etree.fromstring(f'<a b="{escape(value)}">{escape(value)}</a>')
    expected = "".join("\ufffd" if _forbidden(character) else character for character in value)
    assert (root.text or "") == expected
    assert root.get("b") == expected


def _forbidden(character: str) -> bool:
    number = ord(character)
    return (number < 32 and character not in "\t\n\r") or 0xD800 <= number < 0xE000 or number in (0xFFFE, 0xFFFF)
