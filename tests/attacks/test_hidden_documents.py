"""What the lens hides must show nowhere: not by a name, an error, a count, a statement or a line of the journal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from carnet.kernel import blobs, clock, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.patient import story
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, DocumentEntry
from tests.capabilities.world import AUTHOR, OTHER, World, new_oid, rules_of

CURIOUS_STRUCTURE = Actor(
    kind=ActorKind.STRUCTURE, person="machine", structure=OTHER.structure, name="Machine", proof="vihf"
)


def statements_of(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that an act runs, without their values; domains' clocks are read by the second, not by the act."""
    ran: list[str] = []
    real = database._run

    def noted(statement: str, parameters: object, answer: object) -> object:
        if "kernel_clock" not in statement:
            ran.append(statement)
        return real(statement, parameters, answer)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(database, "_run", noted)
        act()
    return ran


@pytest.mark.parametrize("reader", ["professional", "structure", "patient"])
def test_hidden_and_unknown_names_get_one_answer_by_the_same_statements(
    world: World, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    hidden = world.fed("MASQUE_PS", "INVISIBLE_PATIENT")
    world.authorise(OTHER)
    actor = {"professional": OTHER, "structure": CURIOUS_STRUCTURE, "patient": world.patient}[reader]

    def asked(uuid: str, unique_id: str) -> list[object]:
        said = {"actor": actor, "domain": "fr", "asserted_patient": world.cx}
        answers: list[object] = [
            documents.get(entry_uuids=(uuid,), **said),  # type: ignore[arg-type]
            documents.get(logical_ids=(uuid,), **said),  # type: ignore[arg-type]
            documents.get(unique_ids=(unique_id,), **said),  # type: ignore[arg-type]
            documents.retrieve(entry_uuid=uuid, **said),  # type: ignore[arg-type]
            documents.retrieve(unique_id=unique_id, **said),  # type: ignore[arg-type]
        ]
        return answers

    assert asked(hidden.entry_uuid, hidden.unique_id) == asked(uuid4().urn, new_oid())
    seen = statements_of(lambda: asked(hidden.entry_uuid, hidden.unique_id), monkeypatch)
    assert seen == statements_of(lambda: asked(uuid4().urn, new_oid()), monkeypatch)


def test_a_name_of_the_record_alone_shows_no_hidden_document(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = world.fed("MASQUE_PS")
    world.authorise(OTHER)
    # Ids say their record: an invented one beside the hidden one is answered alike, by as many statements.
    invented = UUID(int=UUID(hidden.entry_uuid).int ^ secrets.randbits(59)).urn

    def asked(uuid: str) -> object:
        return documents.retrieve(actor=OTHER, domain="fr", entry_uuid=uuid)

    assert asked(hidden.entry_uuid) == asked(invented)
    assert len(statements_of(lambda: asked(hidden.entry_uuid), monkeypatch)) == len(
        statements_of(lambda: asked(invented), monkeypatch)
    )


def test_counts_and_pages_are_of_visible_documents(world: World) -> None:
    visible = [world.fed() for _ in range(2)]
    for _ in range(3):
        world.fed("MASQUE_PS")
    world.authorise(OTHER)
    first = world.found(OTHER, limit=1)
    assert isinstance(first, documents.Found)
    assert first.total == len(visible)
    second = world.found(OTHER, limit=1, after=first.next)
    assert isinstance(second, documents.Found)
    assert second.next is None, "a next page would promise a hidden document"


def test_replacing_a_hidden_document_answers_like_replacing_an_unknown_one(world: World) -> None:
    hidden = world.fed("MASQUE_PS")
    world.authorise(OTHER)

    def replaced(target: str) -> tuple[list[str], int]:
        relations = (("document", AssociationType.REPLACE, target),)
        answer = world.provide(world.submission(relations=relations), actor=OTHER)
        assert isinstance(answer, documents.Provided), answer
        return [problem.rule for problem in answer.warnings], len(answer.submission.associations)

    assert replaced(hidden.entry_uuid) == replaced(uuid4().urn)
    assert hidden.unique_id in world.seen(AUTHOR), "nobody replaces what they do not see"


def told(world: World) -> list[tuple[str, int]]:
    """What the patient's journal says of others' acts on documents: action and number of documents."""
    lines = documents.history(actor=world.patient)
    return [(line.action, len(line.subjects)) for line in lines if line.person != world.patient.person]


def traces_of_life(world: World, entry: DocumentEntry) -> None:
    """Everything professionals may do with a document."""
    world.read(AUTHOR, entry.unique_id)
    documents.get(actor=AUTHOR, domain="fr", unique_ids=(entry.unique_id,))
    documents.get(actor=AUTHOR, domain="fr", entry_uuids=(entry.entry_uuid,))


def test_journal_is_silent_about_a_document_that_was_not_announced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(world)
    sent = world.submission(world.masked("INVISIBLE_PATIENT"))
    answer = world.provide(sent)
    assert isinstance(answer, documents.Provided)
    hidden = answer.submission.entries[0]
    replay = world.provide(sent)
    assert isinstance(replay, documents.Provided)
    assert replay.replay
    traces_of_life(world, hidden)
    assert told(world) == before, "CSP R.1111-53: nothing is told before two weeks"
    kept = database.row("SELECT count(*) FROM journal_entry WHERE record_id = %s", (world.record_id,))
    assert kept is not None
    assert kept[0] >= len(before) + 5, "the journal itself is complete"

    later = clock.now() + timedelta(days=14, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert told(world)[: len(told(world)) - len(before)] == [
        ("document.get", 1),
        ("document.get", 1),
        ("document.read", 1),
        ("document.provide", 1),
        ("document.provide", 1),
    ]
    found = documents.get(actor=world.patient, domain="fr", entry_uuids=(hidden.entry_uuid,))
    assert isinstance(found, documents.Found)
    assert found.entries == (), "told that something was added, and nothing of what it is"


def test_journal_names_the_visible_part_of_a_mixed_submission_only(world: World) -> None:
    entries = (world.masked("INVISIBLE_PATIENT"), world.entry("other"))
    assert isinstance(world.provide(world.submission(*entries)), documents.Provided)
    assert told(world)[0] == ("document.provide", 1)


def test_pages_of_the_journal_do_not_count_what_they_withhold(world: World) -> None:
    world.fed()
    for _ in range(3):
        world.fed("INVISIBLE_PATIENT")
    lines = documents.history(actor=world.patient, limit=3)
    assert [line.action for line in lines] == ["journal.read", "document.provide", "record.create"]


def test_journal_of_somebody_else_is_nobodys(world: World) -> None:
    neighbour = World()
    neighbour.fed()
    assert documents.history(actor=OTHER) == []
    assert documents.history(actor=CURIOUS_STRUCTURE) == []
    assert all(line.action != "document.provide" for line in documents.history(actor=world.patient))


def test_a_machine_that_takes_the_patients_name_is_not_told_as_the_patient(world: World) -> None:
    # The name of a structure's user is what the structure writes; ids of documents say their record's number.
    impostor = Actor(
        kind=ActorKind.STRUCTURE,
        person=world.patient.person,
        structure=AUTHOR.structure,
        name="JEAN FICTIF",
        structure_name="CH FICTIF",
        proof="vihf",
    )
    entry = world.fed(actor=AUTHOR)
    documents.history(actor=world.patient)
    documents.get(actor=impostor, domain="fr", entry_uuids=(entry.entry_uuid,))
    world.read(impostor, entry.unique_id)
    lines = documents.history(actor=world.patient)
    told_acts = [one for day in story.days(lines, world.patient, {}) for one in day.sentences]
    by_machine = [one for one in told_acts if one.structure == "CH FICTIF" and not one.own]
    assert {one.what for one in by_machine} >= {"a voulu lire", "a consulté la fiche de"}, told_acts
    assert not any(one.own and one.what == "avez lu" for one in told_acts)


def test_names_that_lead_nowhere_leave_a_trace(world: World) -> None:
    count = "SELECT count(*) FROM journal_entry WHERE person = %s AND outcome = 'refused'"
    before = database.row(count, (OTHER.person,))
    documents.get(actor=OTHER, domain="fr", unique_ids=(new_oid(),))
    documents.retrieve(actor=OTHER, domain="fr", unique_id=new_oid())
    after = database.row(count, (OTHER.person,))
    assert before is not None
    assert after is not None
    assert after[0] == before[0] + 2


def test_another_domains_door_does_not_open_a_record(world: World) -> None:
    entry = world.fed()
    for domain in ("ihe", "ihe-2"):
        found = documents.get(actor=AUTHOR, domain=domain, entry_uuids=(entry.entry_uuid,))
        assert isinstance(found, documents.Found)
        assert found.entries == ()
        read = documents.retrieve(actor=AUTHOR, domain=domain, entry_uuid=entry.entry_uuid)
        assert rules_of(read) == ["document-unknown"]


def test_a_collision_says_nothing_of_the_document_it_meets(world: World) -> None:
    hidden = world.fed("MASQUE_PS")
    entry = world.entry(unique_id=hidden.unique_id)
    other = {"document": blobs.from_bytes(b"<ClinicalDocument>other</ClinicalDocument>")}
    answer = documents.provide(actor=OTHER, domain="fr", submission=world.submission(entry), contents=other)
    assert isinstance(answer, Refusal)
    said = repr(answer)
    assert hidden.hash not in said
    assert hidden.entry_uuid.removeprefix("urn:uuid:") not in said
    assert hidden.title not in said
