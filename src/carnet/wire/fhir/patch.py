"""PATCH of a DocumentReference (PDSm 3.1.1 flux 03): what it asks the metadata of a document to become.

Three elements may change: `status`, `securityLabel` and the extension isArchived; any other is `patch-element`. The
operations, JSON Patch (RFC 6902) or FHIRPath Patch (FHIR R4 fhirpatch.html), are done on the resource as it is served;
what comes out is compared with what was there, so that how it is said changes nothing to what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir import fhirpath_patch, json_patch
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.codes import code_of_concept
from carnet.wire.fhir.documentreference import ARCHIVED, STATUSES, encode, render
from carnet.wire.fhir.faults import R4, Faults
from carnet.wire.fhir.json_patch import Operation
from carnet.wire.fhir.unknown_elements import in_document_reference
from carnet.wire.xds.model import Code, DocumentEntry, Status

KINDS = ("application/json-patch+json", "application/fhir+json")
PDSM_03 = "ANS PDSm 3.1.1, flux 03"
_MOST_OPERATIONS = 50


class Wanted(msgspec.Struct, frozen=True):
    """What a patch leads to; None for what it leaves as it is."""

    status: str | None = None
    codes: tuple[Code, ...] | None = None
    archived: bool | None = None

    def __len__(self) -> int:
        return sum(value is not None for value in (self.status, self.codes, self.archived))


def read(body: bytes, kind: str) -> tuple[Operation, ...]:
    """The operations of a patch in one of `KINDS`; raises Malformed, or Rejected with every fault."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "json", "Le corps n'est pas du JSON valide en UTF-8.", field="Patch", found=str(error)[:200], source=R4
        ) from error
    faults = Faults()
    reader = json_patch.read if kind == KINDS[0] else fhirpath_patch.read
    operations: Sequence[Operation] = reader(said, faults)
    if len(operations) > _MOST_OPERATIONS:
        faults.add("patch-length", "Trop d'opérations.", "Patch", expected=f"{_MOST_OPERATIONS} au plus")
    faults.check()
    return tuple(operations)


def apply(operations: Sequence[Operation], entry: DocumentEntry, *, lenient: bool = False) -> Wanted:
    """What the operations make of an entry; raises Rejected with every fault.

    An element that FHIR has not is a fault too, unless the caller is `lenient`: it would be lost without a word.
    """
    before: dict[str, Any] = msgspec.json.decode(encode(render(entry)))
    before.setdefault("securityLabel", [])
    before.setdefault("extension", [])
    after: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(before))
    faults = Faults()
    for operation in operations:
        operation(after, faults)
        # What follows a failed operation was written for its outcome.
        faults.check()
    if not lenient:
        faults.unknown(in_document_reference(after))
    wanted = Wanted(
        status=_status(after, entry, faults),
        codes=_codes(before, after, faults),
        archived=_archived(before["extension"], after.get("extension", []), entry, faults),
    )
    faults.check()
    return wanted


def _status(after: dict[str, Any], entry: DocumentEntry, faults: Faults) -> str | None:
    status = after.get("status")
    if status not in STATUSES.values():
        faults.add(
            "status", "Statut inconnu.", "DocumentReference.status", found=str(status),
            expected=", ".join(dict.fromkeys(STATUSES.values())), source=R4,
        )  # fmt: skip
        return None
    return status if status != STATUSES[entry.status] else None


def _codes(before: dict[str, Any], after: dict[str, Any], faults: Faults) -> tuple[Code, ...] | None:
    place, labels = "DocumentReference.securityLabel", after.get("securityLabel", [])
    if labels == before["securityLabel"]:
        return None
    try:
        concepts = msgspec.convert(labels, tuple[fhir.CodeableConcept, ...])
    except msgspec.ValidationError as error:
        faults.add("structure", "Un securityLabel est une liste de CodeableConcept.", place, found=str(error))
        return None
    codes = tuple(map(code_of_concept, concepts))
    if any(code is None for code in codes):
        faults.add("code", "Aucun code n'est donné.", f"{place}.coding.code", source=PDSM_03)
    return tuple(code for code in codes if code is not None)


def _archived(before: list[Any], after: Any, entry: DocumentEntry, faults: Faults) -> bool | None:
    place = f"DocumentReference.extension('{ARCHIVED}')"
    if not isinstance(after, list) or not all(isinstance(extension, dict) for extension in after):
        faults.add("structure", "Une extension est un objet.", "DocumentReference.extension", source=R4)
        return None
    said = [extension for extension in after if extension.get("url") == ARCHIVED]
    others = [extension for extension in after if extension.get("url") != ARCHIVED]
    if others != [extension for extension in before if extension.get("url") != ARCHIVED]:
        faults.add(
            "patch-element", "De toutes les extensions, seule isArchived se modifie.", "DocumentReference.extension",
            expected=ARCHIVED, source=PDSM_03,
        )  # fmt: skip
    if len(said) > 1 or any(not isinstance(extension.get("valueBoolean"), bool) for extension in said):
        faults.add("boolean", "Une valeur true ou false est attendue, une fois.", f"{place}.valueBoolean", source=R4)
        return None
    archived = bool(said and said[0]["valueBoolean"])
    return archived if archived != (entry.status is Status.ARCHIVED) else None
