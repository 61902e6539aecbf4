"""The signed statement beside a copy of a record: what IHE XDM has no place for.

XDM carries submissions, so no statuses, versions, lineages, consents, authorisations, nor which identifiers the person
had. MANIFEST.JSN (JSON, UTF-8) says them, with the SHA-256 of every other file of the archive; MANIFEST.SIG is the
Ed25519 signature of its bytes in base64 (`carnet.kernel.signing`).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from carnet.kernel import signing
from carnet.record.access.api import Permissions
from carnet.record.documents.api import Held, Holdings
from carnet.record.identity import api as identity
from carnet.record.life.values import Life
from carnet.wire.xds.xdm import Written

MANIFEST, SIGNATURE = "MANIFEST.JSN", "MANIFEST.SIG"
FORMAT = "carnet-manifest/1"


def members(statement: Mapping[str, Any], written: Written) -> tuple[tuple[str, bytes], ...]:
    """Both files, once everything else is written."""
    said = {**statement, "files": written.members, "file_of_entry": written.files, "signed_by": signing.public_key()}
    data = json.dumps(said, ensure_ascii=False, indent=1, default=_plain).encode()
    return (MANIFEST, data), (SIGNATURE, base64.b64encode(signing.sign(data)) + b"\n")


def read(data: bytes, signature: bytes, *, key: str) -> dict[str, Any] | None:
    """What a manifest says, None when the holder of `key` did not sign exactly this or it is no manifest."""
    try:
        decoded = base64.b64decode(signature.strip(), validate=True)
    except ValueError:
        return None
    if not signing.verify(data, decoded, key):
        return None
    said = json.loads(data)
    return said if isinstance(said, dict) and said.get("format") == FORMAT else None


def person(
    patient: identity.Patient,
    identifiers: tuple[identity.KnownIdentifier, ...],
    life: Life | None,
    opposed_since: datetime | None,
) -> dict[str, Any]:
    """Who the record is about: traits, every identifier there was, the state of the record and of an opposition."""
    return {
        "traits": asdict(patient.traits),
        "qualification": patient.qualification.value,
        "identifiers": [
            {
                "cx": identity.format_cx(one.identifier),
                "current": one.current,
                "since": one.since,
                "until": one.until,
                "reason": one.reason,
            }
            for one in identifiers
        ],
        "created_at": patient.created_at,
        "status": patient.status.value,
        "status_since": None if life is None else life.since,
        "opposition_until": None if life is None else life.opposition_until,
        "opposed_since": opposed_since,
    }


def permissions(kept: Permissions, held: Holdings) -> dict[str, Any]:
    """The consent, the authorisations and the blocks, every choice; permissions on the documents that are held."""
    lineages = _lineages(held)
    return {
        "consent": None if kept.consent is None else asdict(kept.consent),
        "authorisations": [asdict(one) for one in kept.authorisations],
        "choices": asdict(kept.choices),
        "document_permissions": [
            asdict(one) | {"lineage": lineages[one.lineage]} for one in kept.documents if one.lineage in lineages
        ],
        "delegations": [asdict(one) for one in kept.delegations],
        "feeding_oppositions": [asdict(one) for one in kept.oppositions],
        "emergencies": [asdict(one) for one in kept.emergencies],
    }


def contents(held: Holdings, present: frozenset[UUID]) -> dict[str, Any]:
    """Every version of every entry, every set, folder and association.

    `present` are the versions that the media describes: of the others the whole metadata are here.
    """
    lineages = _lineages(held)
    return {
        "entries": [
            _version(one, lineages[one.lineage], whole=own not in present) for own, one in held.entries.items()
        ],
        "sets": [
            {"entry_uuid": one.entry_uuid, "unique_id": one.unique_id, "status": one.status.value}
            for one in held.sets.values()
        ],
        "folders": [msgspec.to_builtins(one) for one in held.folders.values()],
        "associations": [msgspec.to_builtins(one.association) for one in held.links],
    }


def _lineages(held: Holdings) -> dict[UUID, str]:
    """What each lineage is called: its oldest document that is held.

    In the record it has the id of its first document, which whoever the copy is for may not see.
    """
    names: dict[UUID, str] = {}
    for one in held.entries.values():
        names.setdefault(one.lineage, one.entry.logical_id)
    return names


def _version(held: Held, lineage: str, *, whole: bool) -> dict[str, Any]:
    entry = held.entry
    said = {
        "entry_uuid": entry.entry_uuid,
        "logical_id": entry.logical_id,
        "version": entry.version,
        "status": entry.status.value,
        "unique_id": entry.unique_id,
        "submission": f"urn:uuid:{held.submission}",
        "lineage": lineage,
        "confidentiality": [code.code for code in entry.confidentiality_codes],
        "hash": entry.hash,
        "size": entry.size,
        # Of a document that another repository keeps there is a description only.
        "repository_unique_id": entry.repository_unique_id,
        "here": held.here,
    }
    return said | {"metadata": msgspec.to_builtins(entry)} if whole else said


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
