"""The INS: key, structure, authority; and the CX that carries it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.kernel.errors import Problem
from carnet.record.identity import api, rules
from carnet.record.identity.api import PatientIdentifier
from carnet.record.terminology.domains import build_domains

FR, IHE = build_domains("demo")[:2]
PRODUCTION = build_domains("production")[0]
TEST = "1.2.250.1.213.1.4.10"

# Published test identities, and two that only differ by the Corsican department.
KEYS = [
    ("2751263220749", "74"),
    ("180032B020401", "23"),
    ("297022A020778", "78"),
    ("2790351215189", "89"),
]


@pytest.mark.parametrize(("number", "key"), KEYS)
def test_the_key_of_published_numbers(number, key):
    assert api.ins_key(number) == key
    assert api.check_identifier(FR, PatientIdentifier(TEST, number + key, "NH")) is None


@pytest.mark.parametrize(
    "number", ["", "275126322074", "27512632207499", "27512632C0749", "5751263220749", "2a51263220749"]
)
def test_no_key_for_what_is_not_a_number(number):
    with pytest.raises(ValueError, match="13 characters"):
        api.ins_key(number)


numbers = st.builds(
    "{}{:02d}{:02d}{}{:03d}{:03d}".format,
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.one_of(st.integers(1, 99).map("{:02d}".format), st.sampled_from(["2A", "2B"])),
    st.integers(0, 999),
    st.integers(0, 999),
)


def naive_key(number):
    """INSEE's own words: the letter counts as 0, then 1,000,000 (A) or 2,000,000 (B) is taken away."""
    digits = int(number.replace("2A", "20").replace("2B", "20"))
    digits -= 1_000_000 if "2A" in number else 2_000_000 if "2B" in number else 0
    return f"{97 - digits % 97:02d}"


@given(numbers)
def test_the_key_equals_a_naive_one(number):
    assert api.ins_key(number) == naive_key(number)


@given(numbers, st.integers(0, 14), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_seen(number, position, digit):
    value = number + api.ins_key(number)
    changed = value[:position] + digit + value[position + 1 :]
    accepted = api.check_identifier(FR, PatientIdentifier(TEST, changed)) is None
    # 97 is prime to 10: no two numbers that differ by one digit have the same key.
    assert accepted == (changed == value)


@given(numbers)
def test_a_right_number_passes_in_fr(number):
    assert api.check_identifier(FR, PatientIdentifier(TEST, number + api.ins_key(number), "NH")) is None


WRONG = [
    ("275126322074984", TEST, "NH", "ins-key"),
    ("27512632207497", TEST, "NH", "ins-length"),
    ("2751263220749740", TEST, "NH", "ins-length"),
    ("275126322074X74", TEST, "NH", "ins-structure"),
    ("575126322074974", TEST, "NH", "ins-structure"),
    ("275136322074974", TEST, "NH", "ins-structure"),
    ("275002B02074974", TEST, "NH", "ins-structure"),
    ("275126322074٧٤", TEST, "NH", "ins-length"),
    ("2751263220749٧٤", TEST, "NH", "ins-structure"),
    ("275126322074974", TEST, "PI", "ins-type"),
    ("275126322074974", "1.2.250.1.213.1.4.8", "NH", "ins-oid-production"),
    ("275126322074974", "1.2.250.1.213.1.4.9", "NH", "ins-oid-production"),
    ("275126322074974", "1.2.250.1.213.1.4.2", "NH", "ins-oid"),
    ("275126322074974", "1.2.3", "", "ins-oid"),
]


@pytest.mark.parametrize(("value", "system", "type_code", "rule"), WRONG)
def test_a_wrong_identifier_names_its_rule(value, system, type_code, rule):
    problem = api.check_identifier(FR, PatientIdentifier(system, value, type_code))
    assert isinstance(problem, Problem)
    assert problem.rule == rule
    assert problem.source
    assert problem.text.endswith(".")


def test_the_right_key_is_told_to_the_sender():
    problem = api.check_identifier(FR, PatientIdentifier(TEST, "221042545611404"))
    assert (problem.found, problem.expected) == ("04", "83")


@pytest.mark.parametrize(
    ("value", "key"),
    [("221042545611404", "83"), ("223042545611404", "82"), ("222127505611201", "47"), ("224027511583555", "12")],
)
def test_false_keys_met_in_sample_documents(value, key):
    problem = api.check_identifier(FR, PatientIdentifier(TEST, value, "NH"))
    assert (problem.rule, problem.expected) == ("ins-key", key)


def test_production_takes_real_ins_and_refuses_test_ones():
    assert api.check_identifier(PRODUCTION, PatientIdentifier("1.2.250.1.213.1.4.8", "275126322074974", "NH")) is None
    assert api.check_identifier(PRODUCTION, PatientIdentifier(TEST, "275126322074974", "NH")).rule == "ins-oid-test"
    demo = PatientIdentifier("1.2.250.1.213.1.4.11", "275126322074974", "NH")
    assert api.check_identifier(PRODUCTION, demo).rule == "ins-oid-test"
    assert api.check_identifier(FR, demo) is None


@pytest.mark.parametrize("system", ["1.3.6.1.4.1.21367.2005.3.7", "1.2.3", TEST])
def test_a_plain_domain_takes_any_authority_and_checks_no_key(system):
    assert api.check_identifier(IHE, PatientIdentifier(system, "6578946")) is None


@pytest.mark.parametrize("system", ["", "1", "1.02.3", "urn:oid:1.2.3", "9.9.9"])
def test_a_plain_domain_wants_an_oid(system):
    assert api.check_identifier(IHE, PatientIdentifier(system, "6578946")).rule == "cx"


def test_reading_and_writing_a_cx():
    text = "275126322074974^^^&1.2.250.1.213.1.4.10&ISO^NH"
    identifier = api.parse_cx(text)
    assert identifier == PatientIdentifier(TEST, "275126322074974", "NH")
    assert identifier.type_code == "NH"
    assert api.format_cx(identifier) == text


def test_the_type_does_not_make_another_person():
    bare = api.parse_cx("275126322074974^^^&1.2.250.1.213.1.4.10&ISO")
    assert bare == PatientIdentifier(TEST, "275126322074974", "NH")
    assert hash(bare) == hash(PatientIdentifier(TEST, "275126322074974", "NH"))
    assert api.format_cx(bare).endswith("&ISO^NH")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6578946^^^&1.3.6.1.4.1.21367.2005.3.7&ISO", PatientIdentifier("1.3.6.1.4.1.21367.2005.3.7", "6578946")),
        ("IPP-12^^^&1.2.3&ISO^PI", PatientIdentifier("1.2.3", "IPP-12", "PI")),
        ("IPP-12^^^&1.2.3&ISO^PI^^^", PatientIdentifier("1.2.3", "IPP-12", "PI")),
    ],
)
def test_other_cx_are_read(text, expected):
    identifier = api.parse_cx(text)
    assert identifier == expected
    assert identifier.type_code == expected.type_code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "275126322074974",
        "275126322074974^^^1.2.250.1.213.1.4.10&ISO",
        "275126322074974^^^&1.2.250.1.213.1.4.10&GUID^NH",
        "275126322074974^^^&1.2.250.1.213.1.4.10",
        "^^^&1.2.250.1.213.1.4.10&ISO^NH",
        "a^b^c^&1.2.3&ISO",
        "a&b^^^&1.2.3&ISO",
        "a^^^&1.2.3&ISO^NH|PID-5",
        "a^^^&1.2.3&ISO^NH~b^^^&1.2.3&ISO",
        "a" * 300 + "^^^&1.2.3&ISO",
        "a^^^&1.2.3&ISO^NH\n",
    ],
)
def test_what_is_not_a_cx(text):
    problem = api.parse_cx(text)
    assert isinstance(problem, Problem)
    assert problem.rule == "cx"
    assert len(problem.found) <= 80


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused_and_what_is_read_is_written_back(text):
    identifier = api.parse_cx(text)
    if isinstance(identifier, PatientIdentifier):
        assert api.parse_cx(api.format_cx(identifier)) == identifier


def test_what_an_ins_says_of_its_person():
    assert api.implied_by_ins("180032B02040123") == api.Implied("M", "2B020")
    assert api.implied_by_ins("275126322074974") == api.Implied("F", "63220")
    assert api.implied_by_ins("275126322074975") is None
    assert api.implied_by_ins("2751263220749") is None
    assert api.implied_by_ins("") is None


def test_unknown_months_of_birth_are_right_numbers():
    for month, right in (("20", True), ("31", True), ("62", True), ("13", False), ("25", False), ("00", False)):
        number = f"275{month}63220749"
        problem = rules.check_identifier(FR, PatientIdentifier(TEST, number + api.ins_key(number)), "1.2.3")
        assert (problem is None) is right, month
