"""The syntax of stored query parameters (IHE ITI TF-2 §3.18.4.1.2.3.5): slots to lists of values and back.

A value is `'text'` (a quote inside is doubled), a number, or a list `('a','b')`. Several values of one
slot are alternatives; the same slot written twice asks for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.model import Code
from carnet.wire.xml import escape

SOURCE = "IHE ITI TF-2 §3.18.4.1.2.3"
_RIM = f"{{{names.RIM}}}"
_ITEM = re.compile(r"\s*(?:'((?:[^']|'')*)'|([0-9]+(?:\.[0-9]+)?))\s*")

# Parameter → the values of each of its slots.
Parameters = dict[str, tuple[tuple[str, ...], ...]]


def read_parameters(query: etree._Element) -> Parameters:
    """The slots of a rim:AdhocQuery. Raises Malformed (`query-value`)."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for slot in query.iterchildren(f"{_RIM}Slot"):
        name = slot.get("name", "")
        values = [value for text in _texts(slot) for value in _items(name, text)]
        if values:
            found.setdefault(name, []).append(tuple(values))
    return {name: tuple(slots) for name, slots in found.items()}


def _texts(slot: etree._Element) -> Iterator[str]:
    for values in slot.iterchildren(f"{_RIM}ValueList"):
        for value in values:
            yield (value.text or "").strip()


def _items(name: str, text: str) -> Iterator[str]:
    if not text:
        return
    inner = text[1:-1] if text[0] == "(" and text[-1] == ")" else text
    position = 0
    while True:
        item = _ITEM.match(inner, position)
        if item is None:
            raise wrong_value(name, text, "'valeur' ou ('a','b')")
        quoted, number = item.groups()
        yield number if quoted is None else quoted.replace("''", "'")
        position = item.end()
        if position == len(inner):
            return
        if inner[position] != "," or inner is text:
            raise wrong_value(name, text, "'valeur' ou ('a','b')")
        position += 1


def one(parameters: Parameters, name: str) -> str:
    """The only value of a parameter, empty when absent. Raises Malformed (`query-parameter-number`)."""
    slots = parameters.get(name, ())
    values = [value for slot in slots for value in slot]
    if len(values) > 1:
        raise Malformed(
            "query-parameter-number",
            "Ce paramètre n'admet qu'une valeur.",
            field=name,
            found=str(len(values)),
            expected="1",
            source=SOURCE,
        )
    return values[0] if values else ""


def required(parameters: Parameters, name: str) -> None:
    """Raises Malformed (`query-parameter-missing`) when `name` has no value."""
    if name not in parameters:
        raise Malformed(
            "query-parameter-missing", "Un paramètre obligatoire de la requête manque.", field=name, source=SOURCE
        )


def any_of(parameters: Parameters, name: str) -> tuple[str, ...]:
    """All values of a parameter that only knows alternatives."""
    return tuple(value for slot in parameters.get(name, ()) for value in slot)


def codes(parameters: Parameters, name: str) -> tuple[tuple[Code, ...], ...]:
    """Coded values `code^^scheme`: all of the outer, any of the inner. Raises Malformed (`query-value`)."""
    return tuple(tuple(_code(name, value) for value in slot) for slot in parameters.get(name, ()))


def known(parameters: Parameters, accepted: Iterable[str]) -> None:
    """Raises Malformed (`query-parameter-unknown`): a filter that is ignored would answer another question."""
    for name in parameters:
        if name not in accepted:
            raise Malformed(
                "query-parameter-unknown",
                "Ce paramètre n'existe pas pour cette requête.",
                field=name[:100],
                expected=", ".join(sorted(accepted)),
                source=SOURCE,
            )


def render(query_id: str, parameters: Parameters, *, single: frozenset[str], return_type: str) -> str:
    """A query:AdhocQueryRequest; parameters of `single` are written as one value, all others as lists."""
    slots = []
    for name, alternatives in parameters.items():
        for values in alternatives:
            written = ",".join(quoted(value) for value in values)
            written = escape(written if name in single else f"({written})")
            slots.append(f'<Slot name="{escape(name)}"><ValueList><Value>{written}</Value></ValueList></Slot>')
    return (
        f'<q:AdhocQueryRequest xmlns:q="{names.QUERY}" xmlns="{names.RIM}">'
        f'<q:ResponseOption returnComposedObjects="true" returnType="{escape(return_type)}"/>'
        f'<AdhocQuery id="{escape(query_id)}">{"".join(slots)}</AdhocQuery></q:AdhocQueryRequest>'
    )


def quoted(value: str) -> str:
    """A text value in single quotes."""
    return "'" + value.replace("'", "''") + "'"


def wrong_value(name: str, found: str, expected: str) -> Malformed:
    """What to answer to a parameter whose value is not of its type."""
    return Malformed(
        "query-value",
        "La valeur de ce paramètre n'est pas de la forme attendue.",
        field=name[:100],
        found=found[:200],
        expected=expected,
        source=SOURCE,
    )


def _code(name: str, value: str) -> Code:
    code, _, rest = value.partition("^")
    display, _, scheme = rest.partition("^")
    if not code or not scheme:
        raise wrong_value(name, value, "'code^^système'")
    return Code(code, scheme.removeprefix("urn:oid:"), display)
