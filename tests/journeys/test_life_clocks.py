"""The clocks of the law (CSP R.1111-36), moved by `carnet demo advance`: suspension, erasure, ten years."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from tests.journeys.conftest import CLERK, Secluded, matricule

PERSON = ("FICTIVE", "JEANNE", "1980-05-02")
SOMEBODY = "camille.aubier"
QUIET = "Aucune échéance"
_numbers = count(999201)


@pytest.fixture
def ins(secluded: Secluded) -> str:
    """The INS of a fresh record."""
    fresh = matricule(next(_numbers))
    secluded.record("create", fresh, *PERSON, "--consent")
    return fresh


@pytest.fixture
def advance(secluded: Secluded) -> Callable[[str], str]:
    """Move the clock of `fr`; what happened by then."""
    return lambda length: secluded.done("demo", "advance", length)


def test_a_suspension_closes_the_record_after_six_weeks_without_objection(
    secluded: Secluded, ins: str, advance: Callable[[str], str]
) -> None:
    assert "À venir : fermeture" in secluded.record("suspend", ins, "--cause", "fraud", who="Odile")
    assert "record-suspended" in secluded.refused("find", ins, "--as", SOMEBODY)
    assert QUIET in advance("41d")
    assert "fermé, échéance" in advance("1d")
    assert "record-closed" in secluded.refused("find", ins, "--as", SOMEBODY)
    assert "Dossier rouvert" in secluded.record("reopen", ins, "--consent")


def test_an_objection_keeps_the_record_until_the_operator_lifts_the_suspension(
    secluded: Secluded, ins: str, advance: Callable[[str], str]
) -> None:
    secluded.record("suspend", ins, "--cause", "malfunction", who="Odile")
    secluded.record("object", ins)
    assert QUIET in advance("1y")
    assert "Dossier suspendu" in secluded.record("state", ins)
    assert "operator" in secluded.refused("record", "lift", ins, "--as", CLERK, code=2)
    secluded.record("lift", ins, who="Odile")
    assert "authorisation-missing" in secluded.refused("find", ins, "--as", SOMEBODY)


def test_an_erasure_that_was_asked_for_is_done_within_three_months(
    secluded: Secluded, ins: str, advance: Callable[[str], str]
) -> None:
    said = secluded.refused("record", "erase", ins, "--as", CLERK, answer="oui\n")
    assert "nothing was done" in said
    assert "Dossier ouvert" in secluded.record("state", ins)
    asked = secluded.command("record", "erase", ins, "--as", CLERK, answer="EFFACER\n")
    assert "À venir : effacement" in asked.stdout
    assert "record-closed" in secluded.refused("find", ins, "--as", SOMEBODY)
    assert QUIET in advance("2m")
    happened = advance("1m")
    assert "effacé, échéance" in happened
    assert "Pas de dossier" in secluded.record("state", ins)
    number = happened.split("n° ")[1].split(" ")[0]
    assert f"Dossier n° {number}" in secluded.done("record", "certificate", number)
    assert "does not name" in secluded.refused("record", "certificate", "1")


def test_reopening_takes_an_erasure_back(secluded: Secluded, ins: str, advance: Callable[[str], str]) -> None:
    secluded.record("erase", ins, "--yes")
    assert "reopen-consent" in secluded.refused("record", "reopen", ins, "--as", CLERK)
    secluded.record("reopen", ins, "--consent")
    assert QUIET in advance("6m")
    assert "Dossier ouvert" in secluded.record("state", ins)


def test_a_closed_record_is_erased_after_ten_years(secluded: Secluded, ins: str, advance: Callable[[str], str]) -> None:
    assert "Dossier fermé" in secluded.record("close", ins)
    assert "record-closed" in secluded.refused("record", "close", ins, "--as", CLERK)
    assert QUIET in advance("9y")
    assert "Dossier fermé" in secluded.record("state", ins)
    assert "effacé, échéance" in advance("1y")
    assert "patient-unknown" in secluded.refused("find", ins, "--as", SOMEBODY)


def test_clocks_are_those_of_domains_and_of_demonstrations(secluded: Secluded) -> None:
    assert "domaine fr-2012" in secluded.done("demo", "advance", "2w", "--domain", "fr-2012")
    assert "there is no domain" in secluded.refused("demo", "advance", "2w", "--domain", "mars", code=2)
    assert "not a length" in secluded.refused("demo", "advance", "soon", code=2)
    assert "beyond the calendar" in secluded.refused("demo", "advance", "9999y", code=2)
