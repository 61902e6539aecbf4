"""Elements that FHIR R4 does not have in the resources of a deposit: a misspelt one would be lost without a word.

What a resource may hold is what `resources` reads, and the elements of R4 that sharing does not need (`_OTHERS`), each
with what JSON puts beside a primitive (`_name`). An extension is open by nature, and a Parameters is read whole by
`fhirpath_patch`: neither is looked into.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any

import msgspec

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.resources import Element

_COMMON = frozenset({"id", "extension", "modifierExtension", "resourceType", "fhir_comments"})
_RESOURCE = frozenset({"meta", "implicitRules", "language", "text", "contained"})
# R4 elements that are not read, by the structure they are in (hl7.org/fhir/R4).
_OTHERS: dict[type[Element], str] = {
    fhir.Annotation: "authorReference authorString time",
    fhir.Binary: "securityContext",
    fhir.Bundle: "identifier timestamp signature",
    fhir.BundleEntry: "link",
    fhir.Coding: "userSelected",
    fhir.ContactPoint: "rank period",
    fhir.Device: "definition udiCarrier status statusReason distinctIdentifier manufacturer manufactureDate "
    "expirationDate lotNumber serialNumber partNumber type specialization version property patient owner contact "
    "location url note safety parent",
    fhir.EntryRequest: "ifNoneMatch ifModifiedSince ifMatch ifNoneExist",
    fhir.EntryResponse: "lastModified",
    fhir.EntrySearch: "score",
    fhir.HumanName: "period",
    fhir.Identifier: "period assigner",
    fhir.List: "encounter orderedBy emptyReason",
    fhir.ListEntry: "flag deleted date",
    fhir.Meta: "source security tag",
    fhir.Organization: "active type alias address partOf contact endpoint",
    fhir.Patient: "active telecom deceasedBoolean deceasedDateTime address maritalStatus multipleBirthBoolean "
    "multipleBirthInteger photo contact communication generalPractitioner managingOrganization link",
    fhir.Practitioner: "active address gender birthDate photo qualification communication",
    fhir.PractitionerRole: "active period location healthcareService availableTime notAvailable availabilityExceptions "
    "endpoint",
}
_OPEN = (fhir.Extension, fhir.PrimitiveExtension, fhir.Parameters)
_KINDS: dict[str, type[Element]] = {
    one.__name__: one
    for one in (
        fhir.DocumentReference, fhir.List, fhir.Patient, fhir.Practitioner, fhir.PractitionerRole, fhir.Organization,
        fhir.Device,
    )
}  # fmt: skip


def of_document_reference(body: bytes) -> Iterator[str]:
    """The paths of what a DocumentReference should not have; the JSON is right, and that of such a resource."""
    return in_document_reference(msgspec.json.decode(body))


def in_document_reference(decoded: Any) -> Iterator[str]:
    """The same, of one that is decoded: what a patch makes of it."""
    return _in(decoded, fhir.DocumentReference, "DocumentReference")


def of_bundle(body: bytes) -> Iterator[str]:
    """The paths of what a Bundle and the resources of its entries should not have; the JSON is right.

    Of a Binary the names alone are looked at: its content stays where it is.
    """
    bundle = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    yield from _names(bundle, fhir.Bundle, "Bundle")
    entries = msgspec.json.decode(bundle.get("entry", b"[]"), type=list[dict[str, msgspec.Raw]])
    for number, entry in enumerate(entries):
        path = f"Bundle.entry[{number}]"
        yield from _names(entry, fhir.BundleEntry, path)
        yield from _in(msgspec.json.decode(entry.get("request", b"{}")), fhir.EntryRequest, f"{path}.request")
        if "resource" in entry:
            yield from _of_resource(entry["resource"], f"{path}.resource")


def _of_resource(raw: msgspec.Raw, path: str) -> Iterator[str]:
    try:
        names = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        kind = msgspec.json.decode(names.get("resourceType", b'""'))
        if kind == "Binary":
            yield from _names(names, fhir.Binary, path)
        elif isinstance(kind, str) and kind in _KINDS:
            yield from _in(msgspec.json.decode(raw), _KINDS[kind], path)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Who reads the resource says what is wrong with it.
        return


def _in(value: Any, kind: type[Element], path: str) -> Iterator[str]:
    if not isinstance(value, dict) or kind in _OPEN:
        return
    yield from _names(value, kind, path)
    inside = _inside(kind)
    for name, found in value.items():
        if name == "contained":
            for number, one in enumerate(found if isinstance(found, list) else ()):
                contained = _KINDS.get(str(one.get("resourceType"))) if isinstance(one, dict) else None
                if contained is not None:
                    yield from _in(one, contained, f"{path}.contained[{number}]")
        elif name in inside:
            several = isinstance(found, list)
            for number, one in enumerate(found if several else (found,)):
                yield from _in(one, inside[name], f"{path}.{name}[{number}]" if several else f"{path}.{name}")


def _names(value: dict[str, Any], kind: type[Element], path: str) -> Iterator[str]:
    known = _known(kind)
    return (f"{path}.{name[:60]}" for name in value if name.removeprefix("_") not in known)


@cache
def _known(kind: type[Element]) -> frozenset[str]:
    read = {field.encode_name.removeprefix("_") for field in msgspec.structs.fields(kind)}
    common = _COMMON | _RESOURCE if issubclass(kind, fhir.Resource) else _COMMON
    return common | read | frozenset(_OTHERS.get(kind, "").split())


@cache
def _inside(kind: type[Element]) -> dict[str, type[Element]]:
    """The elements of a structure that are structures themselves."""
    found = {}
    for field in msgspec.structs.fields(kind):
        for one in _types(field.type):
            if isinstance(one, type) and issubclass(one, Element):
                found[field.encode_name] = one
    return found


def _types(annotation: Any) -> Iterator[Any]:
    """What an annotation is made of: `X | None`, `tuple[X, ...]`."""
    arguments = typing.get_args(annotation)
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is not None:
        for one in arguments:
            yield from _types(one)
    else:
        yield annotation
