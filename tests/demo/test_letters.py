"""The demonstration's documents: what is written is read back, and passes the French profile."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
from html import escape

import pypdf
import pytest
from lxml import etree

from carnet.kernel import blobs
from carnet.ops.demo import letters
from carnet.ops.demo.patients import FIRST
from carnet.ops.demo.stories import STORIES
from carnet.record.documents import rules
from carnet.record.terminology import api as terminology
from carnet.wire.cda.coded import Measures, Medicines, Results, Vaccines
from carnet.wire.cda.header import read_header
from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.render import render_html
from carnet.wire.cda.write import File

HL7 = {"h": "urn:hl7-org:v3"}


LIVES: dict[str, list] = {}
for one in STORIES:
    LIVES.setdefault(one.about.login, []).append(one)


@pytest.mark.parametrize("login", LIVES)
def test_a_document_is_a_valid_submission_in_fr(login):
    for told in LIVES[login]:
        content = letters.write(told)
        submission = letters.submission(told, content)
        entry = submission.entries[0]
        problems = rules.check(submission, {entry.entry_uuid: blobs.from_bytes(content)}, terminology.domain("fr"))
        assert problems == (), told.title
        assert entry.title == told.title
        assert entry.unique_id == told.unique_id
        assert entry.type_code.code == told.type_code


@pytest.mark.parametrize("login", LIVES)
def test_a_document_is_a_cda_about_its_patient(login):
    for told in LIVES[login]:
        header = read_header(letters.write(told))
        assert header.patient.identifiers[0].extension == told.about.identifier.value
        assert header.patient.birth_name == told.about.traits.birth_name
        assert header.authors[0].identifier.extension == told.by.id
        assert header.custodian.name == told.at.name
        assert header.title == told.title


@pytest.mark.parametrize("login", LIVES)
def test_a_document_is_shown_with_all_its_words_and_its_entries_refer_to_them(login):
    for told in LIVES[login]:
        content = letters.write(told)
        rendered = render_html(content)
        assert not rendered.truncated
        assert "cda-warning" not in rendered.html
        tree = etree.fromstring(content)
        present = set(tree.xpath("//h:text//@ID", namespaces=HL7))
        assert {name.removeprefix("#") for name in tree.xpath("//h:reference/@value", namespaces=HL7)} <= present
        for words in tree.xpath("//h:section/h:text//text()", namespaces=HL7):
            assert escape(words) in rendered.html, told.title


def test_structured_types_carry_coded_entries():
    """Body level N3 of the CI-SIS: results, vaccinations, summaries."""
    wanted = {"11502-2": "observation", "87273-9": "substanceAdministration", "SYNTH": "act"}
    for told in STORIES:
        if told.type_code in wanted and told.about not in FIRST:
            entries = etree.fromstring(letters.write(told)).xpath("//h:entry", namespaces=HL7)
            assert entries, told.title
            assert any(one.xpath(f".//h:{wanted[told.type_code]}", namespaces=HL7) for one in entries), told.title


def test_every_analysis_and_medicine_of_the_long_lives_has_a_code():
    for told in STORIES:
        if told.about in FIRST or isinstance(told.body, File):
            continue
        for section in told.body:
            for block in section.blocks:
                items = block.items if isinstance(block, Results | Medicines | Vaccines | Measures) else ()
                if section.title not in ("Sérologies", "Dépistage", "Test rapide"):
                    assert all(item.code is not None for item in items), (told.title, items)


def test_a_correction_names_what_it_replaces_and_keeps_its_lineage():
    corrections = [told for told in STORIES if told.replaces]
    assert corrections
    for told in corrections:
        header = read_header(letters.write(told))
        (before,) = (one for one in LIVES[told.about.login] if one.title == told.replaces)
        first = read_header(letters.write(before))
        (related,) = header.related
        assert (related.type, related.identifier) == ("RPLC", first.identifier)
        assert related.set_id == header.set_id == first.set_id
        assert (first.version, header.version) == (1, 2)


_DIGEST = """
import hashlib, django
django.setup()
from carnet.ops.demo import letters
from carnet.ops.demo.patients import FIRST
from carnet.ops.demo.stories import STORIES
print(hashlib.sha256(b"".join(letters.write(told) for told in STORIES)).hexdigest())
"""


def test_documents_are_the_same_in_every_process():
    def digest(seed):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": "Pacific/Auckland" if seed == "1" else "UTC"}
        return subprocess.check_output([sys.executable, "-c", _DIGEST], env=environment, text=True)

    assert digest("1") == digest("2")


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
