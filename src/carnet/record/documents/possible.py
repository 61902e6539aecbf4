"""What somebody may do with a document that they see, asked before it is done: the acts that a page offers.

The answer is the decision itself (`carnet.record.access`) with the state of the document, taken again when the act
comes. A question that leads to no reading leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.record.access import api as access
from carnet.record.documents import names, rows, state_rules, state_statement
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology

_CHANGES = {
    "mask": state_rules.MASK,
    "unmask": state_rules.UNMASK,
    "reveal": state_rules.REVEAL,
    "archive": state_rules.ARCHIVE,
    "unarchive": state_rules.UNARCHIVE,
    "delete": state_rules.DELETE,
}
# Rules by which a document is somebody's own (`access.decide_on_document`).
_OWN = frozenset({"author-own", "own-deposit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """The acts that would be allowed and would change something, by the names of `state`; whether it is their own."""

    acts: frozenset[str] = field(default_factory=frozenset)
    own: bool = False


def possible(*, actor: Actor, domain: str, entry_uuid: str) -> Possible:
    """What the actor may do with the document of this entryUUID; nothing for an unknown or invisible one."""
    configuration = terminology.domain(domain)
    own = rows.uuid_of(entry_uuid)
    if configuration is None or own is None or not configuration.french_profile:
        return Possible()
    if access.closed_domain(configuration) is not None:
        return Possible()
    records = names.records(actor, domain, (entry_uuid,), (), (), None)
    if isinstance(records, Problem):
        return Possible()
    for entered in access.enter_records(
        actor=actor,
        domain=domain,
        record_ids=records,
        act=access.Act.READ,
        action=journal.Action.DOCUMENT_GET,
    ):
        held, _ = state_statement.document(entered, [own], folded=configuration.folds_duplicates)
        if not held:
            continue
        named = next(one for one in state_rules.current(held) if one.logical_id == held[0].logical_id)

        def decision(
            act: access.DocumentAct, entered: access.Pass = entered, named: state_rules.Held = named
        ) -> access.Decision:
            return access.decide_on_document(
                act, actor=actor, standing=entered.standing, deposit=named.deposit, rights=entered.rights
            )

        acts = frozenset(
            name
            for name, change in _CHANGES.items()
            if decision(change.act).allowed
            and not state_rules.changes_nothing(change, named)
            and state_rules.check(change, named) is None
        )
        return Possible(acts=acts, own=decision(access.DocumentAct.ARCHIVE).rule in _OWN)
    return Possible()
