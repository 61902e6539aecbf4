"""The gate: from a foreign name or a record to a decision, in the order every entrance needs.

A refusal is journalled here, at once; an allowed act is journalled by the statement that performs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.kernel import clock, closing, locator
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import entrances, queries, rights_tables
from carnet.record.access.acts import READING
from carnet.record.access.decision import no
from carnet.record.access.lens import Lens
from carnet.record.access.rights import Rights
from carnet.record.access.rules import IDENTITY, Act, Decision, Standing, decide
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology

NO_RECORD = 0
# The rules by which somebody reads in an emergency.
EMERGENCY_RULES = ("break-glass", "regulation")
# Whose actor names the record they are in: they need not say whose it is.
_IN_A_RECORD = (ActorKind.PATIENT, ActorKind.DELEGATE)

# What a closed domain still gives: it is read and carried away, and what the law erases is erased (CSP R.1111-36).
# Any other act, also one that a rule allows later, is a write.
_WHEN_CLOSED = frozenset({Act.OPEN, Act.STATE, Act.EXPORT, Act.ERASE, Act.ERASE_NOW, Act.TRACES, *READING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """An allowed act on one record: the rule that allowed it, what the record says of the actor, a reading's lens.

    `rights` are the tables of the day, for what is decided of a document afterwards.
    """

    record_id: int
    rule: str
    standing: Standing
    lens: Lens | None
    now: datetime
    rights: Rights


def unknown_domain(name: str) -> Problem:
    """No such affinity domain here."""
    return Problem(
        reason=Reason.UNSUPPORTED,
        rule="domain-unknown",
        text="Ce domaine n'existe pas sur cette instance.",
        found=name[:100],
        source="IHE ITI TF-1 §10 (affinity domain)",
    )


def unknown_patient() -> Problem:
    """No record answers to this identifier in this domain."""
    return Problem(
        reason=Reason.UNKNOWN_PATIENT,
        rule="patient-unknown",
        text="Aucun dossier n'existe pour cet identifiant dans ce domaine.",
        field="patientId",
        source="IHE ITI TF-3 §4.2.4.1 (XDSUnknownPatientId)",
    )


def closed_domain(domain: terminology.Domain | None) -> Problem | None:
    """The refusal of every write in a domain that was closed, None while it is open (or unknown)."""
    found = None if domain is None else closing.closed(domain.number)
    if domain is None or found is None:
        return None
    return Problem(
        reason=Reason.CLOSED,
        rule="domain-closed",
        text=f"Ce domaine est clos depuis le {found.closed_at:%d/%m/%Y} : il se consulte, et plus rien ne s'y écrit.",
        field="domain",
        found=domain.name,
        expected="un domaine ouvert",
        source="Clôture d'un domaine (DMP A13)",
    )


def _decided(act: Act, actor: Actor, standing: Standing, now: datetime, domain: terminology.Domain) -> Decision:
    """The decision, but that a closed domain refuses what would write in it."""
    decided = decide(act, actor, standing, now, rights_tables.on(now.date()))
    closed = None if act in _WHEN_CLOSED or not decided.allowed else closed_domain(domain)
    return decided if closed is None else Decision(closed.rule, problem=closed)


def enter(*, actor: Actor, domain: str, patient_id: str, act: Act, action: journal.Action) -> Pass | Refusal:
    """Decide one act on the record of a patient id (CX); "" is the actor's own record.

    A refusal comes back already journalled.
    """
    found = terminology.domain(domain)
    if found is None:
        return refuse(unknown_domain(domain), actor=actor, action=action, record_id=NO_RECORD)
    now = clock.now_in(found.number)
    if patient_id == "" and actor.kind in _IN_A_RECORD and actor.record_id is not None:
        here = queries.standings(
            actor=actor,
            domain=found.number,
            record_ids=[actor.record_id],
            now=now,
            consent_required=found.consent_required,
        )
        standing = here[0] if here else None
    else:
        identifier = identity.parse_cx(patient_id)
        if isinstance(identifier, Problem):
            return refuse(identifier, actor=actor, action=action, record_id=NO_RECORD)
        standing = queries.standing_by_name(
            actor=actor,
            domain=found.number,
            name=locator.person(identifier.system, identifier.value),
            now=now,
            consent_required=found.consent_required,
        )
    if standing is None:
        return refuse(unknown_patient(), actor=actor, action=action, record_id=NO_RECORD)
    standing = _known(standing, actor, act)
    decided = _decided(act, actor, standing, now, found)
    if decided.problem is not None:
        return refuse(decided.problem, actor=actor, action=action, record_id=standing.record_id)
    _note_emergency(actor, standing, decided, now)
    return _passed(decided, standing, now)


def enter_records(
    *, actor: Actor, domain: str, record_ids: Sequence[int], act: Act, action: journal.Action
) -> list[Pass]:
    """The passes of an actor in several records; records that refuse are absent, their refusal journalled.

    For requests that name documents and not a patient: an unknown document, a document of a record that
    refuses and a hidden one must look the same.
    """
    passes = []
    for standing, decided, now in _decisions(actor, domain, record_ids, act):
        if decided.problem is not None:
            refuse(decided.problem, actor=actor, action=action, record_id=standing.record_id)
        else:
            _note_emergency(actor, standing, decided, now)
            passes.append(_passed(decided, standing, now))
    return passes


def _note_emergency(actor: Actor, standing: Standing, decided: Decision, now: datetime) -> None:
    """An assertion that says an emergency is an entrance like one that a page stated: told, and reviewed."""
    stated = decided.rule in EMERGENCY_RULES and standing.emergency is not actor.purpose
    if actor.purpose is not Purpose.NORMAL and stated:
        entrances.note(actor=actor, record_id=standing.record_id, rule=decided.rule, now=now)


def _passed(decided: Decision, standing: Standing, now: datetime) -> Pass:
    return Pass(
        record_id=standing.record_id,
        rule=decided.rule,
        standing=standing,
        lens=decided.lens,
        now=now,
        rights=rights_tables.on(now.date()),
    )


def standing_of(*, actor: Actor, domain: str, record_id: int) -> Standing | None:
    """What a record says of an actor, and what its person chose; None for no such record in this domain."""
    found = terminology.domain(domain)
    if found is None:
        return None
    standings = queries.standings(
        actor=actor,
        domain=found.number,
        record_ids=[record_id],
        now=clock.now_in(found.number),
        consent_required=found.consent_required,
    )
    return standings[0] if standings else None


def decision(*, actor: Actor, domain: str, record_id: int, act: Act) -> Decision:
    """What would be decided of an act: a question that leads to no reading, and so leaves no trace.

    For a record that is not there, the answer is that it is not the actor's.
    """
    for _, found, _ in _decisions(actor, domain, [record_id], act):
        return found
    return no("own-record-only", actor)


def may(*, actor: Actor, domain: str, record_id: int, act: Act) -> bool:
    """Whether an act would be allowed: a question that leads to no reading, and so leaves no trace."""
    return decision(actor=actor, domain=domain, record_id=record_id, act=act).allowed


def _decisions(
    actor: Actor, domain: str, record_ids: Sequence[int], act: Act
) -> Iterator[tuple[Standing, Decision, datetime]]:
    found = terminology.domain(domain)
    if found is None or not record_ids:
        return
    now = clock.now_in(found.number)
    for standing in queries.standings(
        actor=actor,
        domain=found.number,
        record_ids=list(record_ids),
        now=now,
        consent_required=found.consent_required,
    ):
        known = _known(standing, actor, act)
        yield known, _decided(act, actor, known, now, found), now


def _known(standing: Standing, actor: Actor, act: Act) -> Standing:
    """The standing with what other rooms know of the actor, for the acts and access modes that ask for it."""
    if act in IDENTITY:
        standing = replace(standing, referent=identity.is_referent(actor=actor))
    if Purpose.REGULATION in (actor.purpose, standing.emergency):
        standing = replace(standing, regulation_centre=directory.is_regulation_centre(actor.structure))
    return standing


def refuse(
    *problems: Problem, actor: Actor, action: journal.Action, record_id: int, subjects: Sequence[UUID] = ()
) -> Refusal:
    """Journal a refusal and return it; `subjects` are documents that the actor sees and is refused something about."""
    refusal = Refusal(problems)
    journal.append(
        actor=actor,
        action=action,
        record_id=record_id,
        outcome=journal.Outcome.REFUSED,
        rule=refusal.rule,
        subjects=subjects,
    )
    return refusal
