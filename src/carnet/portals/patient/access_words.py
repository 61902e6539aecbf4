"""Words of the pages on who has access and what a person chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.portals.patient.telling import PROFESSIONS
from carnet.record.access.api import Controls, Grantee
from carnet.record.journal.api import LastReadings

# Why somebody has access (`Grantee.basis`), told to the person.
_WHY = {
    "care-team": "Cet établissement vous soigne : vous avez consenti à l’ouverture de votre carnet chez lui. "
    "Les professionnels qui y travaillent et vous soignent peuvent le lire.",
    "explicit": "S’est déclaré autorisé, en disant avoir votre accord.",
    "collected": "Un professionnel qui vous soigne a recueilli votre accord pour lui.",
    "by-person": "Vous lui avez donné l’autorisation.",
    "blocked": "Vous l’avez bloqué : il ne lit pas votre carnet, même en urgence.",
}
SCOPES = {
    "read": "lire mon carnet",
    "deposit": "lire mon carnet et y ajouter des documents",
    "manage": "lire, ajouter, et régler pour moi qui a accès",
}
THEIR_SCOPES = {
    "read": "lire son carnet",
    "deposit": "lire son carnet et y ajouter des documents",
    "manage": "lire, ajouter, et régler qui a accès",
}
KINDS = {
    "parent": "parent",
    "guardian": "tuteur ou tutrice",
    "assistant": "curateur ou curatrice",
    "caregiver": "proche aidant",
    "heir": "ayant droit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One professional or structure in the list, in words; `state` is `in`, `blocked` or `out`."""

    grantee: str
    name: str
    role: str
    places: tuple[str, ...]
    is_structure: bool
    state: str
    treating: bool
    physician: bool
    why: str
    since: datetime
    until: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who is in, who is shut out, who no longer is in."""

    inside: tuple[Line, ...]
    blocked: tuple[Line, ...]
    outside: tuple[Line, ...]


def people(controls: Controls, last: LastReadings) -> People:
    """The list of who has access, sorted as the page shows it."""
    lines = [_line(one, last) for one in controls.grantees]
    return People(
        inside=tuple(one for one in lines if one.state == "in"),
        blocked=tuple(one for one in lines if one.state == "blocked"),
        outside=tuple(one for one in lines if one.state == "out"),
    )


def _line(one: Grantee, last: LastReadings) -> Line:
    state = "out" if not one.in_force else "blocked" if one.state == "blocked" else "in"
    read = last.structures if one.is_structure else last.people
    return Line(
        grantee=one.grantee,
        name=one.name,
        role="établissement" if one.is_structure else PROFESSIONS.get(one.profession, "professionnel de santé"),
        places=one.places,
        is_structure=one.is_structure,
        state=state,
        treating=one.treating and state == "in",
        physician=one.profession == "10",
        why=_WHY.get("blocked" if state == "blocked" else one.basis, ""),
        since=one.since,
        until=one.until,
        last=read.get(one.identifier),
    )
