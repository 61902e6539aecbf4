"""The whole journal against its MACs, its writers' numbers, its chains and its seals, inside and outside the database.

Rows and files are read as they come, whatever their number: what is held at a time is one batch. Each fault says
which record and which place. Nothing is repaired.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction

from carnet.kernel import database
from carnet.record.journal import seal_files
from carnet.record.journal.loss_rules import Loss
from carnet.record.journal.loss_rules import read as losses_of
from carnet.record.journal.rules import Trace, mac
from carnet.record.journal.seal_files import Kept, SealUnreadableError
from carnet.record.journal.sealing import seal_of_row
from carnet.record.journal.sealing_rules import BEGINNING, Seal, blank, commitment, leaf, link, read_leaf, root

# The file of a seal is written just after its rows.
_FILE_SECONDS = 5.0

_FIELDS = ", ".join(f"e.{name}" for name in Trace._fields)
# An entry whose content was removed with its record still counts among those of its writer.
_ENTRIES = f"""
SELECT {_FIELDS}, e.mac FROM journal_entry e
UNION ALL
SELECT l.record_id, l.at, l.writer, l.number, {", ".join(["NULL"] * 12)}, NULL::uuid[], NULL, NULL::boolean, NULL::bytea
FROM journal_link l WHERE l.salt IS NULL AND l.writer IS NOT NULL
ORDER BY 3, 4
"""
_SEALED_BETWEEN = "SELECT number FROM journal_link WHERE writer = %s AND number > %s AND number < %s"
_LINKS = f"""
SELECT l.seal, l.record_id, l.position, l.link, l.commitment, l.salt, l.at, l.writer, l.number, {_FIELDS}
FROM journal_link l
     LEFT JOIN journal_entry e ON e.record_id = l.record_id AND e.at = l.at AND e.writer = l.writer
                              AND e.number = l.number
ORDER BY l.record_id, l.position
"""
_SEAL = "SELECT number, at, count, root, previous, key, signature, notes FROM journal_seal WHERE number = %s"
# Marks of seals that came from another cluster are of its transactions: the last one is of this one.
_LAST_SEAL = "SELECT number, mark FROM journal_seal ORDER BY number DESC LIMIT 1"
_LEAVES = "SELECT record_id, position, link FROM journal_link WHERE seal = %s ORDER BY leaf"
_UNSEALED = """
SELECT e.record_id, e.at, e.writer, e.number, e.xact FROM journal_entry e
WHERE NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)
"""
_WITH_NOTES = "SELECT number, at, count, root, previous, key, signature, notes FROM journal_seal WHERE notes <> ''"
_PLACES = "SELECT coalesce(sum(count), 0)::bigint FROM journal_seal WHERE number BETWEEN %s AND %s"
_COUNTS = """
SELECT (SELECT count(*) FROM journal_entry), (SELECT count(*) FROM journal_link)
"""


class Wrong(StrEnum):
    """What can be wrong."""

    CHANGED = "entry-changed"
    MISSING = "entry-missing"
    HOLE = "number-missing"
    REMOVED = "content-removed"
    CHAIN = "chain-broken"
    PLACE = "place-missing"
    LEAF = "seal-tells-otherwise"
    SEAL_FORGED = "seal-forged"
    SEAL_ORDER = "seal-out-of-order"
    SEAL_ABSENT = "seal-missing-in-database"
    FILE_ABSENT = "seal-missing-outside"
    FILE_CHANGED = "seal-changed"
    SKIPPED = "entry-never-sealed"
    DECLARED = "loss-wrongly-declared"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong; `record_id` is None where no record can be told."""

    wrong: Wrong
    record_id: int | None
    place: str


@dataclass(slots=True)
class Examination:
    """One reading of the whole journal: its counts grow while `faults` is read.

    `erased` are the records whose content may be gone, `trusted` the public keys that may have signed (64
    hexadecimal digits each; none: those published beside the seals); `step` is told how far each part is. `lost` counts
    the places that `losses` (declared by an operator, signed) excuse.
    """

    erased: Collection[int]
    trusted: Collection[str] = ()
    step: Callable[[str, int, int], None] = lambda part, done, total: None
    entries: int = 0
    links: int = 0
    seals: int = 0
    unsealed: int = 0
    lost: int = 0
    losses: list[Loss] = field(default_factory=list)
    oldest_unsealed: datetime | None = None

    def faults(self) -> Iterator[Fault]:
        """Everything that is wrong. Reads one snapshot of the database, in a transaction of its own."""
        # Rows come before their file: every file there is at this point has its rows in the snapshot.
        last_file = seal_files.last()
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            total, total_links = (database.row(_COUNTS) or (0, 0))[:2]
            yield from self._declared()
            yield from self._entries(total)
            yield from self._chains(total_links)
            last_row, mark = (database.row(_LAST_SEAL) or (0, 0))[:2]
            yield from self._seals(max(last_file, last_row))
            yield from self._waiting(mark)

    def _entries(self, total: int) -> Iterator[Fault]:
        """Each entry's MAC, and the numbers that are missing between those of its writer."""
        writer, number, before = -1, 0, None
        for row in database.stream(_ENTRIES):
            trace, made = Trace(*row[:-1]), row[-1]
            if made is not None:
                self.entries += 1
                self.step("entries", self.entries, total)
                if not compare_digest(mac(settings.CARNET_JOURNAL_KEY, trace), bytes(made)):
                    yield Fault(Wrong.CHANGED, trace.record_id, f"{_entry(trace)}: its MAC is not ours")
            if trace.writer != writer:
                writer, number, before = trace.writer, 0, None
            if trace.number > number + 1:
                sealed = {found for (found,) in database.rows(_SEALED_BETWEEN, (writer, number, trace.number))}
                for gone in range(number + 1, trace.number):
                    if gone not in sealed:
                        yield Fault(Wrong.HOLE, None, _hole(writer, gone, before, trace))
            number, before = trace.number, trace

    def _chains(self, total: int) -> Iterator[Fault]:
        """Each record's links, in order, with the entries that they are about."""
        record, place, before = None, 0, BEGINNING
        for row in database.stream(_LINKS):
            self.links += 1
            self.step("chains", self.links, total)
            seal, record_id, position, made, committed, salt, *named = row[:9]
            where = f"place {position}, seal {seal}"
            if record_id != record:
                record, place, before = record_id, 0, BEGINNING
            whole = position == place + 1
            if not whole:
                yield Fault(Wrong.PLACE, record_id, f"places {place + 1} to {position - 1} of its chain are missing")
            fault = self._content(record_id, seal, where, committed, salt, tuple(named), row[9:])
            if fault is not None:
                yield fault
            if committed is not None and whole and link(before, record_id, position, bytes(committed)) != bytes(made):
                yield Fault(Wrong.CHAIN, record_id, f"{where}: this link does not follow from the one before")
            place, before = position, bytes(made)

    def _declared(self) -> Iterator[Fault]:
        """What was declared lost under a signature of ours, in the file of a later seal where there is one."""
        for row in database.rows(_WITH_NOTES):
            seal = seal_of_row(row)
            with suppress(SealUnreadableError):
                kept = seal_files.read(seal.number)
                seal = kept.seal if kept else seal
            if not self._signed(seal, row[0]):
                # Told with the other seals.
                continue
            try:
                losses = losses_of(seal.notes)
            except ValueError:
                losses = []
                yield Fault(Wrong.DECLARED, None, f"seal {seal.number}: its notes cannot be read")
            for loss in losses:
                (places,) = database.row(_PLACES, (loss.first, loss.last)) or (0,)
                if loss.first <= loss.last < seal.number and places == loss.places:
                    self.losses.append(loss)
                else:
                    yield Fault(Wrong.DECLARED, None, f"seal {seal.number}: {loss.places} places are not those lost")

    def _content(
        self,
        record_id: int,
        seal: int,
        where: str,
        committed: Any,
        salt: Any,
        named: tuple[Any, ...],
        fields: tuple[Any, ...],
    ) -> Fault | None:
        """What is wrong with the entry of a link, if something is."""
        at, writer, number = named
        if committed is None:
            if any(loss.covers(seal) for loss in self.losses):
                self.lost += 1
                return None
            return Fault(Wrong.MISSING, record_id, f"{where}: the database lost it (taken back to an earlier moment)")
        if salt is None:
            if record_id in self.erased:
                return None
            return Fault(Wrong.REMOVED, record_id, f"{where}: content removed from a record that was not erased")
        if writer is None:
            if compare_digest(blank(bytes(salt)), bytes(committed)):
                return None
            return Fault(Wrong.REMOVED, record_id, f"{where}: said to be blank, and is not")
        if fields[0] is None:
            return Fault(
                Wrong.MISSING,
                record_id,
                f"{where}: the entry of {at:%Y-%m-%d %H:%M:%S} UTC is gone ({writer}/{number})",
            )
        if not compare_digest(commitment(bytes(salt), Trace(*fields)), bytes(committed)):
            return Fault(Wrong.CHANGED, record_id, f"{where}: not what was sealed, {_entry(Trace(*fields))}")
        return None

    def _seals(self, last: int) -> Iterator[Fault]:
        """Each seal, as its row and as its file, and the leaves of both."""
        before: Seal | None = None
        for number in range(1, last + 1):
            self.seals += 1
            self.step("seals", number, last)
            row = database.row(_SEAL, (number,))
            inside = None if row is None else seal_of_row(row)
            try:
                kept = _file(number, wait=number == last)
            except SealUnreadableError:
                kept = None
                yield Fault(Wrong.FILE_CHANGED, None, f"seal {number}: {seal_files.path(number)} cannot be read")
            else:
                if kept is None:
                    yield Fault(Wrong.FILE_ABSENT, None, f"seal {number}: {seal_files.path(number)} is not there")
            if inside is None:
                yield Fault(Wrong.SEAL_ABSENT, None, f"seal {number} is not in the database")
            for told, seal in (("the database", inside), ("its file", kept.seal if kept else None)):
                if seal is not None and not self._signed(seal, number):
                    yield Fault(Wrong.SEAL_FORGED, None, f"seal {number} of {told} does not bear a signature of ours")
            # The file is what the administrator of the database cannot write: it is the one believed.
            seal = kept.seal if kept else inside
            if seal is not None:
                if inside is not None and kept is not None and inside != kept.seal:
                    yield Fault(Wrong.FILE_CHANGED, None, f"seal {number} is not the same inside and outside")
                expected = before.digest() if before else (BEGINNING if number == 1 else None)
                if expected is not None and seal.previous != expected:
                    yield Fault(Wrong.SEAL_ORDER, None, f"seal {number} does not follow seal {number - 1}")
            yield from self._leaves(number, seal, kept)
            before = seal

    def _leaves(self, number: int, seal: Seal | None, kept: Kept | None) -> Iterator[Fault]:
        rows = [leaf(record, place, bytes(made)) for record, place, made in database.rows(_LEAVES, (number,))]
        if kept is None:
            if seal is not None and (not rows or root(rows) != seal.root):
                records: list[int | None] = [*sorted({read_leaf(data)[0] for data in rows})] or [None]
                for record in records:
                    yield Fault(Wrong.LEAF, record, f"seal {number}: its links are not those that were sealed")
            return
        if not kept.leaves or root(kept.leaves) != kept.seal.root:
            yield Fault(Wrong.FILE_CHANGED, None, f"seal {number}: the leaves of its file are not those of its root")
            return
        there = set(rows)
        for data in kept.leaves:
            if data not in there:
                record, place, _ = read_leaf(data)
                yield Fault(
                    Wrong.LEAF, record, f"place {place}, seal {number}: the database tells otherwise, or nothing"
                )
        sealed = set(kept.leaves)
        for data in rows:
            if data not in sealed:
                record, place, _ = read_leaf(data)
                yield Fault(Wrong.LEAF, record, f"place {place}, seal {number}: the database has what was not sealed")

    def _signed(self, seal: Seal, number: int) -> bool:
        keys = seal_files.public_keys()
        key = keys.get(seal.key)
        if key is None or seal.number != number or (self.trusted and key.hex() not in self.trusted):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(seal.signature, seal.body())
        except InvalidSignature:
            return False
        return True

    def _waiting(self, mark: int) -> Iterator[Fault]:
        """Entries without a seal: the last ones are on their way, one that is older than the mark was slipped in."""
        for record_id, at, writer, number, xact in database.stream(_UNSEALED):
            if xact < mark:
                yield Fault(Wrong.SKIPPED, record_id, f"entry of {at:%Y-%m-%d %H:%M:%S} UTC ({writer}/{number})")
                continue
            self.unsealed += 1
            if self.oldest_unsealed is None or at < self.oldest_unsealed:
                self.oldest_unsealed = at


def _file(number: int, *, wait: bool) -> Kept | None:
    deadline = time.monotonic() + (_FILE_SECONDS if wait else 0)
    while True:
        kept = seal_files.read(number)
        if kept is not None or time.monotonic() >= deadline:
            return kept
        time.sleep(0.1)


def _entry(trace: Trace) -> str:
    return f"entry of {trace.at:%Y-%m-%d %H:%M:%S} UTC ({trace.writer}/{trace.number})"


def _hole(writer: int, number: int, before: Trace | None, after: Trace) -> str:
    since = f"after that of {before.at:%Y-%m-%d %H:%M:%S} (record {before.record_id}) and " if before else ""
    return (
        f"entry {writer}/{number}, {since}before that of {after.at:%Y-%m-%d %H:%M:%S} UTC (record {after.record_id})"
        " is gone; it was not sealed yet"
    )
