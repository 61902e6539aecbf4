"""Two records of one person become one, and become two again when they were two people after all.

Everything moves in one transaction: documents, sets, folders, associations and their bytes; the surviving record
answers by the identifiers of both and takes the authorisations and logins of the other. The ledger (`life_merge`) says
what moved, and nothing but that moves back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from carnet.kernel import clock, database, outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act, Pass
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import queries

_SOURCE = "RNIV 2, fusion d'identités et sa réversibilité"
_MERGED = """
INSERT INTO life_merge (record_id, merged, at, by, structure, reason) VALUES (%s, %s, %s, %s, %s, %s)
"""
_MOVED = """
INSERT INTO life_merge_moved (record_id, merged, at, kind, subject)
SELECT %s, %s, %s, m.kind, m.subject FROM unnest(%s::text[], %s::text[]) AS m(kind, subject)
"""
_IN_FORCE = "SELECT merged, at FROM life_merge WHERE record_id = %s AND undone_at IS NULL ORDER BY at"
_LEDGER = "SELECT kind, subject FROM life_merge_moved WHERE record_id = %s AND merged = %s AND at = %s"
_UNDONE = "UPDATE life_merge SET undone_at = %s WHERE record_id = %s AND merged = %s AND at = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two records are one: `record_id` goes on, `merged` lives in it; how many objects moved."""

    record_id: int
    merged: int
    moved: int
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerged:
    """Two records again; `left` are the sets that came under the other's identifiers after the merge.

    They stay with `record_id`: whose they are is for somebody to say who looks at them.
    """

    record_id: int
    separated: int
    returned: int
    left: tuple[UUID, ...]


def merge(*, actor: Actor, domain: str, survivor: str, merged: str, reason: str) -> Merged | Refusal:
    """Merge the record of the CX `merged` into that of `survivor`, for an operator or identity-vigilance.

    Rules: `merge-actor`, `merge-itself`, `merge-reason`, `merge-holds-another`, `merge-same-set`, and those of a record
    that is closed, suspended or announced. A record of another domain is not found.
    """
    with transaction.atomic():
        both = _enter_both(actor, domain, survivor, merged)
        if isinstance(both, Refusal):
            return both
        kept, gone = both
        problem = _check(actor, kept, gone, reason)
        if problem is not None:
            return access.refuse(problem, actor=actor, action=Action.RECORD_MERGE, record_id=kept.record_id)
        survivor_is = identity.patient_of(actor=actor, record_id=kept.record_id)
        merged_is = identity.patient_of(actor=actor, record_id=gone.record_id)
        if survivor_is is None or merged_is is None:
            raise RuntimeError("the gate let a record without a person pass")
        moved = documents.move(
            actor=actor,
            domain=survivor_is.domain,
            source=gone.record_id,
            destination=kept.record_id,
            patient_id=identity.format_cx(survivor_is.identifier),
        )
        if isinstance(moved, Refusal):
            return access.refuse(*moved.problems, actor=actor, action=Action.RECORD_MERGE, record_id=kept.record_id)
        _join(actor, kept, gone, reason.strip(), moved)
        left = access.delegations_left(actor=actor, source=gone.record_id, destination=kept.record_id, now=kept.now)
        for record_id in (kept.record_id, gone.record_id):
            outbox.record_event(record_id=record_id, kind="record.merged")
            journal.append(
                actor=actor, action=Action.RECORD_MERGE, record_id=record_id, rule=kept.rule, detail=reason.strip()
            )
    return Merged(
        record_id=kept.record_id,
        merged=gone.record_id,
        moved=len(moved.all),
        warnings=(*_differences(survivor_is.traits, merged_is.traits), *_left(left)),
    )


def unmerge(*, actor: Actor, domain: str, merged: str) -> Unmerged | Refusal:
    """Give the record that had the CX `merged` its own back: what was its before the merge, by name and by id.

    Rules: `merge-actor`, `merge-none`, `unmerge-current` (the survivor is addressed by that identifier by now).
    """
    with transaction.atomic():
        entered = _enter(actor, domain, merged, Action.RECORD_UNMERGE)
        if isinstance(entered, Refusal):
            return entered
        found = _in_force(actor, entered.record_id, merged)
        if isinstance(found, Problem):
            return access.refuse(found, actor=actor, action=Action.RECORD_UNMERGE, record_id=entered.record_id)
        separated, at = found
        objects, left = _part(actor, entered, separated, at)
        for record_id in (entered.record_id, separated):
            outbox.record_event(record_id=record_id, kind="record.unmerged")
            journal.append(actor=actor, action=Action.RECORD_UNMERGE, record_id=record_id, rule=entered.rule)
    return Unmerged(record_id=entered.record_id, separated=separated, returned=objects, left=tuple(left))


def _enter(actor: Actor, domain: str, patient_id: str, action: Action) -> Pass | Refusal:
    entered = access.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.MERGE, action=action)
    if isinstance(entered, Refusal):
        return entered
    queries.locked(entered.record_id)
    return access.enter(actor=actor, domain=domain, patient_id=patient_id, act=Act.MERGE, action=action)


def _enter_both(actor: Actor, domain: str, survivor: str, merged: str) -> tuple[Pass, Pass] | Refusal:
    """Both passes, asked again once both records are held, always in the same order."""
    first = [
        access.enter(actor=actor, domain=domain, patient_id=name, act=Act.MERGE, action=Action.RECORD_MERGE)
        for name in (survivor, merged)
    ]
    for entered in sorted((one for one in first if isinstance(one, Pass)), key=lambda one: one.record_id):
        queries.locked(entered.record_id)
    kept, gone = (
        one if isinstance(one, Refusal) else _enter(actor, domain, name, Action.RECORD_MERGE)
        for one, name in zip(first, (survivor, merged), strict=True)
    )
    if isinstance(kept, Refusal):
        return kept
    return gone if isinstance(gone, Refusal) else (kept, gone)


def _check(actor: Actor, kept: Pass, gone: Pass, reason: str) -> Problem | None:
    if kept.record_id == gone.record_id:
        return _problem("merge-itself", "Ces deux identifiants sont ceux d'un seul dossier.")
    if not reason.strip():
        return _problem("merge-reason", "Une fusion s'écrit avec son motif.", expected="ce qui prouve l'identité")
    if identity.merged_into(actor=actor, record_id=gone.record_id):
        text = "Ce dossier en contient déjà un autre : réunissez-les dans l'autre sens, ou séparez-les d'abord."
        return _problem("merge-holds-another", text)
    return None


def _join(actor: Actor, kept: Pass, gone: Pass, reason: str, moved: documents.Moved) -> None:
    """Identifiers, authorisations, logins; and the ledger of all that came."""
    record_id, merged, at = kept.record_id, gone.record_id, clock.now()
    given = identity.join(actor=actor, source=merged, destination=record_id, reason=reason, now=kept.now)
    shared = access.share_grants(actor=actor, source=merged, destination=record_id, now=kept.now)
    logins = directory.move_logins(actor=actor, source=merged, destination=record_id)
    came = [
        *(("object", str(value)) for value in moved.all),
        *(("identifier", identity.format_cx(one)) for one in given),
        *shared,
        *(("login", login) for login in logins),
    ]
    database.execute(_MERGED, (record_id, merged, at, actor.person, actor.structure, reason))
    kinds, subjects = [kind for kind, _ in came], [subject for _, subject in came]
    database.execute(_MOVED, (record_id, merged, at, kinds, subjects))


def _in_force(actor: Actor, record_id: int, patient_id: str) -> tuple[int, datetime] | Problem:
    """The merge that brought an identifier into a record."""
    wanted = identity.parse_cx(patient_id)
    current = identity.patient_of(actor=actor, record_id=record_id)
    for merged, at in database.rows(_IN_FORCE, (record_id,)):
        own = identity.identifiers_of(actor=actor, record_id=merged)
        if wanted not in own:
            continue
        if current is not None and current.identifier in own:
            text = "Le dossier est maintenant désigné par cet identifiant : donnez-lui d'abord le sien."
            return _problem("unmerge-current", text)
        return merged, at
    return _problem("merge-none", "Aucune fusion en vigueur n'a apporté cet identifiant dans ce dossier.")


def _part(actor: Actor, entered: Pass, separated: int, at: datetime) -> tuple[int, list[UUID]]:
    """Everything of the ledger back, in the order that constraints want; how many objects, and the sets in doubt."""
    record_id = entered.record_id
    kinds = ("object", "identifier", "login", *access.SHARED_KINDS)
    ledger: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, subject in database.rows(_LEDGER, (record_id, separated, at)):
        ledger[kind].append(subject)
    given = [one for one in map(identity.parse_cx, ledger["identifier"]) if not isinstance(one, Problem)]
    left = identity.addressed(actor=actor, record_id=record_id, identifiers=given)
    identity.part(actor=actor, source=separated, destination=record_id, given=given, now=entered.now)
    person = identity.patient_of(actor=actor, record_id=separated)
    if person is None:
        raise RuntimeError("a record that was merged is about nobody")
    objects = [UUID(subject) for subject in ledger["object"]]
    moved = documents.move(
        actor=actor,
        domain=person.domain,
        source=record_id,
        destination=separated,
        patient_id=identity.format_cx(person.identifier),
        only=objects,
    )
    if isinstance(moved, Refusal):
        raise RuntimeError("a record that was merged took a set it cannot give back")
    shared = access.Shared({kind: ledger[kind] for kind in access.SHARED_KINDS})
    access.take_back_grants(actor=actor, record_id=record_id, separated=separated, shared=shared, objects=objects)
    directory.move_logins(actor=actor, source=record_id, destination=separated, logins=ledger["login"])
    database.execute(_UNDONE, (clock.now(), record_id, separated, at))
    return len(moved.all), left


def _left(count: int) -> tuple[Problem, ...]:
    """A warning when the person acted for somebody under both records: one title alone holds."""
    if not count:
        return ()
    text = (
        "La personne agissait déjà pour quelqu'un sous ses deux dossiers : seul le titre du dossier conservé vaut. "
        "Vérifiez-le avec la personne aidée ou représentée."
    )
    return (_problem("merge-delegation-left", text, warning=True),)


def _differences(one: identity.Traits, other: identity.Traits) -> tuple[Problem, ...]:
    """A warning when the two do not look like one person; what differs is for whoever has the papers."""
    if one.sex == other.sex and one.birth_date == other.birth_date:
        return ()
    text = "Le sexe ou la date de naissance diffère entre les deux dossiers : vérifiez que c'est une seule personne."
    return (_problem("merge-traits-differ", text, warning=True),)


def _problem(rule: str, text: str, *, expected: str = "", warning: bool = False) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field="patientId",
        expected=expected,
        source=_SOURCE,
        warning=warning,
    )
