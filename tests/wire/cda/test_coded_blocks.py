"""Blocks said twice: what people read and what machines read are the same, and every entry refers to its words."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from carnet.wire.cda.coded import (
    Allergies,
    Allergy,
    Measure,
    Measures,
    Medicine,
    Medicines,
    Problem,
    Problems,
    Result,
    Results,
    Vaccine,
    Vaccines,
)
from carnet.wire.cda.header import Header, Identifier
from carnet.wire.cda.render import render_html
from carnet.wire.cda.write import Section, write_document
from carnet.wire.xds.model import Code

LOINC = "2.16.840.1.113883.6.1"
HL7 = {"v3": "urn:hl7-org:v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
HBA1C = Code("4548-4", LOINC, "HbA1c")
BLOCKS = (
    Results(
        discipline=Code("18719-5", LOINC, "Biochimie"),
        time="20260302080000+0100",
        items=(
            Result(name="HbA1c", code=HBA1C, value="8.1", unit="%", low="4.0", high="6.0"),
            Result(name="Aspect <limpide>", code=None, value="limpide & clair"),
            Result(name="Potassium", code=HBA1C, value="3.1", unit="mmol/L", low="3.5", high="5.1"),
        ),
    ),
    Medicines(
        items=(
            Medicine(
                name="Metformine 500 mg",
                dosage="1 matin & soir",
                duration="3 mois",
                code=Code("A10BA02", "2.16.840.1.113883.6.73", "metformine"),
                start="20260302",
                stop="20260602",
            ),
        ),
    ),
    Vaccines((Vaccine(name="Vaccin d'essai", diseases="Tétanos", day="20260302", lot="L<4>", rank=2),)),
    Problems((Problem(name="Diabète", code=Code("E11.9", "2.16.840.1.113883.6.3", "Diabète"), since="1998"),)),
    Allergies((Allergy(agent="Pénicilline", reaction="Urticaire", since="1974"),)),
    Measures(
        time="20260302080000+0100",
        items=(Measure(name="Poids", code=Code("29463-7", LOINC, "Poids"), value="3.420", unit="kg"),),
    ),
)


@pytest.fixture(scope="module")
def document() -> bytes:
    section = Section("Tout", Code("1-8", LOINC), BLOCKS, templates=(Identifier("1.2.3"),))
    return write_document(Header(identifier=Identifier("2.25.7")), (section,))


@pytest.fixture(scope="module")
def tree(document: bytes) -> etree._Element:
    return etree.fromstring(document)


def test_every_reference_of_an_entry_leads_to_words(tree: etree._Element) -> None:
    present = set(tree.xpath("//v3:text//@ID", namespaces=HL7))
    named = set(tree.xpath("//v3:entry//v3:reference/@value", namespaces=HL7))
    assert len(named) >= len(BLOCKS)
    assert {name.removeprefix("#") for name in named} <= present


def test_people_read_commas_ranges_and_which_values_are_out(document: bytes) -> None:
    html = re.sub(r"</?strong>", "", render_html(document).html)
    for words in ("8,1 (haut)", "3,1 (bas)", "4,0 – 6,0", "limpide &amp; clair", "2e dose", "L&lt;4&gt;", "Urticaire"):
        assert words in html
    assert "3,420 kg" in html


def test_machines_read_values_units_ranges_and_interpretation(tree: etree._Element) -> None:
    first, words, low = tree.xpath(
        "//v3:entryRelationship/v3:observation[v3:code/@code or 1][v3:value]", namespaces=HL7
    )[:3]
    value = first.find("v3:value", HL7)
    assert (value.get("value"), value.get("unit"), first.find("v3:code", HL7).get("code")) == ("8.1", "%", "4548-4")
    assert first.find("v3:interpretationCode", HL7).get("code") == "H"
    assert first.find(".//v3:observationRange/v3:value/v3:high", HL7).get("value") == "6.0"
    assert words.find("v3:value", HL7).text == "limpide & clair"
    assert words.find("v3:interpretationCode", HL7) is None
    assert low.find("v3:interpretationCode", HL7).get("code") == "L"
    assert tree.xpath("//v3:manufacturedMaterial//v3:translation/@code", namespaces=HL7) == ["A10BA02"]
    assert tree.xpath("//v3:lotNumberText/text()", namespaces=HL7) == ["L<4>"]
    assert tree.xpath("//v3:organizer//v3:value/@value", namespaces=HL7) == ["3.420"]
    assert tree.xpath("//v3:section/v3:templateId/@root", namespaces=HL7) == ["1.2.3"]


def test_two_documents_never_share_the_id_of_an_entry(document: bytes) -> None:
    other = write_document(Header(identifier=Identifier("2.25.8")), (Section("Tout", Code("1-8", LOINC), BLOCKS),))

    def ids(content: bytes) -> list[str]:
        return etree.fromstring(content).xpath("//v3:entry//v3:id/@root", namespaces=HL7)

    assert len(set(ids(document))) == len(ids(document))
    assert not set(ids(document)) & set(ids(other))


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        ("5", "4", "6", "N"),
        ("4", "4", "6", "N"),
        ("3.9", "4", "", "L"),
        ("6.1", "", "6", "H"),
        ("5", "", "", ""),
        ("négatif", "1", "2", ""),
    ],
)
def test_interpretation_compares_with_the_range(value: str, low: str, high: str, expected: str) -> None:
    assert Result(name="x", code=None, value=value, low=low, high=high).interpretation == expected
