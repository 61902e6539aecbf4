"""Depositing a file by hand (A7, TD2.1): what it becomes for its readers, and what is refused with a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import date, timedelta

import pytest
from pypdf import PdfReader, PdfWriter

from carnet.kernel import blobs
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops.demo import professionals, structures
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.documents import media
from carnet.wire.cda.header import read_header
from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.render import render_html
from carnet.wire.xds.model import DocumentEntry, Status
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
DOCTOR = Actor(
    kind=ActorKind.PROFESSIONAL,
    person=professionals.GENERALIST.id,
    structure=structures.PRACTICE.id,
    name=professionals.GENERALIST.name,
    profession="10",
    proof="password+totp",
)
LETTER = text_pdf("Courrier", ["Tout va bien."])
TEXT = "Mes allergies : aucune connue.\nÉcrit par moi.".encode()
DAY = date(2026, 3, 2)


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\x00\xff\xff\xff")
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0" + b"\x00\x10JFIF\x00" + bytes(64) + b"\xff\xd9"


def rewritten(*, password: str = "", pages: bool = True) -> bytes:
    writer = PdfWriter()
    if pages:
        writer.append(PdfReader(io.BytesIO(LETTER)))
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def record(world: World) -> World:
    """A fresh record, and a doctor whom the directory knows."""
    assert directory.enrol_structure(actor=LOADER, structure=structures.PRACTICE) is None
    assert directory.enrol_professional(actor=LOADER, professional=professionals.GENERALIST) is None
    return world


def deposit(world: World, actor: Actor, data: bytes = LETTER, **more: object) -> documents.Provided | Refusal:
    values: dict[str, object] = {
        "media_type": "application/octet-stream",
        "title": "Un document",
        "type_code": "DOCPAT03" if actor.kind is ActorKind.PATIENT else "11488-4",
        "event_date": DAY,
    } | more
    patient_id = "" if actor.kind is ActorKind.PATIENT else world.cx
    return documents.deposit(
        actor=actor,
        domain=world.domain,
        patient_id=patient_id,
        file=blobs.from_bytes(data),
        **values,  # type: ignore[arg-type]
    )


def deposited(world: World, actor: Actor, data: bytes = LETTER, **more: object) -> DocumentEntry:
    answer = deposit(world, actor, data, **more)
    assert isinstance(answer, documents.Provided), answer
    return answer.submission.entries[0]


def bytes_of(world: World, actor: Actor, entry: DocumentEntry) -> bytes:
    found = world.read(actor, entry.unique_id)
    assert isinstance(found, bytes), found
    return found


FILES = [
    (LETTER, "application/pdf", "urn:ihe:iti:xds-sd:pdf:2008"),
    (TEXT, "text/plain", "urn:ihe:iti:xds-sd:text:2008"),
    (JPEG, "image/jpeg", "urn:ihe:iti-fr:xds-sd:jpeg:2010"),
    (png(), "image/png", "urn:asipSante:modelesHorsProfils:2011"),
]


@pytest.mark.parametrize("who", ["patient", "professional"])
@pytest.mark.parametrize(("data", "kind", "form"), FILES, ids=[kind for _, kind, _ in FILES])
def test_a_file_becomes_a_document_that_carries_it(record: World, who: str, data: bytes, kind: str, form: str) -> None:
    actor = record.patient if who == "patient" else DOCTOR
    entry = deposited(record, actor, data)
    assert entry.format_code is not None
    assert (entry.mime_type, entry.format_code.code) == ("text/xml", form)
    document = bytes_of(record, actor, entry)
    drawn = render_html(document)
    if kind == "text/plain":
        assert "Mes allergies : aucune connue." in drawn.html
    else:
        assert [(one.media_type, one.data) for one in drawn.attachments] == [(kind, data)]
    header = read_header(document)
    assert (header.level, header.body_media_type, header.version) == ("N1", kind, 1)


def test_the_header_says_all_that_a_header_must_say(record: World) -> None:
    header = read_header(bytes_of(record, DOCTOR, deposited(record, DOCTOR)))
    event = header.main_event
    assert event is not None
    assert event.performer is not None
    assert event.performer.organization is not None
    assert event.performer.organization.practice_setting is not None
    assert (event.start, event.performer.organization.practice_setting.code) == ("20260302", "AMBULATOIRE")
    assert header.patient is not None
    assert [(one.root, one.extension) for one in header.patient.identifiers] == [
        (record.identifier.system, record.identifier.value)
    ]
    assert (header.patient.birth_name, header.patient.sex, header.patient.birth_time) == ("FICTIF", "M", "19800201")
    assert header.legal_authenticator is not None
    for signer in (*header.authors, header.legal_authenticator, event.performer):
        assert signer.identifier is not None
        assert (signer.identifier.extension, signer.family) == (DOCTOR.person, "AUBIER")
        assert signer.specialty is not None
        assert signer.specialty.code == "G15_10/SM54"
        assert signer.time == header.effective_time
    assert header.custodian is not None
    assert header.custodian.name == structures.PRACTICE.name
    assert header.facility is not None
    assert header.facility.code == structures.PRACTICE.sector
    assert header.set_id == header.identifier
    assert {one.root for one in header.templates} == {
        "2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", "1.3.6.1.4.1.19376.1.2.20",
    }  # fmt: skip
    assert header.effective_time[-5:] in ("+0100", "+0200"), "French legal time, with its offset"


def test_the_patients_deposit_is_their_expression_everywhere(record: World) -> None:
    answer = deposit(record, record.patient, type_code="EXPPAT_2", comments="Vu avec ma fille.")
    assert isinstance(answer, documents.Provided), answer
    entry = answer.submission.entries[0]
    codes = (entry.class_code, entry.type_code, entry.healthcare_facility_type_code, entry.practice_setting_code)
    assert [code.code for code in codes if code] == ["90", "EXPPAT_2", "EXP_PATIENT", "EXP_PATIENT"]
    the_set = answer.submission.submission_set
    assert the_set.content_type_code is not None
    assert the_set.content_type_code.code == "EXP_PATIENT"
    (author,) = entry.authors
    value = record.identifier.value
    assert author.person == f"{value}^FICTIF^JEAN^^^^^^&1.2.250.1.213.1.4.10&ISO^D^^^NH" == entry.legal_authenticator
    assert author.institutions == ()
    assert author.specialties[0].startswith("EXP_PATIENT^")
    assert entry.comments == "Vu avec ma fille."
    assert record.seen(record.patient) == {entry.unique_id}
    record.authorise(OTHER)
    assert record.seen(OTHER) == {entry.unique_id}


def test_the_patient_masks_and_takes_back_their_own_deposit(record: World) -> None:
    entry = deposited(record, record.patient)
    record.authorise(OTHER)
    said = {"actor": record.patient, "domain": "fr", "logical_id": entry.logical_id}
    assert isinstance(documents.mask(**said), documents.Changed)  # type: ignore[arg-type]
    assert record.seen(OTHER) == set()
    assert isinstance(documents.delete(**said), documents.Changed)  # type: ignore[arg-type]
    assert record.seen(record.patient, statuses=tuple(Status)) == set()


def test_a_deposit_replaces_another_and_says_so(record: World) -> None:
    first = deposited(record, DOCTOR)
    second = deposited(record, DOCTOR, text_pdf("Courrier", ["Corrigé."]), replaces=first.entry_uuid)
    header, parent = (read_header(bytes_of(record, DOCTOR, one)) for one in (second, first))
    assert (header.version, header.set_id) == (2, parent.set_id)
    assert [(one.type, one.identifier) for one in header.related] == [("RPLC", parent.identifier)]
    record.authorise(OTHER)
    assert record.seen(OTHER) == {second.unique_id}
    assert record.seen(OTHER, statuses=(Status.DEPRECATED,)) == {first.unique_id}


def test_a_hidden_document_is_replaced_like_an_unknown_one(record: World) -> None:
    hidden = record.fed("MASQUE_PS", actor=OTHER)
    record.authorise(DOCTOR)
    unknown = "urn:uuid:0a1b2c3d-0000-4000-8000-000000000001"
    answers = [deposit(record, DOCTOR, replaces=name) for name in (hidden.entry_uuid, unknown, "nothing")]
    assert [rules_of(answer) for answer in answers] == [["replace-unknown"]] * 3
    assert answers[0] == answers[1] == answers[2]


BROKEN = [
    (b"", ["file-empty"]),
    (b"  \n ", ["file-empty"]),
    (LETTER[: len(LETTER) // 3], ["file-broken"]),
    (b"%PDF-1.7\n" + bytes(2000), ["file-broken"]),
    (rewritten(password="secret"), ["pdf-encrypted"]),
    (rewritten(pages=False), ["pdf-empty"]),
    (png()[:40], ["file-broken"]),
    (JPEG[:-2], ["file-broken"]),
    (b"MZ\x90\x00\x03\x00\x00\x00", ["file-kind"]),
    (b"PK\x03\x04\x14\x00", ["file-kind"]),
    (b"<?xml version='1.0'?><html/>", ["cda-root"]),
    (b"<ClinicalDocument xmlns='urn:hl7-org:v3'><id/>", ["xml-syntax"]),
]


@pytest.mark.parametrize(("data", "rules"), BROKEN)
def test_a_file_that_nobody_could_open_is_refused(record: World, data: bytes, rules: list[str]) -> None:
    answer = deposit(record, DOCTOR, data, media_type="application/pdf")
    assert rules_of(answer) == rules
    assert isinstance(answer, Refusal)
    assert answer.problems[0].text.endswith(".")
    record.authorise(OTHER)
    assert record.seen(OTHER) == set()


def test_a_file_too_large_is_refused_before_it_is_read(record: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MOST_BYTES", 1000)
    assert rules_of(deposit(record, DOCTOR, b"a" * 1001)) == ["file-size"]


def test_a_file_that_was_kept_on_disk_is_read_and_removed(record: World, settings: object) -> None:
    long = text_pdf("Long", [f"Ligne {number}" for number in range(20_000)])
    assert len(long) > blobs.INLINE_LIMIT
    file = blobs.from_bytes(long)
    entry = documents.deposit(
        actor=DOCTOR, domain="fr", patient_id=record.cx, file=file, media_type="", title="Long", type_code="11488-4",
        event_date=DAY,
    )  # fmt: skip
    assert isinstance(entry, documents.Provided)
    assert not blobs._path(file.name).exists()
    drawn = render_html(bytes_of(record, DOCTOR, entry.submission.entries[0]))
    assert drawn.attachments[0].data == long


def test_everything_wrong_with_a_form_comes_back_at_once(record: World) -> None:
    tomorrow = date.today() + timedelta(days=2)  # noqa: DTZ011
    answer = deposit(record, record.patient, b"", title=" ", type_code="11502-2", event_date=tomorrow)
    assert rules_of(answer) == ["file-empty", "title-missing", "type-of-patient", "date"]
    answer = deposit(record, DOCTOR, title="x" * 201, type_code="DOCPAT03", event_date=date(1979, 12, 31))
    assert rules_of(answer) == ["title-length", "type-of-professional", "date"]
    assert rules_of(deposit(record, DOCTOR, type_code="nothing")) == ["type-code"]
    assert rules_of(deposit(record, DOCTOR, type_code="")) == ["type-code-missing"]


def test_a_genetic_result_is_proposed_as_invisible(record: World) -> None:
    entry = deposited(record, DOCTOR, type_code="51969-4")
    assert [code.code for code in entry.confidentiality_codes] == ["N", "INVISIBLE_PATIENT"]
    assert record.seen(record.patient) == set()


def test_a_cda_is_deposited_as_it_is(record: World) -> None:
    document = bytes_of(record, DOCTOR, deposited(record, DOCTOR, title="Le premier"))
    again = deposited(record, DOCTOR, document, title="Un autre titre", type_code="")
    assert bytes_of(record, DOCTOR, again) == document
    assert again.title == "Le premier"
    assert again.type_code is not None
    assert again.type_code.code == "11488-4"


def test_a_cda_of_somebody_else_is_refused(record: World) -> None:
    neighbour = World()
    document = bytes_of(record, DOCTOR, deposited(record, DOCTOR))
    assert rules_of(deposit(neighbour, DOCTOR, document)) == ["cda-patient"]
    assert rules_of(deposit(record, DOCTOR, document, type_code="34112-3")) == ["cda-type"]
    assert rules_of(deposit(record, record.patient, document)) == ["cda-of-patient", "cda-type"]


def test_who_may_not_feed_deposits_nothing(record: World) -> None:
    assert rules_of(deposit(record, CLERK)) == ["deposit-author"]
    machine = Actor(kind=ActorKind.STRUCTURE, person="m", structure=structures.PRACTICE.id, proof="certificate")
    assert rules_of(deposit(record, machine)) == ["deposit-author"]
    assert rules_of(deposit(record, AUTHOR)) == ["deposit-author"], "the directory does not know them"
    neighbour = World()
    answer = documents.deposit(
        actor=neighbour.patient, domain="fr", patient_id=record.cx, file=blobs.from_bytes(LETTER), media_type="",
        title="t", type_code="DOCPAT03", event_date=DAY,
    )  # fmt: skip
    assert rules_of(answer) == ["own-record-only"]


def test_a_deposit_may_be_masked_or_await_its_announcement(record: World) -> None:
    record.authorise(OTHER)
    for asked, codes, professionals_see, person_sees in (
        ({}, {"N"}, True, True),
        ({"masked": True}, {"N", "MASQUE_PS"}, False, True),
        ({"unannounced": True}, {"N", "INVISIBLE_PATIENT"}, True, False),
        ({"masked": True, "unannounced": True}, {"N", "MASQUE_PS", "INVISIBLE_PATIENT"}, False, False),
    ):
        answer = deposit(record, DOCTOR, **asked)
        assert isinstance(answer, documents.Provided), answer
        (entry,) = answer.submission.entries
        assert {code.code for code in entry.confidentiality_codes} == codes
        assert (entry.unique_id in record.seen(OTHER)) is professionals_see
        assert (entry.unique_id in record.seen(record.patient)) is person_sees


def test_a_person_masks_what_they_add(record: World) -> None:
    record.authorise(OTHER)
    entry = deposited(record, record.patient, masked=True)
    assert entry.unique_id in record.seen(record.patient)
    assert entry.unique_id not in record.seen(OTHER)
