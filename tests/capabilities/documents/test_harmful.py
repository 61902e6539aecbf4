"""A document that the antivirus recognises is kept nowhere, by no door; without its answer nothing comes in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from carnet.kernel import antivirus, database
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.xds import iti41_provide_and_register
from tests import clamd
from tests.capabilities.access.matrix_faces import Doors, bundle_of
from tests.capabilities.world import AUTHOR, World

INSIDE = b'<ClinicalDocument><text representation="B64">' + base64.b64encode(clamd.HARM) + b"</text></ClinicalDocument>"


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """A record behind an antivirus."""
    with clamd.small() as place:
        settings.ALLOWED_HOSTS = ["*"]
        settings.CARNET_BLOBS = tmp_path
        settings.CARNET_ANTIVIRUS = antivirus.parse(f"unix:{place}")
        yield World()


@pytest.mark.parametrize("content", [clamd.HARM, clamd.HARM + b" " * 100_000, INSIDE], ids=["small", "large", "inside"])
def test_what_is_harmful_is_refused_by_its_name(world: World, settings: Any, content: bytes) -> None:
    answer = world.provide(actor=AUTHOR, content=content)
    assert isinstance(answer, Refusal)
    assert answer.rule == "document-harmful"
    assert answer.problems[0].found == clamd.NAME
    assert database.row("SELECT FROM documents_entry WHERE record_id = %s", (world.record_id,)) is None
    assert not [path for path in settings.CARNET_BLOBS.rglob("*") if path.is_file()]


def test_what_is_harmless_comes_in(world: World) -> None:
    assert isinstance(world.provide(actor=AUTHOR, content=b"<ClinicalDocument/>"), documents.Provided)


@pytest.fixture
def doors(world: World) -> Iterator[Doors]:
    """The record's doors, open to its author."""
    found = Doors(world)
    with found.as_(AUTHOR):
        yield found


def sent_by_soap(doors: Doors, content: bytes) -> str:
    body = iti41_provide_and_register.render_request(doors.world.submission(), {"document": content})
    return doors.soap("/xds/repository", iti41_provide_and_register.ACTION, body)


def sent_by_fhir(doors: Doors, content: bytes) -> Any:
    body = bundle_of(doors.world, content)
    return doors.client.post("/fhir", body, content_type="application/fhir+json", headers={"X-Carnet-Port": "machines"})


def sent_by_hand(doors: Doors, content: bytes) -> tuple[int, str]:
    file = SimpleUploadedFile("note.txt", content, "text/plain")
    form = {"title": "Note", "event_date": "01/03/2026", "kind": "Certificat, déclaration", "etape": "relire"}
    return doors.page("deposer/", form | {"file": file})


def test_every_door_refuses_it(doors: Doors) -> None:
    assert "document-harmful" in sent_by_soap(doors, clamd.HARM)
    answer = sent_by_fhir(doors, clamd.HARM)
    assert (answer.status_code, b"document-harmful" in answer.content) == (422, True)
    status, text = sent_by_hand(doors, clamd.HARM)
    assert (status, "programme malveillant" in text) == (422, True)


def test_while_it_is_away_nothing_comes_in_and_everybody_is_told_to_come_back(
    doors: Doors, settings: Any, tmp_path: Path
) -> None:
    settings.CARNET_ANTIVIRUS = antivirus.Place(path=str(tmp_path / "nobody.sock"))
    assert "XDSRepositoryBusy" in sent_by_soap(doors, b"<ClinicalDocument/>")
    answer = sent_by_fhir(doors, b"<ClinicalDocument/>")
    assert (answer.status_code, answer["Retry-After"], b"antivirus-away" in answer.content) == (503, "10", True)
    status, text = sent_by_hand(doors, b"Une note.")
    assert (status, "ne répond pas" in text) == (422, True)
    assert database.row("SELECT FROM documents_entry WHERE record_id = %s", (doors.world.record_id,)) is None
