"""Registering submissions: once, whole, or with all the reasons why not (A1, B5)."""

from __future__ import annotations

import threading
from dataclasses import replace

import msgspec
import pytest
from django.db import connection

from carnet.kernel import blobs, database
from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.kernel.ids import record_of
from carnet.record.documents import api as documents
from carnet.record.documents.rows import uuid_of
from carnet.wire.xds.model import AssociationType, Code, Status
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, new_oid, rules_of


def test_a_document_comes_back_byte_identical_with_its_metadata(world: World) -> None:
    content = "<ClinicalDocument>é</ClinicalDocument>".encode()
    sent = world.entry(title="Bilan", comments="à jeun", reference_ids=("A1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order",))
    answer = world.provide(world.submission(sent), content=content)
    assert isinstance(answer, documents.Provided)
    (entry,) = answer.submission.entries
    identity = uuid_of(entry.entry_uuid)
    assert identity is not None
    assert record_of(identity) == world.record_id
    assert entry.logical_id == entry.entry_uuid
    assert entry.size == len(content)
    found = world.found(AUTHOR)
    assert isinstance(found, documents.Found)
    assert found.entries == (entry,)
    assert (
        msgspec.structs.replace(
            entry, entry_uuid="document", logical_id="", hash="", size=None, repository_unique_id=""
        )
        == sent
    )
    assert world.read(AUTHOR, sent.unique_id) == content


@pytest.mark.parametrize("size", [1, 65_536, 65_537, 3_000_000])
def test_bytes_of_any_size(world: World, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert world.read(AUTHOR, world.fed(content=content).unique_id) == content


def test_content_is_encrypted_in_the_row(world: World) -> None:
    world.fed(content=b"SECRET DE LABORATOIRE")
    (inline,) = database.row("SELECT inline FROM documents_object WHERE record_id = %s", (world.record_id,)) or (b"",)
    assert inline
    assert b"SECRET" not in inline


def test_a_replay_gets_the_same_answer_and_stores_nothing(world: World) -> None:
    submission = world.submission()
    first = world.provide(submission)
    again = world.provide(submission)
    assert isinstance(first, documents.Provided)
    assert isinstance(again, documents.Provided)
    assert again.replay
    assert not first.replay
    assert again.submission.entries == first.submission.entries
    assert len(world.seen(AUTHOR)) == 1
    assert database.row("SELECT count(*) FROM documents_object WHERE record_id = %s", (world.record_id,)) == (1,)


def test_a_set_id_with_other_content_is_refused(world: World) -> None:
    submission = world.submission()
    world.provide(submission)
    other = msgspec.structs.replace(submission, entries=(world.entry(),))
    assert rules_of(world.provide(other)) == ["submission-set-used"]


def test_the_same_document_in_another_set_is_shown_once_in_fr(world: World) -> None:
    entry = world.entry()
    for _ in range(2):
        assert isinstance(world.provide(world.submission(entry)), documents.Provided)
    found = world.found(AUTHOR)
    assert isinstance(found, documents.Found)
    assert (len(found.entries), found.total) == (1, 1)
    assert database.row("SELECT count(*) FROM documents_entry WHERE record_id = %s", (world.record_id,)) == (2,)


def test_the_same_document_in_another_set_is_a_second_entry_in_ihe(plain: World) -> None:
    entry = plain.entry()
    for _ in range(2):
        assert isinstance(plain.provide(plain.submission(entry)), documents.Provided)
    found = plain.found(AUTHOR)
    assert isinstance(found, documents.Found)
    assert found.total == 2


def test_one_id_with_another_content_is_refused(world: World) -> None:
    entry = world.entry()
    world.provide(world.submission(entry))
    assert rules_of(world.provide(world.submission(entry), content=b"other")) == ["non-identical-hash"]
    assert world.read(AUTHOR, entry.unique_id) == b"<ClinicalDocument/>"


def test_a_replacement_deprecates_its_parent(world: World) -> None:
    first = world.fed(content=b"one")
    answer = world.provide(
        world.submission(world.entry(), relations=(("document", AssociationType.REPLACE, first.entry_uuid),)),
        content=b"two",
    )
    assert isinstance(answer, documents.Provided)
    assert not answer.warnings
    second = answer.submission.entries[0]
    assert world.seen(AUTHOR) == {second.unique_id}
    assert world.seen(AUTHOR, statuses=(Status.DEPRECATED,)) == {first.unique_id}
    again = world.provide(
        world.submission(world.entry(), relations=(("document", AssociationType.REPLACE, first.entry_uuid),))
    )
    assert rules_of(again) == ["replace-deprecated"]


def test_an_unknown_parent_makes_an_original_with_a_warning(world: World) -> None:
    unknown = "urn:uuid:6f1f6c8e-0000-4000-8000-000000000000"
    answer = world.provide(world.submission(world.entry(), relations=(("document", AssociationType.REPLACE, unknown),)))
    assert isinstance(answer, documents.Provided)
    assert [problem.rule for problem in answer.warnings] == ["replace-unknown"]
    assert len(world.seen(AUTHOR)) == 1


def test_a_hidden_parent_is_answered_like_an_unknown_one(world: World) -> None:
    hidden = world.fed("MASQUE_PS")
    world.authorise(OTHER)
    answer = world.provide(
        world.submission(world.entry(), relations=(("document", AssociationType.REPLACE, hidden.entry_uuid),)),
        actor=OTHER,
    )
    assert isinstance(answer, documents.Provided)
    assert [problem.rule for problem in answer.warnings] == ["replace-unknown"]
    assert hidden.unique_id in world.seen(AUTHOR)


def test_all_problems_come_back_together_and_nothing_is_stored(world: World) -> None:
    broken = msgspec.structs.replace(
        world.entry(), type_code=None, title="", hash="00", creation_time="20261340", legal_authenticator=""
    )
    rules = rules_of(world.provide(world.submission(broken)))
    assert sorted(rules) == ["date", "hash", "legal-authenticator-missing", "title-missing", "type-code-missing"]
    assert database.row("SELECT count(*) FROM documents_entry WHERE record_id = %s", (world.record_id,)) == (0,)


BROKEN = {
    "unique-id-extension": {"unique_id": "1.2.3^A"},
    "unique-id-oid": {"unique_id": "not an oid"},
    "mime-type": {"mime_type": "xml"},
    "type-code": {"type_code": Code("99999-9", "2.16.840.1.113883.6.1")},
    "class-of-type": {"class_code": Code("11", "1.2.250.1.213.1.1.4.1", "Synthèse")},
    "confidentiality-level": {"confidentiality_codes": (Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13"),)},
    "language-code-missing": {"language_code": ""},
    "source-patient-id-missing": {"source_patient_id": ""},
    "source-patient-info-missing": {"source_patient_info": ()},
    "author-missing": {"authors": ()},
    "size": {"size": 3},
    "service-start-time-missing": {"service_start_time": ""},
}


@pytest.mark.parametrize(("rule", "change"), BROKEN.items(), ids=list(BROKEN))
def test_each_rule_of_the_french_profile(world: World, rule: str, change: dict[str, object]) -> None:
    answer = world.provide(world.submission(world.entry(**change)))
    assert rules_of(answer) == [rule]
    assert isinstance(answer, Refusal)
    assert answer.problems[0].field
    assert answer.problems[0].source


def test_a_plain_domain_accepts_what_the_french_profile_refuses(plain: World) -> None:
    entry = plain.entry(unique_id="1.2.3^A", title="", legal_authenticator="", source_patient_info=())
    assert isinstance(plain.provide(plain.submission(entry)), documents.Provided)


def test_parts_that_do_not_match(world: World) -> None:
    submission = world.submission()
    lone = documents.provide(actor=AUTHOR, domain="fr", submission=submission, contents={})
    assert rules_of(lone) == ["document-missing"]
    extra = {"document": blobs.from_bytes(b"a"), "other": blobs.from_bytes(b"b")}
    assert rules_of(documents.provide(actor=AUTHOR, domain="fr", submission=submission, contents=extra)) == [
        "metadata-missing"
    ]


def test_the_patient_of_the_proof_is_the_patient_of_the_message(world: World) -> None:
    submission = world.submission()
    answer = documents.provide(
        actor=AUTHOR,
        domain="fr",
        submission=submission,
        contents={"document": blobs.from_bytes(b"a")},
        asserted_patient="279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
    )
    assert rules_of(answer) == ["vihf-patient"]


def test_an_unknown_patient_and_an_unknown_domain(world: World) -> None:
    stranger = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
    submission = world.submission(world.entry(patient_id=stranger))
    submission = msgspec.structs.replace(
        submission, submission_set=msgspec.structs.replace(submission.submission_set, patient_id=stranger)
    )
    assert rules_of(world.provide(submission)) == ["patient-unknown"]
    world.domain = "nowhere"
    assert rules_of(world.provide()) == ["domain-unknown"]


def test_what_a_clerk_feeds_is_the_structures(world: World) -> None:
    """DMP TD2.2, notes 4, 5 and 9: imputed to the structure, found again by its employees, never read by them."""
    unique_id = world.fed(actor=CLERK).unique_id
    colleague = replace(CLERK, person="3330000001/A2")
    elsewhere = replace(CLERK, person="3330000002/A1", structure=OTHER.structure)
    for reader, found in ((CLERK, 1), (colleague, 1), (elsewhere, 0)):
        answer = documents.get(actor=reader, domain="fr", unique_ids=(unique_id,))
        assert isinstance(answer, documents.Found)
        assert len(answer.entries) == found
        assert world.read(reader, unique_id) == "document-unknown"
    assert rules_of(world.found(CLERK)) == ["clerk-no-content"]


def test_refused_bytes_are_not_kept_on_disk(world: World) -> None:
    content = blobs.from_bytes(bytes(300_000))
    machine = replace(CLERK, kind=ActorKind.SYSTEM)
    documents.provide(actor=machine, domain="fr", submission=world.submission(), contents={"document": content})
    with pytest.raises(blobs.BlobDamagedError):
        list(blobs.read(content.name, content.key, content.size))


def test_concurrent_writers_of_one_record_lose_nothing(world: World) -> None:
    answers: list[object] = []

    def feed() -> None:
        try:
            answers.extend(world.provide() for _ in range(5))
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=feed) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(answer, documents.Provided) for answer in answers), answers
    assert len(world.seen(AUTHOR)) == 30


def test_concurrent_replays_are_accepted_once(world: World) -> None:
    submission = world.submission()
    answers: list[object] = []

    def feed() -> None:
        try:
            answers.append(world.provide(submission))
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=feed) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(answer, documents.Provided) for answer in answers), answers
    assert sorted(answer.replay for answer in answers if isinstance(answer, documents.Provided)) == [False] + [True] * 5
    assert database.row("SELECT count(*) FROM documents_entry WHERE record_id = %s", (world.record_id,)) == (1,)


def test_a_sender_may_choose_its_uuid(world: World) -> None:
    chosen = "urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100"
    answer = world.provide(world.submission(world.entry(chosen)))
    assert isinstance(answer, documents.Provided)
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=(chosen,))
    assert isinstance(found, documents.Found)
    assert [entry.entry_uuid for entry in found.entries] == [chosen]
    assert rules_of(world.provide(world.submission(world.entry(chosen)))) == ["entry-uuid-used"]


def test_events_are_written_with_the_entry(world: World) -> None:
    entry = world.fed()
    rows = database.rows("SELECT kind, subject FROM kernel_outbox WHERE record_id = %s ORDER BY id", (world.record_id,))
    assert rows == [("record.created", None), ("document.provided", uuid_of(entry.entry_uuid))]


def test_new_ids_are_oids() -> None:
    assert new_oid().startswith("2.25.")


def test_a_title_of_any_length_that_ebrim_allows(world: World) -> None:
    longest = world.submission(world.entry(title="é" * 1024, comments="x" * 1024))
    assert isinstance(world.provide(longest), documents.Provided)
    for more in ({"title": "é" * 1025}, {"comments": "x" * 1025}):
        refused = world.provide(world.submission(world.entry(**more)))
        assert rules_of(refused) == ["text-too-long"]
