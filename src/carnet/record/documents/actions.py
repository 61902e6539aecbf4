"""Registering a submission, from any door (ITI-41, ITI-42, ITI-65): everything or nothing, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction
from psycopg.errors import UniqueViolation

from carnet.kernel.actor import Actor
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import api as access
from carnet.record.documents import addressing, asserted, revision, rules
from carnet.record.documents.attempt import Attempt, Provided, Sending
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Submission

# A write that finds the record moved decides again; past these it waits for the record's lock instead.
_OPTIMISTIC_TRIES = 2


def provide(
    *,
    actor: Actor,
    domain: str,
    submission: Submission,
    contents: Mapping[str, Received],
    asserted_patient: str | None = None,
    by_document: bool = False,
) -> Provided | Refusal:
    """Register a submission and its documents (ITI-41, ITI-65).

    `contents` is keyed by the ids of the submission's entries, as sent, and is consumed: bytes that are not
    kept are discarded. `asserted_patient` is the CX that the proof of identity
    names (`carnet.record.documents.asserted`). `by_document` says that associations name documents (FHIR) and not
    versions of their metadata (XDS): by any entryUUID, logicalId or uniqueId (`carnet.record.documents.pointing`).
    All problems come back together. A replay (same set, source and hashes) gets the first answer again.
    """
    kept = False
    try:
        answer = _decide(
            _Request(actor, domain, submission, contents, asserted_patient, by_document),
            access.Act.FEED,
            lambda found: rules.check(submission, contents, found, by_patient=access.for_the_person(actor)),
        )
        kept = isinstance(answer, Provided) and not answer.replay
        return answer
    finally:
        if not kept:
            for content in contents.values():
                content.discard()


def register(
    *, actor: Actor, domain: str, submission: Submission, asserted_patient: str | None = None
) -> Provided | Refusal:
    """Register a submission whose documents are kept by another repository (ITI-42).

    Its entries say where (repositoryUniqueId), how many bytes and their hash, which are kept as they are sent.
    Everything else is as for `provide`.
    """
    return _decide(
        _Request(actor, domain, submission, {}, asserted_patient),
        access.Act.REGISTER,
        lambda found: rules.check_registered(submission, found, repository=settings.CARNET_REPOSITORY_ID),
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks for what to be registered."""

    actor: Actor
    domain: str
    submission: Submission
    contents: Mapping[str, Received]
    asserted_patient: str | None
    by_document: bool = False


def _decide(
    request: _Request, act: access.Act, check: Callable[[terminology.Domain], tuple[Problem, ...]]
) -> Provided | Refusal:
    actor, submission = request.actor, request.submission
    configuration = terminology.domain(request.domain)
    if configuration is None:
        return _refuse(actor, access.unknown_domain(request.domain))
    patient_id = submission.submission_set.patient_id
    wrong = asserted.check(configuration, request.asserted_patient, patient_id)
    if wrong is not None:
        return _refuse(actor, wrong)
    problems = check(configuration)
    tolerated = tuple(replace(one, warning=True) for one in problems if one.rule in configuration.tolerated)
    if len(tolerated) < len(problems):
        return _refuse(actor, *(one for one in problems if one.rule not in configuration.tolerated))
    answer = _registered(request, act, configuration)
    return replace(answer, warnings=tolerated + answer.warnings) if isinstance(answer, Provided) else answer


def _registered(request: _Request, act: access.Act, configuration: terminology.Domain) -> Provided | Refusal:
    """The answer to a submission that the rules let pass, decided on what the record holds."""
    for _ in range(_OPTIMISTIC_TRIES):
        entered = _enter(request, act, configuration)
        if isinstance(entered, Refusal):
            return entered
        try:
            answer = _once(request, entered, configuration)
        except UniqueViolation:
            # The same set was registered by another connection in between: decide again on what is there.
            continue
        if answer is not None:
            return answer
    with transaction.atomic():
        entered = _enter(request, act, configuration)
        if isinstance(entered, Refusal):
            return entered
        revision.lock([entered.record_id])
        # Whoever waited decides on what is there now.
        entered = _enter(request, act, configuration)
        if isinstance(entered, Refusal):
            return entered
        answer = _once(request, entered, configuration)
    if answer is None:
        raise RuntimeError("the record moved under its own lock")
    return answer


def _enter(request: _Request, act: access.Act, domain: terminology.Domain) -> access.Pass | Refusal:
    """The pass to feed; asked again before each try, for the record may have been closed or merged in between."""
    entered = access.enter(
        actor=request.actor,
        domain=request.domain,
        patient_id=request.submission.submission_set.patient_id,
        act=act,
        action=journal.Action.DOCUMENT_PROVIDE,
    )
    if isinstance(entered, Refusal):
        return entered
    problem = addressing.check(request.actor, domain, entered)
    if problem is None:
        return entered
    action = journal.Action.DOCUMENT_PROVIDE
    return access.refuse(problem, actor=request.actor, action=action, record_id=entered.record_id)


def _once(request: _Request, entered: access.Pass, domain: terminology.Domain) -> Provided | Refusal | None:
    """One attempt; a set that came under another identifier than the current one is noted in its transaction."""
    submission = addressing.addressed(request.submission, entered.standing.identifier)
    attempt = Attempt(
        Sending(
            actor=request.actor,
            domain=request.domain,
            domain_number=domain.number,
            folded=domain.folds_duplicates,
            submission=submission,
            contents=request.contents,
            asserted_patient=request.asserted_patient,
            by_document=request.by_document,
        ),
        entered,
    )
    if submission is request.submission:
        return attempt.once()
    with transaction.atomic():
        answer = attempt.once()
        if isinstance(answer, Provided) and not answer.replay:
            addressing.note(request.actor, entered, request.submission, answer.submission)
        return answer


def _refuse(actor: Actor, *problems: Problem) -> Refusal:
    return access.refuse(*problems, actor=actor, action=journal.Action.DOCUMENT_PROVIDE, record_id=access.NO_RECORD)
