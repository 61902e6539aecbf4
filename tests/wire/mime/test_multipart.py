"""Multipart bodies: what is written is read back, whole or in pieces, and what is broken is named."""

from __future__ import annotations

import base64
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.wire.errors import Malformed
from carnet.wire.mime import (
    Attachment,
    ContentType,
    PartEnd,
    PartStart,
    Splitter,
    render,
    split,
    streamed,
)

BOUNDARY = "limite-1"
TYPE = f'multipart/related; boundary="{BOUNDARY}"; type="application/xop+xml"'

# Contents made of what delimits: the ways to be fooled.
_hostile = st.lists(
    st.sampled_from(
        [
            b"\r\n",
            b"\n",
            b"\r",
            b"-",
            b"--",
            b"limite-1",
            b"--limite-1",
            b"\r\n--limite-",
            b"x",
            b" ",
        ]
    ),
    max_size=12,
).map(b"".join)
_contents = st.lists(st.binary(max_size=200) | _hostile, min_size=1, max_size=5)


def _attachment(name: str, data: bytes) -> Attachment:
    return Attachment(name, "application/octet-stream", [data], len(data))


def _collect(body: bytes, content_type: str, cuts: list[int]) -> list[tuple[str, bytes]]:
    splitter = Splitter(content_type)
    parts: list[tuple[str, bytes]] = []
    edges = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
    for start, end in pairwise(edges):
        for event in splitter.feed(body[start:end]):
            if isinstance(event, PartStart):
                parts.append((event.content_id, b""))
            elif isinstance(event, bytes):
                parts[-1] = (parts[-1][0], parts[-1][1] + event)
            else:
                assert isinstance(event, PartEnd)
    splitter.close()
    return parts


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_contents, st.lists(st.integers(0, 5000), max_size=12))
def test_what_is_written_is_read_whole_and_in_pieces(contents: list[bytes], cuts: list[int]) -> None:
    attachments = [_attachment(f"doc{number}", data) for number, data in enumerate(contents[1:])]
    content_type, body = render(contents[0], attachments)
    parts = split(body, content_type)
    assert parts.root.body == contents[0]
    assert [part.body for part in parts.attachments.values()] == contents[1:]
    assert [data for _, data in _collect(body, content_type, cuts)] == contents


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    _contents,
    st.lists(st.integers(0, 2000), max_size=12),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_whole_and_incremental_agree_on_hostile_contents(contents: list[bytes], cuts: list[int], eol: bytes) -> None:
    body = b""
    for number, data in enumerate(contents):
        body += eol + b"--" + BOUNDARY.encode() + eol + f"Content-ID: <p{number}>".encode() + eol + eol + data
    body += eol + b"--" + BOUNDARY.encode() + b"--"
    try:
        whole = split(body, TYPE)
    except Malformed as error:
        refused = error.rule
    else:
        expected = [(whole.root.content_id, whole.root.body)]
        expected += [(part.content_id, part.body) for part in whole.attachments.values()]
        assert _collect(body, TYPE, cuts) == expected
        return
    try:
        names = [name for name, _ in _collect(body, TYPE, cuts)]
    except Malformed as error:
        refused_in_pieces = error.rule
    else:
        # Names are compared by whoever gathers the parts, not by the splitter.
        refused_in_pieces = "mime-part-duplicate" if len(set(names)) < len(names) else ""
    assert refused_in_pieces in (refused, "mime-truncated", "mime-headers")


def test_content_length_is_announced_exactly() -> None:
    from carnet.wire.mime import stream

    content_type, length, chunks = stream(b"<root/>", [_attachment("a", b"x" * 1000), _attachment("b", b"")])
    body = b"".join(chunks)
    assert len(body) == length
    assert [part.body for part in split(body, content_type).attachments.values()] == [
        b"x" * 1000,
        b"",
    ]


def test_a_media_type_cannot_add_a_header() -> None:
    content_type, body = render(b"r", [Attachment("a", "text/xml\r\nX-Evil: 1", [b"d"], 1)])
    assert b"\r\nX-Evil" not in body
    assert split(body, content_type).attachments["a"].body == b"d"


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ('multipart/related; boundary="a b"; type="x;y"', b"a b"),
        ("multipart/related; type=text/xml; boundary=uuid:1", b"uuid:1"),
        ('Multipart/Related;BOUNDARY="----=_Part_1"', b"----=_Part_1"),
    ],
)
def test_boundaries_quoted_or_not(header: str, boundary: bytes) -> None:
    assert ContentType.read(header).boundary == boundary


@pytest.mark.parametrize(
    ("href", "header"),
    [
        ("cid:doc1@carnet.example", "<doc1@carnet.example>"),
        ("cid:doc1@urn%3Aihe%3Aiti", "<doc1@urn:ihe:iti>"),
        ("cid:doc1@urn%3Aihe", "<doc1@urn%3Aihe>"),
        ("CID:doc1", "doc1"),
    ],
)
def test_content_ids_in_all_their_forms(href: str, header: str) -> None:
    root = "--limite-1\r\nContent-ID: <r>\r\n\r\nroot\r\n"
    body = f"{root}--limite-1\r\nContent-ID: {header}\r\n\r\ndata\r\n--limite-1--"
    assert split(body.encode(), TYPE + '; start="<r>"').find(href).body == b"data"


def test_base64_parts_are_decoded_in_both_readers() -> None:
    data = bytes(range(256)) * 20
    text = base64.encodebytes(data)
    body = b"--limite-1\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text + b"\r\n--limite-1--"
    assert split(body, TYPE).root.body == data
    assert _collect(body, TYPE, list(range(0, len(body), 7))) == [("", data)]


@pytest.mark.parametrize(
    ("body", "header", "rule"),
    [
        (b"--limite-1\r\n\r\nx\r\n--limite-1--", "multipart/related", "mime-boundary"),
        (
            b"--limite-1\r\n\r\nx\r\n--limite-1--",
            'multipart/related; boundary="a\nb"',
            "mime-boundary",
        ),
        (b"nothing here", TYPE, "mime-truncated"),
        (b"--limite-1\r\n\r\nx", TYPE, "mime-truncated"),
        (b"--limite-1\r\nContent-ID: <a>", TYPE, "mime-truncated"),
        (
            b"--limite-1\r\n" + b"a: " + b"b" * 20000 + b"\r\n\r\nx\r\n--limite-1--",
            TYPE,
            "mime-headers",
        ),
        (
            b"--limite-1\r\n\r\nx" * 1 + b"\r\n--limite-1\r\n\r\n" * 1001 + b"\r\n--limite-1--",
            TYPE,
            "mime-parts",
        ),
        (
            b"--limite-1\r\n\r\nx" + b"\r\n--limite-1\r\nContent-ID: <a>\r\n\r\n1" * 2 + b"\r\n--limite-1--",
            TYPE,
            "mime-part-duplicate",
        ),
        (
            b"--limite-1\r\nContent-ID: <a>\r\n\r\nx\r\n--limite-1--",
            TYPE + '; start="<b>"',
            "mime-start-missing",
        ),
        (
            b"--limite-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n--limite-1--",
            TYPE,
            "mime-transfer-encoding",
        ),
        (
            b"--limite-1\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n--limite-1--",
            TYPE,
            "mime-base64",
        ),
    ],
)
def test_what_is_broken_is_named(body: bytes, header: str, rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        split(body, header)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("href", "rule"),
    [("cid:absent", "mime-part-missing"), ("file:///etc/passwd", "xop-href")],
)
def test_an_inclusion_stays_in_its_message(href: str, rule: str) -> None:
    content_type, body = render(b"r", [_attachment("a", b"d")])
    with pytest.raises(Malformed) as caught:
        split(body, content_type).find(href)
    assert caught.value.rule == rule


def test_streamed_parts_come_in_order_and_unread_bytes_are_skipped() -> None:
    content_type, body = render(b"root", [_attachment("a", b"x" * 5000), _attachment("b", b"yy")])
    chunks = (body[i : i + 100] for i in range(0, len(body), 100))
    names, contents = [], []
    for part in streamed(chunks, content_type):
        names.append(part.content_id)
        if part.content_id != "a":
            contents.append(b"".join(part.chunks))
    assert names == ["root@carnet", "a", "b"]
    assert contents == [b"root", b"yy"]


def test_a_large_stream_needs_the_root_first() -> None:
    body = b"--limite-1\r\nContent-ID: <a>\r\n\r\nx\r\n--limite-1\r\nContent-ID: <r>\r\n\r\ny\r\n--limite-1--"
    with pytest.raises(Malformed) as caught:
        list(streamed([body], TYPE + '; start="<r>"'))
    assert caught.value.rule == "mime-start-order"


def test_memory_is_bounded_whatever_the_size() -> None:
    def chunks():
        yield b"--limite-1\r\n\r\n"
        block = b"\r\n--limite-" * 6000
        for _ in range(500):
            yield block
        yield b"\r\n--limite-1--"

    tracemalloc.start()
    size = 0
    for part in streamed(chunks(), TYPE):
        for piece in part.chunks:
            size += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 500 * 6000 * 11
    assert peak < 2_000_000
