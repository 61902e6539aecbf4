"""B2: a carte Vitale in the simulated reader, from its text to the record of the person it covers."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from carnet.record.identity import api as identity
from carnet.record.identity.api import PatientIdentifier, ins_key
from tests.conftest import Living
from tests.portals import lives

CLERK = "accueil.chu"


@dataclass(frozen=True)
class Family:
    """An insured person, a spouse with their own number, a child without one, twins with theirs."""

    holder: str
    spouse: str
    twins: tuple[str, str]

    def text(self, **changes: Any) -> str:
        people = [
            person("DEMO-ORME", "Zoé-Anaïs", "19750609", nir=self.holder),
            person("DEMO-ORME", "HÉLÈNE", "19780500", nir=self.spouse),
            person("DEMO-ORME", "PETIT", "20250101"),
            person("DEMO-ORME", "ELIO", "20160302", nir=self.twins[0], rank=1),
            person("DEMO-ORME", "LIOE", "20160302", nir=self.twins[1], rank=2),
        ]
        return json.dumps(
            {"serial": "9900001", "kind": "test", "holder": self.holder, "beneficiaries": people} | changes
        )

    @property
    def card(self) -> identity.Card:
        card = identity.read_card(self.text())
        assert isinstance(card, identity.Card), card
        return card


def person(name: str, given: str, born: str, *, nir: str = "", rank: int = 1) -> dict[str, Any]:
    return {"birth_name": name, "given_name": given, "birth_date": born, "nir": nir, "rank": rank}


def number(start: str) -> str:
    digits = f"{start}64999{secrets.randbelow(1000):03d}"
    return digits + ins_key(digits)


@pytest.fixture(scope="module")
def family() -> Family:
    return Family(holder=number("27506"), spouse=number("27805"), twins=(number("11603"), number("21603")))


def test_each_person_of_a_card_has_their_own_ins_c(family: Family) -> None:
    holder, spouse, child, one, two = family.card.beneficiaries
    computed = [identity.ins_c_of(family.card, who) for who in (holder, spouse, one, two)]
    assert all(isinstance(found, PatientIdentifier) and len(found.value) == 22 for found in computed)
    assert len({found.value for found in computed}) == 4
    # The published algorithm, by hand: the given name of ten letters, the date as it is on the card, the NIR.
    by_hand = identity.calculate_ins_c(given_name="ZOEANAIS", birth_date="1975-06-09", nir=family.holder)
    assert computed[0] == by_hand
    refused = identity.ins_c_of(family.card, child)
    assert refused.rule == "ins-c-nir-missing"


def test_the_holders_number_is_nobody_elses(family: Family) -> None:
    people = json.loads(family.text())["beneficiaries"]
    people[2]["nir"] = family.holder
    card = identity.read_card(family.text(beneficiaries=people))
    assert identity.ins_c_of(card, card.beneficiaries[2]).rule == "ins-c-nir-holder"
    assert isinstance(identity.ins_c_of(card, card.beneficiaries[0]), PatientIdentifier)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "card-absent"),
        ("   \n", "card-absent"),
        ("{", "card-unreadable"),
        ("[]", "card-unreadable"),
        ('{"serial": "1", "kind": "credit", "holder": "1", "beneficiaries": []}', "card-unreadable"),
        ("[" * 30_000, "card-unreadable"),
    ],
)
def test_what_is_no_card_is_refused_with_a_sentence(text: str, rule: str) -> None:
    problem = identity.read_card(text)
    assert problem.rule == rule
    assert problem.text.endswith(".")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": "real"}, "card-real"),
        ({"beneficiaries": []}, "card-empty"),
        ({"holder": "275066499900100"}, "card-nir"),
        ({"unknown": 1}, "card-unreadable"),
    ],
)
def test_what_a_card_may_not_say(family: Family, changes: dict[str, Any], rule: str) -> None:
    assert identity.read_card(family.text(**changes)).rule == rule


@pytest.mark.parametrize(
    ("last", "rule"),
    [("", None), ("20260131", None), ("20260130", "card-expired"), ("20261301", "card-expired"), ("x", "card-expired")],
)
def test_a_card_is_good_to_its_last_day(family: Family, last: str, rule: str | None) -> None:
    card = identity.read_card(family.text(valid_until=last))
    found = identity.check_validity(card, date(2026, 1, 31))
    assert (found.rule if found else None) == rule


def test_the_same_card_twice_is_one_record_and_two_people_of_it_are_two(living: Living, family: Family) -> None:
    said = []
    for place in (0, 0, 1):
        who = family.card.beneficiaries[place]
        found = identity.ins_c_of(family.card, who)
        assert isinstance(found, PatientIdentifier)
        born = "1978-05-01" if who.birth_date.endswith("00") else "1975-06-09"
        done = lives.command(
            living, "record", "create", identity.format_cx(found), who.birth_name, who.given_name, born,
            "--sex", "F", "--consent", "--as", CLERK, "--domain", "fr-2012",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.strip())
    assert said == ["Dossier créé.", "Ce dossier existe déjà.", "Dossier créé."]
