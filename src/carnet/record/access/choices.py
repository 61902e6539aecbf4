"""What a person chose for their record: emergencies, what professionals are told, what comes by mail.

The three emergency choices are those of Mon espace santé: ETREAT (regulation of a centre 15), BTG (other professionals,
break-glass), MASKED (masked documents too, where one of the others is on). The law lets professionals in unless the
person objected (CSP L.1111-17); a person who never chose has the defaults below.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import controls
from carnet.record.access.controls import Controlled
from carnet.record.journal.api import Action

_COLUMNS = (
    "regulation",
    "break_glass",
    "emergency_masked",
    "tells_hidden",
    "not_to_know",
    "heirs",
    "notify_document",
    "notify_access",
    "email",
)
_READ = f"SELECT {', '.join(_COLUMNS)} FROM access_choice WHERE record_id = %s"
_WRITE = f"""
INSERT INTO access_choice (record_id, {", ".join(_COLUMNS)}, changed_at)
VALUES (%(record_id)s, {", ".join(f"%({name})s" for name in _COLUMNS)}, %(now)s)
ON CONFLICT (record_id) DO UPDATE
   SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}, changed_at = excluded.changed_at
"""
# A mailbox as software can write to (RFC 5321 §4.5.3.1 bounds it); whether it exists, only a mail tells.
_MAILBOX = re.compile(r"[^@\s<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_LONGEST = 254
# What a choice is called in the journal.
_WORDS = {
    "regulation": "SAMU en urgence",
    "break_glass": "autres professionnels en urgence",
    "emergency_masked": "documents masqués en urgence",
    "tells_hidden": "dire aux professionnels que quelque chose leur est caché",
    "not_to_know": "ne rien montrer d’un résultat avant que je le demande",
    "heirs": "laisser lire mes ayants droit",
    "notify_document": "message à l’arrivée d’un document",
    "notify_access": "message quand quelqu’un déclare avoir mon accord",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoices:
    """Every choice of a record's person; `email` is where mails go, "" for nowhere."""

    regulation: bool = True
    break_glass: bool = True
    emergency_masked: bool = False
    tells_hidden: bool = False
    not_to_know: bool = False
    heirs: bool = True
    notify_document: bool = True
    notify_access: bool = False
    email: str = ""


DEFAULTS = PersonChoices()


def of(record_id: int) -> PersonChoices:
    """What the person of a record chose, the defaults where they never did."""
    row = database.row(_READ, (record_id,))
    return DEFAULTS if row is None else PersonChoices(**dict(zip(_COLUMNS, row, strict=True)))


def choose(*, actor: Actor, domain: str, patient_id: str = "", **changes: Any) -> Controlled | Refusal:
    """Change some choices (names of `PersonChoices`), the others stay; the trace names what changed.

    Rules: `masked-alone` (MASKED without ETREAT or BTG), `email-form`, those of the gate.
    """
    action = Action.ACCESS_CHOOSE
    with transaction.atomic():
        entered = controls.enter(actor=actor, domain=domain, patient_id=patient_id, action=action)
        if isinstance(entered, Refusal):
            return entered
        before = of(entered.record_id)
        after = replace(before, **changes)
        wrong = check(after)
        if wrong is not None:
            return controls.refused(wrong, actor=actor, entered=entered, action=action)
        write(entered.record_id, after, entered.now)
        return controls.done(actor=actor, entered=entered, action=action, detail=told(before, after))


def write(record_id: int, chosen: PersonChoices, now: datetime) -> None:
    """Keep the choices of a record, inside the caller's transaction."""
    database.execute(_WRITE, {"record_id": record_id, "now": now, **asdict(chosen)})


def check(chosen: PersonChoices) -> Problem | None:
    """What is wrong with a set of choices."""
    if chosen.emergency_masked and not (chosen.regulation or chosen.break_glass):
        text = "Les documents masqués ne s'ouvrent en urgence que si quelqu'un peut entrer en urgence."
        return controls.problem("masked-alone", text, "emergency_masked", source="Mon espace santé, MASKED")
    if chosen.email and (len(chosen.email) > _LONGEST or not _MAILBOX.fullmatch(chosen.email)):
        text = "Cette adresse électronique n'est pas bien formée."
        return controls.problem("email-form", text, "email", expected="prenom.nom@exemple.fr", source="RFC 5321 §4.1.2")
    return None


def told(before: PersonChoices, after: PersonChoices) -> str:
    """What changed, in words; the mailbox itself stays out of the journal."""
    said = [
        f"{words} : {'oui' if getattr(after, name) else 'non'}"
        for name, words in _WORDS.items()
        if getattr(after, name) != getattr(before, name)
    ]
    if after.email != before.email:
        said.append("adresse des messages : " + ("changée" if after.email else "retirée"))
    return ", ".join(said) or "rien de changé"
