"""The states of a document and the ways between them: pure, over values.

A change is a version of the entry's metadata (IHE ITI TF-2 §3.57, metadata update): same document, lineage and
logicalId. Who may ask for it is decided by `carnet.record.access`; here is what it does, and whether it makes sense.

Sources: DMP, TD3.3a to TD3.3d; CI-SIS, JDV_J08 (confidentialityCode 1..4), JDV_J52 (availabilityStatus); CSP R.1111-53.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from carnet.kernel.errors import Problem, Reason
from carnet.record.access.api import Deposit, DocumentAct, Flag
from carnet.record.documents import rows
from carnet.record.journal.api import Action
from carnet.wire.xds.model import Code, DocumentEntry

LEVELS = frozenset({"N", "R", "V"})
_NONE = Flag(0)
_J08 = "CI-SIS, JDV_J08 ; DMP, confidentialityCode 1..4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of state: the act it is, the bits it sets and clears, the status it leads to and those it comes from.

    Visibility belongs to a whole lineage; a status to one document.
    """

    act: DocumentAct
    action: Action
    event: str
    sets: Flag = _NONE
    clears: Flag = _NONE
    status: int | None = None
    comes_from: frozenset[int] = field(default_factory=frozenset)


MASK = Change(act=DocumentAct.MASK, action=Action.DOCUMENT_MASK, event="document.masked", sets=Flag.MASKED)
UNMASK = Change(act=DocumentAct.UNMASK, action=Action.DOCUMENT_UNMASK, event="document.unmasked", clears=Flag.MASKED)
REVEAL = Change(
    act=DocumentAct.REVEAL,
    action=Action.DOCUMENT_REVEAL,
    event="document.revealed",
    clears=Flag.INVISIBLE_PATIENT,
)
REVEAL_TO_REPRESENTATIVES = Change(
    act=DocumentAct.REVEAL,
    action=Action.DOCUMENT_REVEAL,
    event="document.revealed",
    clears=Flag.INVISIBLE_REPRESENTATIVES,
)
ARCHIVE = Change(
    act=DocumentAct.ARCHIVE,
    action=Action.DOCUMENT_ARCHIVE,
    event="document.archived",
    sets=Flag.ARCHIVED,
    status=rows.ARCHIVED,
    comes_from=frozenset({rows.APPROVED}),
)
UNARCHIVE = Change(
    act=DocumentAct.ARCHIVE,
    action=Action.DOCUMENT_UNARCHIVE,
    event="document.unarchived",
    clears=Flag.ARCHIVED,
    status=rows.APPROVED,
    comes_from=frozenset({rows.ARCHIVED}),
)
DELETE = Change(
    act=DocumentAct.DELETE,
    action=Action.DOCUMENT_DELETE,
    event="document.deleted",
    sets=Flag.DELETED,
    status=rows.DELETED,
    comes_from=frozenset({rows.APPROVED, rows.DEPRECATED, rows.ARCHIVED}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One version of an entry as the record holds it."""

    id: UUID
    lineage: UUID
    logical_id: UUID
    unique_id: str
    status: int
    flags: Flag
    person: str
    structure: str
    registered_at: datetime
    entry: DocumentEntry

    @property
    def deposit(self) -> Deposit:
        """Whose document it is; a name that its metadata give is the first component of an XCN."""
        authors = frozenset(author.person.partition("^")[0] for author in self.entry.authors)
        return Deposit(person=self.person, structure=self.structure, authors=authors - {""})


def current(held: Sequence[Held]) -> list[Held]:
    """Of each document, the version that no later one took the place of."""
    newest: dict[UUID, Held] = {}
    for one in held:
        if one.logical_id not in newest or one.entry.version > newest[one.logical_id].entry.version:
            newest[one.logical_id] = one
    return list(newest.values())


def changes_nothing(change: Change, held: Held) -> bool:
    """Whether the document is already as asked."""
    return held.status == change.status if change.status is not None else _flags(change, held.flags) == held.flags


def check(change: Change, held: Held) -> Problem | None:
    """Why a change makes no sense in the state of a document, None when it does."""
    if change.status is None or held.status in change.comes_from:
        return None
    return Problem(
        reason=Reason.INVALID,
        rule="status-order",
        text="Un document remplacé n'est ni archivé ni désarchivé : seule sa version en vigueur peut l'être.",
        field="DocumentEntry.availabilityStatus",
        found=held.entry.status.rpartition(":")[2],
        expected=" ou ".join(rows.STATUSES[one].rpartition(":")[2] for one in sorted(change.comes_from)),
        source="DMP, TD3.3d ; JDV_J52",
    )


def concerned(change: Change, named: Held, held: Sequence[Held], *, folded: bool) -> list[Held]:
    """The documents that a change of the named one is about, the named one first.

    Where duplicates are shown as one document, all of them; with a document that is deleted, those of the same
    depositor that it replaced: their content is its own, as it was.
    """
    same = [one for one in current(held) if folded and one.unique_id == named.unique_id]
    replaced = [
        one
        for one in current(held)
        if change is DELETE
        and (one.lineage, one.person, one.structure) == (named.lineage, named.person, named.structure)
        and one.status == rows.DEPRECATED
        and one.registered_at <= named.registered_at
    ]
    chosen = {one.id: one for one in (named, *same, *replaced)}
    return [one for one in chosen.values() if check(change, one) is None and not changes_nothing(change, one)]


def touched(change: Change, chosen: Sequence[Held], held: Sequence[Held]) -> list[UUID]:
    """The rows whose state bits follow: whole lineages for visibility, the versions of a document for its status."""
    lineages = {one.lineage for one in chosen}
    documents = {one.logical_id for one in chosen}
    return [
        one.id for one in held if (one.lineage in lineages if change.status is None else one.logical_id in documents)
    ]


def covered(change: Change, chosen: Sequence[Held]) -> list[UUID]:
    """The lineages of which every row follows, those that the actor does not see too: nobody opens what they do not."""
    return list({one.lineage for one in chosen}) if change is MASK else []


def following(change: Change, held: Held, own: UUID) -> tuple[DocumentEntry, int, Flag]:
    """The next version of an entry under its own id: its values, its status and its state bits."""
    flags = _flags(change, held.flags)
    status = held.status if change.status is None else change.status
    entry = msgspec.structs.replace(
        held.entry,
        entry_uuid=rows.urn(own),
        version=held.entry.version + 1,
        status=rows.STATUSES[status],
        confidentiality_codes=rows.with_flags(held.entry.confidentiality_codes, flags),
    )
    return entry, status, flags


def asked(present: tuple[Code, ...], wanted: Sequence[Code]) -> Change | Problem | None:
    """The one change that leads from the confidentiality codes of an entry to the wanted ones, None for no change.

    Sets are compared, never places: to unmask is one act and to reveal another, each with its own rights, and nobody
    publishes a result that was not announced by writing one code over another.
    """
    levels = {code.code for code in wanted} & LEVELS
    if len(levels) != 1 or len([code for code in wanted if code.code in LEVELS]) != 1:
        text = "Il faut exactement un niveau de confidentialité parmi N, R et V."
        return _invalid("confidentiality-level", text, sorted(levels), "N, R ou V, une fois")
    here = {code.code for code in present} & LEVELS
    if levels != here:
        text = "Le niveau de confidentialité est celui du document : il ne change pas par ses métadonnées."
        return _invalid("confidentiality-level-kept", text, sorted(levels), ", ".join(sorted(here)))
    before, after = rows.flags_of(present), rows.flags_of(tuple(wanted))
    added, removed = after & ~before, before & ~after
    if added & ~Flag.MASKED:
        text = "Un document n'est rendu invisible à la personne ou à ses représentants qu'à son dépôt."
        return _invalid("invisible-at-deposit", text, _names(added), "les codes présents, ou MASQUE_PS en plus")
    changes = [MASK] if added else []
    changes += [one for one in (UNMASK, REVEAL, REVEAL_TO_REPRESENTATIVES) if removed & one.clears]
    if len(changes) > 1:
        text = "Masquer, démasquer et rendre visible se demandent séparément : ce sont des droits différents."
        return _invalid("confidentiality-one-act", text, _names(added | removed), "un code de moins ou de plus")
    return changes[0] if changes else None


def unknown_document() -> Problem:
    """The answer for an unknown document, and for one that the actor does not see."""
    return Problem(
        reason=Reason.UNKNOWN_DOCUMENT,
        rule="document-unknown",
        text="Aucun document consultable ne porte cet identifiant.",
        field="DocumentEntry.entryUUID",
        source="IHE ITI TF-3 §4.2.4.1",
    )


def another_version(held: Held) -> Problem:
    """The metadata were changed by somebody between the reading and the wish that came of it."""
    return Problem(
        reason=Reason.INVALID,
        rule="version-changed",
        text="Les métadonnées du document ont changé entre-temps : relisez-les, puis recommencez.",
        field="DocumentEntry.version",
        expected=str(held.entry.version),
        source="HL7 FHIR R4, http.html#concurrency",
    )


def outside_the_profile() -> Problem:
    """A plain affinity domain has no masked, invisible, archived or deleted documents."""
    return Problem(
        reason=Reason.UNSUPPORTED,
        rule="state-domain",
        text="Dans ce domaine, les documents ne sont ni masqués, ni archivés, ni supprimés par leurs métadonnées.",
        source="JDV_J08, JDV_J52 (profil français)",
    )


def _flags(change: Change, flags: Flag) -> Flag:
    return (flags | change.sets) & ~change.clears


def _names(flags: Flag) -> list[str]:
    return [code.code for code in rows.codes_of(flags)]


def _invalid(rule: str, text: str, found: Sequence[str], expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field="DocumentEntry.confidentialityCode",
        found=", ".join(found)[:200],
        expected=expected,
        source=_J08,
    )
