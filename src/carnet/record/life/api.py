"""Life's door: what happens to a whole record, asked by people or brought by time.

Each act decides access, writes its trace and returns a `Refusal` for every anticipated no. `patient_id` is a CX;
"" is a patient's own record.
"""

from __future__ import annotations

from carnet.kernel.actor import Actor
from carnet.record.life import erasing
from carnet.record.life.actions import ask_erasure, close, lift, object_to_closing, reopen, state, suspend
from carnet.record.life.carriage import CarriageError, Totals
from carnet.record.life.checking import Checked, check_copy
from carnet.record.life.comparing import Side, compare
from carnet.record.life.creation import announce, oppose, revoke_opposition
from carnet.record.life.deadlines import keep_house
from carnet.record.life.decease import Deceased, declare_death, invite_heir, take_death_back
from carnet.record.life.domain_export import DomainExport, export_domain
from carnet.record.life.domain_import import DomainImport, Taken, import_domain
from carnet.record.life.domains import DomainState, close_domain, domain_states, reopen_domain
from carnet.record.life.erasing import erase_now, replay
from carnet.record.life.export import Export, export
from carnet.record.life.identities import (
    Declared,
    Ended,
    Identified,
    Qualified,
    add_identifier,
    declare_representative,
    end_representation,
    issue_ins_a,
    rekey,
    requalify,
)
from carnet.record.life.merge import Merged, Unmerged, merge, unmerge
from carnet.record.life.values import (
    CLOSING_SYSTEM,
    Announced,
    Cause,
    Certificate,
    Changed,
    Closing,
    Due,
    Happened,
    Life,
    State,
    Step,
)

__all__ = [
    "CLOSING_SYSTEM",
    "Announced",
    "CarriageError",
    "Cause",
    "Certificate",
    "Changed",
    "Checked",
    "Closing",
    "Deceased",
    "Declared",
    "DomainExport",
    "DomainImport",
    "DomainState",
    "Due",
    "Ended",
    "Export",
    "Happened",
    "Identified",
    "Life",
    "Merged",
    "Qualified",
    "Side",
    "State",
    "Step",
    "Taken",
    "Totals",
    "Unmerged",
    "add_identifier",
    "announce",
    "ask_erasure",
    "certificate",
    "check_copy",
    "close",
    "close_domain",
    "compare",
    "declare_death",
    "declare_representative",
    "domain_states",
    "end_representation",
    "erase_now",
    "erased",
    "export",
    "export_domain",
    "import_domain",
    "invite_heir",
    "issue_ins_a",
    "keep_house",
    "lift",
    "merge",
    "object_to_closing",
    "oppose",
    "rekey",
    "reopen",
    "reopen_domain",
    "replay",
    "requalify",
    "revoke_opposition",
    "state",
    "suspend",
    "take_death_back",
    "unmerge",
]


def certificate(*, actor: Actor, record_id: int) -> Certificate | None:
    """The certificate of an erasure that was done, None for a record that the ledger does not name."""
    return erasing.certificate(record_id)


def erased(*, actor: Actor) -> frozenset[int]:
    """The numbers of the records that the ledger tells erased."""
    return frozenset(erasing.told())
