"""The journal in words: each trace as a sentence, close repetitions told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.portals.frame import wording
from carnet.record.journal.api import Action, JournalLine, Outcome

# What was done, and what was tried when it was refused.
_DONE: dict[str, tuple[str, str]] = {
    Action.RECORD_CREATE: ("a créé le carnet", "a voulu créer le carnet"),
    Action.RECORD_OPEN: ("a vérifié que le carnet existe", "a voulu ouvrir le carnet"),
    Action.RECORD_CLOSE: ("a fermé le carnet", "a voulu fermer le carnet"),
    Action.RECORD_AUTHORISE: ("s’est déclaré autorisé, avec votre accord", "a voulu se déclarer autorisé"),
    Action.DOCUMENT_PROVIDE: ("a ajouté un document", "a voulu ajouter un document"),
    Action.DOCUMENT_LIST: ("a consulté la liste des documents", "a voulu consulter la liste des documents"),
    Action.DOCUMENT_GET: ("a consulté la description d’un document", "a voulu consulter la description d’un document"),
    Action.DOCUMENT_READ: ("a lu un document", "a voulu lire un document"),
    Action.JOURNAL_READ: ("a consulté ce journal", "a voulu consulter ce journal"),
}
_OWN: dict[str, str] = {
    Action.RECORD_OPEN: "Vous avez consulté votre identité",
    Action.DOCUMENT_LIST: "Vous avez consulté la liste de vos documents",
    Action.DOCUMENT_GET: "Vous avez consulté la description d’un document",
    Action.DOCUMENT_READ: "Vous avez lu un document",
    Action.JOURNAL_READ: "Vous avez consulté ce journal",
}
_PROFESSIONS = {
    "10": "médecin",
    "21": "pharmacien",
    "40": "chirurgien-dentiste",
    "50": "sage-femme",
    "60": "infirmier",
    "70": "masseur-kinésithérapeute",
    "80": "pédicure-podologue",
}
_WHY = {
    "authorised": "avec l’autorisation que vous lui avez donnée",
    "care-team": "membre de votre équipe de soins",
    "treating-physician": "votre médecin traitant",
    "author-own": "auteur du document",
    "feeding-duty": "les professionnels ajoutent ce qui est utile à vos soins (code de la santé publique, L.1111-15)",
    "structure-feeds": "les établissements ajoutent ce qui est utile à vos soins (code de la santé publique, L.1111-15)",
    "structure-own": "documents de son propre établissement",
    "create-with-consent": "avec votre consentement",
    "existence": "vérification d’existence, sans lire le contenu",
    "clerk-existence": "vérification d’existence, sans lire le contenu",
    "authorise-with-consent": "avec votre accord déclaré",
    "authorisation-missing": "sans autorisation de votre part",
    "professional-blocked": "vous avez bloqué cette personne",
    "record-closed": "le carnet était fermé",
    "record-exists": "il existait déjà",
}
_TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One thing somebody did, perhaps several times in a row."""

    at: datetime
    who: str
    role: str
    structure: str
    what: str
    why: str
    times: int
    own: bool
    refused: bool
    emergency: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The sentences of one day, newest first."""

    name: str
    sentences: tuple[Sentence, ...]


class _Key(NamedTuple):
    person: str
    structure: str
    action: str
    outcome: str
    rule: str
    subjects: tuple[object, ...]


def _key(line: JournalLine) -> _Key:
    return _Key(line.person, line.structure_name, line.action, line.outcome, line.rule, tuple(line.subjects))


def _sentence(line: JournalLine, times: int, own: bool) -> Sentence:
    refused = line.outcome == Outcome.REFUSED
    if own and not refused:
        what = _OWN.get(line.action, f"Vous avez agi ({line.action})")
    else:
        what = _DONE.get(line.action, (f"a agi ({line.action})", f"a voulu agir ({line.action})"))[1 if refused else 0]
    role = _PROFESSIONS.get(line.profession, "") if line.actor_kind == ActorKind.PROFESSIONAL else ""
    if line.actor_kind == ActorKind.CLERK:
        role = "accueil"
    return Sentence(
        at=line.at,
        who="Vous" if own else (line.name or line.structure_name or line.person),
        role=role,
        structure=line.structure_name if line.name else "",
        what=what,
        why="" if own else _WHY.get(line.rule, ""),
        times=times,
        own=own,
        refused=refused,
        emergency=line.purpose != Purpose.NORMAL,
    )


def days(lines: Sequence[JournalLine], actor: Actor) -> tuple[Day, ...]:
    """The lines of a page of journal as days of sentences; the same act within five minutes is told once."""
    told: list[tuple[JournalLine, int]] = []
    for line in lines:
        if told and _key(told[-1][0]) == _key(line) and told[-1][0].at - line.at < _TOGETHER:
            told[-1] = (told[-1][0], told[-1][1] + 1)
        else:
            told.append((line, 1))
    sentences = [_sentence(line, times, line.person == actor.person) for line, times in told]
    return tuple(Day(name, tuple(group)) for name, group in groupby(sentences, key=lambda one: wording.day(one.at)))


def write_place(line: JournalLine) -> str:
    """A place in the journal for an address: after this line."""
    return f"{line.at.isoformat()}_{line.writer}_{line.number}"


def read_place(text: str) -> tuple[datetime, int, int] | None:
    """The place written by `write_place`; None, that is the beginning, for anything else."""
    try:
        at, writer, number = text.split("_")
        moment = datetime.fromisoformat(at)
        return (moment, int(writer), int(number)) if moment.tzinfo else None
    except ValueError:
        return None
