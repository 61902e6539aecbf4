"""A2: the person decides, and the very next query of a professional is another one, whatever the door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from carnet.client.errors import Refused
from carnet.ops.demo import letters, professionals, structures
from tests.conftest import Living
from tests.journeys.hands import READER, WRITER, Hands, Ward
from tests.portals import lives

PERSON = lives.invented("2880633063221", datetime(1988, 6, 20, tzinfo=lives.PARIS), "DEMO-ANETH", "MAYA")
PATIENT, TITLE, OTHER_TITLE = "maya.demo-aneth", "Consultation de mars", "Autre consultation"


@pytest.fixture(scope="module")
def ward(living: Living, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    ward = Ward(living, PERSON, tmp_path_factory.mktemp("rights"))
    for day, name in enumerate((TITLE, OTHER_TITLE), 4):
        ward.feed(
            WRITER,
            letters.Told(
                about=PERSON,
                by=professionals.GENERALIST,
                at=structures.PRACTICE,
                when=datetime(2026, 3, day, 11, 0, tzinfo=lives.PARIS),
                type_code="11488-4",
                title=name,
                body=lives.paragraph("Rien à signaler."),
            ),
        )
    ward.enrol(PATIENT)
    return ward


@pytest.fixture(scope="module")
def hands(ward: Ward) -> Iterator[Hands]:
    hands = Hands(ward.living)
    hands.authorise(WRITER, ward.patient)
    yield hands
    hands.close()


def faces(ward: Ward, login: str) -> list[set[str]]:
    return [set(ward.by_soap(login)), set(ward.by_fhir(login))]


def test_what_the_person_masks_is_gone_at_the_next_query(ward: Ward, hands: Hands) -> None:
    entry = ward.by_soap(READER)[TITLE]
    assert ward.read(READER, entry) == ward.contents[TITLE]
    assert faces(ward, READER) == [{TITLE, OTHER_TITLE}] * 2

    assert hands.do("mask", PATIENT, entry.logical_id) == 2
    assert faces(ward, READER) == [{OTHER_TITLE}] * 2
    with pytest.raises(Refused) as refused:
        ward.read(READER, entry)
    assert "document-unknown" in str(refused.value)
    assert faces(ward, WRITER) == [{TITLE, OTHER_TITLE}] * 2, "its author keeps it (R.1111-49)"

    assert hands.do("unmask", PATIENT, entry.logical_id) == 3
    assert faces(ward, READER) == [{TITLE, OTHER_TITLE}] * 2
    assert ward.read(READER, entry) == ward.contents[TITLE]


def test_others_do_not_decide_for_the_person(ward: Ward, hands: Hands) -> None:
    entry = ward.by_soap(READER)[TITLE]
    assert hands.do("delete", READER, entry.logical_id) == "delete-own"
    assert hands.do("archive", READER, entry.logical_id) == "archive-author"
    assert hands.do("delete", PATIENT, entry.logical_id) == "own-deposit-only"
    assert hands.do("mask", "accueil.chu", entry.logical_id) == "document-unknown"
    assert faces(ward, READER) == [{TITLE, OTHER_TITLE}] * 2


def test_its_author_takes_it_back_and_nobody_finds_it(ward: Ward, hands: Hands) -> None:
    entry = ward.by_soap(READER)[TITLE]
    assert isinstance(hands.do("delete", WRITER, entry.logical_id), int)
    for login in (READER, WRITER):
        assert faces(ward, login) == [{OTHER_TITLE}] * 2
        with pytest.raises(Refused):
            ward.read(login, entry)
    assert hands.do("mask", PATIENT, entry.logical_id) == "document-unknown"
