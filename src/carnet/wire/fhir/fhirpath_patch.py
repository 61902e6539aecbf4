"""FHIRPath Patch (FHIR R4 fhirpatch.html) as a Parameters resource, over the three elements that may change.

Of FHIRPath, the paths that lead to one of them are understood: by name, by place, a securityLabel by its code
(`.where(coding.code = 'N')`), an extension by its address (`.extension('…')`, `.where(url = '…')`).
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from carnet.wire.errors import Malformed
from carnet.wire.fhir.faults import Faults
from carnet.wire.fhir.json_patch import ELEMENTS, Operation, refuse_element

_R4 = "HL7 FHIR R4, fhirpatch.html"
_PATH = re.compile(
    r"DocumentReference\.(?P<element>status|securityLabel|extension)"
    r"(?:\[(?P<index>[0-9]{1,4})\]"
    r"|\.where\(\s*(?P<by>coding\.code|url)\s*=\s*'(?P<value>[^']{1,300})'\s*\)"
    r"|\('(?P<url>[^']{1,300})'\))?"
    r"(?P<inside>\.value(?:Boolean)?|\.valueBoolean)?"
)
_NEEDS = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "replace": ("path", "value"),
    "delete": ("path",),
    "move": ("path", "source", "destination"),
}


def read(said: Any, faults: Faults) -> list[Operation]:
    """The operations of a decoded Parameters; faults are recorded, Malformed is raised for what is no Parameters."""
    parameters = said.get("parameter") if isinstance(said, dict) else None
    if not isinstance(parameters, list) or said.get("resourceType") != "Parameters":
        raise Malformed(
            "patch", "Une ressource Parameters est attendue (FHIRPath Patch).", field="resourceType",
            expected="Parameters, ou application/json-patch+json", source=_R4,
        )  # fmt: skip
    found: list[Operation] = []
    for number, parameter in enumerate(parameters):
        place = f"Parameters.parameter[{number}]"
        parts = _parts(parameter) if isinstance(parameter, dict) and parameter.get("name") == "operation" else None
        kind = parts.get("type") if parts else None
        if not parts or kind not in _NEEDS:
            faults.add("patch-operation", "Opération inconnue.", f"{place}.part", found=str(kind), source=_R4)
            continue
        missing = [name for name in _NEEDS[kind] if name not in parts]
        if missing:
            faults.add("required", "Un élément obligatoire manque.", f"{place}.part", found=missing[0], source=_R4)
            continue
        path = str(parts["path"])
        known = (path == "DocumentReference" and parts["name"] in ELEMENTS) if kind == "add" else _PATH.fullmatch(path)
        if not known:
            refuse_element(faults, f"{place}.part.path", f"{path}.{parts['name']}" if kind == "add" else path)
            continue
        found.append(partial(_run, kind, parts, place))
    return found


def _parts(parameter: dict[str, Any]) -> dict[str, Any] | None:
    """The parts of an operation by name, each its value whatever its type; None when they are not parts."""
    found: dict[str, Any] = {}
    parts = parameter.get("part")
    if not isinstance(parts, list):
        return None
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str):
            return None
        values = [value for name, value in part.items() if name.startswith("value")]
        if values:
            found[part["name"]] = values[0]
        elif isinstance(part.get("part"), list):
            # An element without a type of its own in Parameters, an Extension, is said by its parts.
            found[part["name"]] = _element(part["part"])
    return found


def _element(parts: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, dict):
            for name, value in part.items():
                if name.startswith("value"):
                    found[name if part.get("name") in ("value", "value[x]") else str(part.get("name"))] = value
    return found


def _run(kind: str, parts: dict[str, Any], place: str, resource: dict[str, Any], faults: Faults) -> None:
    if kind == "add":
        element = parts["name"]
        if element == "status":
            resource[element] = parts["value"]
        else:
            resource[element].append(parts["value"])
        return
    path = _PATH.fullmatch(str(parts["path"]))
    if path is None or not _done(kind, path, parts, resource):
        faults.add(
            "patch-path", "Ce chemin ne mène pas à un élément et un seul, ou n'admet pas cette opération.",
            f"{place}.part.path", found=str(parts["path"]), source=_R4,
        )  # fmt: skip


def _done(kind: str, path: re.Match[str], parts: dict[str, Any], resource: dict[str, Any]) -> bool:
    """Whether an operation could be done, and was."""
    element = path["element"]
    if element == "status":
        if kind != "replace" or path.end() != path.end("element"):
            return False
        resource["status"] = parts["value"]
        return True
    values = resource[element]
    if kind in ("insert", "move"):
        return path.end() == path.end("element") and _placed(kind, values, parts)
    if path["inside"] and (element != "extension" or kind != "replace"):
        return False
    chosen = [number for number, value in enumerate(values) if _chosen(path, number, value)]
    if len(chosen) != 1:
        return False
    if kind == "delete":
        del values[chosen[0]]
    elif path["inside"]:
        values[chosen[0]] = {**values[chosen[0]], "valueBoolean": parts["value"]}
    else:
        values[chosen[0]] = parts["value"]
    return True


def _placed(kind: str, values: list[Any], parts: dict[str, Any]) -> bool:
    places = [parts[name] for name in _NEEDS[kind] if name in ("index", "source", "destination")]
    limit = len(values) + (kind == "insert")
    if not all(isinstance(number, int) and not isinstance(number, bool) and 0 <= number < limit for number in places):
        return False
    values.insert(places[-1], parts["value"] if kind == "insert" else values.pop(places[0]))
    return True


def _chosen(path: re.Match[str], number: int, value: Any) -> bool:
    if path["index"] is not None:
        return number == int(path["index"])
    if not isinstance(value, dict):
        return False
    if path["by"] == "coding.code":
        codings = value.get("coding")
        codes = (
            [coding.get("code") for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []
        )
        return path["element"] == "securityLabel" and path["value"] in codes
    if path["by"] or path["url"]:
        return path["element"] == "extension" and value.get("url") == (path["value"] or path["url"])
    return True
