"""Finding and reading: filters, pages, and what an actor does not see (A2, A8, B6)."""

from __future__ import annotations

import pytest

from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.life import api as life
from carnet.wire.xds.model import AssociationType, Author, Code, Status
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of


def test_without_authorisation_nothing_is_listed_or_read(world: World) -> None:
    entry = world.fed()
    assert rules_of(world.found(OTHER)) == ["authorisation-missing"]
    assert world.read(OTHER, entry.unique_id) == "document-unknown"
    answer = documents.get(actor=OTHER, domain="fr", unique_ids=(entry.unique_id,))
    assert isinstance(answer, documents.Found)
    assert answer.entries == ()


def test_with_authorisation_the_next_query_changes(world: World) -> None:
    entry = world.fed()
    world.authorise(OTHER)
    assert world.seen(OTHER) == {entry.unique_id}
    assert world.read(OTHER, entry.unique_id) == b"<ClinicalDocument/>"


def test_masked_documents_are_hidden_from_others_and_kept_for_author_patient_and_treating(world: World) -> None:
    shown, masked = world.fed(), world.fed("MASQUE_PS")
    world.authorise(OTHER)
    assert world.seen(OTHER) == {shown.unique_id}
    assert world.read(OTHER, masked.unique_id) == "document-unknown"
    everything = {shown.unique_id, masked.unique_id}
    assert world.seen(AUTHOR) == everything
    assert world.seen(world.patient) == everything
    world.authorise(OTHER, treating=True)
    assert world.seen(OTHER) == everything


def test_a_result_not_announced_is_hidden_from_the_patient_only(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    assert world.seen(world.patient) == set()
    assert world.read(world.patient, hidden.unique_id) == "document-unknown"
    assert world.seen(AUTHOR) == {hidden.unique_id}


def test_totals_count_visible_documents_only(world: World) -> None:
    world.fed()
    world.fed("MASQUE_PS")
    world.authorise(OTHER)
    found = world.found(OTHER, limit=1)
    assert isinstance(found, documents.Found)
    assert (found.total, found.next) == (1, None)


@pytest.mark.parametrize(("first", "then"), [((), ("MASQUE_PS",)), (("MASQUE_PS",), ())])
def test_a_replacement_and_its_parent_are_hidden_together(
    world: World, first: tuple[str, ...], then: tuple[str, ...]
) -> None:
    parent = world.fed(*first)
    world.authorise(OTHER)
    answer = world.provide(
        world.submission(world.masked(*then), relations=(("document", AssociationType.REPLACE, parent.entry_uuid),))
    )
    assert isinstance(answer, documents.Provided)
    assert world.seen(OTHER, statuses=tuple(Status)) == set()
    found = world.found(AUTHOR, statuses=tuple(Status))
    assert isinstance(found, documents.Found)
    assert [{code.code for code in entry.confidentiality_codes} for entry in found.entries] == [{"N", "MASQUE_PS"}] * 2


def test_a_closed_record_answers_nobody(world: World) -> None:
    entry = world.fed()
    assert isinstance(life.close(actor=CLERK, domain="fr", patient_id=world.cx), life.Changed)
    assert rules_of(world.found(AUTHOR)) == ["record-closed"]
    assert rules_of(world.found(world.patient)) == ["record-closed"]
    assert rules_of(world.provide()) == ["record-closed"]
    assert world.read(AUTHOR, entry.unique_id) == "document-unknown"


def test_a_patient_reads_no_other_record(world: World) -> None:
    neighbour = World()
    entry = neighbour.fed()
    assert world.seen(world.patient) == set()
    assert world.read(world.patient, entry.unique_id) == "document-unknown"


def test_a_clerk_reads_nothing(world: World) -> None:
    world.fed()
    assert rules_of(world.found(CLERK)) == ["clerk-no-content"]


def test_domains_do_not_see_each_other(world: World) -> None:
    entry = world.fed()
    world.domain = "ihe"
    assert rules_of(world.found(AUTHOR)) == ["patient-unknown"]
    assert world.read(AUTHOR, entry.unique_id) == "document-unknown"


def loinc(code: str) -> Code:
    return Code(code, "2.16.840.1.113883.6.1")


@pytest.fixture
def shelf(plain: World) -> World:
    """Three documents of different kinds and times."""
    authors = (Author(person="1^SMITH^Ann"), Author(person="2^SMYTHE^Bob"), Author(person="3^DUPONT^Zoé"))
    for number, (kind, time) in enumerate(
        (("11502-2", "2024"), ("34112-3", "20250615"), ("11502-2", "20260102030405"))
    ):
        entry = plain.entry(
            unique_id=f"2.25.{plain.record_id}{number}",
            type_code=loinc(kind),
            creation_time=time,
            authors=(authors[number],),
            mime_type=("text/xml", "application/pdf", "text/xml")[number],
            event_codes=(Code(f"E{number}", "1.2.3"), Code("ALL", "1.2.3")),
            reference_ids=(f"R{number}^^^&1.2.3&ISO^x",),
        )
        assert isinstance(plain.provide(plain.submission(entry)), documents.Provided)
    return plain


FILTERS = [
    ({}, "210"),
    ({"type_codes": ((loinc("11502-2"),),)}, "20"),
    ({"type_codes": ((loinc("11502-2"), loinc("34112-3")),)}, "210"),
    ({"type_codes": ((Code("11502-2", "9.9.9"),),)}, ""),
    ({"creation_time": ("2025", "")}, "21"),
    ({"creation_time": ("", "2025")}, "0"),
    ({"creation_time": ("20250615", "20250615000001")}, "1"),
    ({"author_persons": ("%SM_TH%",)}, "10"),
    ({"author_persons": ("%Zoé",)}, "2"),
    ({"mime_types": ("application/pdf",)}, "1"),
    ({"event_codes": ((Code("ALL", "1.2.3"),), (Code("E2", "1.2.3"),))}, "2"),
    ({"event_codes": ((Code("E0", "1.2.3"), Code("E1", "")),)}, "10"),
    ({"reference_ids": ("R1^^^&1.2.3&ISO^x",)}, "1"),
    ({"statuses": (Status.DEPRECATED,)}, ""),
    ({"confidentiality_codes": ((Code("R", ""),),)}, ""),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_filters(shelf: World, query: dict[str, object], expected: str) -> None:
    found = shelf.found(AUTHOR, **query)
    assert isinstance(found, documents.Found)
    assert "".join(entry.unique_id[-1] for entry in found.entries) == expected
    assert found.total == len(expected)


@pytest.mark.parametrize("query", [{}, {"event_codes": ((Code("ALL", "1.2.3"),),)}])
def test_pages_follow_each_other(shelf: World, query: dict[str, object]) -> None:
    seen, after = "", None
    for _ in range(3):
        page = shelf.found(AUTHOR, limit=1, after=after, **query)
        assert isinstance(page, documents.Found)
        assert page.total == 3
        seen += "".join(entry.unique_id[-1] for entry in page.entries)
        after = page.next
    assert (seen, after) == ("210", None)


def test_documents_answer_to_all_their_names(world: World) -> None:
    entry = world.fed()
    for names in (
        {"entry_uuids": (entry.entry_uuid,)},
        {"unique_ids": (entry.unique_id,)},
        {"logical_ids": (entry.logical_id,)},
    ):
        found = documents.get(actor=AUTHOR, domain="fr", **names)
        assert isinstance(found, documents.Found)
        assert found.entries == (entry,)
    by_uuid = documents.retrieve(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert isinstance(by_uuid, documents.Retrieved)


@pytest.mark.parametrize("name", ["urn:uuid:nonsense", "symbolic", "urn:uuid:00000000-0000-8000-8000-000000000000"])
def test_names_that_lead_nowhere(world: World, name: str) -> None:
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=(name,))
    assert isinstance(found, documents.Found)
    assert found.entries == ()
    assert isinstance(documents.retrieve(actor=AUTHOR, domain="fr", entry_uuid=name), Refusal)


def test_another_repository_is_named(world: World) -> None:
    entry = world.fed()
    answer = documents.retrieve(actor=AUTHOR, domain="fr", unique_id=entry.unique_id, repository="1.2.3.4")
    assert rules_of(answer) == ["repository-unknown"]
