"""The 95 published French documents, read and shown, and compared with a second reading."""

from __future__ import annotations

import hashlib
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from carnet.wire.cda.header import read_header
from carnet.wire.cda.metadata import to_entry
from carnet.wire.cda.render import render_html
from carnet.wire.xds.model import Code
from tests.wire.cda.naive import metadata

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "cda"
FILES = sorted(SAMPLES.glob("*.xml"))

pytestmark = pytest.mark.skipif(not FILES, reason=f"the published documents are not in {SAMPLES}")


def entry_of(path: Path):
    data = path.read_bytes()
    return to_entry(
        read_header(data),
        size=len(data),
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        class_of=lambda kind: Code(f"class of {kind}", "1.2.3"),
        format_of=lambda root, media: Code(f"{root} {media}".strip(), "1.2.4") if root.count(".") > 9 else None,
    )


def pair(code: Code | None) -> tuple[str, str] | None:
    return (code.code, code.scheme) if code is not None else None


def test_there_are_95() -> None:
    assert len(FILES) == 95


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_metadata_is_what_a_second_reading_finds(path: Path) -> None:
    entry, expected = entry_of(path), metadata(path)
    found = {
        "unique_id": entry.unique_id,
        "patient_id": entry.patient_id,
        "source_patient_id": entry.source_patient_id,
        "mime_type": entry.mime_type,
        "type_code": pair(entry.type_code),
        "healthcare_facility_type_code": pair(entry.healthcare_facility_type_code),
        "practice_setting_code": pair(entry.practice_setting_code),
        "confidentiality_codes": tuple(pair(code) for code in entry.confidentiality_codes),
        "event_codes": tuple(pair(code) for code in entry.event_codes),
        "persons": tuple(author.person for author in entry.authors),
        "institutions": tuple(author.institutions for author in entry.authors),
        "roles": tuple(author.roles for author in entry.authors),
        "specialties": tuple(author.specialties for author in entry.authors),
        "legal_authenticator": entry.legal_authenticator,
        "title": entry.title,
        "language_code": entry.language_code,
        "creation_time": entry.creation_time,
        "service_start_time": entry.service_start_time,
        "service_stop_time": entry.service_stop_time,
        "hash": entry.hash,
        "size": entry.size,
    }
    information = entry.source_patient_info
    assert information[0].startswith(f"PID-5|{expected.pop('birth_name')}^")
    assert f"PID-7|{expected.pop('birth')}" in information
    assert f"PID-8|{expected.pop('sex')}" in information
    assert f"PID-11|^^^^^^BDL^^{expected.pop('birth_place')}" in information
    assert found == expected
    assert entry.class_code.code == f"class of {expected['type_code'][0]}"


class Shape(HTMLParser):
    """What a fragment is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses.extend(value for name, value in attrs if name in ("href", "src"))
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.words.append(data)


ALLOWED_TAGS = {"article", "section", "div", "p", "span", "pre", "br", "a", "img", "dl", "dt", "dd", "ul", "ol", "li"}
ALLOWED_TAGS |= {"h2", "h3", "h4", "h5", "h6", "strong", "em", "sub", "sup", "ins", "del"}
ALLOWED_TAGS |= {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
ALLOWED_ATTRIBUTES = {"alt", "aria-label", "class", "colspan", "href", "id", "lang", "role", "rowspan", "scope", "src"}
ALLOWED_ATTRIBUTES |= {"tabindex"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_document_is_shown_whole_and_safe(path: Path) -> None:
    rendered = render_html(path.read_bytes(), attachment_url=lambda number: f"/piece/{number}")
    shape = Shape()
    shape.feed(rendered.html)
    assert not shape.open
    assert shape.tags <= ALLOWED_TAGS
    assert shape.attributes <= ALLOWED_ATTRIBUTES
    assert all(one.startswith(("#cda-", "data:image/", "/piece/")) for one in shape.addresses)
    assert not rendered.truncated
    if rendered.level == "N1":
        assert rendered.attachment.media_type == "application/pdf"
        assert rendered.attachment.data.startswith(b"%PDF-")
    else:
        shown = set("".join(shape.words).split())
        missing = narrative_words(path) - shown
        assert not missing, f"words of the narrative that are not shown: {sorted(missing)[:10]}"


def narrative_words(path: Path) -> set[str]:
    """Every word of every narrative block; whole cells, so that nothing is lost silently."""
    from lxml import etree

    blocks = etree.parse(path).xpath("//c:section/c:text", namespaces={"c": "urn:hl7-org:v3"})
    pieces = (str(piece) for block in blocks for piece in block.xpath(".//text()"))
    return {word for piece in pieces for word in piece.split()[1:-1]}


def test_speed_of_a_200_kb_document() -> None:
    data = next(path for path in FILES if path.name == "01_Modèles_contenus_CDA.xml").read_bytes()
    assert len(data) > 200_000
    times = []
    for _ in range(5):
        start = time.perf_counter()
        render_html(data)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1
