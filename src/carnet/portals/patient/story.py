"""The journal in words: each trace as a sentence, close repetitions told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.portals.frame import wording
from carnet.record.journal.api import Action, JournalLine, Outcome

# What was done, and what was tried when it was refused; acts on documents are followed by their titles.
_DONE: dict[str, tuple[str, str]] = {
    Action.RECORD_CREATE: ("a créé le carnet", "a voulu créer le carnet"),
    Action.RECORD_OPEN: ("a vérifié que le carnet existe", "a voulu ouvrir le carnet"),
    Action.RECORD_CLOSE: ("a fermé le carnet", "a voulu fermer le carnet"),
    Action.RECORD_REOPEN: ("a rouvert le carnet", "a voulu rouvrir le carnet"),
    Action.RECORD_SUSPEND: ("a suspendu le carnet", "a voulu suspendre le carnet"),
    Action.RECORD_LIFT: ("a levé la suspension du carnet", "a voulu lever la suspension du carnet"),
    Action.RECORD_OBJECT: ("a enregistré une opposition à la fermeture", "a voulu s’opposer à la fermeture"),
    Action.RECORD_ANNOUNCE: ("a annoncé la création du carnet", "a voulu créer le carnet"),
    Action.RECORD_OPPOSE: ("a enregistré une opposition au carnet", "a voulu enregistrer une opposition"),
    Action.RECORD_ERASE: ("a demandé l’effacement du carnet", "a voulu demander l’effacement du carnet"),
    Action.RECORD_EXPORT: ("a copié le carnet entier", "a voulu copier le carnet entier"),
    Action.CODES_PRINT: ("a imprimé une feuille de codes d’accès", "a voulu imprimer une feuille de codes d’accès"),
    Action.CODES_ENTER: ("est entré avec un code imprimé", "a essayé un code imprimé"),
    Action.RECORD_AUTHORISE: ("s’est déclaré autorisé, avec votre accord", "a voulu se déclarer autorisé"),
    Action.RECORD_NEAR: ("a vu votre nom parmi des personnes ressemblantes", "a cherché des personnes ressemblantes"),
    Action.RECORD_IDENTIFY: ("a enregistré un identifiant", "a voulu enregistrer un identifiant"),
    Action.RECORD_QUALIFY: ("a vérifié votre identité", "a voulu changer l’état de votre identité"),
    Action.RECORD_REPRESENT: ("a déclaré un représentant", "a voulu déclarer un représentant"),
    Action.RECORD_MERGE: ("a réuni vos deux carnets", "a voulu réunir deux carnets"),
    Action.RECORD_UNMERGE: ("a séparé deux carnets réunis", "a voulu séparer deux carnets réunis"),
    Action.DOCUMENT_PROVIDE: ("a ajouté", "a voulu ajouter"),
    Action.DOCUMENT_LIST: ("a consulté la liste des documents", "a voulu consulter la liste des documents"),
    Action.DOCUMENT_GET: ("a consulté la fiche de", "a voulu consulter la fiche de"),
    Action.DOCUMENT_READ: ("a lu", "a voulu lire"),
    Action.DOCUMENT_MASK: ("a masqué aux professionnels", "a voulu masquer aux professionnels"),
    Action.DOCUMENT_UNMASK: ("a démasqué", "a voulu démasquer"),
    Action.DOCUMENT_REVEAL: ("a rendu visible", "a voulu rendre visible"),
    Action.DOCUMENT_ARCHIVE: ("a archivé", "a voulu archiver"),
    Action.DOCUMENT_UNARCHIVE: ("a sorti des archives", "a voulu sortir des archives"),
    Action.DOCUMENT_DELETE: ("a supprimé", "a voulu supprimer"),
    Action.JOURNAL_READ: ("a consulté ce journal", "a voulu consulter ce journal"),
}
_OWN: dict[str, str] = {
    Action.RECORD_OPEN: "avez consulté votre identité ou l’état de votre carnet",
    Action.RECORD_CLOSE: "avez fermé votre carnet",
    Action.RECORD_REOPEN: "avez rouvert votre carnet",
    Action.RECORD_OBJECT: "avez demandé que votre carnet ne soit pas fermé",
    Action.RECORD_ERASE: "avez demandé l’effacement de votre carnet",
    Action.RECORD_EXPORT: "avez téléchargé une copie de votre carnet",
    Action.CODES_ENTER: "êtes entré avec un code de votre feuille",
    Action.DOCUMENT_LIST: "avez consulté la liste de vos documents",
    Action.DOCUMENT_GET: "avez consulté la fiche de",
    Action.DOCUMENT_READ: "avez lu",
    Action.DOCUMENT_PROVIDE: "avez ajouté",
    Action.DOCUMENT_MASK: "avez masqué aux professionnels",
    Action.DOCUMENT_UNMASK: "avez démasqué",
    Action.DOCUMENT_ARCHIVE: "avez archivé",
    Action.DOCUMENT_UNARCHIVE: "avez sorti des archives",
    Action.DOCUMENT_DELETE: "avez supprimé",
    Action.JOURNAL_READ: "avez consulté ce journal",
}
_ON_DOCUMENTS = frozenset(
    {
        Action.DOCUMENT_PROVIDE,
        Action.DOCUMENT_GET,
        Action.DOCUMENT_READ,
        Action.DOCUMENT_MASK,
        Action.DOCUMENT_UNMASK,
        Action.DOCUMENT_REVEAL,
        Action.DOCUMENT_ARCHIVE,
        Action.DOCUMENT_UNARCHIVE,
        Action.DOCUMENT_DELETE,
    }
)
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
    "feeding-duty": "la loi demande aux professionnels d’ajouter ce qui est utile à vos soins",
    "structure-feeds": "la loi demande aux établissements d’ajouter ce qui est utile à vos soins",
    "structure-own": "documents de son propre établissement",
    "professional-masks": "un professionnel peut masquer un document qu’il voit, à votre demande",
    "professional-announces": "un professionnel rend visible ce qu’il vous a annoncé",
    "delete-own": "seul son auteur peut le supprimer",
    "unmask-author": "seuls vous, son auteur et votre médecin traitant peuvent le démasquer",
    "archive-author": "seuls son auteur et votre médecin traitant peuvent l’archiver",
    "retention-over": "trente jours après sa suppression, son contenu est effacé",
    "create-with-consent": "avec votre consentement",
    "existence": "vérification d’existence, sans lire le contenu",
    "clerk-existence": "vérification d’existence, sans lire le contenu",
    "clerk-prints-codes": "à votre demande, au bureau des admissions",
    "clerk-collects": "à votre demande, au bureau des admissions",
    "codes-mismatch": "l’identifiant, le mot de passe ou le code n’allaient pas ensemble",
    "codes-used": "le code avait déjà servi",
    "codes-expired": "la feuille n’était plus valable",
    "codes-locked": "la feuille était bloquée après trop d’essais",
    "authorisation-missing": "sans autorisation de votre part",
    "professional-blocked": "vous avez bloqué cette personne",
    "record-closed": "le carnet était fermé",
    "record-exists": "il existait déjà",
}
_TOGETHER = timedelta(minutes=5)
_SAME_PAGE = timedelta(seconds=10)
_MOST_TITLES = 3


class Document(NamedTuple):
    """A document that a sentence names, with its title as its reader may see it."""

    uuid: UUID
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One thing somebody did, perhaps several times in a row.

    `about` says that it was done to documents: those of `documents` are named, `others` counts the rest.
    """

    at: datetime
    who: str
    role: str
    structure: str
    what: str
    about: bool
    documents: tuple[Document, ...]
    others: int
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
    kind: str
    structure: str
    action: str
    outcome: str
    rule: str
    subjects: tuple[UUID, ...]


def _key(line: JournalLine) -> _Key:
    return _Key(
        line.person, line.actor_kind, line.structure_name, line.action, line.outcome, line.rule, tuple(line.subjects)
    )


def _sentence(line: JournalLine, times: int, own: bool, titles: Mapping[UUID, str]) -> Sentence:
    refused = line.outcome == Outcome.REFUSED
    if own and not refused:
        what = _OWN.get(line.action, f"avez agi ({line.action})")
    else:
        what = _DONE.get(line.action, (f"a agi ({line.action})", f"a voulu agir ({line.action})"))[1 if refused else 0]
    named = tuple(Document(one, titles[one]) for one in line.subjects if one in titles)[:_MOST_TITLES]
    return Sentence(
        at=line.at,
        who="Vous" if own else (line.name or line.structure_name or line.person),
        role=_PROFESSIONS.get(line.profession, "") if line.actor_kind == ActorKind.PROFESSIONAL else "",
        structure=line.structure_name if line.name and not own else "",
        what=what,
        about=line.action in _ON_DOCUMENTS,
        documents=named,
        others=len(line.subjects) - len(named),
        why="" if own else _WHY.get(line.rule, ""),
        times=times,
        own=own,
        refused=refused,
        emergency=line.purpose != Purpose.NORMAL,
    )


def subjects(lines: Sequence[JournalLine]) -> tuple[UUID, ...]:
    """The documents that these lines are about, each once."""
    return tuple(dict.fromkeys(one for line in lines for one in line.subjects))


def days(lines: Sequence[JournalLine], actor: Actor, titles: Mapping[UUID, str]) -> tuple[Day, ...]:
    """The lines of a page of journal as days of sentences; the same act within five minutes is told once.

    Showing the journal reads the titles it names, which is itself a trace: told with the reading of the journal.
    """
    told: list[tuple[JournalLine, int]] = []
    for number, line in enumerate(lines):
        older = lines[number + 1] if number + 1 < len(lines) else None
        if older is not None and _is_part_of_journal_page(line, older, actor):
            continue
        if told and _key(told[-1][0]) == _key(line) and told[-1][0].at - line.at < _TOGETHER:
            told[-1] = (told[-1][0], told[-1][1] + 1)
        else:
            told.append((line, 1))
    sentences = [_sentence(line, times, _is_own(line, actor), titles) for line, times in told]
    return tuple(Day(name, tuple(group)) for name, group in groupby(sentences, key=lambda one: wording.day(one.at)))


def _is_own(line: JournalLine, actor: Actor) -> bool:
    """Whether the patient did it: the kind counts, for a structure writes the name of its user as it likes."""
    return line.actor_kind == ActorKind.PATIENT and line.person == actor.person


def _is_part_of_journal_page(line: JournalLine, older: JournalLine, actor: Actor) -> bool:
    return (
        line.action == Action.DOCUMENT_GET
        and older.action == Action.JOURNAL_READ
        and _is_own(line, actor)
        and _is_own(older, actor)
        and line.at - older.at < _SAME_PAGE
    )


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
