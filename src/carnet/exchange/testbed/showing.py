"""A body as numbered lines, laid out for reading, with the lines that a problem speaks of marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from carnet.exchange.testbed.cutting import sections
from carnet.exchange.testbed.reading import Problem, parsed
from carnet.wire.xds import names

_MOST_LINES = 1500
_LONGEST = 600
_PLACE = re.compile(r"ligne (\d+), colonne \d+")
_PATH = re.compile(r"(\w+)(?:\[(\d+)\])?")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


# XDS attributes that ebRIM writes as a classification or an external identifier: name → schemes.
_SCHEMES: dict[str, tuple[str, ...]] = {
    "author": (names.ENTRY_AUTHOR, names.SET_AUTHOR),
    "patientId": (names.ENTRY_PATIENT_ID, names.SET_PATIENT_ID),
    "uniqueId": (names.ENTRY_UNIQUE_ID, names.SET_UNIQUE_ID),
    "sourceId": (names.SET_SOURCE_ID,),
    "contentTypeCode": (names.SET_CONTENT_TYPE,),
    "eventCodeList": (names.ENTRY_CODE_LISTS["event_codes"],),
    "confidentialityCode": (names.ENTRY_CODE_LISTS["confidentiality_codes"],),
    **{_camel(name): (scheme,) for name, scheme in names.ENTRY_CODES.items()},
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a body: its number, its text, the rules that speak of it."""

    number: int
    text: str
    rules: tuple[str, ...] = ()


def lines(content_type: str, data: bytes, problems: Sequence[Problem] = ()) -> tuple[Shown, ...]:
    """The body's lines; a body that cannot be read is shown as it came."""
    shown = [Shown(number, text[:_LONGEST]) for number, text in enumerate(_texts(content_type, data), 1)]
    shown = shown[:_MOST_LINES]
    for problem in problems:
        for number in _places(shown, problem):
            line = shown[number]
            shown[number] = replace(line, rules=(*line.rules, problem.rule or problem.code))
    return tuple(shown)


def headers(pairs: Sequence[tuple[str, str]], problems: Sequence[Problem] = ()) -> tuple[Shown, ...]:
    """Headers as lines."""
    named = {problem.field.lower(): problem.rule for problem in problems if problem.field}
    return tuple(
        Shown(
            number,
            (f"{name}: {value}" if name else value)[:_LONGEST],
            (named[name.lower()],) if name.lower() in named else (),
        )
        for number, (name, value) in enumerate(pairs, 1)
    )


def _texts(content_type: str, data: bytes) -> Iterator[str]:
    for number, (head, body) in enumerate(sections(content_type, data)):
        if number:
            yield ""
        if head:
            yield from head.decode("utf-8", "replace").splitlines()
            yield ""
        yield from _laid_out(body)


def _laid_out(body: bytes) -> list[str]:
    stripped = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if stripped.startswith(b"<"):
        root = parsed(body)
        if root is not None:
            etree.indent(root, "  ")
            return etree.tostring(root, encoding="unicode").splitlines()
    if stripped.startswith((b"{", b"[")):
        try:
            return json.dumps(json.loads(body), ensure_ascii=False, indent=2).splitlines()
        except (ValueError, RecursionError):
            pass
    text = body.decode("utf-8", "replace")
    if "\0" in text or text.count("�") > len(text) // 20 + 3:
        return [f"[{len(body)} octets qui ne sont pas du texte] {body[:60].hex(' ')}…"]
    return text.splitlines()


def _places(shown: Sequence[Shown], problem: Problem) -> list[int]:
    """Indexes of the lines that a problem speaks of: by position, by path, by value, then by name."""
    position = _PLACE.search(problem.field)
    if position:
        return [min(int(position[1]), len(shown)) - 1] if shown else []
    if shown and shown[0].text == "{":
        found = _by_path(shown, problem.field)
        if found is not None:
            return [found]
    named = _by_name(shown, problem.field)
    valued = [number for number, line in enumerate(shown) if len(problem.found) > 2 and problem.found in line.text]
    both = [number for number in valued if number in named]
    if both or len(valued) == 1:
        return (both or valued)[:3]
    return named[:3] if named else valued[:3]


def _by_path(shown: Sequence[Shown], field: str) -> int | None:
    """The line of a FHIR path (`Bundle.entry[1].resource.type`) in indented JSON; the deepest part that is there."""
    at, depth, reached = 0, 1, None
    for name, index in _PATH.findall(field)[1:] if field.startswith("Bundle.") else ():
        start = f'{"  " * depth}"{name}":'
        here = next((n for n in range(at, len(shown)) if shown[n].text.startswith(start)), None)
        if here is None or any(_depth(line.text) < depth for line in shown[at + 1 : here]):
            break
        reached = at = here
        if index:
            opening = [
                n for n in range(at + 1, len(shown)) if _depth(shown[n].text) == depth + 1 and shown[n].text[-1] in "{["
            ]
            if int(index) >= len(opening):
                break
            reached = at = opening[int(index)]
            depth += 1
        depth += 1
    return reached


def _depth(text: str) -> int:
    return (len(text) - len(text.lstrip(" "))) // 2


def _by_name(shown: Sequence[Shown], field: str) -> list[int]:
    """Lines that open what a field names: an element, an attribute, an ebRIM slot or classification, a JSON name."""
    last = re.split(r"[./:]", field.partition(" ")[0].rstrip("]").partition("[")[0])[-1]
    if not last or field.startswith("urn:"):
        last = field
    if not last:
        return []
    wanted = [f"<{last}", f":{last}", f'name="{last}"', f'Name="{last}"', f'"{last}":', f" {last}="]
    wanted += _SCHEMES.get(last, ())
    return [number for number, line in enumerate(shown) if any(part in line.text for part in wanted)]
