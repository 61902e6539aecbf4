"""Access's door: the decision, the gate every reading passes, the record's opening and authorisations."""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.access import permissions, sharing
from carnet.record.access.actions import (
    Authorised,
    Created,
    OpenRecord,
    authorise,
    create_record,
    my_record,
    open_record,
    who_has_access,
)
from carnet.record.access.announcement import UNTOLD_SQL, untold_parameters
from carnet.record.access.codes import PrintedCodes, enter_by_codes, print_codes, sheet_state
from carnet.record.access.document_rules import Deposit, DocumentAct, decide_on_document
from carnet.record.access.gate import (
    NO_RECORD,
    Pass,
    closed_domain,
    enter,
    enter_records,
    may,
    refuse,
    unknown_domain,
)
from carnet.record.access.lens import ALL_TYPES, SQL, Flag, Lens
from carnet.record.access.neighbours import near
from carnet.record.access.permissions import Consent, Permission, Permissions
from carnet.record.access.queries import ANSWERS_SQL, Authorisation
from carnet.record.access.rules import Act, Decision, decide_announcement, decide_opposition
from carnet.record.access.sharing import Shared

__all__ = [
    "ALL_TYPES",
    "ANSWERS_SQL",
    "NO_RECORD",
    "SQL",
    "UNTOLD_SQL",
    "Act",
    "Authorisation",
    "Authorised",
    "Consent",
    "Created",
    "Decision",
    "Deposit",
    "DocumentAct",
    "Flag",
    "Lens",
    "OpenRecord",
    "Pass",
    "Permission",
    "Permissions",
    "PrintedCodes",
    "Shared",
    "authorise",
    "closed_domain",
    "create_record",
    "decide_announcement",
    "decide_on_document",
    "decide_opposition",
    "enter",
    "enter_by_codes",
    "enter_records",
    "may",
    "my_record",
    "near",
    "open_record",
    "permissions_of",
    "print_codes",
    "refuse",
    "share_grants",
    "sheet_state",
    "take_back_grants",
    "unknown_domain",
    "untold_parameters",
    "who_has_access",
]


def permissions_of(*, actor: Actor, record_id: int) -> Permissions:
    """The consent that opened a record and everybody's authorisation in it, for a copy of the record.

    The caller (`carnet.record.life`) decided it and journals it.
    """
    return permissions.of(record_id)


def share_grants(*, actor: Actor, source: int, destination: int) -> Shared:
    """Bring the authorisations of one record into another of the same person, inside the caller's transaction.

    `carnet.record.life` decided it and journals it.
    """
    return sharing.share_grants(source=source, destination=destination)


def take_back_grants(*, actor: Actor, record_id: int, shared: Shared) -> None:
    """Undo `share_grants` in the record that they came into, inside the caller's transaction."""
    sharing.take_back_grants(record_id=record_id, shared=shared)
