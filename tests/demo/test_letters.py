"""The demonstration's documents: what is written is read back, and passes the French profile."""

from __future__ import annotations

import base64
import io

import pypdf
import pytest
from lxml import etree

from carnet.kernel import blobs
from carnet.ops.demo import letters
from carnet.ops.demo.stories import STORIES
from carnet.record.documents import rules
from carnet.record.terminology import api as terminology
from carnet.wire.cda.header import read_header
from carnet.wire.cda.pdf import text_pdf


@pytest.mark.parametrize("told", STORIES, ids=lambda told: f"{told.about.login} {told.title}")
def test_a_document_is_a_valid_submission_in_fr(told):
    content = letters.write(told)
    submission = letters.submission(told, content)
    entry = submission.entries[0]
    problems = rules.check(submission, {entry.entry_uuid: blobs.from_bytes(content)}, terminology.domain("fr"))
    assert problems == ()
    assert entry.title == told.title
    assert entry.unique_id == told.unique_id
    assert entry.type_code.code == told.type_code


@pytest.mark.parametrize("told", STORIES, ids=lambda told: f"{told.about.login} {told.title}")
def test_a_document_is_a_cda_about_its_patient(told):
    header = read_header(letters.write(told))
    assert header.patient.identifiers[0].extension == told.about.identifier.value
    assert header.patient.birth_name == told.about.traits.birth_name
    assert header.authors[0].identifier.extension == told.by.id
    assert header.custodian.name == told.at.name
    assert header.title == told.title


def test_documents_are_the_same_at_every_loading():
    assert [letters.write(told) for told in STORIES] == [letters.write(told) for told in STORIES]


def test_summer_and_winter_times_are_sent_in_utc():
    told = {told.title: told for told in STORIES if told.about.login == "marcel.demo-chene"}
    summer, winter = told["Ordonnance"], told["Vaccination contre la grippe"]
    assert letters.submission(summer, b"").entries[0].creation_time == "20250605071500"
    assert letters.submission(winter, b"").entries[0].creation_time == "20260108080500"


def test_a_letter_is_a_pdf_that_others_read():
    pdf = next(told for told in STORIES if told.title == "Ostéodensitométrie")
    encoded = etree.fromstring(letters.write(pdf)).find(".//{urn:hl7-org:v3}nonXMLBody/{urn:hl7-org:v3}text")
    assert encoded.get("mediaType") == "application/pdf"
    read = pypdf.PdfReader(io.BytesIO(base64.b64decode(encoded.text)), strict=True)
    assert len(read.pages) == 1
    assert "ostéoporose lombaire" in read.pages[0].extract_text()
    assert letters.submission(pdf, b"").entries[0].format_code.code == "urn:ihe:iti:xds-sd:pdf:2008"


def test_a_page_escapes_what_pdf_reserves():
    read = pypdf.PdfReader(io.BytesIO(text_pdf("Titre (1)", [r"a\b (c) d)", "€ œ é"])), strict=True)
    text = read.pages[0].extract_text()
    assert r"a\b (c) d)" in text
    assert "€ œ é" in text
    assert read.metadata.title == "Titre (1)"
