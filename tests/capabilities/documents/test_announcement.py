"""What waits to be announced: nothing for two weeks, then a word that something came, then it opens (CSP R.1111-53)."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg.errors import CheckViolation

from carnet.kernel import database
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry
from tests.capabilities.access.test_standing import choose
from tests.capabilities.world import AUTHOR, OTHER, World

GENETICS = Code("51969-4", "2.16.840.1.113883.6.1", "Compte rendu de génétique moléculaire")


def pass_days(world: World, days: int) -> None:
    """So many days go by, for every document of the record; those that never open keep to it."""
    database.execute(
        "UPDATE documents_entry SET registered_at = registered_at - make_interval(days => %(days)s), "
        "opens_at = opens_at - CASE WHEN opens_at > '9000-01-01' THEN interval '0' "
        "ELSE make_interval(days => %(days)s) END "
        "WHERE record_id = %(record)s",
        {"days": days, "record": world.record_id},
    )


def told(world: World, entry: DocumentEntry) -> bool:
    """Whether the patient's journal says anything about a document."""
    lines = documents.history(actor=world.patient, limit=200)
    return any(UUID(entry.entry_uuid[9:]) in line.subjects for line in lines)


def test_it_is_told_of_at_two_weeks_and_opens_at_a_month(world: World) -> None:
    entry = world.fed("INVISIBLE_PATIENT")
    for days, known, open_ in ((13, False, False), (2, True, False), (15, True, False), (2, True, True)):
        pass_days(world, days)
        assert told(world, entry) is known
        assert (world.seen(world.patient) == {entry.unique_id}) is open_
        assert (world.read(world.patient, entry.unique_id) != "document-unknown") is open_


def test_whoever_chose_not_to_know_is_told_nothing_until_a_professional_tells(world: World) -> None:
    entry = world.fed("INVISIBLE_PATIENT")
    choose(world, not_to_know=True)
    pass_days(world, 400)
    assert not told(world, entry)
    assert world.seen(world.patient) == set()
    revealed = documents.reveal(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert isinstance(revealed, documents.Changed)
    assert world.seen(world.patient) == {entry.unique_id}


def test_a_genetic_result_never_opens_by_itself(world: World) -> None:
    answer = world.provide(world.submission(world.entry(type_code=GENETICS)))
    assert isinstance(answer, documents.Provided), answer
    entry = answer.submission.entries[0]
    pass_days(world, 400)
    assert not told(world, entry)
    assert world.seen(world.patient) == set()
    assert world.seen(AUTHOR) == {entry.unique_id}
    assert isinstance(documents.reveal(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)
    assert world.seen(world.patient) == {entry.unique_id}


def test_a_replacement_waits_as_long_as_what_it_replaces(world: World) -> None:
    first = world.fed("INVISIBLE_PATIENT")
    pass_days(world, 32)
    sent = world.submission(
        world.masked("INVISIBLE_PATIENT"), relations=(("document", AssociationType.REPLACE, first.entry_uuid),)
    )
    answer = world.provide(sent)
    assert isinstance(answer, documents.Provided), answer
    assert world.seen(world.patient) == {answer.submission.entries[0].unique_id}, "what opened is not shut again"


def test_hiding_a_replacement_hides_what_it_replaces_until_its_own_month(world: World) -> None:
    first = world.fed()
    sent = world.submission(
        world.masked("INVISIBLE_PATIENT"), relations=(("document", AssociationType.REPLACE, first.entry_uuid),)
    )
    answer = world.provide(sent)
    assert isinstance(answer, documents.Provided), answer
    assert world.read(world.patient, first.unique_id) == "document-unknown"
    pass_days(world, 32)
    assert isinstance(world.read(world.patient, first.unique_id), bytes)


def test_a_professional_does_not_wait(world: World) -> None:
    entry = world.fed("INVISIBLE_PATIENT")
    world.authorise(OTHER)
    assert world.seen(OTHER) == {entry.unique_id}


def test_no_row_is_invisible_and_open_at_once(world: World) -> None:
    world.fed("INVISIBLE_PATIENT")
    with pytest.raises(CheckViolation, match="documents_entry_waits"):
        database.execute("UPDATE documents_entry SET opens_at = registered_at WHERE record_id = %s", (world.record_id,))
