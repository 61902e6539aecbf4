"""What the builder writes, the reader reads back; the synthetic documents say all that the profile asks."""

from __future__ import annotations

import io
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from carnet.wire.cda import synthetic
from carnet.wire.cda.header import (
    Header,
    Identifier,
    Organization,
    Participant,
    Patient,
    Related,
    ServiceEvent,
    read_header,
)
from carnet.wire.cda.metadata import to_entry
from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.render import render_html
from carnet.wire.cda.write import File, Items, Paragraph, Section, Table, write_document
from carnet.wire.xds.model import Code

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
MAYBE = WORDS | st.just("")
OIDS = st.lists(st.integers(0, 999), min_size=2, max_size=6).map(lambda parts: "1.2." + ".".join(map(str, parts)))
IDENTIFIERS = st.builds(Identifier, OIDS, MAYBE)
CODES = st.builds(Code, WORDS, OIDS, MAYBE)
OPTIONAL_CODE = st.none() | CODES
TIMES = st.sampled_from(["20240229120000+0100", "19790328", "202402290102+0200"])
ORGANIZATIONS = st.builds(Organization, st.none() | IDENTIFIERS, MAYBE, OPTIONAL_CODE)
PEOPLE = st.builds(
    Participant,
    identifier=st.none() | IDENTIFIERS,
    family=WORDS,
    given=MAYBE,
    prefix=MAYBE,
    suffix=MAYBE,
    role=OPTIONAL_CODE,
    specialty=OPTIONAL_CODE,
    organization=st.none() | ORGANIZATIONS,
    time=TIMES,
)
PATIENTS = st.builds(
    Patient,
    identifiers=st.lists(IDENTIFIERS, min_size=1, max_size=3).map(tuple),
    birth_name=WORDS,
    used_name=MAYBE,
    given_names=WORDS,
    first_given=WORDS,
    used_given=MAYBE,
    sex=st.sampled_from(["M", "F"]),
    birth_time=TIMES,
    birth_place=WORDS,
    birth_city=MAYBE,
    deceased_time=st.just("") | TIMES,
)
EVENTS = st.builds(
    ServiceEvent, code=OPTIONAL_CODE, start=TIMES, stop=st.just("") | TIMES, performer=st.none() | PEOPLE
)
HEADERS = st.builds(
    Header,
    identifier=IDENTIFIERS,
    set_id=st.none() | IDENTIFIERS,
    version=st.none() | st.integers(1, 99),
    code=OPTIONAL_CODE,
    title=MAYBE,
    effective_time=TIMES,
    confidentiality=OPTIONAL_CODE,
    language=st.just("fr-FR"),
    realm=st.just("FR"),
    templates=st.lists(IDENTIFIERS, max_size=3).map(tuple),
    patient=PATIENTS,
    authors=st.lists(PEOPLE, min_size=1, max_size=2).map(tuple),
    legal_authenticator=st.none() | PEOPLE,
    custodian=st.none() | ORGANIZATIONS,
    recipients=st.lists(PEOPLE.map(lambda who: msgspec.structs.replace(who, time="", role=None)), max_size=2).map(
        tuple
    ),
    participants=st.lists(PEOPLE, max_size=2).map(tuple),
    events=st.lists(EVENTS, max_size=2).map(tuple),
    facility=CODES,
    encounter=OPTIONAL_CODE,
    encounter_start=TIMES,
    encounter_stop=st.just("") | TIMES,
    related=st.lists(st.builds(Related, st.sampled_from(["RPLC", "APND"]), IDENTIFIERS), max_size=1).map(tuple),
    orders=st.lists(IDENTIFIERS, max_size=2).map(tuple),
    level=st.just("N3"),
)


@settings(max_examples=60, deadline=None)
@given(HEADERS)
def test_a_header_written_is_read_back_equal(header: Header) -> None:
    assert read_header(write_document(header, ())) == header


@settings(max_examples=25, deadline=None)
@given(HEADERS, st.binary(min_size=1, max_size=200))
def test_an_unstructured_body_comes_back(header: Header, data: bytes) -> None:
    document = write_document(header, File("application/pdf", b"%PDF-1.7 " + data))
    expected = msgspec.structs.replace(header, level="N1", body_media_type="application/pdf")
    assert read_header(document) == expected
    assert render_html(document).attachment.data == b"%PDF-1.7 " + data


PATIENT = Patient(
    identifiers=(Identifier("1.2.250.1.213.1.4.10", "285017511800193"), Identifier("1.2.3.4.5", "IPP-17")),
    birth_name="ESSAI-DUPONT",
    given_names="CLAIRE ANNE",
    first_given="CLAIRE",
    used_given="CLAIRE",
    sex="F",
    birth_time="19850112",
    birth_place="75118",
    birth_city="PARIS",
)
AUTHOR = Participant(
    identifier=Identifier("1.2.250.1.71.4.2.1", "899900000017"),
    family="FICTIF",
    given="Paul",
    suffix="DR",
    specialty=Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en Médecine Générale (SM)"),
    role=Code("PCP", "2.16.840.1.113883.5.88", "Médecin traitant"),
    organization=Organization(Identifier("1.2.250.1.71.4.2.2", "499900000017001"), "Cabinet & Fils <essai>"),
)
FRAME = synthetic.Frame(
    document=UUID("6f4a3c1e-0000-4000-8000-000000000001"),
    patient=PATIENT,
    author=AUTHOR,
    created="20260302101500+0100",
)
DOCUMENTS = {
    "lab": synthetic.lab_report(
        FRAME,
        chapter="Biochimie",
        results=[synthetic.Result("Glucose", "1,12", "g/L", "0,74 – 1,06"), synthetic.Result("CRP", "< 5", "mg/L")],
        conclusion="Glycémie à contrôler.",
    ),
    "letter": synthetic.discharge_letter(
        FRAME, reason="Douleur", course="Sans particularité.", treatments=["Paracétamol 1 g"], follow_up=["Revoir à J7"]
    ),
    "prescription": synthetic.prescription(
        FRAME, lines=[("Amoxicilline 500 mg", "1 matin, midi et soir", "7 jours")], comment="Après repas"
    ),
    "vaccine": synthetic.vaccination_note(
        FRAME, vaccine="Vaccin d'essai", disease="Tétanos", lot="L-42", dose="Rappel"
    ),
    "imaging": synthetic.imaging_report(
        FRAME,
        examination=Code("24727-0", synthetic.LOINC, "Scanner cérébral"),
        indication="Céphalées",
        technique="Sans injection",
        findings=["Pas de saignement"],
        conclusion="Normal",
    ),
    "pdf": synthetic.pdf_letter(FRAME, title="Courrier d'essai", lines=["Cher confrère,", "Bien à vous."]),
}
WORDS_SHOWN = {
    "lab": ("Glucose", "1,12", "0,74 – 1,06", "Glycémie à contrôler."),
    "letter": ("Douleur", "Paracétamol 1 g", "Revoir à J7"),
    "prescription": ("Amoxicilline 500 mg", "7 jours", "Après repas"),
    "vaccine": ("Vaccin d&#x27;essai", "L-42"),
    "imaging": ("Pas de saignement", "Normal"),
    "pdf": ("Courrier d&#x27;essai",),
}
TYPES = {
    "lab": "11502-2",
    "letter": "11490-0",
    "prescription": "57833-6",
    "vaccine": "87273-9",
    "imaging": "18748-4",
    "pdf": "11488-4",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_synthetic_document_has_every_required_attribute(kind: str) -> None:
    entry = to_entry(
        read_header(DOCUMENTS[kind]),
        size=len(DOCUMENTS[kind]),
        sha1="0" * 40,
        class_of=lambda code: Code("10", "1.2.250.1.213.1.1.4.1"),
        format_of=lambda root, media: Code("urn:x", "1.2.3"),
    )
    assert entry.type_code.code == TYPES[kind]
    assert entry.unique_id == f"2.25.{FRAME.document.int}"
    assert entry.patient_id == "285017511800193^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert entry.source_patient_id == "IPP-17^^^&1.2.3.4.5&ISO^PI"
    assert entry.creation_time == "20260302091500"
    assert entry.service_start_time == "20260302091500"
    assert entry.language_code == "fr-FR"
    assert entry.practice_setting_code.code in ("AMBULATOIRE", "ETABLISSEMENT")
    assert entry.healthcare_facility_type_code.code.startswith("SA")
    assert entry.confidentiality_codes[0].code == "N"
    assert entry.authors[0].person == "899900000017^FICTIF^Paul^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    assert entry.authors[0].institutions == (
        "Cabinet \\T\\ Fils <essai>^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000017001",
    )
    assert entry.authors[0].roles == ("Médecin traitant",)
    assert entry.legal_authenticator == entry.authors[0].person


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_synthetic_document_shows_what_was_said(kind: str) -> None:
    html = render_html(DOCUMENTS[kind]).html
    for words in (*WORDS_SHOWN[kind], "ESSAI-DUPONT CLAIRE", "12 janvier 1985", "2 mars 2026 à 10 h 15"):
        assert words in html


def test_a_replacement_names_its_predecessor() -> None:
    frame = msgspec.structs.replace(FRAME, version=2, replaces=UUID(int=7), series=UUID(int=6))
    header = read_header(synthetic.pdf_letter(frame, title="Courrier", lines=["Corrigé"]))
    assert (header.version, header.set_id, header.related) == (
        2,
        Identifier("2.25.6"),
        (Related("RPLC", Identifier("2.25.7")),),
    )


def test_a_document_of_8_mb_is_read_and_its_scan_comes_back() -> None:
    scan = b"%PDF-1.7\n" + bytes(range(256)) * 40_000
    document = write_document(read_header(DOCUMENTS["pdf"]), File("application/pdf", scan))
    assert read_header(document).level == "N1"
    assert render_html(document).attachment.data == scan


def test_nested_sections_and_pictures() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(20)
    inner = Section("Interne", Code("1-8", synthetic.LOINC), (Items(("a", "b")), File("image/png", picture, "Schéma")))
    outer = Section("Externe", Code("2-6", synthetic.LOINC), (Table((), (("x", "y"),), "Titre"),), (inner,))
    rendered = render_html(write_document(read_header(DOCUMENTS["lab"]), (outer, Section("Vide", Code("3-4", "1.2")))))
    assert "<h3>Externe</h3>" in rendered.html
    assert "<h4>Interne</h4>" in rendered.html
    assert '<img src="data:image/png;base64,' in rendered.html
    assert 'alt="Schéma"' in rendered.html
    assert "<caption>Titre</caption>" in rendered.html
    assert rendered.attachments == ()


def test_paragraphs_keep_their_text() -> None:
    section = Section("S", Code("1-8", synthetic.LOINC), (Paragraph("a < b & c > « d »"),))
    html = render_html(write_document(read_header(DOCUMENTS["lab"]), (section,))).html
    assert "<p>a &lt; b &amp; c &gt; « d »</p>" in html


def test_the_pdf_is_one_that_readers_open() -> None:
    lines = [f"Ligne {number} : été, cœur, 3 € (essai) \\" for number in range(70)]
    reader = PdfReader(io.BytesIO(text_pdf("Lettre à lire", lines)), strict=True)
    assert len(reader.pages) == 2
    assert reader.metadata.title == "Lettre à lire"
    words = "".join(page.extract_text() for page in reader.pages)
    assert all(line in words for line in lines)
