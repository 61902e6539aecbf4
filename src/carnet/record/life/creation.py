"""Records that nobody asked for: announced, opposed or opened (CSP R.1111-28), and people who refuse one."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from carnet.kernel import clock, keys, outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act
from carnet.record.identity import api as identity
from carnet.record.identity.api import PatientIdentifier, RecordStatus, Traits
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import actions, erasing, oppositions, queries, rules
from carnet.record.life.values import Announced, Changed, Ending
from carnet.record.terminology import api as terminology
from carnet.record.terminology.api import Creation, Domain


def announce(
    *, actor: Actor, domain: str, identifier: PatientIdentifier, traits: Traits, qualification: str
) -> Announced | Refusal:
    """Create a record automatically: its person is told and may oppose; it opens at the end of the window.

    The event `record.announced` is for who sends the information. Rules: `announce-actor`, `create-consent` (the
    domain wants a consent), `creation-opposed`, and those of `identity.register`.
    """
    found = terminology.domain(domain)
    if found is None:
        return _refuse(actor, Action.RECORD_ANNOUNCE, access.unknown_domain(domain))
    closed = access.closed_domain(found)
    if closed is not None:
        return _refuse(actor, Action.RECORD_ANNOUNCE, closed)
    decision = access.decide_announcement(actor=actor, automatic=found.creation is Creation.AUTOMATIC)
    if decision.problem is not None:
        return _refuse(actor, Action.RECORD_ANNOUNCE, decision.problem)
    now = clock.now_in(found.number)
    until = now + timedelta(days=found.opposition_days)
    person = oppositions.person(identifier)
    with transaction.atomic():
        oppositions.lock(found.number, [person])
        if queries.opposed_since(found.number, [person]) is not None:
            return _refuse(actor, Action.RECORD_ANNOUNCE, rules.opposed())
        registered = identity.register(
            actor=actor, domain=found, identifier=identifier, traits=traits, qualification=qualification
        )
        if isinstance(registered, Refusal):
            return _refuse(actor, Action.RECORD_ANNOUNCE, *registered.problems)
        record_id = registered.record_id
        if registered.existing:
            life = queries.life(record_id)
            return Announced(record_id=record_id, existing=True, until=None if life is None else life.opposition_until)
        keys.create_record_key(record_id)
        identity.set_status(
            actor=actor, record_id=record_id, status=RecordStatus.ANNOUNCED, since=now, opposition_until=until
        )
        outbox.record_event(record_id=record_id, kind="record.announced")
        journal.append(actor=actor, action=Action.RECORD_ANNOUNCE, record_id=record_id, rule=decision.rule)
    return Announced(record_id=record_id, existing=False, until=until)


def oppose(*, actor: Actor, domain: str = "fr", patient_id: str = "") -> Changed | Refusal:
    """A person opposes the automatic creation of their record, announced or not yet; an announced one is erased.

    A record that is open is closed or erased, not opposed: rule `record-active`.
    """
    found = terminology.domain(domain)
    if found is None:
        return _refuse(actor, Action.RECORD_OPPOSE, access.unknown_domain(domain))
    closed = access.closed_domain(found)
    if closed is not None:
        return _refuse(actor, Action.RECORD_OPPOSE, closed)
    if patient_id:
        identifier = _identifier(found, patient_id)
        if isinstance(identifier, Problem):
            return _refuse(actor, Action.RECORD_OPPOSE, identifier)
        with transaction.atomic():
            person = oppositions.person(identifier)
            oppositions.lock(found.number, [person])
            if identity.search_by_identifier(actor=actor, domain=found, identifier=identifier) is None:
                return _refuse_creation(actor, found, person)
    with transaction.atomic():
        entered = actions.enter(actor, domain, patient_id, Act.OPPOSE, Action.RECORD_OPPOSE)
        if isinstance(entered, Refusal):
            return entered
        journal.append(actor=actor, action=Action.RECORD_OPPOSE, record_id=entered.record_id, rule=entered.rule)
        erasing.start(actor=actor, record_id=entered.record_id)
    erasing.erase(actor=actor, record_id=entered.record_id, ending=Ending.OPPOSED)
    return Changed(record_id=0, status=None)


def _refuse_creation(actor: Actor, domain: Domain, person: bytes) -> Changed | Refusal:
    decision = access.decide_opposition(actor=actor)
    if decision.problem is not None:
        return _refuse(actor, Action.RECORD_OPPOSE, decision.problem)
    oppositions.keep(
        domain.number, [person], cause=Ending.REFUSED.value, since=clock.now_in(domain.number), actor=actor
    )
    journal.append(actor=actor, action=Action.RECORD_OPPOSE, record_id=access.NO_RECORD, rule=decision.rule)
    return Changed(record_id=0, status=None)


def revoke_opposition(*, actor: Actor, domain: str = "fr", patient_id: str) -> Changed | Refusal:
    """A person takes their opposition back: a record may be created automatically again."""
    found = terminology.domain(domain)
    if found is None:
        return _refuse(actor, Action.RECORD_OPPOSE, access.unknown_domain(domain))
    closed = access.closed_domain(found)
    if closed is not None:
        return _refuse(actor, Action.RECORD_OPPOSE, closed)
    identifier = _identifier(found, patient_id)
    if isinstance(identifier, Problem):
        return _refuse(actor, Action.RECORD_OPPOSE, identifier)
    decision = access.decide_opposition(actor=actor)
    if decision.problem is not None:
        return _refuse(actor, Action.RECORD_OPPOSE, decision.problem)
    with transaction.atomic():
        if not oppositions.forget(found.number, [oppositions.person(identifier)]):
            return _refuse(actor, Action.RECORD_OPPOSE, rules.not_opposed())
        journal.append(actor=actor, action=Action.RECORD_OPPOSE, record_id=access.NO_RECORD, rule="opposition-revoked")
    return Changed(record_id=0, status=None)


def _identifier(domain: Domain, patient_id: str) -> PatientIdentifier | Problem:
    identifier = identity.parse_cx(patient_id)
    if isinstance(identifier, Problem):
        return identifier
    return identity.check_identifier(domain, identifier) or identifier


def _refuse(actor: Actor, action: Action, *problems: Problem) -> Refusal:
    return access.refuse(*problems, actor=actor, action=action, record_id=access.NO_RECORD)
