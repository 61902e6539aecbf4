"""Access's door: the decision, the gate every reading passes, the record's opening and authorisations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Refusal
from carnet.record.access import (
    choices,
    controls,
    document_permissions,
    entrances,
    gate,
    heirs,
    notices,
    officers,
    permissions,
    sharing,
)
from carnet.record.access import concerns as concerning
from carnet.record.access.accounts import note_account, note_mail, note_sign_in, note_sign_out
from carnet.record.access.actions import (
    Created,
    OpenRecord,
    create_record,
    my_record,
    open_record,
    who_has_access,
)
from carnet.record.access.announcement import UNTOLD_SQL, opening, untold_parameters
from carnet.record.access.authorising import (
    Authorised,
    authorise,
    authorise_colleague,
    authorised_in,
    undeclare_treating,
    withdraw,
)
from carnet.record.access.choices import PersonChoices, choose
from carnet.record.access.codes import NOBODY, PrintedCodes, enter_by_codes, print_codes, sheet_state
from carnet.record.access.controls import Controlled
from carnet.record.access.delegates import Held, as_seen_by, delegations_held
from carnet.record.access.delegations import (
    HEIR_PURPOSES,
    Delegate,
    Delegates,
    Invitation,
    accept,
    cancel_invitations,
    delegates,
    end_delegation,
    enter_by_invitation,
    invite,
    known_invitation,
    renounce,
)
from carnet.record.access.document_permissions import DocumentPermission, Effect
from carnet.record.access.document_rules import Deposit, DocumentAct, decide_on_document
from carnet.record.access.emergencies import (
    Entered,
    Entrance,
    emergencies,
    emergency_until,
    enter_in_emergency,
    note_emergencies_seen,
)
from carnet.record.access.entrances import Reason as EmergencyReason
from carnet.record.access.explanations import EXPLANATIONS, Explanation
from carnet.record.access.feeding import FeedingOpposition
from carnet.record.access.feeding import accept as accept_feeding
from carnet.record.access.feeding import oppose as oppose_feeding
from carnet.record.access.gate import (
    NO_RECORD,
    Pass,
    closed_domain,
    enter,
    enter_records,
    may,
    refuse,
    standing_of,
    unknown_domain,
)
from carnet.record.access.grants import allow, block, end, end_treating, name_treating, unblock
from carnet.record.access.lens import ALL_TYPES, END_OF_TIME, OWN_SQL, SQL, Flag, Lens
from carnet.record.access.neighbours import near
from carnet.record.access.officers import Examined, Queue, Reviewed, Verdict
from carnet.record.access.owners import PATIENT, for_the_person, owner_of
from carnet.record.access.permissions import Consent, Permission, Permissions
from carnet.record.access.queries import ANSWERS_SQL, Authorisation
from carnet.record.access.reported import Said, note_reported
from carnet.record.access.representing import end_representing, represent
from carnet.record.access.rules import Act, Decision, decide_announcement, decide_opposition
from carnet.record.access.sharing import KINDS as SHARED_KINDS
from carnet.record.access.sharing import Shared
from carnet.record.access.standing import Choices, DelegateKind, Delegation, HeirPurpose, Scope, Standing
from carnet.record.access.who import Controls, Grantee, controls_of
from carnet.record.journal import api as journal

__all__ = [
    "ALL_TYPES",
    "ANSWERS_SQL",
    "END_OF_TIME",
    "HEIR_PURPOSES",
    "NOBODY",
    "NO_RECORD",
    "OWN_SQL",
    "PATIENT",
    "SHARED_KINDS",
    "SQL",
    "UNTOLD_SQL",
    "Act",
    "Authorisation",
    "Authorised",
    "Choices",
    "Consent",
    "Controlled",
    "Controls",
    "Created",
    "Decision",
    "Delegate",
    "DelegateKind",
    "Delegates",
    "Delegation",
    "Deposit",
    "DocumentAct",
    "DocumentPermission",
    "Effect",
    "EmergencyReason",
    "Entered",
    "Entrance",
    "Examined",
    "Explanation",
    "FeedingOpposition",
    "Flag",
    "Grantee",
    "HeirPurpose",
    "Held",
    "Invitation",
    "Lens",
    "OpenRecord",
    "Pass",
    "Permission",
    "Permissions",
    "PersonChoices",
    "PrintedCodes",
    "Queue",
    "Reviewed",
    "Said",
    "Scope",
    "Shared",
    "Standing",
    "Verdict",
    "accept",
    "accept_feeding",
    "allow",
    "appoint_officer",
    "as_seen_by",
    "authorise",
    "authorise_colleague",
    "authorised_in",
    "block",
    "cancel_invitations",
    "check_grantee",
    "check_until",
    "choose",
    "closed_domain",
    "concerns",
    "conclude_concern",
    "controls_changed",
    "controls_of",
    "create_record",
    "decide_announcement",
    "decide_on_document",
    "decide_opposition",
    "decision_on",
    "delegates",
    "delegations_held",
    "delegations_left",
    "dismiss_officer",
    "document_permissions_of",
    "emergencies",
    "emergencies_to_review",
    "emergency_reasons",
    "emergency_until",
    "end",
    "end_delegation",
    "end_heirs",
    "end_representing",
    "end_treating",
    "enter",
    "enter_by_codes",
    "enter_by_invitation",
    "enter_in_emergency",
    "enter_records",
    "entrusted_with",
    "examine_emergency",
    "explain",
    "for_the_person",
    "forget_document_permission",
    "invite",
    "invite_heir",
    "is_officer",
    "known_invitation",
    "may",
    "my_record",
    "name_of_grantee",
    "name_treating",
    "near",
    "note_account",
    "note_emergencies_seen",
    "note_mail",
    "note_reported",
    "note_sign_in",
    "note_sign_out",
    "open_record",
    "opening",
    "oppose_feeding",
    "owner_of",
    "permissions_of",
    "print_codes",
    "put_document_permission",
    "refuse",
    "renounce",
    "represent",
    "review_emergency",
    "share_grants",
    "sheet_state",
    "standing_of",
    "take_back_grants",
    "tell_of_decease",
    "tell_of_document",
    "tells_hidden",
    "unblock",
    "undeclare_treating",
    "unknown_domain",
    "untold_parameters",
    "who_has_access",
    "withdraw",
]


def explain(rule: str) -> Explanation | None:
    """A rule in words: its law, its sentence for professionals, its sentence for the person; None for no rule of ours.

    Entries of the journal and refusals carry the name (`JournalLine.rule`, `Problem.rule`).
    """
    return EXPLANATIONS.get(rule)


def decision_on(*, actor: Actor, domain: str, record_id: int, act: Act) -> Decision:
    """What would be decided of an act, with its rule and its lens: a question that leads to no reading and no trace."""
    return gate.decision(actor=actor, domain=domain, record_id=record_id, act=act)


def permissions_of(*, actor: Actor, record_id: int) -> Permissions:
    """The consent that opened a record and all that its person set in it, for a copy of the record.

    What was done in secret of a minor's representatives is for the minor only.

    The caller (`carnet.record.life`) decided it and journals it.
    """
    return permissions.of(record_id, secrets=actor.kind is ActorKind.PATIENT)


def invite_heir(*, actor: Actor, entered: Pass, purpose: HeirPurpose, until: datetime | None) -> Invitation | Refusal:
    """A code for an heir of a deceased person, inside the caller's transaction (`carnet.record.life` decided).

    Rules: `heir-of-the-living`, `heir-opposed`, `until-past`.
    """
    return heirs.invite(actor=actor, entered=entered, purpose=purpose, until=until)


def end_heirs(*, actor: Actor, record_id: int, now: datetime) -> None:
    """Nobody is an heir of a person who lives; inside the caller's transaction (`carnet.record.life` decided)."""
    heirs.end(actor=actor, record_id=record_id, now=now)


def share_grants(*, actor: Actor, source: int, destination: int, now: datetime) -> Shared:
    """Bring what the person set in one record into another of theirs, inside the caller's transaction.

    `carnet.record.life` decided it and journals it.
    """
    return sharing.share_grants(source=source, destination=destination, now=now)


def take_back_grants(*, actor: Actor, record_id: int, separated: int, shared: Shared, objects: Sequence[UUID]) -> None:
    """Undo `share_grants` in the record that they came into, inside the caller's transaction; `objects` go back."""
    sharing.take_back_grants(record_id=record_id, separated=separated, shared=shared, objects=objects)


def delegations_left(*, actor: Actor, source: int, destination: int, now: datetime) -> int:
    """In how many records a merged person's delegation is left behind, since the one who goes on acts there already.

    `carnet.record.life` decided the merge and journals it.
    """
    return sharing.delegations_left(source=source, destination=destination, now=now)


def controls_changed(*, actor: Actor, record_id: int) -> None:
    """Tell that a control of a record was set, inside the caller's transaction, which decided and journals it."""
    controls.changed(record_id)


def check_grantee(grantee: str) -> Problem | None:
    """The problem (`grantee-unknown`) of a `p:` or `s:` name that the directory does not know."""
    return controls.check_grantee(grantee)


def check_until(until: datetime | None, now: datetime) -> Problem | None:
    """The problem (`until-past`) of an end that is over."""
    return controls.check_until(until, now)


def name_of_grantee(*, actor: Actor, grantee: str) -> str:
    """The name of a professional or a structure as people know it."""
    return controls.name_of(grantee)


def put_document_permission(
    *, actor: Actor, entered: Pass, lineage: UUID, grantee: str, effect: Effect, until: datetime | None = None
) -> None:
    """Open a lineage to a grantee or close it, inside the caller's transaction.

    The caller (`carnet.record.documents`) passed the gate with `Act.CHOOSE`, and journals it.
    """
    document_permissions.put(actor=actor, entered=entered, lineage=lineage, grantee=grantee, effect=effect, until=until)


def forget_document_permission(*, actor: Actor, entered: Pass, lineage: UUID, grantee: str) -> bool:
    """Leave a lineage to the rules that hold for all, under the same conditions; whether there was a permission."""
    return document_permissions.forget(entered=entered, lineage=lineage, grantee=grantee)


def document_permissions_of(
    *, actor: Actor, record_id: int, lineages: Collection[UUID] | None = None
) -> tuple[DocumentPermission, ...]:
    """The permissions set on some lineages of a record, or on all; the caller decided and journals it."""
    return document_permissions.of(record_id, lineages)


def emergency_reasons(*, actor: Actor) -> tuple[EmergencyReason, ...]:
    """The reasons that somebody who enters in an emergency chooses from."""
    return entrances.reasons()


def tell_of_decease(*, actor: Actor, record_id: int) -> None:
    """Write to a person who was declared dead, in case they live; inside the caller's transaction."""
    notices.of_decease(record_id)


def tell_of_document(record_id: int) -> None:
    """Write to a person who asked for it that something new is theirs to read, inside the caller's transaction.

    The caller (`carnet.record.documents`) saw that nothing hides it from them or from who acts for them.
    """
    notices.of_document(record_id)


def tells_hidden(*, actor: Actor, domain: str, record_id: int) -> bool:
    """Whether the person of a record wants professionals told that they may not see all; no for who may not search."""
    reads = gate.may(actor=actor, domain=domain, record_id=record_id, act=Act.SEARCH)
    return reads and choices.of(record_id).tells_hidden


def appoint_officer(*, actor: Actor, person: str, structure: str, everywhere: bool = False) -> None:
    """Entrust a clerk with the review of emergencies from their structure, or of all; for the operator."""
    officers.appoint(person, structure, everywhere=everywhere)


def dismiss_officer(*, actor: Actor, person: str, structure: str) -> None:
    """A clerk is no longer entrusted with the review of emergencies; for the operator."""
    officers.dismiss(person, structure)


def is_officer(*, actor: Actor) -> bool:
    """Whether an actor is entrusted with the review of emergencies."""
    return officers.scope(actor) is not None


def concerns(*, actor: Actor) -> list[journal.Concern] | Refusal:
    """Reported accesses and suspicious patterns that wait for an officer, then reviewed ones. Rule: `officer-only`."""
    return concerning.concerns(actor=actor)


def conclude_concern(
    *, actor: Actor, record_id: int, concern: UUID, verdict: Verdict, note: str = ""
) -> Refusal | None:
    """Conclude on one of them. Rules: `officer-only`, `concern-unknown`."""
    return concerning.conclude(actor=actor, record_id=record_id, concern=concern, verdict=verdict, note=note)


def emergencies_to_review(*, actor: Actor) -> Queue | Refusal:
    """The entrances that wait for an officer's review, and the last ones reviewed. Rule: `officer-only`."""
    return officers.queue(actor=actor)


def examine_emergency(*, actor: Actor, record_id: int, entrance: UUID) -> Examined | Refusal:
    """One entrance with what was done while it lasted. Rules: `officer-only`, `emergency-unknown`."""
    return officers.examine(actor=actor, record_id=record_id, entrance=entrance)


def review_emergency(
    *, actor: Actor, record_id: int, entrance: UUID, verdict: Verdict, note: str = ""
) -> Controlled | Refusal:
    """Conclude on an entrance. Rules: `officer-only`, `emergency-unknown`, `review-note`."""
    return officers.review(actor=actor, record_id=record_id, entrance=entrance, verdict=verdict, note=note)


def entrusted_with(*, actor: Actor) -> str | None:
    """The structure whose people's accesses a data-protection officer reviews; "" for all, None for no officer."""
    return officers.entrusted_with(actor)
