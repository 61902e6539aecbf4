"""What a carte Vitale says, from the text that a reader gives; no reader, no file, no network here.

A card is its holder's, the insured person's, and lists the beneficiaries of the same cover, each with a name, a birth
date, a rank among those born together, and their own NIR once it is certified (DMP TD0.0, GALSS and FSV field names
put into plain words). The text is JSON:

    {"serial": "…", "kind": "test", "valid_until": "YYYYMMDD", "holder": "<NIR>", "beneficiaries": [
        {"birth_name": "…", "used_name": "…", "given_name": "…", "birth_date": "YYYYMMDD", "rank": 1, "nir": "<NIR>"}]}

The simulated reader shows test and demonstration cards only: a real one is never kept nor read here.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from carnet.kernel.errors import Problem, Reason
from carnet.record.identity import insc, rules
from carnet.record.identity.values import PatientIdentifier
from carnet.record.terminology.api import INS_C

SOURCE = "GIE SESAM-Vitale, données lues en carte ; DMP TD0.0"
_LONGEST = 20_000
_NIR = re.compile(r"([0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6})([0-9]{2})")


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a card. `birth_date` is as the card has it (`YYYYMMDD`, lunar or empty).

    `rank` tells those born together apart (rang gémellaire, 1 for most people); `nir` is the person's own certified
    number with its key, empty while there is none.
    """

    birth_name: str
    given_name: str
    birth_date: str = ""
    used_name: str = ""
    rank: int = 1
    nir: str = ""


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card: its serial number, its kind, the NIR of its holder, the people it covers in their order.

    `valid_until` is its last day (`YYYYMMDD`), empty for a card that says none.
    """

    serial: str
    holder: str
    kind: Literal["test", "demonstration", "real"]
    beneficiaries: tuple[Beneficiary, ...]
    valid_until: str = ""


def read_card(text: str) -> Card | Problem:
    """The card of a reader's text, or the rule that refuses it.

    Rules: `card-absent` (nothing in the reader), `card-unreadable`, `card-real`, `card-empty`, `card-nir`.
    """
    if not text.strip():
        return _problem("card-absent", "Il n'y a pas de carte dans le lecteur.", expected="une carte Vitale de test")
    if len(text) > _LONGEST:
        return _problem("card-unreadable", "La carte n'a pas pu être lue : elle en dit trop.")
    try:
        card = msgspec.json.decode(text, type=Card)
    except (msgspec.DecodeError, UnicodeError):
        return _problem("card-unreadable", "La carte n'a pas pu être lue. Retirez-la et insérez-la de nouveau.")
    if card.kind == "real":
        text = "C'est une carte réelle : ce lecteur simulé ne lit que des cartes de test, et n'a rien gardé."
        return _problem("card-real", text, expected="une carte de test ou de démonstration")
    if not card.beneficiaries:
        return _problem("card-empty", "La carte ne porte aucun bénéficiaire.")
    for field, nir in (("holder", card.holder), *(("nir", one.nir) for one in card.beneficiaries if one.nir)):
        if not _right_nir(nir):
            return _problem("card-nir", "Un NIR de la carte est faux.", field=field, expected="13 caractères et la clé")
    return card


def check_validity(card: Card, day: date) -> Problem | None:
    """The problem (`card-expired`) of a card whose last day is before `day`, or is no date."""
    if not card.valid_until or _still_valid(card.valid_until, day):
        return None
    text = (
        "Cette carte n’est plus valable : elle a été remplacée. Demandez la carte actuelle, ou cherchez le dossier "
        "par le matricule INS."
    )
    return _problem("card-expired", text, field="valid_until", expected=f"une carte valable le {day:%d/%m/%Y}")


def _still_valid(last: str, day: date) -> bool:
    try:
        return day <= date(int(last[:4]), int(last[4:6]), int(last[6:]))
    except ValueError:
        return False


def ins_c_of(card: Card, beneficiary: Beneficiary) -> PatientIdentifier | Problem:
    """The INS-C of one person of a card; a dependant's own NIR is needed, the holder's will not do.

    A person is the holder when the certified NIR is the holder's and nobody else of the card carries it: two people
    under one number is a card from before certification, where only the first is the holder.
    """
    shared = [one for one in card.beneficiaries if one.nir == beneficiary.nir]
    dependant = beneficiary.nir != card.holder or beneficiary != shared[0]
    value = insc.calculate(
        given_name=beneficiary.given_name,
        birth_date=beneficiary.birth_date,
        nir=beneficiary.nir,
        holder_nir=card.holder if dependant else "",
    )
    return value if isinstance(value, Problem) else PatientIdentifier(INS_C, value, rules.CALCULATED[INS_C])


def _right_nir(nir: str) -> bool:
    match = _NIR.fullmatch(nir)
    if match is None:
        return False
    try:
        return rules.key_of(match[1]) == match[2]
    except ValueError:
        return False


def _problem(rule: str, text: str, *, field: str = "", expected: str = "") -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field=f"Card.{field}" if field else "Card",
        expected=expected,
        source=SOURCE,
    )
