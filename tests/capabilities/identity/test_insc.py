"""INS-C: the algorithm against a naive one, what must collide, what must not, and every refusal."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.kernel.errors import Problem
from carnet.record.identity import insc, issued

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "data" / "insc"
NIR = "1800275000001"
names = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20)
numbers = st.from_regex(r"[12][0-9]{2}(0[1-9]|1[0-2])([0-9]{2}|2[AB])[0-9]{6}", fullmatch=True)
dates = st.dates().map(lambda day: day.isoformat())


def naive(name: str, born: str, nir: str) -> str:
    text = name[:10].ljust(10) + born[2:4] + born[5:7] + born[8:10] + nir
    value = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16)
    return str(value).zfill(20) + str(97 - value % 97).zfill(2)


@given(names, dates, numbers)
def test_it_equals_a_naive_one_every_time(name: str, born: str, nir: str) -> None:
    found = insc.calculate(given_name=name, birth_date=born, nir=nir)
    assert found == insc.calculate(given_name=name, birth_date=born, nir=nir) == naive(name, born, nir)
    assert insc.check(found) is None


@given(names, dates, numbers, st.integers(0, 21))
def test_one_wrong_digit_is_always_seen(name: str, born: str, nir: str, place: int) -> None:
    found = insc.calculate(given_name=name, birth_date=born, nir=nir)
    wrong = found[:place] + str((int(found[place]) + 1) % 10) + found[place + 1 :]
    assert isinstance(insc.check(wrong), Problem)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Éloïse", "ELOISE"),
        ("Jean-Paul", "JEAN PAUL"),
        ("Jean Paul", "JEANPAUL"),
        ("N'Guessan", "NGUESSAN"),
        ("Cœur", "COEUR"),
        ("Læticia", "LAETICIA"),
        ("ŒDIPE", "oedipe"),
        ("Ça", "CA"),
        ("Emmanuelle-Anne", "EMMANUELLE"),
        ("e\u0301loi", "éloi"),
    ],
)
def test_spellings_that_must_collide(one: str, other: str) -> None:
    assert insc.calculate(given_name=one, birth_date="19800201", nir=NIR) == insc.calculate(
        given_name=other, birth_date="1980-02-01", nir=NIR
    )


@given(names, names, dates, dates, numbers, numbers)
def test_people_who_differ_do_not_collide(one, other, born, later, nir, another) -> None:
    seeds = {insc.seed(one, born, nir), insc.seed(other, later, another)}
    found = {
        insc.calculate(given_name=a, birth_date=b, nir=c) for a, b, c in ((one, born, nir), (other, later, another))
    }
    assert len(found) == len(seeds)


@pytest.mark.parametrize(
    ("born", "seeded"),
    [
        ("1980-02-01", "800201"),
        ("19800201", "800201"),
        ("19500000", "500000"),
        ("1950-13-32", "501332"),
        ("", "000000"),
        ("01/02/1980", "000000"),
        ("inconnue", "000000"),
    ],
)
def test_dates_absent_or_lunar(born: str, seeded: str) -> None:
    assert insc.seed("JEAN", born, NIR) == f"JEAN      {seeded}{NIR}"


def test_corsican_letters_stay_in_the_seed() -> None:
    south, north = "180032B020401", "180032A020401"
    assert insc.seed("ANTHONY", "19800302", south).endswith(south)
    found = {insc.calculate(given_name="ANTHONY", birth_date="19800302", nir=nir) for nir in (south, north)}
    assert len(found) == 2
    assert insc.calculate(given_name="ANTHONY", birth_date="19800302", nir=south + "23") in found


@pytest.mark.parametrize(
    ("nir", "holder", "rule"),
    [
        ("", "", "ins-c-nir-missing"),
        ("   ", "", "ins-c-nir-missing"),
        ("18002750000", "", "ins-c-nir-form"),
        ("180027500000X", "", "ins-c-nir-form"),
        ("180022C000001", "", "ins-c-nir-form"),
        ("3800275000001", "", "ins-c-nir-temporary"),
        ("8800275000001", "", "ins-c-nir-temporary"),
        ("180032B02040124", "", "ins-c-nir-key"),
        (NIR, NIR, "ins-c-nir-holder"),
        (NIR, NIR + "45", "ins-c-nir-holder"),
    ],
)
def test_refusals(nir: str, holder: str, rule: str) -> None:
    problem = insc.calculate(given_name="JEAN", birth_date="19800201", nir=nir, holder_nir=holder)
    assert isinstance(problem, Problem)
    assert problem.rule == rule
    assert problem.text
    assert nir.strip() not in problem.found or len(problem.found) < 3


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "ins-c-length"),
        ("0833910461279517589", "ins-c-length"),
        ("083391046127951758985A", "ins-c-length"),
        ("0833910461279517589857", "ins-c-key"),
        ("9999999999999999999900", "ins-c-range"),
    ],
)
def test_a_received_one_is_checked(value: str, rule: str) -> None:
    assert insc.check(value).rule == rule


def test_an_ins_a_is_unlike_any_other_and_never_an_ins_c() -> None:
    drawn = {issued.new_ins_a() for _ in range(500)}
    assert len(drawn) == 500
    for value in drawn:
        assert re.fullmatch("[0-9]{22}", value)
        assert issued.check_ins_a(value) is None
        assert insc.check(value).rule == "ins-c-range"
    assert issued.check_ins_a("0833910461279517589858").rule == "ins-a-range"
    assert issued.check_ins_a("9999999999999999999900").rule == "ins-a-key"
    assert issued.check_ins_a("1").rule == "ins-a-length"


def test_local_numbers_are_never_the_same() -> None:
    drawn = {issued.new_local() for _ in range(500)}
    assert len(drawn) == 500
    assert all(re.fullmatch("[2-9A-HJKMNP-Z]{16}", value) for value in drawn)


def test_the_published_sample_is_reproduced() -> None:
    if not VECTORS.is_dir():
        pytest.skip("the published sample of INS-C is not beside this clone (../shared/data/insc)")
    lines = [line.split(";") for path in VECTORS.glob("*.csv") for line in path.read_text("latin-1").splitlines()]
    rows = [line for line in lines if len(line) >= 6 and re.fullmatch("[0-9]{20}", line[4])]
    assert rows
    for name, born, nir, key, number, check in (line[:6] for line in rows):
        found = insc.calculate(given_name=name, birth_date=f"19{born}" if born else "", nir=nir + key)
        assert found == number + check, (name, born)
