"""JSON Patch (RFC 6902) and JSON Pointer (RFC 6901), over the three elements of a DocumentReference that may change."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from carnet.wire.errors import Malformed
from carnet.wire.fhir.faults import Faults

ELEMENTS = ("status", "securityLabel", "extension")
_RFC = "RFC 6902"
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}")
_NEEDS = {
    "add": ("value",),
    "replace": ("value",),
    "remove": (),
    "test": ("value",),
    "move": ("from",),
    "copy": ("from",),
}
Operation = Callable[[dict[str, Any], Faults], None]


class _NoPlaceError(LookupError):
    """A pointer that leads nowhere."""


def read(said: Any, faults: Faults) -> list[Operation]:
    """The operations of a decoded patch; faults are recorded, Malformed is raised for what is no patch."""
    if not isinstance(said, list) or not all(isinstance(operation, dict) for operation in said):
        raise Malformed(
            "patch", "Un tableau d'opérations est attendu.", field="Patch", expected='[{"op": …, "path": …}]',
            source=_RFC,
        )  # fmt: skip
    found: list[Operation] = []
    for number, operation in enumerate(said):
        place = f"Patch[{number}]"
        kind, pointers = operation.get("op"), [operation.get("path")]
        if not isinstance(kind, str) or kind not in _NEEDS:
            faults.add("patch-operation", "Opération inconnue.", f"{place}.op", found=str(kind), source=_RFC)
            continue
        missing = [name for name in _NEEDS[kind] if name not in operation]
        if missing:
            faults.add("required", "Un élément obligatoire manque.", f"{place}.{missing[0]}", source=_RFC)
            continue
        if "from" in _NEEDS[kind]:
            pointers.append(operation["from"])
        if not all(isinstance(pointer, str) and _POINTER.fullmatch(pointer) for pointer in pointers):
            faults.add(
                "pointer", "Le chemin n'est pas un JSON Pointer.", f"{place}.path", found=str(operation.get("path")),
                expected="/status, /securityLabel/0, /extension/-", source="RFC 6901",
            )  # fmt: skip
            continue
        paths = [[_unescape(token) for token in str(pointer).split("/")[1:]] for pointer in pointers]
        # A test reads and a copy reads its source: everything else writes.
        written = {"test": [], "copy": paths[:1]}.get(kind, paths)
        if any(not path or path[0] not in ELEMENTS for path in written):
            refuse_element(faults, f"{place}.path", str(operation["path"]))
            continue
        found.append(partial(_run, kind, paths, operation.get("value"), place))
    return found


def refuse_element(faults: Faults, place: str, found: str) -> None:
    """Record an element that no patch may change."""
    faults.add(
        "patch-element", "Cet élément ne se modifie pas : seuls status, securityLabel et isArchived le peuvent.", place,
        found=found, expected="status, securityLabel, extension isArchived", source="ANS PDSm 3.1.1, flux 03",
    )  # fmt: skip


def _unescape(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _run(kind: str, paths: list[list[str]], value: Any, place: str, resource: dict[str, Any], faults: Faults) -> None:
    try:
        if kind == "test":
            if not _same(_at(resource, paths[0]), value):
                faults.add("patch-test", "La valeur n'est pas celle qui est attendue.", place, source=_RFC)
            return
        if kind in ("move", "copy"):
            value = _at(resource, paths[1])
            if kind == "move":
                _remove(resource, paths[1])
        if kind in ("remove", "replace"):
            _remove(resource, paths[0])
        if kind != "remove":
            _add(resource, paths[0], value)
    except _NoPlaceError:
        faults.add(
            "patch-path", "Rien ne se trouve à ce chemin.", f"{place}.path", found="/" + "/".join(paths[0]), source=_RFC
        )


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    return bool(one == other)


def _at(value: Any, path: list[str]) -> Any:
    for token in path:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            raise _NoPlaceError(token)
    return value


def _remove(resource: dict[str, Any], path: list[str]) -> None:
    _at(resource, path)
    holder = _at(resource, path[:-1])
    if isinstance(holder, list):
        del holder[int(path[-1])]
    else:
        del holder[path[-1]]


def _add(resource: dict[str, Any], path: list[str], value: Any) -> None:
    holder, last = _at(resource, path[:-1]), path[-1]
    if isinstance(holder, dict):
        holder[last] = value
    elif isinstance(holder, list) and last == "-":
        holder.append(value)
    elif isinstance(holder, list) and _INDEX.fullmatch(last) and int(last) <= len(holder):
        holder.insert(int(last), value)
    else:
        raise _NoPlaceError(last)
