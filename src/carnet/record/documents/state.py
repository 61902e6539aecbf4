"""Changing the state of a document: mask, unmask, reveal, archive, delete (DMP TD3.3; ITI-57 by its effect).

A change writes the next version of the entry and brings the state bits of the rows in line, in one statement with its
trace and its events, or nothing when the record moved since it was decided. A document that the actor does not see is
answered like an unknown one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.documents import names, revision, rows, state_rules, state_statement
from carnet.record.documents.state_rules import Change, Held
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Code, DocumentEntry

# A change that finds the record moved decides again; past these it waits for the record's lock instead.
_OPTIMISTIC_TRIES = 2

# From a document as it stands to the change that is asked for; None when it is already so.
_Plan = Callable[[Held], Change | Problem | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The entry in its present version; `unchanged` when it already was as asked, and nothing was written."""

    entry: DocumentEntry
    unchanged: bool = False


def mask(
    *, actor: Actor, domain: str, entry_uuid: str = "", logical_id: str = "", asserted_patient: str | None = None
) -> Changed | Refusal:
    """Hide a document from professionals (TD3.3a), except its author, their structure and the médecin traitant.

    Here and below: the document is named by the entryUUID of any of its versions or by its logicalId;
    `asserted_patient` is the CX that the proof of identity names (`carnet.record.documents.asserted`).
    """
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, state_rules.MASK)


def unmask(
    *, actor: Actor, domain: str, entry_uuid: str = "", logical_id: str = "", asserted_patient: str | None = None
) -> Changed | Refusal:
    """Show a masked document to professionals again (TD3.3a); what is invisible to the patient stays so."""
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, state_rules.UNMASK)


def reveal(
    *,
    actor: Actor,
    domain: str,
    entry_uuid: str = "",
    logical_id: str = "",
    to_representatives: bool = False,
    asserted_patient: str | None = None,
) -> Changed | Refusal:
    """Make a document visible to the patient after its announcement, or to legal representatives (TD3.3b).

    There is no way back: a document becomes invisible at its deposit only.
    """
    change = state_rules.REVEAL_TO_REPRESENTATIVES if to_representatives else state_rules.REVEAL
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, change)


def archive(
    *, actor: Actor, domain: str, entry_uuid: str = "", logical_id: str = "", asserted_patient: str | None = None
) -> Changed | Refusal:
    """Put a document aside: found only by a search that names the status Archived (TD3.3d)."""
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, state_rules.ARCHIVE)


def unarchive(
    *, actor: Actor, domain: str, entry_uuid: str = "", logical_id: str = "", asserted_patient: str | None = None
) -> Changed | Refusal:
    """Bring an archived document back (TD3.3d)."""
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, state_rules.UNARCHIVE)


def delete(
    *, actor: Actor, domain: str, entry_uuid: str = "", logical_id: str = "", asserted_patient: str | None = None
) -> Changed | Refusal:
    """Take a document back for good (TD3.3c): nobody finds or reads it any more, its trace stays.

    What it replaced goes with it when the same hands deposited it. `carnet.record.documents.retention` says when the
    bytes are erased.
    """
    return _changed(actor, domain, (entry_uuid, logical_id), asserted_patient, state_rules.DELETE)


def set_confidentiality(
    *,
    actor: Actor,
    domain: str,
    logical_id: str,
    codes: Sequence[Code],
    version: int | None = None,
    asserted_patient: str | None = None,
) -> Changed | Refusal:
    """Bring the confidentiality codes of an entry to `codes`, by the one act that this is (a PATCH of securityLabel).

    The two sets are compared, and the difference is `mask`, `unmask` or `reveal`, decided as such. Refused: not exactly
    one of N, R and V, another level, a code of no list, a document made invisible after its deposit, two acts at once;
    and, where `version` says on which one the wish was formed, any other: somebody changed it in between.
    """
    configuration = terminology.domain(domain)
    problems = [
        problem
        for code in codes
        if configuration is not None
        and (problem := terminology.check_code(configuration, "confidentialityCode", code)) is not None
    ]
    if problems:
        return access.refuse(*problems, actor=actor, action=journal.Action.DOCUMENT_MASK, record_id=access.NO_RECORD)

    def plan(held: Held) -> Change | Problem | None:
        if version is not None and held.entry.version != version:
            return state_rules.another_version(held)
        return state_rules.asked(held.entry.confidentiality_codes, codes)

    return _State(actor, domain, journal.Action.DOCUMENT_GET, plan).of(("", logical_id), asserted_patient)


def _changed(
    actor: Actor, domain: str, named: tuple[str, str], asserted_patient: str | None, change: Change
) -> Changed | Refusal:
    return _State(actor, domain, change.action, lambda _: change).of(named, asserted_patient)


class _State:
    """One request: who asks, in which domain, and what for."""

    def __init__(self, actor: Actor, domain: str, action: journal.Action, plan: _Plan) -> None:
        self.actor = actor
        self.domain = domain
        self.action = action
        self.plan = plan
        configuration = terminology.domain(domain)
        self.folded = configuration is not None and configuration.folds_duplicates
        self.french = configuration is not None and configuration.french_profile

    def of(self, named: tuple[str, str], asserted_patient: str | None) -> Changed | Refusal:
        """Change the document of this entryUUID or logicalId."""
        entry_uuids, logical_ids = ((name,) if name else () for name in named)
        records = names.records(self.actor, self.domain, entry_uuids, (), logical_ids, asserted_patient)
        if isinstance(records, Problem):
            return self._refuse(access.NO_RECORD, records)
        if not self.french:
            return self._refuse(access.NO_RECORD, state_rules.outside_the_profile())
        ids = [value for name in named if (value := rows.uuid_of(name)) is not None]
        for _ in range(_OPTIMISTIC_TRIES):
            # Each try asks the gate again: the record may have been closed or merged in between.
            answer = self._tried(records, ids)
            if answer is not None:
                return answer
        with transaction.atomic():
            revision.lock(records)
            answer = self._tried(records, ids)
        if answer is None:
            raise RuntimeError("the record moved under its own lock")
        return answer

    def _tried(self, records: Sequence[int], ids: Sequence[object]) -> Changed | Refusal | None:
        for entered in access.enter_records(
            actor=self.actor, domain=self.domain, record_ids=records, act=access.Act.READ, action=self.action
        ):
            held, seen_at = state_statement.document(entered, ids, folded=self.folded)
            if held:
                return self._once(entered, held, seen_at)
        return self._refuse(records[0] if records else access.NO_RECORD, state_rules.unknown_document())

    def _once(self, entered: access.Pass, held: list[Held], seen_at: int) -> Changed | Refusal | None:
        """The answer, or None when the record moved in between and the decision must be taken again.

        `held` has the versions of the named document first.
        """
        named = next(one for one in state_rules.current(held) if one.logical_id == held[0].logical_id)
        change = self.plan(named)
        # A document is found by reading, which a closed domain allows: it refuses the change.
        change = change if change is None else access.closed_domain(terminology.domain(self.domain)) or change
        if isinstance(change, Problem):
            return self._refuse(entered.record_id, change, about=named)
        if change is None:
            self._trace(entered, self.action, entered.rule, named)
            return Changed(entry=named.entry, unchanged=True)
        decision = self._decide(change, entered, named)
        problem = decision.problem or (
            None if state_rules.changes_nothing(change, named) else state_rules.check(change, named)
        )
        if problem is not None:
            return self._refuse(entered.record_id, problem, action=change.action, about=named)
        if state_rules.changes_nothing(change, named):
            self._trace(entered, change.action, decision.rule, named)
            return Changed(entry=named.entry, unchanged=True)
        chosen = [
            one
            for one in state_rules.concerned(change, named, held, folded=self.folded)
            if one is named or self._decide(change, entered, one).allowed
        ]
        return self._written(change, entered, decision.rule, chosen, held, seen_at)

    def _written(
        self,
        change: Change,
        entered: access.Pass,
        rule: str,
        chosen: list[Held],
        held: list[Held],
        seen_at: int,
    ) -> Changed | None:
        entry = state_statement.write(
            actor=self.actor,
            change=change,
            entered=entered,
            rule=rule,
            chosen=chosen,
            touched=state_rules.touched(change, chosen, held),
            revision=seen_at,
        )
        return None if entry is None else Changed(entry=entry)

    def _decide(self, change: Change, entered: access.Pass, held: Held) -> access.Decision:
        return access.decide_on_document(
            change.act, actor=self.actor, standing=entered.standing, deposit=held.deposit, rights=entered.rights
        )

    def _trace(self, entered: access.Pass, action: journal.Action, rule: str, held: Held) -> None:
        journal.append(
            actor=self.actor,
            action=action,
            record_id=entered.record_id,
            outcome=journal.Outcome.REPLAYED,
            rule=rule,
            subjects=(held.id,),
        )

    def _refuse(
        self, record_id: int, problem: Problem, *, action: journal.Action | None = None, about: Held | None = None
    ) -> Refusal:
        """A refusal about a document names it, so that nothing tells the patient of one that waits to be announced."""
        return access.refuse(
            problem,
            actor=self.actor,
            action=action or self.action,
            record_id=record_id,
            subjects=() if about is None else (about.id,),
        )
