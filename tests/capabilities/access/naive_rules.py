"""The rules of access once more, read slowly from the law and the DMP's guide, one `if` after the other.

Nothing here comes from the product: plain words and numbers in, yes or no out. What the product decides by tables,
lenses and bits is compared with this on tens of thousands of cases (`test_naive_rules`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Who:
    """Somebody at the door."""

    kind: str
    profession: str = ""
    occupational: bool = False
    mode: str = "normal"
    signed_assertion: bool = False
    reinforced: bool = False
    samu: bool = False
    # What the record says of them.
    person: str = ""
    because: str = ""
    structure: str = ""
    treating: bool = False
    declared_emergency: str = ""
    delegation: str = ""
    scope: str = ""
    purpose: str = ""
    same_record: bool = True


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record of a person and what they chose."""

    state: str = "active"
    age: int = 40
    dead: bool = False
    centre_15: bool = True
    break_glass: bool = True
    masked_too: bool = False
    not_to_know: bool = False
    heirs_too: bool = True
    feeding_opposed: bool = False
    some_document_opened: bool = False


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document and how it stands towards who asks."""

    type: str = "report"
    by_me: bool = False
    by_my_structure: bool = False
    opened_to_me: bool = False
    closed_to_me: bool = False
    masked: bool = False
    waits: bool = False
    hidden_from_representatives: bool = False
    secret: bool = False
    deleted: bool = False
    days: int = 0
    genetic: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "genetic", self.type == "genetics")


READING = ("search", "read", "retrieve")
LIFE = {
    "close": ("active", "suspended"),
    "reopen": ("closed",),
    "erase": ("active", "suspended", "closed"),
    "oppose": ("announced",),
    "object": ("suspended",),
    "state": ("announced", "active", "suspended", "closed"),
}
# What a profession does not read (decree of 26 October 2023, as far as public texts tell; narrow where they do not).
NOT_FOR = {
    "10": {"residence"},
    "40": {"residence", "project", "telemedicine", "social letter", "psychology", "psychiatry"},
    "21": {"residence", "psychology", "psychiatry", "social letter"},
}
ONLY_FOR = {"41": {"care plan", "project"}}
FOR_HEIRS = {
    "causes_of_death": {"report", "synthesis", "telemedicine", "psychiatry", "social letter"},
    "memory": {"report", "synthesis", "social letter"},
    "rights": {"report", "synthesis", "social letter"},
}


def may(act: str, who: Who, record: Record) -> bool:
    """Whether an act is allowed."""
    if who.kind in ("patient", "delegate") and not who.same_record:
        return False
    if who.kind == "delegate" and not who.delegation:
        return False
    if act in LIFE:
        if record.state not in LIFE[act]:
            return False
    elif record.state != "active":
        return False
    if who.kind == "patient":
        return not record.dead and act in (*READING, *LIFE, "open", "feed", "export", "choose", "delegate", "traces")
    if who.kind == "delegate":
        return _delegate(act, who, record)
    if who.kind == "clerk":
        return _clerk(act, who, record)
    if who.kind == "structure":
        if act in ("feed", "register"):
            return not record.feeding_opposed
        return act in ("open", "search", "read", "state") and (who.mode != "bris_de_glace" or act in ("open", "state"))
    return _professional(act, who, record)


def _delegate(act: str, who: Who, record: Record) -> bool:
    if who.delegation == "heir":
        return record.dead and record.heirs_too and act in (*READING, "open")
    if record.dead:
        return False
    if who.delegation == "parent" and record.age >= 18:
        return False
    if act in (*READING, "open"):
        return True
    if act == "feed":
        return who.scope in ("deposit", "manage")
    if who.scope != "manage" or who.delegation == "assistant":
        return False
    if act == "choose":
        return True
    return who.delegation in ("parent", "guardian") and act in (*LIFE, "delegate", "export", "traces")


def _clerk(act: str, who: Who, record: Record) -> bool:
    if act in LIFE or act == "open":
        return True
    if act == "print-codes":
        return who.structure == "allowed"
    if who.mode != "normal":
        return False
    if act == "feed":
        return not record.feeding_opposed
    if act == "authorise":
        return who.structure != "blocked"
    return act == "read"


def _professional(act: str, who: Who, record: Record) -> bool:
    inside = "allowed" in (who.person, who.structure)
    if act == "open":
        return True
    if act in ("feed", "register"):
        return not who.reinforced and not record.feeding_opposed
    # Blocked is blocked, whatever else is true.
    if who.person == "blocked":
        return False
    if who.structure == "blocked" and who.person != "allowed":
        return False
    if act == "state":
        return True
    if act == "break-glass":
        return _emergency(who, record, "bris_de_glace" if who.mode == "normal" else who.mode, stated=True)
    if act == "authorise":
        return who.mode == "normal" and not who.occupational
    if act == "authorise-colleague":
        return who.mode == "normal" and not who.occupational and inside
    if act == "unauthorise":
        return who.mode == "normal" and not who.occupational
    if act == "undeclare-treating":
        return who.mode == "normal" and who.treating and who.profession == "10" and not who.occupational
    if act == "who":
        return inside and (who.mode == "normal" or who.occupational)
    if act in READING:
        return _door(act, who, record) != "shut"
    return False


def _emergency(who: Who, record: Record, mode: str, *, stated: bool) -> bool:
    if record.dead or who.occupational:
        return False
    if mode == "centre_15":
        return who.samu and record.centre_15 and stated
    return record.break_glass and stated


def _door(act: str, who: Who, record: Record) -> str:
    """By which door a professional reads: shut, own (what is theirs), team, treating, emergency."""
    if who.mode != "normal":
        stated = who.signed_assertion or who.declared_emergency == who.mode
        return "emergency" if _emergency(who, record, who.mode, stated=stated) else "shut"
    if who.occupational:
        if act == "retrieve":
            return "shut"
        if who.person == "allowed" and who.because == "by-person":
            return "team"
        return "shut" if act == "search" else "own"
    inside = "allowed" in (who.person, who.structure)
    if inside and who.treating and who.profession == "10":
        return "treating"
    if who.declared_emergency and _emergency(who, record, who.declared_emergency, stated=True):
        return "emergency"
    if inside:
        return "team"
    if act == "search" and not record.some_document_opened:
        return "shut"
    return "own"


def sees(act: str, who: Who, record: Record, paper: Paper) -> bool:
    """Whether somebody sees a document by a reading."""
    if paper.deleted or not may(act, who, record):
        return False
    if who.kind == "clerk":
        return False  # What employees deposited is no case here.
    if who.kind == "structure":
        return act != "retrieve" and paper.by_my_structure
    if who.kind == "patient":
        return not paper.waits or _told(paper, record)
    if who.kind == "delegate":
        return _delegate_sees(who, record, paper)
    door = _door(act, who, record)
    closed = paper.closed_to_me and door != "treating" and not (door == "emergency" and record.masked_too)
    if closed:
        return False
    if paper.by_me or paper.by_my_structure or paper.opened_to_me:
        return True
    if door == "own" or not _readable(who.profession, paper.type):
        return False
    if not paper.masked:
        return True
    return door == "treating" or (door == "emergency" and record.masked_too)


def _told(paper: Paper, record: Record) -> bool:
    return not record.not_to_know and not paper.genetic and paper.days >= 31


def _readable(profession: str, kind: str) -> bool:
    if profession in ONLY_FOR:
        return kind in ONLY_FOR[profession]
    return profession in NOT_FOR and kind not in NOT_FOR[profession]


def _delegate_sees(who: Who, record: Record, paper: Paper) -> bool:
    if paper.closed_to_me:
        return False
    if who.delegation != "heir" and paper.opened_to_me:
        return True
    if paper.hidden_from_representatives or paper.secret:
        return False
    if who.delegation == "heir":
        return not paper.masked and not paper.waits and paper.type in FOR_HEIRS[who.purpose]
    return not paper.waits or _told(paper, record)
