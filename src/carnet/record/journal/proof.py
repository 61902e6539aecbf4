"""The copy of a journal that its person checks at home: entries, chains, paths, seals, public keys.

What a person may not read yet (a result that a professional has to announce first, CSP R.1111-53) is told exactly as a
blank place is: by its commitment. Paths and seals are taken from the files outside the database, and what those tell
and the tables lost is said missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from hmac import compare_digest
from typing import Any
from uuid import UUID

from carnet.kernel import clock, database
from carnet.record.journal import seal_files
from carnet.record.journal.rules import Trace
from carnet.record.journal.seal_files import Kept, SealUnreadableError
from carnet.record.journal.sealing_rules import blank, paths, read_leaf

FORMAT = "carnet journal proof 1"
_FIELDS = ", ".join(f"e.{name}" for name in Trace._fields)
_LINKS = f"""
SELECT l.seal, l.record_id, l.position, l.link, l.commitment, l.salt, l.writer, {_FIELDS}
FROM journal_link l
     LEFT JOIN journal_entry e ON e.record_id = l.record_id AND e.at = l.at AND e.writer = l.writer
                              AND e.number = l.number
WHERE l.record_id = ANY(%(records)s::bigint[]) ORDER BY l.record_id, l.position
"""
_WAITING = f"""
SELECT {_FIELDS} FROM journal_entry e
WHERE e.record_id = ANY(%(records)s::bigint[])
  AND NOT EXISTS (SELECT FROM journal_link l WHERE l.writer = e.writer AND l.number = e.number)
ORDER BY e.at, e.writer, e.number
"""
# Seals that hold less in the tables than they counted: what is missing there, their files tell.
_SHORT = """
SELECT s.number FROM journal_seal s
WHERE s.number > %(since)s
  AND s.count <> (SELECT count(*) FROM journal_link l WHERE l.seal = s.number)
"""
_NOTED = "SELECT number FROM journal_seal WHERE notes <> ''"
_LOOKED_BACK = 100_000
_ALWAYS_READ = 200
_LAST_SEAL = "SELECT coalesce(max(number), 0) FROM journal_seal"

Line = dict[str, Any]


def proof(records: Sequence[int], withheld: Collection[UUID]) -> dict[str, Any]:
    """The copy, as the JSON that `offline/verify_journal.py` reads."""
    last = (database.row(_LAST_SEAL) or (0,))[0]
    chains: dict[int, list[Line]] = {record: [] for record in records}
    for row in database.rows(_LINKS, {"records": list(records)}):
        chains[row[1]].append(_line(row, withheld))
    _add_lost(chains, last)
    for lines in chains.values():
        while lines and not ("entry" in lines[-1] or lines[-1].get("missing")):
            lines.pop()
    seals = _add_paths(chains)
    waiting = [Trace(*row) for row in database.rows(_WAITING, {"records": list(records)})]
    return {
        "format": FORMAT,
        "made_at": clock.now().isoformat(),
        "keys": {name: key.hex() for name, key in seal_files.public_keys().items()},
        "seals": seals,
        "chains": [{"record": str(record), "lines": lines} for record, lines in chains.items()],
        "waiting": [_told(trace) for trace in waiting if not set(trace.subjects) & set(withheld)],
    }


def _line(row: tuple[Any, ...], withheld: Collection[UUID]) -> Line:
    seal, _, position, made, committed, salt, writer, *fields = row
    line: Line = {"position": position}
    if committed is None:
        return line | {"missing": True, "link": bytes(made).hex(), "seal": seal}
    silent = line | {"commitment": bytes(committed).hex()}
    if salt is None:
        # Content goes with an erased record, and who is erased takes no copy.
        return silent | {"missing": True}
    if writer is None:
        empty = compare_digest(blank(bytes(salt)), bytes(committed))
        return silent if empty else silent | {"missing": True}
    if fields[0] is None:
        return silent | {"missing": True}
    trace = Trace(*fields)
    if set(trace.subjects) & set(withheld):
        return silent
    return line | {"entry": _told(trace), "salt": bytes(salt).hex(), "seal": seal}


def _told(trace: Trace) -> dict[str, Any]:
    # Numbers of 62 bits are written as text: JSON readers keep 53 bits.
    told: dict[str, Any] = {}
    for name, value in zip(Trace._fields, trace, strict=True):
        if isinstance(value, datetime):
            told[name] = value.isoformat(timespec="microseconds")
        elif isinstance(value, list):
            told[name] = [str(one) for one in value]
        elif isinstance(value, int) and not isinstance(value, bool):
            told[name] = str(value)
        else:
            told[name] = value
    return told


def _add_lost(chains: dict[int, list[Line]], last: int) -> None:
    """Places that the seals outside tell and the tables do not: those after the end of the tables, and the latest ones.

    Older seals are compared by their counts only; `carnet journal verify` compares all of them whole.
    """
    short = [number for (number,) in database.rows(_SHORT, {"since": last - _LOOKED_BACK})]
    numbers = {*short, *range(max(1, last - _ALWAYS_READ), last + 1)}
    number = last + 1
    while seal_files.exists(number):
        numbers.add(number)
        number += 1
    there = {record: {line["position"] for line in lines} for record, lines in chains.items()}
    for number in sorted(numbers):
        kept = _kept(number)
        for data in kept.leaves if kept else ():
            record, place, made = read_leaf(data)
            if record in chains and place not in there[record]:
                chains[record].append({"position": place, "missing": True, "link": made.hex(), "seal": number})
    for lines in chains.values():
        lines.sort(key=lambda line: int(line["position"]))


def _add_paths(chains: dict[int, list[Line]]) -> list[dict[str, Any]]:
    """Give each line with content, or lost, its path, from the file of its seal; the seals, in order.

    Those with notes are among them: what was declared lost is theirs to tell.
    """
    by_seal: dict[int, list[tuple[int, Line]]] = defaultdict(list)
    for record, lines in chains.items():
        for line in lines:
            if "entry" in line or "link" in line:
                by_seal[line["seal"]].append((record, line))
    seals = []
    noted = {number for (number,) in database.rows(_NOTED)}
    for number in sorted(noted | by_seal.keys()):
        kept = _kept(number)
        if kept is None:
            continue
        seal = kept.seal
        seals.append(
            {
                "number": seal.number,
                "at": seal.at,
                "count": seal.count,
                "root": seal.root.hex(),
                "previous": seal.previous.hex(),
                "key": seal.key,
                "signature": seal.signature.hex(),
            }
            | ({"notes": seal.notes} if seal.notes else {})
        )
        places = {read_leaf(data)[:2]: place for place, data in enumerate(kept.leaves)}
        found = [(line, places.get((record, line["position"]))) for record, line in by_seal[number]]
        there = [(line, place) for line, place in found if place is not None]
        for (line, place), path in zip(there, paths(kept.leaves, [place for _, place in there]), strict=True):
            line["leaf"], line["path"] = place, [one.hex() for one in path]
    return seals


def _kept(number: int) -> Kept | None:
    try:
        return seal_files.read(number)
    except SealUnreadableError:
        return None
