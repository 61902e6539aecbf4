"""The syntax of stored query parameters (IHE ITI TF-2 §3.18.4.1.2.3.5): slots to lists of values and back.

A value is `'text'` (a quote inside is doubled), a number, or a list `('a','b')`. Several values of one
slot are alternatives; the same slot written twice asks for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.model import Code, Status
from carnet.wire.xml import escape

SOURCE = "IHE ITI TF-2 §3.18.4.1.2.3"
_RIM = f"{{{names.RIM}}}"
_TIME = re.compile(r"[0-9]{4}([0-9]{2}){0,5}")
_ITEM = re.compile(r"\s*(?:'((?:[^']|'')*)'|([0-9]+(?:\.[0-9]+)?))\s*")

# Accepted by every query: a community says whose objects are asked for, and there is only one here (XCA is not
# served); the level says what the consumer can read of metadata updates.
_ANYWHERE = frozenset(("$homeCommunityId", "$MetadataLevel"))
ASSOCIATION_STATUS = "$XDSAssociationStatus"
LEAF_CLASS = "LeafClass"
OBJECT_REF = "ObjectRef"

# Parameter → the values of each of its slots.
Parameters = dict[str, tuple[tuple[str, ...], ...]]
CodeFilter = tuple[tuple[Code, ...], ...]


class StoredQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What every query says: whether objects (LeafClass) or their ids only (ObjectRef) come back.

    `association_statuses` is of metadata update (level 2), empty when not asked.
    """

    return_type: str = LEAF_CLASS
    association_statuses: tuple[Status, ...] = ()


class Form(NamedTuple):
    """How one stored query is written (TF-2 §3.18.4.1.2.3.7).

    `single` are the parameters with one value, `lists` those with several, `both` those whose slot may be repeated
    to ask for all of its lists (§3.18.4.1.2.3.5). `read` makes the query's value, `write` its parameters.
    """

    id: str
    name: str
    kind: type[StoredQuery]
    required: tuple[str, ...]
    single: frozenset[str]
    lists: frozenset[str]
    both: frozenset[str]
    read: Callable[[Parameters, str], StoredQuery]
    write: Callable[[Any], Parameters]

    def read_checked(self, parameters: Parameters, return_type: str) -> StoredQuery:
        """The value of a query. Raises Malformed: `query-parameter-…`, `query-value`."""
        known(parameters, self.single | self.lists | self.both | _ANYWHERE)
        for name in self.required:
            required(parameters, name)
        for name, slots in parameters.items():
            if len(slots) > 1 and name not in self.both:
                raise _repeated(name, len(slots))
        for name in self.single:
            one(parameters, name)
        query = self.read(parameters, return_type)
        if ASSOCIATION_STATUS not in parameters:
            return query
        return msgspec.structs.replace(query, association_statuses=statuses(parameters, ASSOCIATION_STATUS))

    def written(self, query: StoredQuery) -> Parameters:
        """The parameters of a query; those without value are empty."""
        return {**self.write(query), ASSOCIATION_STATUS: written_statuses(query.association_statuses)}


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


def exactly_one(parameters: Parameters, *names_: str) -> None:
    """Raises Malformed unless one sort of identifier is given (`query-parameter-missing`, `…-number`)."""
    given = [name for name in names_ if name in parameters]
    if not given:
        required(parameters, names_[0])
    if len(given) > 1:
        raise Malformed(
            "query-parameter-number",
            "Cette requête se fait par une seule sorte d'identifiants.",
            field=" ".join(given),
            found=str(len(given)),
            expected="1",
            source=SOURCE,
        )


def any_of(parameters: Parameters, name: str) -> tuple[str, ...]:
    """All values of a parameter that only knows alternatives."""
    return tuple(value for slot in parameters.get(name, ()) for value in slot)


def codes(parameters: Parameters, name: str) -> tuple[tuple[Code, ...], ...]:
    """Coded values `code^^scheme`: all of the outer, any of the inner. Raises Malformed (`query-value`)."""
    return tuple(tuple(_code(name, value) for value in slot) for slot in parameters.get(name, ()))


def written_codes(filters: CodeFilter) -> tuple[tuple[str, ...], ...]:
    """A filter as the values of its slots."""
    return tuple(tuple(f"{code.code}^^{code.scheme}" for code in alternatives) for alternatives in filters)


def statuses(parameters: Parameters, name: str) -> tuple[Status, ...]:
    """availabilityStatus values. Raises Malformed (`query-value`)."""
    found = []
    for value in any_of(parameters, name):
        try:
            found.append(Status(value))
        except ValueError:
            raise wrong_value(name, value, Status.APPROVED) from None
    return tuple(found)


def written_statuses(values: Iterable[Status]) -> tuple[tuple[str, ...], ...]:
    """Statuses as the values of a slot."""
    return (tuple(status.value for status in values),)


def times(parameters: Parameters, name: str) -> tuple[str, str]:
    """The DTM of `…From` and `…To`, empty when open. Raises Malformed (`query-value`)."""
    return _time(parameters, f"{name}From"), _time(parameters, f"{name}To")


def written_times(name: str, bounds: tuple[str, str]) -> Parameters:
    """A pair of times as parameters."""
    sides = zip(("From", "To"), bounds, strict=True)
    return {f"{name}{side}": ((value,),) for side, value in sides if value}


def both_sides(*names_: str) -> frozenset[str]:
    """The parameters that `times` reads."""
    return frozenset(f"{name}{side}" for name in names_ for side in ("From", "To"))


def _time(parameters: Parameters, name: str) -> str:
    value = one(parameters, name)
    if value and not _TIME.fullmatch(value):
        raise wrong_value(name, value, "AAAA[MM[JJ[hh[mm[ss]]]]]")
    return value


def _repeated(name: str, count: int) -> Malformed:
    return Malformed(
        "query-parameter-and",
        "Ce paramètre ne peut être répété : plusieurs valeurs s'écrivent dans une seule liste.",
        field=name[:100],
        found=str(count),
        expected="1 Slot",
        source=SOURCE,
    )


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
        for values in filter(None, alternatives):
            written = ",".join(quoted(value) for value in values)
            written = escape(written if name in single or name in _ANYWHERE else f"({written})")
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
