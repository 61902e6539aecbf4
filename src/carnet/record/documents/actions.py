"""Registering a submission, from any door (ITI-41, ITI-65): everything or nothing, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction
from psycopg.errors import UniqueViolation

from carnet.kernel import database, keys, locator
from carnet.kernel.actor import Actor
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.record.access import api as access
from carnet.record.documents import asserted, registration, rows, rules, statement
from carnet.record.documents.registration import Registration, Target
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, DocumentEntry, Submission, SubmissionSet

# A write that finds the record moved decides again; past these it waits for the record's lock instead.
_OPTIMISTIC_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """An accepted submission, with the ids and values it was registered with."""

    submission: Submission
    warnings: tuple[Problem, ...] = ()
    replay: bool = False


def provide(
    *,
    actor: Actor,
    domain: str,
    submission: Submission,
    contents: Mapping[str, Received],
    asserted_patient: str | None = None,
) -> Provided | Refusal:
    """Register a submission and its documents (ITI-41, ITI-65).

    `contents` is keyed by the ids of the submission's entries, as sent, and is consumed: bytes that are not
    kept are discarded. `asserted_patient` is the CX that the proof of identity
    names (`carnet.record.documents.asserted`).
    All problems come back together. A replay (same set, source and hashes) gets the first answer again.
    """
    kept = False
    try:
        answer = _provide(actor, domain, submission, contents, asserted_patient)
        kept = isinstance(answer, Provided) and not answer.replay
        return answer
    finally:
        if not kept:
            for content in contents.values():
                content.discard()


def _provide(
    actor: Actor, domain: str, submission: Submission, contents: Mapping[str, Received], asserted_patient: str | None
) -> Provided | Refusal:
    configuration = terminology.domain(domain)
    if configuration is None:
        return _refuse(actor, access.NO_RECORD, access.unknown_domain(domain))
    patient_id = submission.submission_set.patient_id
    wrong = asserted.check(configuration, asserted_patient, patient_id)
    if wrong is not None:
        return _refuse(actor, access.NO_RECORD, wrong)
    problems = rules.check(submission, contents, configuration)
    if problems:
        return _refuse(actor, access.NO_RECORD, *problems)
    entered = access.enter(
        actor=actor,
        domain=domain,
        patient_id=patient_id,
        act=access.Act.FEED,
        action=journal.Action.DOCUMENT_PROVIDE,
    )
    if isinstance(entered, Refusal):
        return entered
    lens = None
    if any(association.type != AssociationType.HAS_MEMBER for association in submission.associations):
        # What is replaced or related to must be visible to the sender, or it is answered like an unknown one.
        reader = access.enter_records(
            actor=actor,
            domain=domain,
            record_ids=[entered.record_id],
            act=access.Act.READ,
            action=journal.Action.DOCUMENT_PROVIDE,
        )
        lens = reader[0].lens if reader else None
    attempt = _Attempt(actor, configuration.number, submission, contents, entered, lens)
    for _ in range(_OPTIMISTIC_TRIES):
        try:
            answer = attempt.once()
        except UniqueViolation:
            # The same set was registered by another connection in between: decide again on what is there.
            continue
        if answer is not None:
            return answer
    with transaction.atomic():
        database.row("SELECT 1 FROM documents_head WHERE record_id = %s FOR UPDATE", (entered.record_id,))
        answer = attempt.once()
    if answer is None:
        raise RuntimeError("the record moved under its own lock")
    return answer


class _Attempt:
    """One decision on what the record holds now, and its statement."""

    def __init__(
        self,
        actor: Actor,
        domain: int,
        submission: Submission,
        contents: Mapping[str, Received],
        entered: access.Pass,
        lens: access.Lens | None,
    ) -> None:
        self.actor = actor
        self.domain = domain
        self.submission = submission
        self.contents = contents
        self.entered = entered
        self.lens = lens
        self._claimed = False

    def once(self) -> Provided | Refusal | None:
        """The answer, or None when the record moved in between and the decision must be taken again."""
        context = _read_context(self.domain, self.entered, self.submission, self.lens)
        earlier = self._earlier(context)
        if earlier is not None:
            return earlier
        made = registration.prepare(
            record_id=self.entered.record_id,
            submission=self.submission,
            contents=self.contents,
            targets=context.targets,
            taken=context.taken,
            repository=settings.CARNET_REPOSITORY_ID,
        )
        made.problems += self._other_hashes(context)
        if made.problems:
            return _refuse(self.actor, self.entered.record_id, *made.problems)
        self._claim(made)
        written = statement.register(
            actor=self.actor,
            made=made,
            key=keys.record_key(self.entered.record_id, context.wrapped_key),
            revision=context.revision,
            rule=self.entered.rule,
            now=self.entered.now,
        )
        return Provided(submission=made.submission, warnings=tuple(made.warnings)) if written else None

    def _claim(self, made: Registration) -> None:
        names = [locator.document(entry.unique_id) for entry in self.submission.entries] + made.names
        if not self._claimed:
            locator.claim(self.domain, names, self.entered.record_id)
            self._claimed = True

    def _earlier(self, context: _Context) -> Provided | Refusal | None:
        """The answer to a set that is there already: a replay of the same one, a refusal of another."""
        if context.earlier_set is None:
            return None
        sent = sorted((e.unique_id, self.contents[e.entry_uuid].sha1) for e in self.submission.entries)
        there = sorted((e.unique_id, e.hash) for e in context.earlier_entries)
        if sent == there and context.earlier_set.source_id == self.submission.submission_set.source_id:
            journal.append(
                actor=self.actor,
                action=journal.Action.DOCUMENT_PROVIDE,
                record_id=self.entered.record_id,
                outcome=journal.Outcome.REPLAYED,
                rule="replay",
                subjects=[value for e in context.earlier_entries if (value := rows.uuid_of(e.entry_uuid)) is not None],
            )
            return Provided(
                submission=Submission(submission_set=context.earlier_set, entries=tuple(context.earlier_entries)),
                replay=True,
            )
        return _refuse(
            self.actor,
            self.entered.record_id,
            Problem(
                reason=Reason.DUPLICATE,
                rule="submission-set-used",
                text="Un autre lot porte déjà cet identifiant unique.",
                field="SubmissionSet.uniqueId",
                found=self.submission.submission_set.unique_id,
                expected="un identifiant neuf par lot",
                source="IHE ITI TF-3 §4.2.4.1 (XDSDuplicateUniqueIdInRegistry)",
            ),
        )

    def _other_hashes(self, context: _Context) -> list[Problem]:
        return [
            Problem(
                reason=Reason.NON_IDENTICAL_HASH,
                rule="non-identical-hash",
                text="Un document de même identifiant unique et de contenu différent est déjà enregistré.",
                field="DocumentEntry.uniqueId",
                found=entry.unique_id,
                expected="un identifiant neuf pour un contenu différent",
                source="IHE ITI TF-3 §4.2.4.1 (XDSNonIdenticalHash)",
            )
            for entry in self.submission.entries
            if context.hashes.get(entry.unique_id, set()) - {self.contents[entry.entry_uuid].sha1}
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the decision needs to know of the record."""

    revision: int
    wrapped_key: bytes | None
    hashes: dict[str, set[str]]
    earlier_set: SubmissionSet | None
    earlier_entries: list[DocumentEntry]
    targets: dict[UUID, Target]
    taken: set[UUID]


_CONTEXT = """
SELECT COALESCE((SELECT revision FROM documents_head WHERE record_id = %(record_id)s), 0),
       (SELECT wrapped FROM kernel_record_key WHERE record_id = %(record_id)s),
       (SELECT id FROM documents_submission WHERE record_id = %(record_id)s AND unique_id = %(set_unique_id)s),
       (SELECT meta FROM documents_submission WHERE record_id = %(record_id)s AND unique_id = %(set_unique_id)s),
       ARRAY(SELECT e.unique_id || ' ' || encode(o.sha1, 'hex')
               FROM kernel_locator l
               JOIN documents_entry e ON e.record_id = l.record_id AND e.unique_id = substr(l.name, 5)
               JOIN documents_object o ON o.record_id = e.record_id AND o.id = e.object_id
              WHERE l.domain = %(domain)s AND l.name = ANY(%(names)s::text[])),
       ARRAY(SELECT id FROM documents_entry WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[])
              UNION ALL
             SELECT id FROM documents_submission WHERE record_id = %(record_id)s AND id = ANY(%(chosen)s::uuid[]))
"""

_EARLIER = f"""
SELECT {rows.COLUMNS} FROM documents_entry
WHERE record_id = %s AND submission = %s AND version = 1 ORDER BY id
"""

_TARGETS = f"""
WITH seen AS (SELECT id, lineage, status, flags FROM documents_entry WHERE record_id = %(record_id)s AND {access.SQL})
SELECT id, lineage, status, flags FROM seen WHERE id = ANY(%(targets)s::uuid[])
"""


def _read_context(domain: int, entered: access.Pass, submission: Submission, lens: access.Lens | None) -> _Context:
    record_id = entered.record_id
    chosen = [
        value
        for text in (submission.submission_set.entry_uuid, *(entry.entry_uuid for entry in submission.entries))
        if (value := rows.uuid_of(text)) is not None
    ]
    row = database.row(
        _CONTEXT,
        {
            "record_id": record_id,
            "domain": domain,
            "set_unique_id": submission.submission_set.unique_id,
            "names": [locator.document(entry.unique_id) for entry in submission.entries],
            "chosen": chosen,
        },
    )
    if row is None:
        raise RuntimeError("a statement without FROM returns one row")
    revision, wrapped, set_id, set_meta, pairs, taken = row
    hashes: dict[str, set[str]] = {}
    for pair in pairs:
        unique_id, _, sha1 = pair.rpartition(" ")
        hashes.setdefault(unique_id, set()).add(sha1)
    earlier = [rows.entry(found) for found in database.rows(_EARLIER, (record_id, set_id))] if set_id else []
    return _Context(
        revision=revision,
        wrapped_key=wrapped,
        hashes=hashes,
        earlier_set=msgspec.json.decode(set_meta, type=SubmissionSet) if set_meta else None,
        earlier_entries=earlier,
        targets=_targets(record_id, submission, lens),
        taken=set(taken),
    )


def _targets(record_id: int, submission: Submission, lens: access.Lens | None) -> dict[UUID, Target]:
    """The entries outside the submission that its associations name, as the actor sees them."""
    wanted = [
        value
        for association in submission.associations
        if association.type != AssociationType.HAS_MEMBER and (value := rows.uuid_of(association.target)) is not None
    ]
    if not wanted or lens is None:
        return {}
    found = database.rows(_TARGETS, {"record_id": record_id, "targets": wanted, **lens.parameters()})
    return {row[0]: Target(*row) for row in found}


def _refuse(actor: Actor, record_id: int, *problems: Problem) -> Refusal:
    return access.refuse(*problems, actor=actor, action=journal.Action.DOCUMENT_PROVIDE, record_id=record_id)
