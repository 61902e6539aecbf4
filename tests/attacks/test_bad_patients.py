"""The wrong patient, and what belongs to another: identifiers, replacements, names that are taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from carnet.wire.xds.model import AssociationType, Submission
from tests.attacks.bad_input import AUTHORITY, Case, Door, refuses
from tests.attacks.test_bad_metadata import METADATA, _linked, of_entry, of_set
from tests.conformance.xds.xds_requests import CONTENT

MISMATCH, UNKNOWN = "XDSPatientIdDoesNotMatch", "XDSUnknownPatientId"
DENIED, DEPRECATED = "DMPAccessDeniedByRightsService", "XDSRegistryDeprecatedDocumentError"
_TEST_INS = "1.2.250.1.213.1.4.10"


def _about(patient: Callable[[Door], str], code: str, rule: str, *, domain: str = "ihe") -> Case:
    """The entry, its set and the VIHF name another patient than the record's."""

    def send(door: Door):
        cx = patient(door)
        return door.provide(lambda sent: of_set(patient_id=cx)(of_entry(patient_id=cx)(sent)), domain=domain, about=cx)

    return Case(send, code, rule, 200)


def _french(value: str, code: str, rule: str) -> Case:
    return _about(lambda door: f"{value}^^^&{_TEST_INS}&ISO^NH", code, rule, domain="fr")


def _replacing(target: Callable[[Door], str], code: str, rule: str) -> Case:
    return Case(lambda door: door.provide(_linked(AssociationType.REPLACE, target(door))), code, rule, 200)


def _replaces(bundle: dict[str, Any], uuid: str) -> None:
    target = {"reference": f"DocumentReference/{uuid.removeprefix('urn:uuid:')}"}
    bundle["entry"][1]["resource"]["relatesTo"] = [{"code": "replaces", "target": target}]


def _replaced_twice(door: Door) -> Callable[[Submission], Submission]:
    one = _linked(AssociationType.REPLACE, door.stored.entry_uuid)
    two = _linked(AssociationType.REPLACE, door.stored.entry_uuid, name="autre")
    return lambda sent: two(one(sent))


def _same_name_other_bytes(door: Door):
    other = b"<autre/>"
    return door.provide(
        lambda sent: of_entry(
            unique_id=door.stored.unique_id, hash="98831a88040ebf665600b6e92715fa26399dc54c", size=len(other)
        )(sent),
        contents={"document": other},
    )


CASES: dict[str, Case] = {
    "patient-unknown": _about(lambda door: f"PERSONNE^^^&{AUTHORITY}&ISO", UNKNOWN, "patient-unknown"),
    "patient-of-another-authority": _about(
        lambda door: door.plain.replace(AUTHORITY, "1.2.3.4"), UNKNOWN, "patient-unknown"
    ),
    "patient-of-another-domain": _about(lambda door: door.french, UNKNOWN, "patient-unknown"),
    "patient-of-the-entry-only": Case(
        lambda door: door.provide(of_entry(patient_id=door.other)), MISMATCH, "patient-of-the-set", 200
    ),
    "patient-of-the-set-only": Case(
        lambda door: door.provide(of_set(patient_id=door.other), about=door.other), MISMATCH, "patient-of-the-set", 200
    ),
    "patient-of-the-proof-only": Case(lambda door: door.provide(about=door.other), MISMATCH, "vihf-patient", 200),
    "proof-about-nobody": Case(lambda door: door.provide(about="", domain="fr"), DENIED, "vihf-patient-missing", 400),
    "cx-without-authority": _about(lambda door: "12345", METADATA, "cx"),
    "cx-of-spaces": _about(lambda door: f"   ^^^&{AUTHORITY}&ISO", METADATA, "cx"),
    "cx-endless": _about(lambda door: f"{'9' * 20_000}^^^&{AUTHORITY}&ISO", METADATA, "cx"),
    "cx-with-sql": _about(lambda door: f"' OR 1=1--^^^&{AUTHORITY}&ISO", UNKNOWN, "patient-unknown"),
    "cx-with-an-invisible-sign": _about(
        lambda door: door.plain.replace("BAD", "BAD\u200b"), UNKNOWN, "patient-unknown"
    ),
    "cx-in-cyrillic": _about(lambda door: door.plain.replace("BAD", "ВАD"), UNKNOWN, "patient-unknown"),
    "cx-in-wide-letters": _about(lambda door: door.plain.replace("BAD", "ＢＡＤ"), UNKNOWN, "patient-unknown"),
    "ins-wrong-key": _french("132034008898135", METADATA, "ins-key"),
    "ins-too-short": _french("1320340088981", METADATA, "ins-length"),
    "ins-in-arabic-digits": _french("١٣٢٠٣٤٠٠٨٨٩٨١٣٤", METADATA, "ins-structure"),
    "ins-in-wide-digits": _french("１３２０３４００８８９８１３４", METADATA, "ins-structure"),
    "ins-real": _about(
        lambda door: "132034008898134^^^&1.2.250.1.213.1.4.8&ISO^NH", METADATA, "ins-oid-production", domain="fr"
    ),
    "ins-of-a-type-it-is-not": _about(
        lambda door: f"132034008898134^^^&{_TEST_INS}&ISO^PI", METADATA, "ins-type", domain="fr"
    ),
    # By FHIR: the proof of a SOAP message is about one patient, and nothing of another is known under it.
    "replace-of-another-patient": Case(
        lambda door: door.bundle(lambda bundle: _replaces(bundle, door.stored_of_other.entry_uuid)),
        "business-rule",
        "association-patient",
        422,
    ),
    "replace-what-is-replaced": _replacing(lambda door: door.deprecated.entry_uuid, DEPRECATED, "replace-deprecated"),
    "replace-twice-in-a-set": Case(lambda door: door.provide(_replaced_twice(door)), DEPRECATED, "replace-twice", 200),
    "unique-id-with-another-hash": Case(_same_name_other_bytes, "XDSNonIdenticalHash", "non-identical-hash", 200),
    "entry-uuid-that-exists": Case(
        lambda door: door.provide(_named(door.stored.entry_uuid), contents={door.stored.entry_uuid: CONTENT}),
        METADATA,
        "entry-uuid-used",
        200,
    ),
}


def _named(uuid: str) -> Callable[[Submission], Submission]:
    """The entry, and its membership, under a given entryUUID."""

    def spoil(sent: Submission) -> Submission:
        links = tuple(msgspec.structs.replace(link, target=uuid) for link in sent.associations)
        return msgspec.structs.replace(of_entry(entry_uuid=uuid)(sent), associations=links)

    return spoil


@pytest.mark.parametrize("name", CASES)
def test_the_wrong_patient_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
