"""The demonstration's people: valid, fictional, varied, and the same at every start."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from carnet.ops.demo import numbers, region
from carnet.ops.demo.patients import PATIENTS
from carnet.ops.demo.professionals import CLERKS, PROFESSIONALS
from carnet.ops.demo.stories import STORIES
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.identity import rules
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Code

TEST_INS = "1.2.250.1.213.1.4.10"
AQUITAINE = {"24", "33", "40", "47", "64"}


def test_there_are_as_many_as_promised():
    assert (len(STRUCTURES), len(PROFESSIONALS), len(PATIENTS)) == (10, 20, 12)
    assert len(CLERKS) >= 1


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda one: one.name)
def test_a_structure_is_valid_and_says_that_it_is_fictional(structure):
    assert directory.check_structure_id(structure.id) is None
    assert "(démonstration)" in structure.name
    assert structure.department in AQUITAINE
    sector = Code(structure.sector, "1.2.250.1.71.4.2.4")
    assert terminology.check_code(terminology.domain("fr"), "healthcareFacilityTypeCode", sector) is None


def test_structures_cover_the_five_departments_and_as_many_kinds():
    assert {structure.department for structure in STRUCTURES} == AQUITAINE
    assert len({structure.kind for structure in STRUCTURES}) == len(STRUCTURES)


@pytest.mark.parametrize("professional", PROFESSIONALS, ids=lambda one: one.name)
def test_a_professional_is_valid_and_numbered_as_test_cards_are(professional):
    assert directory.check_person_id(professional.id) is None
    assert professional.id.startswith("899900")
    assert professional.structures
    assert set(professional.structures) <= {structure.id for structure in STRUCTURES}
    code = f"G15_{professional.profession}" + (f"/{professional.specialty}" if professional.specialty else "")
    specialty = Code(code, "1.2.250.1.213.1.1.4.5")
    assert terminology.check_code(terminology.domain("fr"), "authorSpecialty", specialty) is None


def test_professionals_are_varied_and_some_work_in_two_places():
    assert {one.profession for one in PROFESSIONALS} >= {"10", "21", "40", "50", "60", "70"}
    assert len({one.specialty for one in PROFESSIONALS if one.profession == "10"}) >= 10
    assert sum(len(one.structures) > 1 for one in PROFESSIONALS) >= 2
    assert {place for one in PROFESSIONALS for place in one.structures} == {one.id for one in STRUCTURES}


@pytest.mark.parametrize("clerk", CLERKS, ids=lambda one: one.login)
def test_a_clerk_is_numbered_in_a_structure(clerk):
    assert directory.check_person_id(clerk.id) is None
    assert clerk.structure in STRUCTURES


@pytest.mark.parametrize("person", PATIENTS, ids=lambda one: one.login)
def test_a_patient_is_valid_under_a_test_ins_and_named_as_fictional(person):
    french = terminology.domain("fr")
    assert person.identifier.system == TEST_INS
    assert identity.check_identifier(french, person.identifier) is None
    assert identity.check_traits(french, person.traits) == ()
    assert rules.check_agreement(person.identifier, person.traits) == ()
    assert person.traits.birth_name.startswith("DEMO-")
    assert re.fullmatch("[A-Z]+(?:(?:-{1,2}|[' ])[A-Z]+)*", person.traits.birth_name)
    implied = identity.implied_by_ins(person.identifier.value)
    assert (implied.sex, implied.birth_place) == (person.traits.sex, person.traits.birth_place)
    assert person.treating.profession == "10"


def test_patients_cover_the_hard_cases():
    values = [person.identifier.value for person in PATIENTS]
    traits = [person.traits for person in PATIENTS]
    assert any("2A" in value[5:7] for value in values)
    assert any("2B" in value[5:7] for value in values)
    assert any(value[0] in "78" for value in values), "a number given while waiting (NIA)"
    assert any(one.birth_place.startswith("99") for one in traits), "born abroad"
    twins = Counter((one.birth_name, one.birth_date, one.sex, one.birth_place) for one in traits)
    assert max(twins.values()) == 2
    homonyms = Counter((one.birth_name, one.first_given) for one in traits)
    assert max(homonyms.values()) == 2
    ages = sorted(date(2026, 1, 31).year - one.birth_date.year for one in traits)
    assert ages[0] <= 1
    assert ages[-1] >= 90
    assert any(one.used_name for one in traits)
    assert any("É" in one.used_given or "ë" in one.used_given for one in traits)
    assert any("-" in one.first_given for one in traits)


def test_no_number_and_no_login_is_given_twice():
    given = [one.id for one in STRUCTURES] + [one.id for one in PROFESSIONALS] + [one.id for one in CLERKS]
    given += [one.identifier.value for one in PATIENTS]
    assert len(set(given)) == len(given)
    logins = [region.login_of(one) for one in PROFESSIONALS] + [one.login for one in (*CLERKS, *PATIENTS)]
    assert len(set(logins)) == len(logins)
    assert all(re.fullmatch(r"[a-z][a-z0-9.-]+", login) for login in logins), logins


def test_people_are_the_same_at_every_start():
    # Cited by people's scripts: a change of these is a change of promise.
    assert PATIENTS[0].identifier.value == "132034008898134"
    assert PATIENTS[2].identifier.value == "172092A00498391"
    assert PROFESSIONALS[0].id == "899900000011"
    assert STRUCTURES[0].id == "1330999012"
    assert numbers.siret(5) == "99999905500018"


def test_every_patient_has_a_story_of_listed_types():
    assert {told.about.login for told in STORIES} == {person.login for person in PATIENTS}
    assert len({told.unique_id for told in STORIES}) == len(STORIES)
    for told in STORIES:
        assert terminology.class_of_type(told.type_code) is not None, told.title
        assert told.at.id in told.by.structures, told.title
        assert told.when.utcoffset() is not None, told.title
        assert told.about.traits.birth_date < told.when.date() < date(2026, 2, 1), told.title
    assert len({told.type_code for told in STORIES}) >= 12
    assert {code.code for told in STORIES for code in told.visibility} == {
        "MASQUE_PS",
        "INVISIBLE_PATIENT",
        "INVISIBLE_REPRESENTANTS_LEGAUX",
    }
