"""National identifiers: form and check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.record.directory import api, rules

RIGHT_PEOPLE = ["899900063480", "899900000011", "3330999012/0101", "599999905500018/x"]
WRONG_PEOPLE = [
    "",
    "899900063481",
    "89990006348",
    "8999000634800",
    "799900063480",
    "8٩٩٩٠٠٠٦٣٤٨٠",
    "3330999013/0101",
    "3330999012/",
    "3330999012",
    "801234567897 ",
]
RIGHT_STRUCTURES = ["1330999012", "2999999055", "399999905500018", "499900063480001"]
WRONG_STRUCTURES = [
    "",
    "330999012",
    "1330999013",
    "13309990120",
    "2999999056",
    "399999905500019",
    "499900063481001",
    "49990006348001",
    "1330999012 ",
    "<script>",
]


@pytest.mark.parametrize("person", RIGHT_PEOPLE)
def test_right_people(person):
    assert api.check_person_id(person) is None


@pytest.mark.parametrize("structure", RIGHT_STRUCTURES)
def test_right_structures(structure):
    assert api.check_structure_id(structure) is None


@pytest.mark.parametrize("person", WRONG_PEOPLE)
def test_wrong_people(person):
    problem = api.check_person_id(person)
    assert (problem.rule, problem.field) == ("national-id", "Professional.id")


@pytest.mark.parametrize("structure", WRONG_STRUCTURES)
def test_wrong_structures(structure):
    problem = api.check_structure_id(structure)
    assert (problem.rule, problem.field) == ("national-id", "Structure.id")


def test_a_corsican_finess_is_read_with_a_zero_for_its_letter():
    numbers = [f"2A000001{key}" for key in range(10)]
    assert [rules.check_structure("1" + number) is None for number in numbers].count(True) == 1


@given(st.text("0123456789", min_size=1, max_size=20))
def test_exactly_one_key_completes_any_digits(digits):
    assert sum(rules.luhn(digits + str(key)) for key in range(10)) == 1


@given(st.text("0123456789", min_size=2, max_size=20), st.data())
def test_one_wrong_digit_is_always_seen(digits, data):
    key = next(str(key) for key in range(10) if rules.luhn(digits + str(key)))
    position = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[position]))
    assert not rules.luhn(digits[:position] + other + digits[position + 1 :] + key)
