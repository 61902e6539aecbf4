"""The pivot identity of FranceConnect (birth name, given names, date, sex and place of birth) as values to compare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from carnet.wire.oidc import claims as check

_SEX = {"male": "M", "female": "F"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot:
    """Traits as civil status has them; `sex` is M or F, `birth_place` an INSEE code (the country's for who was born
    abroad). Names are written plainly, so that two spellings of one name are equal."""

    birth_name: str
    given_names: str
    birth_date: date
    sex: str
    birth_place: str


def read_pivot(claims: Mapping[str, Any]) -> Pivot:
    """The identity of a userinfo that was believed. Raises Malformed `token-claim` when one of the five is missing."""
    sex, born = _SEX.get(check.text(claims, "gender")), check.text(claims, "birthdate")
    place = claims.get("birthplace") or claims.get("birthcountry")
    if sex is None or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", born) is None or not isinstance(place, str):
        raise check.wrong(
            "token-claim",
            "L’identité reçue du fournisseur n’est pas complète.",
            field="gender, birthdate, birthplace",
            source="FranceConnect, identité pivot",
        )
    try:
        day = date.fromisoformat(born)
    except ValueError as error:
        raise check.wrong("token-claim", "La date de naissance reçue n’existe pas.", field="birthdate") from error
    return Pivot(
        birth_name=plain(check.text(claims, "family_name")),
        given_names=plain(check.text(claims, "given_name")),
        birth_date=day,
        sex=sex,
        birth_place=place.upper(),
    )


def plain(name: str) -> str:
    """A name in capitals without accents, hyphens or apostrophes (RNIV 1.4 compares names so)."""
    letters = unicodedata.normalize(
        "NFD", name.replace("Œ", "OE").replace("œ", "oe").replace("Æ", "AE").replace("æ", "ae")
    )
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign)).upper()
    return " ".join(re.sub(r"[^A-Z]+", " ", bare).split())
