"""Messages written by hand from the standard: what another vendor's software sends, what ours must look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from carnet.wire import mime, soap
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names
from carnet.wire.xds.ebrim_render import render_entry
from carnet.wire.xds.model import (
    Association,
    AssociationType,
    Author,
    Code,
    DocumentEntry,
    Submission,
    SubmissionSet,
)
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse

GOLDEN = Path(__file__).parent / "golden"
PATIENT = "277076322082910^^^&1.2.250.1.213.1.4.10&ISO^NH"
TYPE = (
    'multipart/related; boundary=MIMEBoundary_7f3a; type="application/xop+xml"; start="<0.7f3a@logiciel.example>"; '
    'start-info="application/soap+xml"; action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"'
)


def _same(written: str, expected: bytes) -> None:
    parser = etree.XMLParser(remove_blank_text=True)
    trees = [etree.fromstring(text, parser) for text in (written.encode(), expected)]
    ours, theirs = (etree.tostring(tree, method="c14n") for tree in trees)
    assert ours == theirs


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_submission_of_another_software(line_end: bytes) -> None:
    body = (GOLDEN / "iti41_request.txt").read_bytes().replace(b"\n", line_end)
    parts = mime.split(body, TYPE)
    envelope = soap.parse(parts.root.body, action=iti41.ACTION)
    assert envelope.message_id == "urn:uuid:0b9d2f5e-7d7f-4f0c-9d1a-4b8f4c7b2a01"
    read = iti41.read_request(envelope.body)
    assert read.submission == Submission(
        submission_set=SubmissionSet(
            entry_uuid="SubmissionSet01",
            unique_id="1.2.250.1.999.1.20260302.1",
            source_id="1.2.250.1.999.1",
            patient_id=PATIENT,
            submission_time="20260302091500",
            content_type_code=Code("03", "1.2.250.1.213.2.2", "Hospitalisation complète"),
            authors=(
                Author(
                    person="899900000011^AUBIER^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
                    specialties=("G15_10/SM26^Médecine générale^1.2.250.1.71.4.2.5",),
                ),
            ),
            intended_recipients=("CABINET FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000011001",),
            title="Sortie d'hospitalisation",
        ),
        entries=(
            DocumentEntry(
                entry_uuid="Document01",
                unique_id="1.2.250.1.999.1.20260302.2",
                patient_id=PATIENT,
                mime_type="text/xml",
                type_code=Code("11490-0", "2.16.840.1.113883.6.1", "Lettre de liaison"),
                confidentiality_codes=(
                    Code("N", "2.16.840.1.113883.5.25", "Normal"),
                    Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "Masqué aux professionnels de santé"),
                ),
                title="Lettre de liaison « sortie » <urgente>",
                language_code="fr-FR",
                creation_time="20260302081500",
                source_patient_info=("PID-5|FICTIVE^DOMINIQUE^^^^^L", "PID-7|19790328", "PID-8|F"),
            ),
        ),
        associations=(
            Association(
                entry_uuid="as01",
                type=AssociationType.HAS_MEMBER,
                source="SubmissionSet01",
                target="Document01",
                set_status="Original",
            ),
            Association(
                entry_uuid="as02",
                type=AssociationType.REPLACE,
                source="Document01",
                target="urn:uuid:5d1c9a80-2a7e-4f0b-8f1e-0a3a1c2d4e5f",
            ),
        ),
    )
    href = read.documents["Document01"]
    assert isinstance(href, str)
    assert parts.find(href).body.startswith(b"<ClinicalDocument")
    assert parts.find(href).body.endswith(b"</ClinicalDocument>")


def test_our_entry() -> None:
    entry = DocumentEntry(
        entry_uuid="urn:uuid:3a1c7a52-0000-8000-8000-000000000000",
        logical_id="urn:uuid:3a1c7a52-0000-8000-8000-000000000001",
        version=2,
        unique_id="2.25.1",
        patient_id=PATIENT,
        mime_type="text/xml",
        type_code=Code("11490-0", "2.16.840.1.113883.6.1", "Lettre de liaison"),
        authors=(Author(person="899900000011^AUBIER^Camille", roles=("Médecin",)),),
        title="Lettre <urgente> & « signée »",
        language_code="fr-FR",
        creation_time="20260302",
        source_patient_info=("PID-7|19790328", "PID-8|F"),
        hash="da39a3ee5e6b4b0d3255bfef95601890afd80709",
        size=12,
        repository_unique_id="1.2.250.1.213.1.4.999.1",
        extra_slots=(("urn:example:slot", ("un",)),),
    )
    written = render_entry(entry).replace("<ExtrinsicObject", f'<ExtrinsicObject xmlns="{names.RIM}"', 1)
    _same(written, (GOLDEN / "entry.xml").read_bytes())


def test_our_partial_success() -> None:
    error = RegistryError(
        code="XDSDocumentUniqueIdError", context="document-unknown : inconnu", location="DocumentUniqueId"
    )
    document = iti43.DocumentResponse("1.2.250.1.213.1.4.999.1", "2.25.1", "text/xml", "cid:document1@carnet")
    body = iti43.render_response(RegistryResponse(names.STATUS_PARTIAL, (error,)), (document,))
    envelope = soap.render(body, action=iti43.RESPONSE_ACTION, message_id="urn:uuid:2", relates_to="urn:uuid:1")
    _same(envelope.decode(), (GOLDEN / "iti43_response.xml").read_bytes())
