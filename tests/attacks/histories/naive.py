"""The rules once more, as a reader of the law would write them: slow, plain, and without a line of the product's.

Sources are those of `docs/architecture.md` ("The decision"); what is said here is said there in another way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass
class Doc:
    """One document with all that is known of it; `tokens` betray it wherever they are seen."""

    number: int
    unique_id: str
    entry_uuid: str
    logical_id: str
    lineage: int
    person: str
    structure: str
    type_code: str
    class_code: str
    masked: bool = False
    unseen: bool = False
    secret: bool = False
    deleted: bool = False
    archived: bool = False
    replaced: bool = False
    opens_at: datetime | None = None
    tokens: set[bytes] = field(default_factory=set)


@dataclass
class Grant:
    """Allowed or blocked, until when."""

    state: str
    until: datetime | None = None
    treating: bool = False


@dataclass
class Naive:
    """A record as the model holds it."""

    born: date
    docs: list[Doc] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    special: dict[tuple[int, str], str] = field(default_factory=dict)
    delegates: dict[str, str] = field(default_factory=dict)
    emergencies: dict[str, datetime] = field(default_factory=dict)
    break_glass: bool = True
    emergency_masked: bool = False
    not_to_know: bool = False
    closed: bool = False

    def hiding(self, doc: Doc) -> tuple[bool, bool, bool]:
        """Masked, as the document is; unseen, secret: as its whole chain of replacements is."""
        chain = [one for one in self.docs if one.lineage == doc.lineage]
        return doc.masked, any(d.unseen for d in chain), any(d.secret for d in chain)

    def grant(self, key: str, now: datetime) -> Grant:
        """What a grantee has at present."""
        found = self.grants.get(key)
        if found is None or (found.until is not None and found.until <= now):
            return Grant("")
        return found


# Who reads which classes and types: arrêté du 26 octobre 2023, as far as it could be had (default: nothing).
_NOBODY = {"ATTEST-RESID"}
_EXCEPT = {
    "10": set(),
    "40": {"80788-3", "75496-0", "83981-1", "83901-9", "68599-0"},
    "21": {"83901-9", "68599-0", "83981-1"},
}
_CLASSES = {"35": {"11", "44"}}
_AIDE_EXCEPT = {"83901-9", "68599-0", "80788-3"}


def of_profession(profession: str, doc: Doc) -> bool:
    """Whether a profession reads documents of this type."""
    if doc.type_code in _NOBODY:
        return False
    if profession in _EXCEPT:
        return doc.type_code not in _EXCEPT[profession]
    if profession in _CLASSES:
        return doc.class_code in _CLASSES[profession] and doc.type_code not in _AIDE_EXCEPT
    return False


def minor(born: date, day: date) -> bool:
    """Under eighteen."""
    years = day.year - born.year
    if (day.month, day.day) < (born.month, born.day):
        years -= 1
    return years < 18


def visible(record: Naive, who: object, doc: Doc, now: datetime, *, how: str) -> bool:
    """Whether an actor of this record sees a document; `how` is `search`, `name` or `bytes`.

    A document that was replaced would tell of the one in force: who does not see that one sees neither, but for those
    who deposited it.
    """
    if not _alone(record, who, doc, now, how):
        return False
    mine = doc.person == who.person or (bool(doc.structure) and doc.structure == who.structure)  # type: ignore[attr-defined]
    if not doc.replaced or (mine and who.kind.value in ("professional", "structure", "clerk")):  # type: ignore[attr-defined]
        return True
    in_force = [one for one in record.docs if one.lineage == doc.lineage and not one.replaced]
    return all(_alone(record, who, one, now, how) for one in in_force)


def _alone(record: Naive, who: object, doc: Doc, now: datetime, how: str) -> bool:
    actor = who
    if record.closed or doc.deleted:
        return False
    kind = actor.kind.value  # type: ignore[attr-defined]
    if kind in ("patient", "delegate"):
        return _person(record, actor, doc, now)
    if kind == "structure":
        return how != "bytes" and doc.structure == actor.structure  # type: ignore[attr-defined]
    if kind == "professional":
        return _professional(record, actor, doc, now, how)
    return kind == "clerk" and how == "name" and doc.structure == actor.structure  # type: ignore[attr-defined]


def told(doc: Doc, now: datetime) -> bool:
    """Whether the journal may tell the person that a document came: at once, or after two weeks (CSP R.1111-53)."""
    if doc.opens_at is None:
        return True
    return doc.opens_at != NEVER and doc.opens_at - timedelta(days=17) <= now


def _person(record: Naive, actor, doc: Doc, now: datetime) -> bool:
    _, unseen, secret = record.hiding(doc)
    chain = [one for one in record.docs if one.lineage == doc.lineage]
    told = not unseen or (not record.not_to_know and all(d.opens_at is None or d.opens_at <= now for d in chain))
    if not told:
        return False
    if actor.kind.value == "patient":
        return True
    kind = record.delegates.get(actor.person)
    if kind is None or (kind == "parent" and not minor(record.born, now.date())):
        return False
    return not secret


def _professional(record: Naive, actor, doc: Doc, now: datetime, how: str) -> bool:
    mine, ours = "p:" + actor.person, "s:" + actor.structure
    person, structure = record.grant(mine, now), record.grant(ours, now)
    if person.state == "blocked" or (structure.state == "blocked" and person.state != "allowed"):
        return False
    own = doc.person == actor.person or doc.structure == actor.structure
    closed = any(record.special.get((doc.lineage, key)) == "denied" for key in (mine, ours))
    opened = any(record.special.get((doc.lineage, key)) == "granted" for key in (mine, ours))
    masked, _, _ = record.hiding(doc)
    suits = of_profession(actor.profession, doc)
    inside = "allowed" in (person.state, structure.state)
    occupational = actor.profession == "10" and actor.specialty == "SM25"
    if actor.purpose.value == "bris_de_glace":
        return _emergency(record, own, opened, closed, masked, suits)
    if occupational:
        if how == "bytes":
            return False
        if person.state == "allowed":
            return not closed and (own or opened or (suits and not masked))
        return how == "name" and not closed and (own or opened)
    if inside and person.treating and actor.profession == "10":
        return own or opened or suits
    entered = record.emergencies.get(actor.person)
    if entered is not None and entered > now and record.break_glass:
        return _emergency(record, own, opened, closed, masked, suits)
    if inside:
        return not closed and (own or opened or (suits and not masked))
    some = any(
        record.special.get((one.lineage, key)) == "granted"
        and not any(record.special.get((one.lineage, other)) == "denied" for other in (mine, ours))
        for one in record.docs
        for key in (mine, ours)
    )
    if how == "search" and not some:
        return False
    return not closed and (own or opened)


def _emergency(record: Naive, own: bool, opened: bool, closed: bool, masked: bool, suits: bool) -> bool:
    if not record.break_glass:
        return False
    if record.emergency_masked:
        return own or opened or suits
    return not closed and (own or opened or (suits and not masked))
