"""DocumentReference.relatesTo and the associations it says (MHD 4.2.3, 2:3.65.4.1.2.3; ITI TF-3 §4.2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import read_unique_identifier
from carnet.wire.fhir.faults import MHD_65, R4, Faults
from carnet.wire.xds.model import AssociationType

_LITERAL = re.compile(r"(?:https?://[^\s?#]+/)?DocumentReference/([A-Za-z0-9.\-]{1,64})(?:/_history/\d+)?")
_CONDITIONAL = re.compile(r"DocumentReference\?identifier=(?:[^|&]*\|)?([^|&]+)")
_RELATIONS = {
    "replaces": AssociationType.REPLACE,
    "transforms": AssociationType.TRANSFORM,
    "appends": AssociationType.APPEND,
    "signs": AssociationType.SIGNS,
}


def read_relations(
    relations: Sequence[fhir.RelatesTo], faults: Faults, path: str, ids: Mapping[str, str]
) -> list[tuple[AssociationType, str]]:
    """The associations of one resource, with their targets as `target_of` names them; faults go to `faults`.

    A target both replaced and transformed is one XFRM_RPLC.
    """
    kinds: dict[str, list[AssociationType]] = {}
    for number, relation in enumerate(relations):
        place = f"{path}.relatesTo[{number}]"
        kind = _RELATIONS.get(relation.code or "")
        if kind is None:
            faults.add(
                "relation", "Relation inconnue.", f"{place}.code", found=relation.code or "",
                expected=", ".join(_RELATIONS), source=f"{R4}, document-relationship-type",
            )  # fmt: skip
            continue
        target = target_of(relation.target, ids)
        if not target:
            faults.add(
                "relation-target", "La cible de la relation n'est pas identifiable.", f"{place}.target",
                found=(relation.target.reference or "") if relation.target else "",
                expected="DocumentReference/<id>, urn:uuid: ou un identifiant", source=MHD_65,
            )  # fmt: skip
            continue
        kinds.setdefault(target, []).append(kind)
    found: list[tuple[AssociationType, str]] = []
    for target, several in kinds.items():
        if {AssociationType.REPLACE, AssociationType.TRANSFORM} <= set(several):
            several = [AssociationType.TRANSFORM_REPLACE]
        found += [(kind, target) for kind in dict.fromkeys(several)]
    return found


def target_of(reference: fhir.Reference | None, ids: Mapping[str, str]) -> str:
    """The entry that a reference names: an entry id of the bundle, `urn:uuid:…`, `urn:oid:<uniqueId>` or
    `DocumentReference/<id>` for an id that is no UUID; empty when it names none.
    """
    if reference is None:
        return ""
    text = reference.reference or ""
    if text in ids:
        return ids[text]
    literal = _LITERAL.fullmatch(text)
    if literal:
        try:
            return f"urn:uuid:{UUID(literal[1])}"
        except ValueError:
            return f"DocumentReference/{literal[1]}"
    conditional = _CONDITIONAL.fullmatch(text)
    value = conditional[1] if conditional else text
    if value.startswith(("urn:uuid:", "urn:oid:")):
        return value
    if reference.identifier is not None and reference.identifier.value:
        if reference.identifier.value.startswith("urn:uuid:"):
            return reference.identifier.value
        return "urn:oid:" + read_unique_identifier(reference.identifier)
    return ""
