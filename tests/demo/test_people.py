"""The demonstration's people: valid, fictional, varied, and the same at every start."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from django.conf import settings

from carnet.ops.demo import letters, numbers, records, region
from carnet.ops.demo.density import departments
from carnet.ops.demo.patients import PATIENTS
from carnet.ops.demo.professionals import CLERKS, INSTITUTIONS, INTERNS, NOTES, PROFESSIONALS
from carnet.ops.demo.stories import STORIES
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.identity import rules
from carnet.record.terminology import api as terminology
from carnet.wire.cda.coded import Results
from carnet.wire.cda.write import File
from carnet.wire.xds.model import Code

TEST_INS = "1.2.250.1.213.1.4.10"
AQUITAINE = {"24", "33", "40", "47", "64"}


def test_there_are_as_many_as_promised():
    assert (len(STRUCTURES), len(PROFESSIONALS), len(PATIENTS)) == (45, 150, 120)
    assert (len(CLERKS), len(INSTITUTIONS)) == (21, 10)


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda one: one.name)
def test_a_structure_is_valid_and_says_that_it_is_fictional(structure):
    assert directory.check_structure_id(structure.id) is None
    assert "(démonstration)" in structure.name
    assert structure.department in AQUITAINE
    sector = Code(structure.sector, "1.2.250.1.71.4.2.4")
    assert terminology.check_code(terminology.domain("fr"), "healthcareFacilityTypeCode", sector) is None


def test_structures_cover_the_five_departments_and_as_many_kinds():
    assert {structure.department for structure in STRUCTURES} == AQUITAINE
    assert {structure.kind for structure in STRUCTURES} >= {
        "Centre hospitalier universitaire",
        "Centre hospitalier",
        "Clinique",
        "Cabinet médical",
        "Maison de santé pluriprofessionnelle",
        "Pharmacie d'officine",
        "Laboratoire de biologie médicale",
        "Centre d'imagerie",
        "EHPAD",
        "Hospitalisation à domicile",
        "SAMU",
        "Équipe de coordination (MAIA)",
        "Centre local d'information et de coordination (CLIC)",
        "Centre d'examens de santé (CPAM)",
        "Réseau de santé",
    }
    assert len({structure.name for structure in STRUCTURES}) == len(STRUCTURES)


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
    professions = {code.code for code in terminology.choices("profession")}
    assert len(professions) == 29
    assert {one.profession for one in PROFESSIONALS} == professions
    assert len({one.specialty for one in PROFESSIONALS if one.profession == "10"}) >= 30
    assert sum(len(one.structures) > 1 for one in PROFESSIONALS) >= 10
    assert max(len(one.structures) for one in PROFESSIONALS) == 3, "a locum"
    nobody = {place.id for place in STRUCTURES} - {place for one in PROFESSIONALS for place in one.structures}
    assert {one.kind for one in STRUCTURES if one.id in nobody} == {
        "Équipe de coordination (MAIA)",
        "Centre local d'information et de coordination (CLIC)",
        "Centre d'examens de santé (CPAM)",
    }, "coordination and health insurance have clerks only"


def test_every_role_that_the_services_name_is_held():
    notes = set(NOTES.values())
    assert notes >= {
        "remplaçante",
        "interne (CPF)",
        "cadre de santé",
        "kinésithérapeute respiratoire",
        "médecin coordonnateur",
        "infirmière libérale",
    }
    assert len(INTERNS) == 4
    roles = {one.role for one in CLERKS} | {one.role for one in INSTITUTIONS}
    assert roles >= {
        "Bureau des admissions",
        "Point d'information du carnet",
        "Secrétariat médical",
        "Agent de l'assurance maladie",
        "Pilote MAIA",
        "Gestionnaire de cas MAIA",
        "Coordinatrice CLIC",
        "Coordinateur de réseau de santé",
        "Conseiller DMP régional",
        "Référente DMP de terrain",
        "Représentant de l'URPS",
        "Représentant des usagers",
        "Chargée de mission de l'ARS",
        "Éditeur de logiciel",
        "Direction des systèmes d'information",
    }
    assert [one.login for one in CLERKS if not one.nominative] == ["carte.service.chu"]


def test_doctors_are_as_dense_as_published():
    published = {"33": 409, "40": 278, "24": 253, "47": 259, "64": 365}
    found = {one.number: one for one in departments()}
    assert {number: one.published for number, one in found.items()} == published
    for number, one in found.items():
        assert abs(one.density / published[number] - 1) < 0.01, one
    assert sum(one.doctors for one in found.values()) == sum(
        one.profession == "10" and one.id not in INTERNS for one in PROFESSIONALS
    )


@pytest.mark.parametrize("clerk", CLERKS, ids=lambda one: one.login)
def test_a_clerk_is_numbered_in_a_structure(clerk):
    assert directory.check_person_id(clerk.id) is None
    assert clerk.structure in STRUCTURES


@pytest.mark.parametrize("person", PATIENTS, ids=lambda one: one.login)
def test_a_patient_is_valid_under_a_test_ins_and_named_as_fictional(person):
    french = terminology.domain("fr")
    assert identity.check_identifier(french, person.identifier) is None
    assert identity.check_traits(french, person.traits) == ()
    assert person.traits.birth_name.startswith("DEMO-")
    assert re.fullmatch("[A-Z]+(?:(?:-{1,2}|[' ])[A-Z]+)*", person.traits.birth_name)
    assert person.treating.profession == "10"
    assert person.treating.id not in INTERNS
    if "no-ins" in person.flags:
        assert person.identifier.system == settings.CARNET_LOCAL_OID
        return
    for identifier in (person.identifier, person.former or person.identifier):
        assert identifier.system == TEST_INS
        assert identity.check_identifier(french, identifier) is None
        assert rules.check_agreement(identifier, person.traits) == ()
        implied = identity.implied_by_ins(identifier.value)
        assert (implied.sex, implied.birth_place) == (person.traits.sex, person.traits.birth_place)


def test_families_are_possible():
    everybody = {person.login: person for person in PATIENTS}
    parents = 0
    for person in PATIENTS:
        for login, sex in ((person.mother, "F"), (person.father, "M")):
            if login:
                parents += 1
                parent = everybody[login]
                assert parent.traits.sex == sex, login
                assert 16 <= parent.age(person.traits.birth_date) <= (50 if sex == "F" else 70), person.login
        if person.age(records.TODAY) < 18:
            assert person.mother, f"{person.login} is a minor"
            assert person.father, f"{person.login} is a minor"
    assert parents >= 60
    grandparents = [
        person
        for person in PATIENTS
        if person.father and (everybody[person.father].mother or everybody[person.father].father)
    ]
    assert len(grandparents) >= 8


def test_patients_cover_the_hard_cases():
    values = [person.identifier.value for person in PATIENTS]
    traits = [person.traits for person in PATIENTS]
    assert any("2A" in value[5:7] for value in values)
    assert any("2B" in value[5:7] for value in values)
    assert any(value[0] in "78" for value in values), "a number given while waiting (NIA)"
    (waited,) = (person for person in PATIENTS if person.former)
    assert waited.former.value[0] == "7"
    assert waited.identifier.value[0] == "1"
    flags = Counter(flag for person in PATIENTS for flag in person.flags)
    assert flags["closed"] == flags["refused"] == flags["no-ins"] == 1
    assert flags["protected"] == 2
    assert flags["homonym"] == 3
    assert max(len(one.birth_name) for one in traits) >= 20
    assert max(len(one.given_names) for one in traits) >= 35
    assert any(one.birth_place.startswith("99") for one in traits), "born abroad"
    twins = Counter((one.birth_name, one.birth_date, one.sex, one.birth_place) for one in traits)
    assert [count for count in twins.values() if count > 1] == [2, 2]
    homonyms = Counter((one.birth_name, one.first_given) for one in traits)
    assert sorted(count for count in homonyms.values() if count > 1) == [2, 3]
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
    logins = [region.login_of(one) for one in PROFESSIONALS] + [
        one.login for one in (*CLERKS, *INSTITUTIONS, *PATIENTS)
    ]
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
    assert {told.about.login for told in STORIES} == {one.login for one in PATIENTS if "refused" not in one.flags}
    assert len({told.unique_id for told in STORIES}) == len(STORIES) >= 600
    assert len({(told.about.login, told.title) for told in STORIES}) == len(STORIES)
    for told in STORIES:
        assert terminology.class_of_type(told.type_code) is not None, told.title
        assert told.at.id in told.by.structures, told.title
        assert told.when.utcoffset() is not None, told.title
        assert told.about.traits.birth_date <= told.when.date() < date(2026, 2, 1), told.title
        assert told.since is None or told.since < told.when, told.title
    assert len({told.type_code for told in STORIES}) >= 40
    assert {code.code for told in STORIES for code in told.visibility} == {
        "MASQUE_PS",
        "INVISIBLE_PATIENT",
        "INVISIBLE_REPRESENTANTS_LEGAUX",
    }


def test_what_corrects_comes_after_what_it_corrects():
    when = {(told.about.login, told.title): told.when for told in STORIES}
    corrections = [told for told in STORIES if told.replaces]
    assert len(corrections) >= 2
    for told in corrections:
        assert when[told.about.login, told.replaces] < told.when


def test_a_document_is_written_by_somebody_of_the_care_team_or_a_service():
    """Laboratories, imaging, emergencies, regulation and visiting specialists write without being of the team."""
    team = [told for told in STORIES if told.by in (told.about.treating, *told.about.team)]
    assert len(team) / len(STORIES) > 0.5


def test_ten_years_of_diabetes_are_there_to_be_drawn():
    values = [
        (told.when.date(), float(item.value))
        for told in STORIES
        if told.about.login == "roland.demo-hetre" and not isinstance(told.body, File)
        for section in told.body
        for block in section.blocks
        if isinstance(block, Results)
        for item in block.items
        if item.code is not None and item.code.code == "4548-4"
    ]
    assert len(values) >= 20
    assert max(day for day, _ in values).year - min(day for day, _ in values).year >= 9
    assert all(4 < value < 14 for _, value in values)


def test_no_identifier_of_production_is_written():
    for told in STORIES:
        written = letters.write(told).decode()
        assert not re.search(r'root="1\.2\.250\.1\.213\.1\.4\.[89]"', written), told.title
