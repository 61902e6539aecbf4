"""Where a record is in its life, in French: for the desk that follows it and for its person."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.portals.frame import wording
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life

_WORDS = {
    RecordStatus.ANNOUNCED: "annoncé",
    RecordStatus.ACTIVE: "ouvert",
    RecordStatus.SUSPENDED: "suspendu",
    RecordStatus.CLOSED: "fermé",
    RecordStatus.MERGED: "réuni à un autre",
}
_CAUSES = {
    life.Cause.FRAUD.value: "une fraude est soupçonnée",
    life.Cause.MALFUNCTION.value: "un dysfonctionnement est en cours de correction",
}
_NEXT = {
    life.Step.OPEN: "S’ouvrira de lui-même le {}, sauf opposition.",
    life.Step.CLOSE: "Sera fermé le {}, sauf objection de la personne.",
    life.Step.ERASE: "Sera effacé le {}, sauf réouverture.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A state in words: one word, one sentence, what happens next by itself (empty: nothing)."""

    status: RecordStatus
    word: str
    sentence: str
    next: str
    erasing: bool


def told(state: life.State) -> Told:
    """The words of a record that exists."""
    now = state.life
    if now is None:
        raise ValueError("a person without a record has no state to tell")
    since = wording.day(now.since)
    match now.status:
        case RecordStatus.ANNOUNCED:
            sentence = f"Annoncé à la personne le {since} : personne ne le lit ni ne l’alimente encore."
        case RecordStatus.SUSPENDED:
            cause = _CAUSES.get(now.cause, "l’exploitant vérifie quelque chose")
            objected = " La personne s’est opposée à sa fermeture." if now.objected_at is not None else ""
            sentence = f"Suspendu le {since} par l’exploitant : {cause}. Personne n’y accède.{objected}"
        case RecordStatus.CLOSED:
            asked = now.erasure_asked_at
            erasure = f" Son effacement a été demandé le {wording.day(asked)}." if asked is not None else ""
            sentence = f"Fermé le {since} : archivé, personne ne le lit ni ne l’alimente.{erasure}"
        case RecordStatus.MERGED:
            sentence = f"Réuni le {since} à un autre carnet de la même personne."
        case _:
            sentence = f"Ouvert depuis le {since}."
    return Told(
        status=now.status,
        word=_WORDS[now.status],
        sentence=sentence,
        next=_NEXT[state.due.step].format(wording.day(state.due.at)) if state.due is not None else "",
        erasing=now.erasure_asked_at is not None,
    )
