"""Whom the providers know: the fictional people of `demo/identities.json`, with what each provider says of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SECTORS = "1.2.250.1.71.4.2.4"
PROFESSIONS = "1.2.250.1.71.1.2.7"
_FRANCE = "99100"
# A professional of another region, whom this directory does not know (RPPS with a right key).
_STRANGER = {
    "id": "899700999990",
    "family": "PASSERAGE",
    "given": "Aurélien",
    "title": "Dr",
    "profession": "10",
    "specialty": "SM54",
    "occupation": "Médecin d’une autre région, absent de l’annuaire",
    "structures": [],
}


@dataclass(frozen=True, slots=True)
class Person:
    """One line of a sign-in page: a name for the form, words to recognise the person, claims."""

    id: str
    name: str
    detail: str
    claims: dict[str, Any]

    def get_user_id(self) -> str:
        """What Authlib calls the person."""
        return self.id


def professionals(home: Path) -> dict[str, Person]:
    """The professionals, by PS_IdNat."""
    return {one.id: one for one in _professionals(_identities(home))}


def patients(home: Path) -> dict[str, Person]:
    """The patients, by INS."""
    return {one.id: one for one in _patients(_identities(home))}


def _identities(home: Path) -> dict[str, Any]:
    path = home / "demo" / "identities.json"
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _stamp: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _subject(realm: str, person: str) -> str:
    """A name that means nothing outside the realm, and is always the same."""
    return hashlib.sha256(f"carnet demonstration {realm} {person}".encode()).hexdigest()[:32]


def _professionals(identities: dict[str, Any]) -> Iterator[Person]:
    places = {one["id"]: one for one in identities["structures"]}
    for one in [*identities["professionals"], _STRANGER]:
        structures = [places[place] for place in one["structures"] if place in places]
        first = structures[0] if structures else None
        claims = {
            "sub": f"f:demo:{one['id']}",
            "preferred_username": one["id"],
            "SubjectNameID": one["id"],
            "family_name": one["family"],
            "given_name": one["given"],
            "SubjectRole": [f"{one['profession']}^{PROFESSIONS}"],
            "SubjectRefPro": {
                "codeCivilite": one["title"],
                "exercices": [
                    {
                        "codeProfession": one["profession"],
                        "codeCategorieProfessionnelle": "C",
                        "nomDexercice": one["family"],
                        "prenomDexercice": one["given"],
                        "codeTypeSavoirFaire": "S" if one["specialty"] else "",
                        "codeSavoirFaire": one["specialty"],
                        "activities": [_activity(place) for place in structures],
                    }
                ],
            },
            "otherIds": [{"identifiant": one["id"], "origine": "RPPS", "qualite": 1}],
            "UITVersion": "1.0",
            "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
            "Mode_Acces_Raison": "",
            "Acces_Regulation_Medicale": "FAUX",
            "PSI_Locale": "1.2.250.1.213.1.3.1.1",
        }
        if first is not None:
            claims |= {
                "Secteur_Activite": f"{first['sector']}^{SECTORS}",
                "SubjectOrganization": first["name"],
                "SubjectOrganizationID": first["id"],
            }
        where = " ; ".join(place["name"] for place in structures)
        name = " ".join(part for part in (one["title"], one["given"], one["family"]) if part)
        yield Person(one["id"], name, f"{one['occupation']}{' · ' + where if where else ''}", claims)


def _activity(place: dict[str, Any]) -> dict[str, Any]:
    kind, value = place["id"][:1], place["id"][1:]
    return {
        "codeModeExercice": "S",
        "codeSecteurDactivite": place["sector"],
        "numeroFinessSite": value if kind == "1" else "",
        "numeroSiretSite": value if kind == "3" else "",
        "identifiantTechniqueDeLaStructure": place["id"] if kind not in ("1", "3") else "",
        "raisonSocialeSite": place["name"],
        "enseigneCommercialeSite": "",
    }


def _patients(identities: dict[str, Any]) -> Iterator[Person]:
    for one in identities["patients"]:
        if not one["birth_date"]:
            continue
        claims = {
            "sub": _subject("demo-franceconnect", one["ins"]),
            "given_name": one["given_names"],
            "family_name": one["birth_name"],
            "birthdate": one["birth_date"],
            "gender": "female" if one["sex"] == "F" else "male",
            "birthplace": one["birth_place"],
            "birthcountry": _FRANCE,
        }
        if one["used_name"]:
            claims["preferred_username"] = one["used_name"]
        yield Person(
            one["ins"],
            f"{one['first_given']} {one['used_name'] or one['birth_name']}",
            f"Né(e) le {'/'.join(reversed(one['birth_date'].split('-')))} · INS fictive {one['ins']}",
            claims,
        )
