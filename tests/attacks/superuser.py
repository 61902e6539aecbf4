"""A superuser's ways of rewriting a sealed journal, each told with the record and the place that it hits."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings as django_settings

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import actions, seal_files, sealing_rules
from carnet.record.journal import api as journal
from carnet.record.journal.api import Fault
from carnet.record.journal.rules import Trace, mac
from tests.capabilities.world import AUTHOR, World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Test", proof="process")
TABLES = ("journal_entry", "journal_link", "journal_seal")
COLUMNS = ", ".join(Trace._fields)
PLACE = "SELECT position FROM journal_link WHERE record_id = %s AND writer = %s AND number = %s"


@dataclass
class Sealed:
    """A sealed journal, what it was, and the record that the superuser is after."""

    victim: World
    neighbour: World
    seals: Path
    whole: Path

    def restore(self) -> None:
        """Everything as it was sealed."""
        for table in TABLES:
            database.execute(f"TRUNCATE {table}")
            database.execute(f"INSERT INTO {table} SELECT * FROM saved_{table}")  # noqa: S608 - constant names
        # What this process wrote meanwhile is gone with its numbers.
        actions._writer.restart()
        shutil.rmtree(self.seals)
        shutil.copytree(self.whole, self.seals)

    def target(self, number: int = 3) -> tuple[Trace, int]:
        """An entry of the victim's record and its place in the chain."""
        row = database.rows(
            f"SELECT {COLUMNS} FROM journal_entry WHERE record_id = %s ORDER BY at, number LIMIT %s",  # noqa: S608
            (self.victim.record_id, number),
        )[-1]
        trace = Trace(*row)
        found = database.row(PLACE, (trace.record_id, trace.writer, trace.number))
        assert found is not None
        return trace, found[0]

    def faults(self) -> list[Fault]:
        return list(journal.examine(actor=OPERATOR).faults())

    def copy(self) -> dict[str, object]:
        """The copy that the person takes home."""
        return journal.proof(actor=self.victim.patient, withheld=())


def seal_all() -> None:
    deadline = time.monotonic() + 10
    left = (
        "SELECT 1 FROM journal_entry e WHERE NOT EXISTS "
        "(SELECT FROM journal_link l WHERE l.number = e.number AND l.writer = e.writer)"
    )
    while database.row(left):
        journal.seal(actor=OPERATOR)
        assert time.monotonic() < deadline, "entries stay unsealed"


def where(trace: Trace) -> tuple[int, int, int]:
    return trace.record_id, trace.writer, trace.number


def edit(sealed: Sealed) -> tuple[int, int]:
    trace, place = sealed.target()
    database.execute(
        "UPDATE journal_entry SET name = 'QUELQU’UN D’AUTRE' WHERE record_id = %s AND writer = %s AND number = %s",
        where(trace),
    )
    return trace.record_id, place


def edit_with_the_mac(sealed: Sealed) -> tuple[int, int]:
    trace, place = sealed.target()
    made = mac(django_settings.CARNET_JOURNAL_KEY, trace._replace(name="QUELQU’UN D’AUTRE"))
    database.execute(
        "UPDATE journal_entry SET name = 'QUELQU’UN D’AUTRE', mac = %s "
        "WHERE record_id = %s AND writer = %s AND number = %s",
        (made, *where(trace)),
    )
    return trace.record_id, place


def edit_and_rewrite_the_chain(sealed: Sealed) -> tuple[int, int]:
    """The entry, its MAC, its commitment and every link after it, as the sealer would have made them."""
    record, place = edit_with_the_mac(sealed)
    rows = database.rows(
        f"SELECT l.position, l.salt, l.commitment, l.writer, {', '.join('e.' + name for name in Trace._fields)} "  # noqa: S608
        "FROM journal_link l LEFT JOIN journal_entry e USING (record_id, at, writer, number) "
        "WHERE record_id = %s ORDER BY position",
        (record,),
    )
    before = sealing_rules.BEGINNING
    for position, salt, committed, writer, *fields in rows:
        made = bytes(committed) if writer is None else sealing_rules.commitment(bytes(salt), Trace(*fields))
        before = sealing_rules.link(before, record, position, made)
        database.execute(
            "UPDATE journal_link SET commitment = %s, link = %s WHERE record_id = %s AND position = %s",
            (made, before, record, position),
        )
    return record, place


def rewrite_the_seals_too(sealed: Sealed) -> tuple[int, int]:
    """And the roots of the seals in the tables: only the signatures are left as they were."""
    record, place = edit_and_rewrite_the_chain(sealed)
    for (number,) in database.rows("SELECT number FROM journal_seal"):
        rows = database.rows(
            "SELECT record_id, position, link FROM journal_link WHERE seal = %s ORDER BY leaf", (number,)
        )
        made = sealing_rules.root([sealing_rules.leaf(one, at, bytes(link)) for one, at, link in rows])
        database.execute("UPDATE journal_seal SET root = %s WHERE number = %s", (made, number))
    return record, place


def delete(sealed: Sealed) -> tuple[int, int]:
    trace, place = sealed.target()
    database.execute("DELETE FROM journal_entry WHERE record_id = %s AND writer = %s AND number = %s", where(trace))
    return trace.record_id, place


def delete_with_its_link(sealed: Sealed) -> tuple[int, int]:
    record, place = delete(sealed)
    database.execute("DELETE FROM journal_link WHERE record_id = %s AND position = %s", (record, place))
    return record, place


def delete_as_if_erased(sealed: Sealed) -> tuple[int, int]:
    record, place = delete(sealed)
    database.execute("UPDATE journal_link SET salt = NULL WHERE record_id = %s AND position = %s", (record, place))
    return record, place


def delete_as_if_blank(sealed: Sealed) -> tuple[int, int]:
    record, place = delete(sealed)
    database.execute(
        "UPDATE journal_link SET at = NULL, writer = NULL, number = NULL WHERE record_id = %s AND position = %s",
        (record, place),
    )
    return record, place


def truncate(sealed: Sealed) -> tuple[int, int]:
    """The end of a record's journal, links included."""
    _, place = sealed.target(7)
    record = sealed.victim.record_id
    for table in ("journal_entry", "journal_link"):
        clause = (
            "position >= %s"
            if table == "journal_link"
            else "(writer, number) IN (SELECT writer, number FROM journal_link l "
            "WHERE l.record_id = journal_entry.record_id AND l.position >= %s)"
        )
        database.execute(f"DELETE FROM {table} WHERE record_id = %s AND {clause}", (record, place))  # noqa: S608
    return record, place


def reorder(sealed: Sealed) -> tuple[int, int]:
    """Two entries exchange their instants, with fresh MACs."""
    one, first = sealed.target(3)
    two, second = sealed.target(5)
    database.execute(
        "UPDATE journal_link SET position = -position WHERE record_id = %s AND position = %s", (one.record_id, first)
    )
    for trace, at in ((one, two.at), (two, one.at)):
        made = mac(django_settings.CARNET_JOURNAL_KEY, trace._replace(at=at))
        parameters = (at, made, *where(trace))
        database.execute(
            "UPDATE journal_entry SET at = %s, mac = %s WHERE record_id = %s AND writer = %s AND number = %s",
            parameters,
        )
        database.execute(
            "UPDATE journal_link SET at = %s WHERE record_id = %s AND writer = %s AND number = %s", (at, *where(trace))
        )
    database.execute(
        "UPDATE journal_link SET position = -position WHERE record_id = %s AND position < 0", (one.record_id,)
    )
    return one.record_id, min(first, second)


def reorder_places(sealed: Sealed) -> tuple[int, int]:
    """Two entries exchange their places in the chain."""
    one, first = sealed.target(3)
    _, second = sealed.target(5)
    for old, new in ((first, -1), (second, first), (-1, second)):
        database.execute(
            "UPDATE journal_link SET position = %s WHERE record_id = %s AND position = %s", (new, one.record_id, old)
        )
    return one.record_id, first


def swap_seals(sealed: Sealed) -> tuple[int, int]:
    """Two seals exchange their numbers, with their links."""
    first = database.row("SELECT min(position) FROM journal_link WHERE record_id = %s", (sealed.victim.record_id,))
    assert first is not None
    for old, new in ((1, -1), (2, 1), (-1, 2)):
        database.execute("UPDATE journal_seal SET number = %s WHERE number = %s", (new, old))
        database.execute("UPDATE journal_link SET seal = %s WHERE seal = %s", (new, old))
    return sealed.victim.record_id, first[0]


def roll_back(sealed: Sealed) -> tuple[int, int]:
    """All three tables, as they were after the first seals."""
    last = seal_files.last() - 1
    place = database.row(
        "SELECT min(position) FROM journal_link WHERE record_id = %s AND seal > %s", (sealed.victim.record_id, last)
    )
    assert place is not None
    database.execute(
        "DELETE FROM journal_entry e USING journal_link l WHERE l.writer = e.writer AND l.number = e.number "
        "AND l.seal > %s",
        (last,),
    )
    database.execute("DELETE FROM journal_link WHERE seal > %s", (last,))
    database.execute("DELETE FROM journal_seal WHERE number > %s", (last,))
    return sealed.victim.record_id, place[0]


def roll_back_and_seal_again(sealed: Sealed) -> tuple[int, int]:
    """The same, and the sealer has gone on from there."""
    record, place = roll_back(sealed)
    sealed.neighbour.seen(AUTHOR)
    seal_all()
    return record, place


def remove_the_last_seals(sealed: Sealed) -> tuple[int, int]:
    """The seals and links of the tables, their entries kept."""
    last = seal_files.last() - 1
    place = database.row(
        "SELECT min(position) FROM journal_link WHERE record_id = %s AND seal > %s", (sealed.victim.record_id, last)
    )
    assert place is not None
    database.execute("DELETE FROM journal_link WHERE seal > %s", (last,))
    database.execute("DELETE FROM journal_seal WHERE number > %s", (last,))
    return sealed.victim.record_id, place[0]


TAMPERINGS: list[Callable[[Sealed], tuple[int, int]]] = [
    edit,
    edit_with_the_mac,
    edit_and_rewrite_the_chain,
    rewrite_the_seals_too,
    delete,
    delete_with_its_link,
    delete_as_if_erased,
    delete_as_if_blank,
    truncate,
    reorder,
    reorder_places,
    swap_seals,
    roll_back,
    roll_back_and_seal_again,
    remove_the_last_seals,
]
