"""A1: the five kinds of the first definition, fed by one actor, found and read back byte-identical by another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from carnet.ops.demo import letters, professionals, structures
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Status
from tests.conftest import Living
from tests.journeys.hands import READER, WRITER, Ward
from tests.portals import lives

# Prescriptions, syntheses, hospital reports, analyses, allergies (which live in the synthesis).
KINDS = {
    "C1": "Ordonnance",
    "C2": "Synthèse médicale",
    "C3": "Compte rendu d'hospitalisation",
    "C4": "Résultats d'analyses",
    "C5": "Allergies",
}
PERSON = lives.invented("1550733063221", datetime(1955, 7, 2, tzinfo=lives.PARIS), "DEMO-PERSIL", "LUCIEN")


@pytest.fixture(scope="module")
def ward(living: Living, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    ward = Ward(living, PERSON, tmp_path_factory.mktemp("kinds"))
    for day, (service, name) in enumerate(KINDS.items(), 2):
        ward.feed(
            WRITER,
            letters.Told(
                about=PERSON,
                by=professionals.GENERALIST,
                at=structures.PRACTICE,
                when=datetime(2026, 2, day, 11, 0, tzinfo=lives.PARIS),
                type_code=terminology.types_of_service(service)[0].code,
                title=name,
                body=lives.paragraph(f"{name} : exemple."),
            ),
        )
    return ward


def test_one_person_has_one_record(ward: Ward) -> None:
    again = lives.command(
        ward.living, "record", "create", PERSON.identifier.value, "DEMO-PERSIL", "LUCIEN", "1955-07-02", "--consent",
        "--as", "accueil.chu",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert set(ward.by_soap(READER)) == set(KINDS.values())


@pytest.mark.parametrize("service", KINDS)
def test_each_kind_is_typed_dated_authored_and_read_back(ward: Ward, service: str) -> None:
    name, usual = KINDS[service], terminology.types_of_service(service)[0]
    by_soap = ward.by_soap(READER, type_codes=((usual,),))
    by_fhir = ward.by_fhir(READER, type=f"http://loinc.org|{usual.code}")
    for entry in (by_soap[name], by_fhir[name]):
        assert entry.type_code == usual
        assert entry.creation_time.startswith("202602")
        assert entry.authors[0].person.startswith(professionals.GENERALIST.id)
        assert (entry.version, entry.status) == (1, Status.APPROVED)
    assert ward.read(READER, by_soap[name]) == ward.contents[name]
