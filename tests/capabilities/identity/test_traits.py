"""The traits, and whether they can be those of the INS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carnet.record.identity import api, rules
from carnet.record.identity.api import PatientIdentifier, Traits
from carnet.record.terminology.domains import build_domains

FR, IHE = build_domains("demo")[:2]
INS = PatientIdentifier("1.2.250.1.213.1.4.10", "275126322074974", "NH")
ZOE = Traits(
    birth_name="ADRUN",
    given_names="ZOE MARIE",
    first_given="ZOE",
    used_given="Zoé",
    sex="F",
    birth_date=date(1975, 12, 31),
    birth_place="63220",
)

WRONG = [
    ({"birth_name": ""}, "Patient.birth_name"),
    ({"birth_name": "   "}, "Patient.birth_name"),
    ({"birth_name": "ADRUN2"}, "Patient.birth_name"),
    ({"birth_name": "<script>"}, "Patient.birth_name"),
    ({"birth_name": "A" * 101}, "Patient.birth_name"),
    ({"given_names": ""}, "Patient.given_names"),
    ({"first_given": ""}, "Patient.first_given"),
    ({"first_given": "MARIE"}, "Patient.first_given"),
    ({"used_name": "ADRUN_B"}, "Patient.used_name"),
    ({"used_given": "Zoé;"}, "Patient.used_given"),
    ({"sex": "U"}, "Patient.sex"),
    ({"sex": "X"}, "Patient.sex"),
    ({"birth_date": None}, "Patient.birth_date"),
    ({"birth_place": ""}, "Patient.birth_place"),
    ({"birth_place": "6322"}, "Patient.birth_place"),
    ({"birth_place": "2C020"}, "Patient.birth_place"),
]

RIGHT = [
    {},
    {"birth_name": "D'ARZACQ DE LA TOUR"},
    {"birth_name": "DUPONT--DURAND"},
    {"birth_name": "L’HÉRAULT"},
    {"used_name": "Œillet"},
    {"birth_place": "2B020"},
    {"birth_place": "99326"},
    {"given_names": "ZOE-MARIE ANNE", "first_given": "ZOE-MARIE"},
    {"given_names": "ZOE-MARIE ANNE", "first_given": "Zoe Marie"},
]


@pytest.mark.parametrize("change", RIGHT, ids=str)
def test_right_traits_have_no_problem(change):
    assert api.check_traits(FR, replace(ZOE, **change)) == ()


@pytest.mark.parametrize(("change", "field"), WRONG, ids=str)
def test_wrong_traits_name_their_field(change, field):
    problems = api.check_traits(FR, replace(ZOE, **change))
    assert [problem.field for problem in problems] == [field]
    assert all(problem.rule == "trait" for problem in problems)


def test_all_problems_are_collected():
    empty = Traits(birth_name="", given_names="", first_given="", sex="U", birth_date=None)
    fields = {problem.field.removeprefix("Patient.") for problem in api.check_traits(FR, empty)}
    assert fields == {"birth_name", "given_names", "first_given", "sex", "birth_date", "birth_place"}


def test_a_plain_domain_asks_for_a_name_only():
    poor = Traits(birth_name="Smith", given_names="", first_given="", sex="U", birth_date=None)
    assert api.check_traits(IHE, poor) == ()
    assert [problem.field for problem in api.check_traits(IHE, replace(poor, birth_name=""))] == ["Patient.birth_name"]


@pytest.mark.parametrize(
    ("first_digit", "sex", "right"),
    [(digit, sex, (digit in "137") == (sex == "M")) for digit in "123478" for sex in ("M", "F")],
)
def test_the_first_digit_and_the_sex_agree(first_digit, sex, right):
    number = f"{first_digit}751263220749"
    identifier = PatientIdentifier(INS.system, number + api.ins_key(number))
    found = {problem.rule for problem in rules.check_agreement(identifier, replace(ZOE, sex=sex))}
    assert found == (set() if right else {"ins-sex"})


@pytest.mark.parametrize(
    ("born", "warned"),
    [(date(1975, 12, 1), False), (date(1975, 11, 30), True), (date(1974, 12, 31), True), (date(2075, 12, 31), False)],
)
def test_another_birth_month_is_a_warning(born, warned):
    problems = rules.check_agreement(INS, replace(ZOE, birth_date=born))
    assert [(problem.rule, problem.warning) for problem in problems] == ([("ins-birth", True)] if warned else [])
    assert all(not problem.found for problem in problems)


def test_an_unknown_month_of_the_number_agrees_with_any():
    number = "2753163220749"
    identifier = PatientIdentifier(INS.system, number + api.ins_key(number))
    assert rules.check_agreement(identifier, ZOE) == ()


@pytest.mark.parametrize(
    ("born", "right"),
    [(date(2026, 1, 1), True), (date(2026, 1, 2), False), (date(1896, 1, 1), True), (date(1895, 12, 31), False)],
)
def test_a_birth_date_is_in_a_lifetime(born, right):
    assert (rules.check_birth_date(born, date(2026, 1, 1)) is None) is right


@pytest.mark.parametrize(
    ("domain", "qualification", "rule"),
    [
        (FR, "QUAL", None),
        (FR, "VALI", "ins-not-qualified"),
        (FR, "RECUP", "ins-not-qualified"),
        (FR, "PROV", "ins-not-qualified"),
        (FR, "", "qualification"),
        (IHE, "PROV", None),
        (IHE, "qual", "qualification"),
    ],
)
def test_only_a_qualified_identity_is_shared_under_its_ins(domain, qualification, rule):
    problem = rules.check_qualification(domain, qualification, INS)
    assert (problem.rule if problem else None) == rule
