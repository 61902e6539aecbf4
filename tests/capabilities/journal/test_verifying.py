"""The whole journal read again: what was changed, invented or removed in the database shows."""

from __future__ import annotations

from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import api as journal
from tests.capabilities.world import World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Test", proof="process")


def verified() -> journal.Verified:
    with transaction.atomic():
        return journal.verify(actor=OPERATOR)


def test_changed_and_removed_traces_show(world: World) -> None:
    world.fed()
    for _ in range(3):
        world.seen(world.patient)
    whole = verified()
    assert whole.entries >= 5
    # This process numbered traces in transactions that other tests took back: what they left is missing already.
    assert whole.wrong == 0
    database.execute("UPDATE journal_entry SET name = 'SOMEBODY ELSE' WHERE action = 'record.create'")
    assert verified() == journal.Verified(whole.entries, 1, whole.missing)
    (writer, last) = database.rows("SELECT writer, max(number) FROM journal_entry GROUP BY writer ORDER BY 2")[-1]
    database.execute("DELETE FROM journal_entry WHERE writer = %s AND number = %s", (writer, last - 1))
    assert verified() == journal.Verified(whole.entries - 1, 1, whole.missing + 1)
