"""What actors ask to do with a record, and in which states of a record each is possible."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from carnet.record.identity.api import RecordStatus


class Act(StrEnum):
    """What an actor asks to do.

    `SEARCH` asks about a person, `READ` about documents that are named, `RETRIEVE` for a document's bytes.
    `CHOOSE` is the person's own choices (who enters, which documents, emergencies), `DELEGATE` who acts for them.
    """

    CREATE = "create"
    OPEN = "open"
    AUTHORISE = "authorise"
    AUTHORISE_COLLEAGUE = "authorise-colleague"
    UNAUTHORISE = "unauthorise"
    UNDECLARE_TREATING = "undeclare-treating"
    WHO = "who"
    CHOOSE = "choose"
    DELEGATE = "delegate"
    BREAK_GLASS = "break-glass"
    FEED = "feed"
    REGISTER = "register"
    SEARCH = "search"
    READ = "read"
    RETRIEVE = "retrieve"
    TRACES = "traces"
    CLOSE = "close"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    LIFT = "lift"
    OBJECT = "object"
    ERASE = "erase"
    ERASE_NOW = "erase-now"
    OPPOSE = "oppose"
    STATE = "state"
    PRINT_CODES = "print-codes"
    IDENTIFY = "identify"
    MERGE = "merge"
    EXPORT = "export"


# In which states of a record an act on its whole life is possible; every other act wants an active record.
LIFE: Mapping[Act, tuple[RecordStatus, ...]] = MappingProxyType(
    {
        Act.CLOSE: (RecordStatus.ACTIVE, RecordStatus.SUSPENDED),
        Act.REOPEN: (RecordStatus.CLOSED,),
        Act.SUSPEND: (RecordStatus.ACTIVE,),
        Act.LIFT: (RecordStatus.SUSPENDED,),
        Act.OBJECT: (RecordStatus.SUSPENDED,),
        Act.ERASE: (RecordStatus.ACTIVE, RecordStatus.SUSPENDED, RecordStatus.CLOSED),
        Act.ERASE_NOW: (RecordStatus.CLOSED,),
        Act.OPPOSE: (RecordStatus.ANNOUNCED,),
        Act.STATE: (RecordStatus.ANNOUNCED, RecordStatus.ACTIVE, RecordStatus.SUSPENDED, RecordStatus.CLOSED),
    }
)
# Acts on who the person is: the gate looks up whether the actor is entrusted with identity-vigilance.
IDENTITY = (Act.IDENTIFY, Act.MERGE)
# What a lens answers; an act that no rule names is refused.
READING = (Act.SEARCH, Act.READ, Act.RETRIEVE)
OPERATOR = (Act.SUSPEND, Act.LIFT, Act.ERASE_NOW)
