"""Good messages, made wrong at random: by bytes, by elements, by values, by MIME. One seed makes one message."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from carnet.wire.soap.envelope import SOAP

Mutation = Callable[[random.Random, bytes], bytes]

NASTY = (
    "",
    " ",
    "0",
    "-1",
    "9" * 400,
    "1e309",
    "NaN",
    "٣٤",
    "2147483648",
    "9223372036854775808",
    "99999999999999",
    "20261332256161",
    "0000",
    "('",
    "'",
    "''",
    "('a','b",
    "('" + "x" * 20_000 + "')",
    "%s%n%(id)s{0}",
    "\u0085\u2028\ufeff",
    "\u202eidiomes",
    "é" * 300,
    "🫀" * 50,
    "a\u0301" * 100,
    "\t\n",
    "urn:uuid:",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "urn:uuid:zzzzzzzz-0000-0000-0000-000000000000",
    "urn:oid:",
    "1." * 200 + "1",
    "2.25.1^extension",
    "^^^",
    "^^^&&ISO",
    "277076322082910^^^&1.2.250.1.213.1.4.10&ISO^NH^^^^",
    "$XDSDocumentEntryPatientId",
    "urn:oasis:names:tc:ebxml-regrep:StatusType:Nothing",
    "cid:",
    "cid:absent@example",
    "cid:%00",
    "file:///etc/passwd",
    "text/xml; charset=\x7f",
    "../../../etc/passwd",
    "<![CDATA[",
    "null",
    "True",
    "=" * 50,
    "////8A==",
)
RAW = (
    b"\x00",
    b"\xff\xfe",
    b"&#0;",
    b"&#xD800;",
    b"&undefined;",
    b"<",
    b"]]>",
    b"\xed\xa0\x80",
    b"<?x ?>",
    b"<!-- -->",
)
_NAMESPACES = ("", "urn:x", SOAP, "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0", "urn:ihe:iti:xds-b:2007")


@dataclass(frozen=True)
class Message:
    """What is posted: to which path, as what, in which bytes; `root` is the envelope of a multipart body."""

    name: str
    path: str
    content_type: str
    body: bytes
    root: bytes = b""


def mutated(message: Message, seed: int) -> Message:
    """The message with one to three mutations; the same for the same seed."""
    chance = random.Random(f"{message.name}/{seed}")  # noqa: S311 repeatable on purpose
    content_type, body = message.content_type, message.body
    for _ in range(chance.choice((1, 1, 2, 3))):
        kind = chance.random()
        if message.root and kind < 0.35:
            content_type, body = _damaged(chance, content_type, body)
        elif kind < 0.55:
            body = _in_envelope(message, body, lambda data: chance.choice(_BYTES)(chance, data))
        else:
            body = _in_envelope(message, body, lambda data: _tree(chance, data))
    return Message(message.name, message.path, content_type, body)


def _in_envelope(message: Message, body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the envelope where it still stands as it was, else the whole."""
    if message.root and message.root in body:
        return body.replace(message.root, change(message.root), 1)
    return change(body)


def _tree(chance: random.Random, data: bytes) -> bytes:
    try:
        root = etree.fromstring(data)
    except (etree.XMLSyntaxError, ValueError):
        return chance.choice(_BYTES)(chance, data)
    # Mostly in the body: a header that is wrong stops the message early.
    body = root.find(f"{{{SOAP}}}Body")
    within = root if body is None or chance.random() < 0.12 else body
    elements = [one for one in within.iter(etree.Element) if one is not root]
    if not elements:
        return data
    chance.choice(_TREE)(chance, elements)
    return etree.tostring(root)


def _text(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice([one for one in elements if not len(one)] or list(elements))
    _set(lambda value: setattr(target, "text", value), chance)


def _attribute(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice([one for one in elements if one.attrib] or list(elements))
    name = chance.choice([*target.attrib, "id", "mustUnderstand"])
    _set(lambda value: target.set(name, value), chance)


def _set(put: Callable[[str], None], chance: random.Random) -> None:
    value = chance.choice(NASTY)
    try:
        put(value)
    except ValueError:
        put("".join(character for character in value if character.isprintable()))


def _no_attribute(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice([one for one in elements if one.attrib] or list(elements))
    if target.attrib:
        del target.attrib[chance.choice(list(target.attrib))]


def _delete(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice(elements)
    parent = target.getparent()
    if parent is not None:
        parent.remove(target)


def _duplicate(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice(elements)
    for _ in range(chance.choice((1, 1, 1, 40))):
        target.addnext(deepcopy(target))


def _shuffle(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice([one for one in elements if len(one) > 1] or list(elements))
    children = list(target)
    chance.shuffle(children)
    target[:] = children


def _move(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    one, other = chance.choice(elements), chance.choice(elements)
    if one not in (other, *other.iterancestors()):
        other.append(one)


def _namespace(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target, namespace = chance.choice(elements), chance.choice(_NAMESPACES)
    name = etree.QName(target).localname
    target.tag = f"{{{namespace}}}{name}" if namespace else name


def _rename(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target, like = chance.choice(elements), chance.choice(elements)
    target.tag = chance.choice((like.tag, "{urn:x}unknown"))


def _comment(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    chance.choice(elements).insert(0, etree.Comment("x") if chance.random() < 0.5 else etree.PI("x", "y"))


def _deep(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    place = chance.choice(elements)
    for _ in range(chance.choice((20, 90, 300))):
        place = etree.SubElement(place, "deep")


def _type(chance: random.Random, elements: Sequence[etree._Element]) -> None:
    target = chance.choice(elements)
    target.set("{http://www.w3.org/2001/XMLSchema-instance}type", "rim:ExtrinsicObjectType")
    target.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


_TREE = (
    _text,
    _text,
    _text,
    _attribute,
    _attribute,
    _attribute,
    _no_attribute,
    _delete,
    _delete,
    _duplicate,
    _shuffle,
    _move,
    _namespace,
    _rename,
    _comment,
    _deep,
    _type,
)


def _truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _insert(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(RAW) * chance.choice((1, 1, 500)) + data[at:]


def _cut(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 10, 500)) :]


def _twice(chance: random.Random, data: bytes) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice((10, 200, 2000))]
    return data[:start] + part + data[start:]


def _encoded(chance: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return chance.choice(
        (
            lambda: text.encode("utf-16"),
            lambda: text.encode("utf-16-be"),
            lambda: b'<?xml version="1.0" encoding="UTF-7"?>' + data,
            lambda: b'<?xml version="1.1"?>' + data,
            lambda: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + data,
            lambda: b"\xef\xbb\xbf" + data,
            lambda: data + b"\n<again/>",
            lambda: b"\r\n\r\n" + data,
        )
    )()


_BYTES: tuple[Mutation, ...] = (_truncate, _flip, _insert, _cut, _twice, _encoded)


def _damaged(chance: random.Random, content_type: str, body: bytes) -> tuple[str, bytes]:
    """MIME: parameters, boundaries, part headers."""
    way = chance.randrange(12)
    if way == 0:
        return content_type.replace("boundary=", chance.choice(("boundry=", "boundary=x", 'boundary="'))), body
    if way == 1:
        return content_type.replace("start=", chance.choice(("start=x", "begin=", "start=;"))), body
    if way == 2:
        return chance.choice(
            ("multipart/related", "multipart/mixed; boundary=x", "application/soap+xml", "", "x")
        ), body
    if way == 3:
        return content_type + "; " + chance.choice(
            ("a=" * 2000, "boundary=other", "charset=utf-16", 'start="<x>"')
        ), body
    if way == 4:
        return content_type, body.replace(b"\r\n", b"\n")
    if way == 5:
        return content_type, body.rstrip(b"\r\n-")
    if way == 6:
        return content_type, body.replace(b"Content-ID", chance.choice((b"Content-Id-", b"content-id", b"Content-ID:")))
    if way == 7:
        coding = chance.choice((b"base64", b"quoted-printable", b"8bit", b"gzip", b"x" * 5000))
        return content_type, body.replace(b"Content-Transfer-Encoding: binary", b"Content-Transfer-Encoding: " + coding)
    if way == 8:
        return content_type, body.replace(
            b"\r\n\r\n", b"\r\n" + b"X-Header: y\r\n" * chance.choice((1, 50, 3000)) + b"\r\n", 1
        )
    if way == 9:
        return content_type, body.replace(b"\r\n\r\n", b"\r\n", chance.choice((1, 2)))
    if way == 10:
        return content_type, chance.choice((_truncate, _cut, _twice, _flip))(chance, body)
    at = body.find(b"\r\n--")
    return content_type, body[at:] if at >= 0 else body
