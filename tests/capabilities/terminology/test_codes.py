"""Checking codes, labels, and the maps from type to class and from template to format."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.kernel.errors import Reason
from carnet.record.terminology import api, rights_numbers
from carnet.wire.xds.model import Code

LOINC = "2.16.840.1.113883.6.1"
A05 = "1.2.250.1.213.1.1.4.12"
A06 = "1.2.250.1.213.1.1.4.2.282"
IHE = "1.3.6.1.4.1.19376.1.2.3"

RIGHT = [
    ("typeCode", Code("11502-2", LOINC)),
    ("typeCode", Code("11502-2", LOINC, "un libellé d'une autre édition")),
    ("typeCode", Code("PRESC-BIO", A05)),
    ("typeCode", Code("E1762", "ASTM")),
    ("classCode", Code("10", "1.2.250.1.213.1.1.4.1")),
    ("classCode", Code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN")),
    ("formatCode", Code("urn:ihe:lab:xd-lab:2008", IHE)),
    ("formatCode", Code("1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1")),
    ("healthcareFacilityTypeCode", Code("SA07", "1.2.250.1.71.4.2.4")),
    ("practiceSettingCode", Code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9")),
    ("confidentialityCode", Code("N", "2.16.840.1.113883.5.25")),
    ("confidentialityCode", Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13")),
    ("contentTypeCode", Code("07", "1.2.250.1.213.2.2")),
    ("authorSpecialty", Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5")),
    ("authorRole", Code("PCP", "2.16.840.1.113883.5.88")),
    ("profession", Code("60", "1.2.250.1.71.1.2.7")),
    ("accessMode", Code("bris_de_glace", "1.2.250.1.213.1.1.4.248")),
    ("eventCode", Code("ZZZ", "1.2.3")),
]

WRONG = [
    ("typeCode", Code("11502-9", LOINC), "type-code", "11502-2"),
    ("typeCode", Code("11502-2", A05), "type-code", LOINC),
    ("typeCode", Code("11502-2", "LOINC"), "type-code", LOINC),
    ("typeCode", Code("presc-bio", A05), "type-code", "PRESC-BIO"),
    ("typeCode", Code("xxx", LOINC, "CR d'examens biologiques"), "type-code", "11502-2"),
    ("formatCode", Code("urn:asip:ci-sis:vsm:2013", A06), "format-code", "urn:asip:ci-sis:vsm:2012"),
    ("healthcareFacilityTypeCode", Code("SA99", "1.2.250.1.71.4.2.4"), "healthcare-facility-type-code", "SA"),
    ("confidentialityCode", Code("MASQUE_PSOCIAL", "1.2.250.1.213.1.1.4.13"), "confidentiality-code", "MASQUE_PS"),
    ("eventCode", Code("ZZZ", ""), "event-code", ""),
    ("typeCode", Code("", LOINC), "type-code", ""),
]


@pytest.mark.parametrize(("attribute", "code"), RIGHT, ids=lambda value: str(getattr(value, "code", value)))
def test_a_right_code_has_no_problem(attribute, code):
    assert api.check_code(api.domain("fr"), attribute, code) is None


@pytest.mark.parametrize(("attribute", "code", "rule", "hint"), WRONG)
def test_a_wrong_code_names_its_rule_and_the_closest_codes(attribute, code, rule, hint):
    problem = api.check_code(api.domain("fr"), attribute, code)
    assert problem is not None
    assert problem.reason is Reason.INVALID
    assert problem.rule == rule
    assert problem.field.endswith(attribute)
    assert hint in problem.expected
    assert problem.source
    assert not problem.warning


def test_the_set_s_attribute_is_named_as_the_set_s():
    problem = api.check_code(api.domain("fr"), "contentTypeCode", Code("x", "1.2"))
    assert problem.field == "SubmissionSet.contentTypeCode"


@pytest.mark.parametrize("attribute", ["typeCode", "classCode", "formatCode", "eventCode"])
def test_an_open_domain_takes_any_code_with_a_scheme(attribute):
    plain = api.domain("ihe")
    assert api.check_code(plain, attribute, Code("Connect-a-thon", "urn:some:scheme")) is None
    assert api.check_code(plain, attribute, Code("Connect-a-thon", "")) is not None


def test_a_hostile_code_is_answered_quickly_and_shown_short():
    started = time.perf_counter()
    problem = api.check_code(api.domain("fr"), "authorSpecialty", Code("a" * 500_000, "b" * 500_000, "c" * 500_000))
    assert time.perf_counter() - started < 2
    assert len(problem.found) < 300


@given(code=st.text(max_size=40), scheme=st.text(max_size=40))
def test_no_code_outside_the_list_is_ever_accepted(code, scheme):
    listed = {(one.code, one.scheme) for one in api.choices("typeCode")}
    accepted = api.check_code(api.domain("fr"), "typeCode", Code(code, scheme)) is None
    assert accepted == ((code, scheme) in listed)


def test_labels():
    assert api.label("typeCode", "11490-0", LOINC) == "Lettre de liaison à la sortie d'un établissement de soins"
    assert api.label("typeCode", "11490-0") == "Lettre de liaison à la sortie d'un établissement de soins"
    assert api.label("typeCode", "11490-0", A05) == ""
    assert api.label("typeCode", "nothing") == ""
    assert api.label("eventCode", "x") == ""
    assert api.choices("eventCode") == ()


@pytest.mark.parametrize(
    ("type_code", "class_code", "label"),
    [
        ("11502-2", "10", "Compte rendu"),
        ("60591-5", "11", "Synthèse"),
        ("IMG-KOS", "31", "Imagerie médicale"),
        ("57833-6", "42", "Prescription"),
        ("80565-5", "45", "Traitement administré"),
        ("87273-9", "52", "Certificat, déclaration"),
        ("EXPPAT_3", "90", "Autres documents déposés par le patient"),
        ("78341-5", "11", "Synthèse"),
        ("E1762", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "Digital Signature"),
    ],
)
def test_the_class_follows_from_the_type(type_code, class_code, label):
    found = api.class_of_type(type_code)
    assert (found.code, found.display) == (class_code, label)
    assert api.check_code(api.domain("fr"), "classCode", found) is None


def test_a_type_outside_the_map_has_no_class():
    assert api.class_of_type("101881-1") is None
    assert api.class_of_type("nothing") is None


@pytest.mark.parametrize(
    ("root", "media_type", "format_code"),
    [
        ("1.2.250.1.213.1.1.1.13", "", "urn:asip:ci-sis:vsm:2012"),
        ("1.2.250.1.213.1.1.1.55", "", "urn:ihe:lab:xd-lab:2008"),
        ("1.3.6.1.4.1.19376.1.3.3", "text/xml", "urn:ihe:lab:xd-lab:2008"),
        ("1.3.6.1.4.1.19376.1.2.20", "application/pdf", "urn:ihe:iti:xds-sd:pdf:2008"),
        ("1.3.6.1.4.1.19376.1.2.20", "TEXT/PLAIN; charset=utf-8", "urn:ihe:iti:xds-sd:text:2008"),
        ("1.3.6.1.4.1.19376.1.2.20", "image/tiff", "urn:ihe:iti-fr:xds-sd:tiff:2010"),
    ],
)
def test_the_format_follows_from_the_template(root, media_type, format_code):
    found = api.format_of_template(root, media_type)
    assert found.code == format_code
    assert found.display
    assert api.check_code(api.domain("fr"), "formatCode", found) is None


def test_a_template_outside_the_map_has_no_format():
    assert api.format_of_template("1.2.250.1.213.1.1.1.1") is None
    assert api.format_of_template("1.3.6.1.4.1.19376.1.2.20", "video/mp4") is None


def test_type_numbers_are_small_and_63_means_unknown():
    numbers = {code.code: api.type_number(code.code) for code in api.choices("typeCode")}
    assert all(0 <= number <= 63 for number in numbers.values())
    assert api.type_number("nothing") == rights_numbers.UNKNOWN == 63
    assert {code for code, number in numbers.items() if number == 63} == {"FEUILLE-DE-STYLE", "101881-1"}
    # Stored with every document: these may never change.
    assert numbers["11502-2"] == 0
    assert numbers["60591-5"] == 1
    assert numbers["18748-4"] == 2
    assert numbers["51969-4"] == 26
    assert numbers["E1762"] == 11


def test_no_two_meanings_share_a_number():
    given = [*rights_numbers.OF_CLASS.values(), *rights_numbers.OF_TYPE.values()]
    assert len(given) == len(set(given))
