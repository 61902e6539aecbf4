"""Reading a code list that somebody publishes: CSV in our columns, IHE SVS XML (the JDV of the ANS), or FHIR JSON.

FHIR: a ValueSet that enumerates its codes (compose.include.concept, or an expansion) or a CodeSystem; R4 §4.9, §4.8.
SVS: RetrieveValueSetResponse, IHE ITI TF-2 §3.48. Whatever cannot be read is `Malformed`, and its `field` says where:
line and column, or the path of a JSON value.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from carnet.record.terminology.lists import COLUMNS, CodeList
from carnet.wire.errors import Malformed
from carnet.wire.fhir.codes import scheme_of
from carnet.wire.xds.model import Code
from carnet.wire.xml import parse

_SVS = "{urn:ihe:iti:svs:2008}"
_OID = "urn:oid:"


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as its file says it: its OID when it says one, where it comes from, its codes in order.

    A scheme is an OID, `URN`, `ASTM`, or an address of FHIR that `with_oids` has still to turn into one.
    """

    oid: str
    source: str
    codes: tuple[Code, ...]


def read_list(data: bytes) -> ListRead:
    """The list of a file, by what its first character says it is."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise _wrong("list-empty", "The file is empty.", "line 1, column 1", "")
    found = _read_xml(data) if start == b"<" else _read_json(data) if start == b"{" else _read_csv(data)
    if not found.codes:
        raise _wrong("list-empty", "The file names no code.", "", "", "at least one code")
    return found


def with_oids(read: ListRead, present: CodeList | None) -> ListRead:
    """The list with every scheme as our lists write it.

    An address of FHIR that nobody maps is the scheme that the present list gives to the codes it has of it, when that
    is one.
    """
    unknown = {code.scheme for code in read.codes if code.scheme.startswith(("http://", "https://"))}
    schemes = {}
    for address in sorted(unknown):
        known = {
            one.scheme
            for code in read.codes
            if code.scheme == address and present is not None
            for one in present.by_code.get(code.code, ())
        }
        if len(known) != 1:
            raise _wrong(
                "list-system",
                "This coding system is not known by its address, and the codes of the present list do not tell it.",
                "system",
                address,
                "urn:oid:… in its place",
            )
        schemes[address] = known.pop()
    codes = tuple(Code(code.code, schemes.get(code.scheme, code.scheme), code.display) for code in read.codes)
    return ListRead(read.oid, read.source, codes)


def _read_csv(data: bytes) -> ListRead:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start)
        raise _wrong("csv-encoding", "This is not UTF-8.", f"line {line}, column {column}", "", "UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    codes: dict[tuple[str, str], tuple[Code, int]] = {}
    source = ""
    try:
        head = next(rows)
        if tuple(head) != COLUMNS:
            column = next((n for n, (a, b) in enumerate(zip(head, COLUMNS, strict=False), 1) if a != b), len(head))
            found = ",".join(head)
            raise _wrong("csv-head", "These are not the columns.", f"line 1, column {column}", found, ",".join(COLUMNS))
        for row in rows:
            code, said = _csv_code(row, rows.line_num)
            _once(codes, code, rows.line_num)
            source = source or said
    except csv.Error as error:
        raise _wrong("csv", f"This is not CSV: {error}.", f"line {rows.line_num}, column 1", "") from None
    oid = source.rpartition(" ")[2]
    return ListRead(oid if "." in oid else "", source, tuple(code for code, _ in codes.values()))


def _csv_code(row: list[str], line: int) -> tuple[Code, str]:
    if len(row) != len(COLUMNS):
        where = f"line {line}, column {min(len(row), len(COLUMNS)) + 1}"
        raise _wrong("csv-row", "This row has not the columns of the heading.", where, "", f"{len(COLUMNS)} cells")
    for number, (name, cell) in enumerate(zip(COLUMNS, row, strict=True), 1):
        if not cell or cell != cell.strip():
            where = f"line {line}, column {number} ({name})"
            raise _wrong("csv-cell", "This cell is empty, or has spaces around it.", where, cell, "a value")
    return Code(row[0], row[1], row[2]), row[3]


def _read_xml(data: bytes) -> ListRead:
    root = parse(data)
    value_set = root if root.tag == _SVS + "ValueSet" else root.find(f".//{_SVS}ValueSet")
    if value_set is None:
        where = f"line {_line(root)}, column 1"
        raise _wrong("svs-root", "There is no ValueSet of SVS here.", where, str(root.tag), "RetrieveValueSetResponse")
    codes: dict[tuple[str, str], tuple[Code, int]] = {}
    for concept in value_set.iter(_SVS + "Concept"):
        line = _line(concept)
        _once(codes, Code(*(_attribute(concept, name, line) for name in ("code", "codeSystem", "displayName"))), line)
    name = (value_set.get("displayName") or "SVS").removesuffix(".tabs")
    oid = value_set.get("id") or ""
    return ListRead(oid, f"{name} {oid}".strip(), tuple(code for code, _ in codes.values()))


def _line(element: etree._Element) -> int:
    # The stubs type this attribute as an ellipsis.
    return int(getattr(element, "sourceline", None) or 0)


def _attribute(concept: etree._Element, name: str, line: int) -> str:
    value = " ".join((concept.get(name) or "").split())
    if not value:
        raise _wrong("svs-concept", f"A Concept has no {name}.", f"line {line}, column 1 (@{name})", "", "a value")
    return value


def _once(codes: dict[tuple[str, str], tuple[Code, int]], code: Code, line: int) -> None:
    key = code.code, code.scheme
    if key in codes:
        text = f"This code was given already, at line {codes[key][1]}."
        raise _wrong("list-twice", text, f"line {line}, column 1", f"{code.code} ({code.scheme})", "each code once")
    codes[key] = code, line


def _read_json(data: bytes) -> ListRead:
    try:
        resource = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _wrong("json", f"This is not JSON: {error.msg}.", where, "") from None
    except (UnicodeDecodeError, RecursionError):
        raise _wrong("json", "This is not JSON in UTF-8.", "line 1, column 1", "") from None
    kind = resource.get("resourceType")
    readers = {"ValueSet": _of_value_set, "CodeSystem": _of_code_system}
    if kind not in readers:
        raise _wrong("fhir-type", "This is no code list.", "resourceType", str(kind)[:60], "ValueSet or CodeSystem")
    codes: dict[tuple[str, str], Code] = {}
    for path, code in readers[kind](resource):
        if (code.code, code.scheme) in codes:
            twice = f"{code.code} ({code.scheme})"
            raise _wrong("list-twice", "This code was given already.", path, twice, "each code once")
        codes[code.code, code.scheme] = code
    oid = _oid_of(resource)
    name = str(resource.get("name") or resource.get("title") or kind)
    return ListRead(oid, f"{name} {oid or resource.get('url', '')}".strip(), tuple(codes.values()))


def _of_value_set(resource: Mapping[str, Any]) -> Iterator[tuple[str, Code]]:
    expansion = _mapping(resource.get("expansion", {}), "ValueSet.expansion")
    compose = _mapping(resource.get("compose", {}), "ValueSet.compose")
    contained = _list(expansion.get("contains"), "ValueSet.expansion.contains")
    if contained:
        for number, one in enumerate(contained):
            path = f"ValueSet.expansion.contains[{number}]"
            yield path, _json_code(one, _mapping(one, path).get("system"), path)
        return
    for place, include in enumerate(_list(compose.get("include"), "ValueSet.compose.include")):
        path = f"ValueSet.compose.include[{place}]"
        concepts = _list(_mapping(include, path).get("concept"), f"{path}.concept")
        if not concepts:
            text = "This part names its codes by a rule: give the expansion, which enumerates them."
            raise _wrong("fhir-enumerated", text, path, "", "concept")
        for number, one in enumerate(concepts):
            yield f"{path}.concept[{number}]", _json_code(one, include.get("system"), f"{path}.concept[{number}]")


def _of_code_system(resource: Mapping[str, Any], *, inside: str = "CodeSystem") -> Iterator[tuple[str, Code]]:
    oid = _oid_of(resource)
    system = _OID + oid if oid else resource.get("url")
    ahead = [(inside, resource)]
    while ahead:
        path, holder = ahead.pop(0)
        for number, one in enumerate(_list(holder.get("concept"), f"{path}.concept")):
            own = f"{path}.concept[{number}]"
            yield own, _json_code(one, system, own)
            ahead.append((own, one))


def _json_code(value: object, system: object, path: str) -> Code:
    found = _mapping(value, path)
    parts = [found.get("code"), system, found.get("display")]
    for name, part in zip(("code", "system", "display"), parts, strict=True):
        if not isinstance(part, str) or not part.strip():
            raise _wrong("fhir-code", f"A code has no {name}.", f"{path}.{name}", "", "a text")
    code, scheme, display = (str(part).strip() for part in parts)
    return Code(code, scheme_of(scheme), " ".join(display.split()))


def _mapping(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong("fhir-shape", "This is no object.", path, str(value)[:60], "{…}")
    return value


def _list(value: object, path: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise _wrong("fhir-shape", "This is no list.", path, str(value)[:60], "[…]")
    return value or []


def _oid_of(resource: Mapping[str, Any]) -> str:
    identifiers = resource.get("identifier")
    for one in identifiers if isinstance(identifiers, list) else []:
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, str) and value.startswith(_OID):
            return value.removeprefix(_OID)
    url = resource.get("url")
    return url.removeprefix(_OID) if isinstance(url, str) and url.startswith(_OID) else ""


def _wrong(rule: str, text: str, field: str, found: str, expected: str = "") -> Malformed:
    return Malformed(rule, text, field=field, found=found, expected=expected)
