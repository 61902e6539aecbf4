"""Documents of the patient (C): recognised by type, class or author; written by the patient alone (DMP §2.1, §4.1)."""

from __future__ import annotations

import msgspec
import pytest

from carnet.kernel.actor import Actor
from carnet.record.documents import api as documents
from carnet.wire.xds.model import Author, Code, DocumentEntry
from tests.capabilities.documents.shelves import submission
from tests.capabilities.world import AUTHOR, XCN, World, rules_of

PLACES = "1.2.250.1.213.1.1.4.6"


def named(world: World, value: str = "") -> str:
    """The XCN of a patient as an author."""
    return f"{value or world.identifier.value}^FICTIF^JEAN^^^^^^&{world.identifier.system}&ISO^D^^^NH"


def own(world: World, **more: object) -> DocumentEntry:
    """A document that the patient wrote (DOCPAT03)."""
    values = {
        "type_code": Code("DOCPAT03", "1.2.250.1.213.1.1.4.12", "CR déposé par le patient"),
        "healthcare_facility_type_code": Code("EXP_PATIENT", PLACES, "Expression personnelle du patient"),
        "practice_setting_code": Code("EXP_PATIENT", PLACES, "Expression personnelle du patient"),
        "authors": (Author(person=named(world)),),
        "legal_authenticator": named(world),
    } | more
    return world.entry(**values)


def provided(world: World, entry: DocumentEntry, actor: Actor, content: str = "EXP_PATIENT") -> object:
    sent = submission(world, entry)
    the_set = msgspec.structs.replace(
        sent.submission_set, content_type_code=Code(content, PLACES, "Expression personnelle du patient")
    )
    return world.provide(msgspec.structs.replace(sent, submission_set=the_set), actor=actor)


def test_a_patient_deposits_a_document_of_their_own(world: World) -> None:
    answer = provided(world, own(world), world.patient)
    assert isinstance(answer, documents.Provided), answer
    assert documents.patient_authored(answer.submission.entries[0])


def test_nobody_deposits_as_the_patient_in_fr(world: World, plain: World) -> None:
    assert rules_of(provided(world, own(world), AUTHOR)) == ["author-is-patient"]
    assert isinstance(plain.provide(submission(plain, own(plain))), documents.Provided)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"authors": (Author(person=XCN),)}, "patient-author-missing"),
        ({"healthcare_facility_type_code": Code("SA01", "1.2.250.1.71.4.2.4")}, "patient-place"),
        ({"practice_setting_code": Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9")}, "patient-place"),
    ],
)
def test_what_a_patients_document_says(world: World, change: dict[str, object], rule: str) -> None:
    assert rules_of(provided(world, own(world, **change), world.patient)) == [rule]


def test_a_patient_has_no_establishment_and_is_the_patient(world: World) -> None:
    placed = Author(person=named(world), institutions=("CH FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1330000001",))
    assert rules_of(provided(world, own(world, authors=(placed,)), world.patient)) == ["patient-institution"]
    another = Author(person=named(world, "279035121518989"))
    assert rules_of(provided(world, own(world, authors=(another,)), world.patient)) == ["author-patient"]


def test_a_set_of_the_patient_says_so(world: World) -> None:
    assert rules_of(world.provide(submission(world, own(world)), actor=world.patient)) == ["patient-place"]


def test_a_type_that_only_patients_deposit(world: World) -> None:
    wrong = world.entry(type_code=Code("DOCPAT03", "1.2.250.1.213.1.1.4.12"))
    assert rules_of(world.provide(submission(world, wrong))) == ["patient-author-missing"]


@pytest.mark.parametrize(
    ("change", "theirs"),
    [
        ({}, False),
        ({"class_code": Code("90", "1.2.250.1.213.1.1.4.1")}, True),
        ({"type_code": Code("DOCPAT08", "1.2.250.1.213.1.1.4.12")}, True),
        ({"authors": (Author(person="1^A^B^^^^^^&1.2.3&ISO^D^^^NH"),)}, True),
        ({"authors": (Author(person="1^A^B^^^^^^&1.2.3&ISO^D^^^IDNPS"),)}, False),
        ({"authors": (), "class_code": None, "type_code": None}, False),
    ],
)
def test_one_function_recognises_them(world: World, change: dict[str, object], theirs: bool) -> None:
    assert documents.patient_authored(world.entry(**change)) is theirs
