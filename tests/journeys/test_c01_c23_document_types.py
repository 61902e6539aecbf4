"""C1 to C23: a document of each service, fed, found, drawn and masked through the doors of a living Carnet.

One record. A general practitioner sends one document for each service by ITI-41, of the service's usual type; a
physician of the care team finds them by ITI-18 and ITI-67 and reads them; the person masks each; then only its author
and the person still find it; the person unmasks.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from carnet.client import xds
from carnet.client.errors import Refused
from carnet.ops.demo import letters, professionals, structures
from carnet.portals.documents import reading
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import DocumentEntry
from tests.conftest import Living
from tests.journeys.hands import READER, WRITER, Hands, Ward
from tests.portals import lives

SERVICES = [f"C{number}" for number in range(1, 24)]
PERSON = lives.invented("2610433063221", datetime(1961, 4, 12, tzinfo=lives.PARIS), "DEMO-CERFEUIL", "ODETTE MARIE")
PATIENT = "odette.demo-cerfeuil"

Found = dict[str, DocumentEntry]


def title(service: str) -> str:
    return f"{service} {terminology.types_of_service(service)[0].display}"


def told(service: str, *, minutes: int = 0, words: str = "") -> letters.Told:
    return letters.Told(
        about=PERSON,
        by=professionals.GENERALIST,
        at=structures.PRACTICE,
        when=datetime(2026, 3, 3, 9, 0, tzinfo=lives.PARIS) + timedelta(hours=SERVICES.index(service), minutes=minutes),
        type_code=terminology.types_of_service(service)[0].code,
        title=title(service) + words,
        body=lives.paragraph(f"Exemple du service {service}{words}."),
    )


@dataclass
class Life:
    """What each actor found at each moment, by title."""

    ward: Ward
    fed: Found = field(default_factory=dict)
    before: tuple[Found, Found] = ({}, {})
    masked: tuple[Found, Found] = ({}, {})
    masked_for_author: tuple[Found, Found] = ({}, {})
    unmasked: tuple[Found, Found] = ({}, {})
    versions: dict[str, tuple[int | str, int | str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def life(living: Living, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    ward = Ward(living, PERSON, tmp_path_factory.mktemp("services"))
    for service in SERVICES:
        ward.feed(WRITER, told(service))
    life = Life(ward, fed=ward.by_soap(READER))
    ward.enrol(PATIENT)
    hands = Hands(living)
    hands.authorise(WRITER, ward.patient)

    def both(login: str) -> tuple[Found, Found]:
        return ward.by_soap(login), ward.by_fhir(login)

    try:
        life.before = both(READER)
        done = {name: hands.do("mask", PATIENT, entry.logical_id) for name, entry in life.fed.items()}
        life.masked, life.masked_for_author = both(READER), both(WRITER)
        for name, entry in life.fed.items():
            life.versions[name] = done[name], hands.do("unmask", PATIENT, entry.logical_id)
        life.unmasked = both(READER)
        yield life
    finally:
        hands.close()


def test_the_table_has_every_service() -> None:
    assert list(terminology.services()) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_of_each_service_is_found_by_both_doors(life: Life, service: str) -> None:
    by_soap, by_fhir = (found[title(service)] for found in life.before)
    usual = terminology.types_of_service(service)[0]
    for entry in (by_soap, by_fhir):
        assert entry.type_code == usual
        implied = terminology.class_of_type(usual.code)
        assert implied is not None
        assert entry.class_code is not None
        assert entry.class_code.code == implied.code
    assert by_soap.unique_id == by_fhir.unique_id


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_read_byte_for_byte_and_drawn(life: Life, service: str) -> None:
    content = life.ward.read(READER, life.before[0][title(service)])
    assert content == life.ward.contents[title(service)]
    drawn = reading.of_cda(reading.whole(io.BytesIO(content), len(content)), str)
    assert drawn.html is not None
    assert f"Exemple du service {service}." in drawn.html
    assert drawn.title == title(service)


@pytest.mark.parametrize("service", SERVICES)
def test_masked_it_is_its_authors_only_and_comes_back(life: Life, service: str) -> None:
    name = title(service)
    assert life.versions[name] == (2, 3)
    for found in life.masked:
        assert name not in found
    for found in life.masked_for_author:
        assert "MASQUE_PS" in {code.code for code in found[name].confidentiality_codes}
    for found, first in zip(life.unmasked, life.before, strict=True):
        assert found[name].confidentiality_codes == first[name].confidentiality_codes
        assert found[name].logical_id == first[name].logical_id
        assert found[name].version == 3


def test_c23_a_document_that_nobody_validated_is_refused(life: Life) -> None:
    draft = told("C23", minutes=30, words=", brouillon")
    content = letters.write(draft)
    submission = letters.submission(draft, content)
    (entry,) = submission.entries
    unsigned = msgspec.structs.replace(entry, legal_authenticator="")
    path = life.ward.folder / "draft.xml"
    path.write_bytes(content)
    with life.ward.connect(WRITER) as connection, pytest.raises(Refused) as refused:
        xds.provide(connection, msgspec.structs.replace(submission, entries=(unsigned,)), {entry.entry_uuid: path})
    assert "legal-authenticator-missing" in str(refused.value)
    assert draft.title not in life.ward.by_soap(WRITER)


def test_c23_a_second_validation_takes_the_place_of_the_first(life: Life) -> None:
    first = life.ward.by_soap(WRITER)[title("C23")]
    again = told("C23", minutes=40, words=", revalidé")
    life.ward.feed(WRITER, again, replaced_entry=first.entry_uuid)
    for found in (life.ward.by_soap(READER), life.ward.by_fhir(READER)):
        assert again.title in found
        assert title("C23") not in found
        assert UUID(found[again.title].entry_uuid.removeprefix("urn:uuid:"))
