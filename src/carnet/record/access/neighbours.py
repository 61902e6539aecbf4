"""Who looks like a person about to be registered: a question for a desk, counted and traced, never a phone book.

Only somebody who registers people asks, with a whole identity in hand, so many times an hour; the answer hides what was
not typed. The trace is in the record of each person shown, where its patient reads who met their name.
"""

from __future__ import annotations

from django.db import transaction

from carnet.kernel import clock
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import gate
from carnet.record.access.vigilance import decide_near
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology


def near(
    *, actor: Actor, domain: str, traits: identity.Traits, identifier: identity.PatientIdentifier | None = None
) -> tuple[identity.Near, ...] | Refusal:
    """At most five people of a domain who look like this one, before a record is created for it.

    The record of `identifier` itself is not told: creating finds it. Rules: `near-actor`, `near-incomplete`,
    `near-too-many`.
    """
    action = journal.Action.RECORD_NEAR
    found = terminology.domain(domain)
    if found is None:
        return gate.refuse(gate.unknown_domain(domain), actor=actor, action=action, record_id=gate.NO_RECORD)
    decision = decide_near(actor, traits)
    if decision.problem is not None:
        return gate.refuse(decision.problem, actor=actor, action=action, record_id=gate.NO_RECORD)
    with transaction.atomic():
        if not identity.may_ask_alike(actor=actor, now=clock.now()):
            return gate.refuse(_too_many(), actor=actor, action=action, record_id=gate.NO_RECORD)
        people = identity.alike(actor=actor, domain=found, traits=traits, identifier=identifier)
        for record_id in [one.record_id for one in people] or [gate.NO_RECORD]:
            journal.append(actor=actor, action=action, record_id=record_id, rule=decision.rule)
    return people


def _too_many() -> Problem:
    return Problem(
        reason=Reason.TOO_MANY,
        rule="near-too-many",
        text="Trop de recherches de personnes ressemblantes : attendez quelques minutes.",
        source="CSP L.1110-4 ; RGPD, art. 5 (minimisation)",
    )
