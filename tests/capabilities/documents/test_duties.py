"""A genetic result is told by its prescriber (R.1131-19): the registry hides it from the patient until then."""

from __future__ import annotations

from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry
from tests.capabilities.world import AUTHOR, LEVELS, MASKS, OTHER, World

GENETICS = Code("51969-4", "2.16.840.1.113883.6.1", "CR de génétique moléculaire")


def fed(world: World, *, replaces: str = "", **more: object) -> documents.Provided:
    relations = (("document", AssociationType.REPLACE, replaces),) if replaces else ()
    answer = world.provide(world.submission(world.entry(type_code=GENETICS, **more), relations=relations))
    assert isinstance(answer, documents.Provided), answer
    return answer


def entry_of(world: World, answer: documents.Provided) -> DocumentEntry:
    found = documents.get(actor=AUTHOR, domain=world.domain, entry_uuids=(answer.submission.entries[0].entry_uuid,))
    assert isinstance(found, documents.Found)
    return found.entries[0]


def rules_told(answer: documents.Provided) -> list[str]:
    return [problem.rule for problem in answer.warnings]


def test_a_genetic_result_waits_for_its_announcement(world: World) -> None:
    answer = fed(world)
    world.authorise(OTHER)
    assert rules_told(answer) == ["hidden-by-law"]
    assert [code.code for code in entry_of(world, answer).confidentiality_codes] == ["N", "INVISIBLE_PATIENT"]
    unique_id = answer.submission.entries[0].unique_id
    assert world.seen(world.patient) == set()
    assert world.read(world.patient, unique_id) == "document-unknown"
    assert world.seen(OTHER) == {unique_id}
    logical_id = answer.submission.entries[0].logical_id
    assert isinstance(documents.reveal(actor=AUTHOR, domain="fr", logical_id=logical_id), documents.Changed)
    assert world.seen(world.patient) == {unique_id}


def test_what_was_announced_stays_so_when_it_is_corrected(world: World) -> None:
    first = entry_of(world, fed(world))
    revealed = documents.reveal(actor=AUTHOR, domain="fr", logical_id=first.logical_id)
    assert isinstance(revealed, documents.Changed)
    corrected = fed(world, replaces=revealed.entry.entry_uuid)
    assert rules_told(corrected) == []
    assert world.seen(world.patient) == {corrected.submission.entries[0].unique_id}


def test_a_correction_of_what_was_not_announced_waits_too(world: World) -> None:
    fed(world, replaces=entry_of(world, fed(world)).entry_uuid)
    assert world.seen(world.patient) == set()


def test_a_correction_of_an_unknown_result_is_no_way_round(world: World) -> None:
    answer = fed(world, replaces="urn:uuid:0a1b2c3d-0000-4000-8000-000000000001")
    assert sorted(rules_told(answer)) == ["hidden-by-law", "replace-unknown"]
    assert world.seen(world.patient) == set()


def test_a_sender_who_says_it_is_told_nothing(world: World) -> None:
    codes = (Code("N", LEVELS), Code("INVISIBLE_PATIENT", MASKS))
    assert rules_told(fed(world, confidentiality_codes=codes)) == []


def test_other_results_and_other_domains_are_left_as_they_are(world: World, plain: World) -> None:
    world.fed()
    assert len(world.seen(world.patient)) == 1
    answer = fed(plain)
    assert rules_told(answer) == []
    assert [code.code for code in entry_of(plain, answer).confidentiality_codes] == ["N"]
