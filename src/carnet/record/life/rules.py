"""The deadlines of a record's life: pure rules over values (CSP R.1111-28, R.1111-36)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from carnet.kernel.calendar import add_months
from carnet.kernel.errors import Problem, Reason
from carnet.record.identity.api import RecordStatus
from carnet.record.life.values import Certificate, Due, Life, Step

OBJECTION = timedelta(weeks=6)
ARCHIVED_MONTHS = 10 * 12
ERASED_WITHIN_MONTHS = 3
# Erasing begins a week before the law's last day: some nights may fail.
MARGIN = timedelta(days=7)

# A deadline never falls more than this before its count of months says: for looking rows up, not for deciding.
SOONEST_ERASURE = timedelta(days=28 * ERASED_WITHIN_MONTHS) - MARGIN
SOONEST_END = timedelta(days=365 * 10)


def erasure_limit(asked_at: datetime) -> datetime:
    """The last instant at which an erasure that was asked for may be done."""
    return add_months(asked_at, ERASED_WITHIN_MONTHS)


def next_step(life: Life) -> Due | None:
    """What happens next to a record by itself, None when nothing does.

    An announced record opens at the end of the opposition window; a suspended one closes six weeks after its person
    was told, unless they objected; a closed one is erased after ten years; one whose erasure was asked for is erased
    within three months, whatever its state.
    """
    steps = []
    if life.erasure_started_at is not None:
        steps.append(Due(Step.ERASE, life.erasure_started_at))
    if life.erasure_asked_at is not None:
        steps.append(Due(Step.ERASE, erasure_limit(life.erasure_asked_at) - MARGIN))
    if life.status is RecordStatus.ANNOUNCED and life.opposition_until is not None:
        steps.append(Due(Step.OPEN, life.opposition_until))
    if life.status is RecordStatus.SUSPENDED and life.informed_at is not None and life.objected_at is None:
        steps.append(Due(Step.CLOSE, life.informed_at + OBJECTION))
    if life.status is RecordStatus.CLOSED:
        steps.append(Due(Step.ERASE, add_months(life.since, ARCHIVED_MONTHS)))
    return min(steps, key=lambda due: due.at, default=None)


def is_due(life: Life, now: datetime) -> Due | None:
    """What should have happened to a record by `now`, None when nothing should."""
    due = next_step(life)
    return due if due is not None and due.at <= now else None


def check_consent(consent: bool) -> Problem | None:
    """Reopening restores what was archived: the person consents (DMP TD1.2)."""
    if consent:
        return None
    return Problem(
        reason=Reason.INVALID,
        rule="reopen-consent",
        text="Le consentement de la personne à la réouverture de son dossier n'a pas été recueilli.",
        source="DMP TD1.2 (CONSENTEMENT_REACTIVATION_DMP)",
    )


def check_not_started(life: Life | None) -> Problem | None:
    """An erasure that began goes to its end: half a record is nobody's."""
    if life is None or life.erasure_started_at is None:
        return None
    return Problem(
        reason=Reason.CLOSED,
        rule="erasure-started",
        text="L'effacement de ce dossier a commencé : il ne peut plus être interrompu.",
        source="CSP R.1111-36",
    )


def opposed() -> Problem:
    """The refusal of an automatic creation for a person who does not want it."""
    return Problem(
        reason=Reason.FORBIDDEN,
        rule="creation-opposed",
        text="La personne s'est opposée à la création automatique de son dossier.",
        source="CSP R.1111-28",
    )


def not_opposed() -> Problem:
    """There is no opposition to take back."""
    return Problem(
        reason=Reason.INVALID,
        rule="opposition-absent",
        text="Aucune opposition n'est enregistrée pour cet identifiant.",
        source="CSP R.1111-28",
    )


def not_asked() -> Problem:
    """The operator erases on request only."""
    return Problem(
        reason=Reason.INVALID,
        rule="erasure-not-asked",
        text="L'effacement de ce dossier n'a pas été demandé par la personne.",
        source="CSP R.1111-36",
    )


def certificate(record_id: int, erased_at: datetime, made: Sequence[tuple[datetime, str]], days: int) -> Certificate:
    """The certificate of an erasure; `made` are the backups there are (when, name), each kept for `days`.

    A backup that began before the erasure still holds rows of the record, and none of its documents can be read.
    """
    before = sorted(one for one in made if one[0] <= erased_at)
    expires = before[-1][0] + timedelta(days=days) if before else None
    lines = [
        "CERTIFICAT D'EFFACEMENT",
        f"Dossier n° {record_id}",
        f"Effacé le {_day(erased_at)} (CSP R.1111-36).",
        "Les documents, leurs descriptions, l'identité, les autorisations et les accès de la personne sont supprimés.",
        "La clé de chiffrement du dossier est détruite là où elle servait et dans les sauvegardes des clés :",
        "les documents que d'anciennes sauvegardes contiennent encore sont illisibles.",
        f"Sauvegardes antérieures : {len(before)}. "
        + (f"La dernière expire le {_day(expires)}." if expires else "Aucune donnée n'y subsiste."),
        "Sont conservées les traces des accès (CSP R.1111-43), qui disent qui a fait quoi et quand, sans contenu,",
        "et l'empreinte chiffrée de l'identifiant, pour que le dossier ne soit pas recréé d'office.",
    ]
    return Certificate(
        record_id=record_id,
        erased_at=erased_at,
        backups=tuple(name for _, name in before),
        expires=expires,
        text="\n".join(lines) + "\n",
    )


def _day(at: datetime) -> str:
    return at.strftime("%d/%m/%Y à %H:%M UTC")
