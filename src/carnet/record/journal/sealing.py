"""The sealer's work: entries that no open transaction can precede become links, leaves, and one signed seal.

The tables are written first, in one transaction; then the file outside. Killed in between, the next call writes the
file from the tables: a seal is never followed by another before its file is on stable storage. Where the tables are
behind the files (a backup was restored, or somebody took the tables back), the chain goes on from the files: what they
tell and the tables lost stays visible (`verifying`).
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from carnet.kernel import clock, database
from carnet.kernel.database import BinaryArray
from carnet.record.journal import losing, seal_files
from carnet.record.journal.rules import Trace
from carnet.record.journal.sealing_rules import (
    BEGINNING,
    SALT_BYTES,
    Seal,
    blank,
    commitment,
    fingerprint,
    instant,
    leaf,
    link,
    microseconds,
    read_leaf,
    root,
)

MOST_ENTRIES = 4096
# A transaction is never open for so long: where to look for entries that were not sealed yet.
_LONGEST_TRANSACTION = timedelta(days=1)
# One place in four is left blank, so that a line that a person may not read yet is not told by its place alone.
_BLANK_ONE_IN = 4
_LOCK = 0x5EA1

_LAST = """
SELECT number, at, count, root, previous, key, signature, notes, mark FROM journal_seal ORDER BY number DESC LIMIT 1
"""
# A snapshot tells the open transactions of the whole server: those seen to be of another database precede nothing here.
# What the statistics do not show (a session of another role) counts as ours: it makes entries wait, and loses none.
_HORIZON = """
SELECT coalesce((SELECT min(xact) FROM pg_snapshot_xip(pg_current_snapshot()) AS xact
                 WHERE NOT EXISTS (SELECT FROM pg_stat_activity a
                                   WHERE a.backend_xid = xact::xid AND a.datname <> current_database())),
                pg_snapshot_xmax(pg_current_snapshot()))::text::bigint,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
# A row that is seen and has a number that this server never gave was restored from another one: it is past too.
_UNSEALED = f"""
SELECT {", ".join(f"e.{name}" for name in Trace._fields)}, e.mac, e.xact
FROM journal_entry e
WHERE e.xact >= %(mark)s AND e.at >= %(since)s
  AND (e.xact < %(horizon)s OR e.xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
  AND NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)
ORDER BY e.xact LIMIT {MOST_ENTRIES}
"""
_HEADS = """
SELECT r.id, l.position, l.link
FROM unnest(%(records)s::bigint[]) AS r (id)
     CROSS JOIN LATERAL (SELECT position, link FROM journal_link WHERE record_id = r.id
                         ORDER BY position DESC LIMIT 1) AS l
"""
_KEEP_SEAL = """
INSERT INTO journal_seal (number, at, count, root, previous, key, signature, notes, mark)
VALUES (%(number)s, %(at)s, %(count)s, %(root)s, %(previous)s, %(key)s, %(signature)s, %(notes)s, %(mark)s)
"""
_KEEP_LINKS = """
INSERT INTO journal_link (seal, leaf, record_id, position, link, commitment, salt, at, writer, number)
SELECT %(seal)s::bigint, n - 1, r, p, l, c, s, a, w, m
FROM unnest(%(record_id)s::bigint[], %(position)s::bigint[], %(link)s::bytea[], %(commitment)s::bytea[],
            %(salt)s::bytea[], %(at)s::timestamptz[], %(writer)s::bigint[], %(number)s::bigint[])
     WITH ORDINALITY AS t (r, p, l, c, s, a, w, m, n)
"""
_LEAVES = "SELECT record_id, position, link FROM journal_link WHERE seal = %s ORDER BY leaf"
_OLDEST = """
SELECT min(e.at) FROM journal_entry e
WHERE e.xact >= %(mark)s AND e.at >= %(since)s
  AND NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)
"""


class SealingRefusedError(Exception):
    """The seals outside are not ours or do not go on from the tables: nothing is sealed until somebody has looked."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One row of `journal_link`, without its seal."""

    record_id: int
    position: int
    link: bytes
    commitment: bytes | None
    salt: bytes | None
    at: datetime | None
    writer: int | None
    number: int | None

    def leaf(self) -> bytes:
        return leaf(self.record_id, self.position, self.link)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last seal of the tables and its mark: the transaction before which everything is sealed."""

    seal: Seal
    mark: int


def seal_batch(key: bytes) -> int:
    """Seal what can be sealed, at most some thousand entries; how many there were. `key` is an Ed25519 seed.

    Several calls at a time wait for each other. Raises SealingRefusedError.
    """
    signer = Ed25519PrivateKey.from_private_bytes(key)
    seal_files.publish(signer.public_key().public_bytes_raw())
    with transaction.atomic():
        database.rows("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        last = _last()
        if last is not None:
            _finish(last.seal)
        last = _catch_up(last, signer)
        made = _seal(last, signer)
    if made is None:
        return 0
    seal, leaves, entries = made
    seal_files.keep(seal, leaves)
    return entries


def lag() -> float:
    """Seconds for which the oldest entry that is not sealed has been waiting, 0 when all are."""
    last = _last()
    parameters = {"mark": 0 if last is None else last.mark, "since": _since(last)}
    found = database.row(_OLDEST, parameters)
    return 0.0 if found is None or found[0] is None else max(0.0, (clock.now() - found[0]).total_seconds())


def _last() -> _Last | None:
    found = database.row(_LAST)
    if found is None:
        return None
    return _Last(seal_of_row(found), found[8])


def seal_of_row(found: tuple[Any, ...]) -> Seal:
    """A row of `journal_seal` (number, at, count, root, previous, key, signature, notes) as a value."""
    number, at, count, made, previous, key, signature, notes = found[:8]
    return Seal(
        number=number,
        at=microseconds(at),
        count=count,
        root=bytes(made),
        previous=bytes(previous),
        key=key,
        signature=bytes(signature),
        notes=notes,
    )


def _finish(seal: Seal) -> None:
    """Write the file of the last seal if a failure came between the tables and it."""
    if not seal_files.exists(seal.number):
        seal_files.keep(
            seal, [leaf(record, place, bytes(made)) for record, place, made in database.rows(_LEAVES, (seal.number,))]
        )


def _since(last: _Last | None) -> datetime | str:
    return "-infinity" if last is None or not last.mark else instant(last.seal.at) - _LONGEST_TRANSACTION


def _catch_up(last: _Last | None, signer: Ed25519PrivateKey) -> _Last | None:
    """Take over the seals that the files have and the tables lost, so that the chain goes on from the last one."""
    ahead = 1 if last is None else last.seal.number + 1
    while seal_files.exists(ahead):
        try:
            kept = seal_files.read(ahead)
        except seal_files.SealUnreadableError as error:
            raise SealingRefusedError(f"{error}: this seal cannot be read") from error
        if kept is None:
            break
        seal, leaves = kept.seal, kept.leaves
        before = BEGINNING if last is None else last.seal.digest()
        if not _signed(seal, {signer.public_key().public_bytes_raw()} | settings.CARNET_SEALING_FORMER):
            raise SealingRefusedError(
                f"seal {ahead} was signed neither by CARNET_SEALING_KEY nor by a key of CARNET_SEALING_FORMER"
            )
        if seal.previous != before or len(leaves) == 0 or root(leaves) != seal.root:
            raise SealingRefusedError(f"seal {ahead} of the files does not go on from seal {ahead - 1} of the tables")
        links = [_Link(*read_leaf(data), None, None, None, None, None) for data in leaves]
        # Entries that these tables kept and whose seal they lost may be older than any window: all are looked at.
        _write(seal, links, 0)
        last = _Last(seal, 0)
        ahead += 1
    return last


def _signed(seal: Seal, keys: set[bytes]) -> bool:
    """Whether one of these public keys signed a seal."""
    for key in keys:
        with suppress(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(key).verify(seal.signature, seal.body())
            return True
    return False


def _seal(last: _Last | None, signer: Ed25519PrivateKey) -> tuple[Seal, list[bytes], int] | None:
    horizon = database.row(_HORIZON)
    assert horizon is not None  # noqa: S101 - a SELECT without FROM has one row
    if last is not None and last.mark > horizon[1]:
        # These rows came from another cluster, whose transactions had other numbers: everything is looked at once.
        last = replace(last, mark=0)
    mark = 0 if last is None else last.mark
    found = database.rows(_UNSEALED, {"mark": mark, "horizon": horizon[0], "since": _since(last)})
    if not found:
        return None
    # A batch that is cut may have cut a transaction: the next one looks at it again.
    mark = horizon[0] if len(found) < MOST_ENTRIES else found[-1][-1]
    traces = [(Trace(*row[:-2]), bytes(row[-2])) for row in found]
    links = _links([trace for trace, _ in traces])
    leaves = [one.leaf() for one in links]
    seal = Seal(
        number=1 if last is None else last.seal.number + 1,
        at=microseconds(clock.now()),
        count=len(leaves),
        root=root(leaves),
        previous=BEGINNING if last is None else last.seal.digest(),
        key=fingerprint(signer.public_key().public_bytes_raw()),
        notes=losing.noted(traces),
    )
    seal = replace(seal, signature=signer.sign(seal.body()))
    _write(seal, links, mark)
    return seal, leaves, len(found)


def _links(traces: list[Trace]) -> list[_Link]:
    """The links of a batch, after the last one of each record; blanks among them."""
    traces.sort(key=lambda trace: (trace.record_id, trace.at, trace.writer, trace.number))
    records = sorted({trace.record_id for trace in traces})
    heads = {record: (place, bytes(made)) for record, place, made in database.rows(_HEADS, {"records": records})}
    links: list[_Link] = []
    for record_id, own in groupby(traces, key=lambda trace: trace.record_id):
        position, before = heads.get(record_id, (0, BEGINNING))
        for trace in own:
            salt = secrets.token_bytes(SALT_BYTES)
            steps: list[tuple[bytes, bytes, Trace | None]] = [(salt, commitment(salt, trace), trace)]
            while record_id and secrets.randbelow(_BLANK_ONE_IN) == 0:
                salt = secrets.token_bytes(SALT_BYTES)
                steps.append((salt, blank(salt), None))
            for salt, committed, told in steps:
                position += 1
                before = link(before, record_id, position, committed)
                place = (None, None, None) if told is None else (told.at, told.writer, told.number)
                links.append(_Link(record_id, position, before, committed, salt, *place))
    return links


def _write(seal: Seal, links: list[_Link], mark: int) -> None:
    database.execute(
        _KEEP_SEAL,
        {
            "number": seal.number,
            "at": instant(seal.at),
            "count": seal.count,
            "root": seal.root,
            "previous": seal.previous,
            "key": seal.key,
            "signature": seal.signature,
            "notes": seal.notes,
            "mark": mark,
        },
    )
    columns: dict[str, Any] = {
        name: [getattr(one, name) for one in links] for name in ("record_id", "position", "at", "writer", "number")
    }
    columns |= {name: BinaryArray([getattr(one, name) for one in links]) for name in ("link", "commitment", "salt")}
    database.execute(_KEEP_LINKS, {"seal": seal.number, **columns})
