"""One row, three faces (A6, A10): what SOAP registers FHIR and the pages find, with equal metadata, and the reverse.

Equal means: the same value of `wire.xds.model` once read back from each face. The forms differ and the readers
undo it: a hash is hexadecimal in XDS and base64 in FHIR; an XDS time of any precision is an `instant` in FHIR.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.ops.demo import letters, professionals, structures
from carnet.portals.documents import pages
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.list import read as read_list
from carnet.wire.fhir.resources import List
from carnet.wire.xds.iti18_stored_query import FindDocuments, FindSubmissionSets
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import Author, Code, DocumentEntry, Status, Submission
from tests.conftest import ROOT, Living
from tests.portals import lives
from tests.portals.walk import CHROMIUM, Walker, launch

# The author feeds; a colleague of the hospital that created the record, hence of its care team, reads.
WRITER, READER = "camille.aubier", "helene.liege"
PERSON = lives.invented("1710640088077", datetime(1971, 6, 9, tzinfo=lives.PARIS), "DEMO-TILLEUL", "RÉMI LÉON")
BY_SOAP, BY_FHIR = "Registre par SOAP", "Registre par FHIR"
FACES = {BY_SOAP: "iti41", BY_FHIR: "iti65"}
# Of the attributes of the DMP's metadata rules (§4.1), those that no submission of this exchange carries: `URI` is of
# an XDM archive, `homeCommunityId` of a federation.
ABSENT = {"home_community_id", "uri"}
SERVER_GIVES = {"entry_uuid", "logical_id", "version", "status", "repository_unique_id"}


@dataclass
class Town:
    """A living Carnet where `PERSON` has a record with one document fed by each machine door."""

    living: Living
    record: str
    sent: dict[str, Submission]
    bytes: dict[str, bytes]

    def connect(self, login: str = READER) -> Connection:
        known = self.living.identities
        return Connection(
            self.living.tls,
            identity=sender.choose(known, login, structure="", home=self.living.home),
            authority=self.living.home / known["authority"],
            software=Software(name="Essai", version="1", homologation="ESSAI-3"),
        )

    @property
    def patient(self) -> str:
        return sender.patient(PERSON.identifier.value)

    def soap(self, status: Status = Status.APPROVED) -> dict[str, DocumentEntry]:
        """By title, what ITI-18 finds."""
        with self.connect() as connection:
            request = FindDocuments(patient_id=self.patient, statuses=(status,))
            return {entry.title: entry for entry in xds.query(connection, request).objects.entries}

    def rest(self, status: str = "current") -> dict[str, fhir.Listed]:
        """By title, what ITI-67 finds."""
        with self.connect() as connection:
            found = fhir.search(connection, patient=self.patient, parameters={"status": status})
            return {listed.entry.title: listed for listed in found}

    def reference(self, identity: str) -> dict[str, Any]:
        """A DocumentReference as JSON, by its id."""
        with self.connect() as connection:
            address = f"{connection.base}/fhir/DocumentReference/{identity}"
            with connection.exchange("GET", address, headers={"Accept": "application/fhir+json"}) as response:
                resource: dict[str, Any] = json.loads(response.read())
        assert resource["resourceType"] == "DocumentReference", resource
        return resource


def told(title: str, day: int) -> letters.Told:
    return letters.Told(
        about=PERSON,
        by=professionals.GENERALIST,
        at=structures.PRACTICE,
        when=datetime(2026, 3, day, 10, 30, tzinfo=lives.PARIS),
        type_code="11488-4",
        title=title,
        body=lives.paragraph(f"{title} : rien à signaler."),
    )


def written(title: str, day: int, *, replaces: str = "") -> tuple[Submission, bytes]:
    """A document and a submission that says everything an entry can say."""
    content = letters.write(told(title, day))
    made = letters.submission(told(title, day), content, replaced_entry=replaces)
    (entry,) = made.entries
    second = Author(
        person="899900000029^RAMEAU^Solène^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        institutions=("Cabinet infirmier^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^499900000029001",),
        roles=("Infirmière de suivi",),
        specialties=("G15_60^Infirmier^1.2.250.1.213.1.1.4.5",),
    )
    full = msgspec.structs.replace(
        entry,
        authors=(msgspec.structs.replace(entry.authors[0], roles=("Médecin traitant",)), second),
        comments="Relu avec la personne ; é, œ, & et < restent des caractères.",
        confidentiality_codes=(
            Code("R", "2.16.840.1.113883.5.25", "Restreint"),
            Code("INVISIBLE_REPRESENTANTS_LEGAUX", "1.2.250.1.213.1.1.4.13", "Non visible par les représentants"),
        ),
        event_codes=(
            Code("DEQP003", "1.2.250.1.213.2.5", "Électrocardiographie"),
            Code("I10", "2.16.840.1.113883.6.3", "Hypertension essentielle"),
        ),
        # Three precisions: to the second, to the day, to the minute.
        service_start_time="20260301",
        service_stop_time="202603010915",
        source_patient_id="123456^^^&1.2.250.1.999.7&ISO^PI",
        reference_ids=("ACC-2026-1^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:accession",),
        document_availability="urn:ihe:iti:2010:DocumentAvailability:Online",
        extra_slots=(("urn:example:carnet:essai", ("un", "deux")),),
    )
    return msgspec.structs.replace(made, entries=(full,)), content


@pytest.fixture(scope="module")
def town(living: Living, tmp_path_factory: pytest.TempPathFactory) -> Town:
    created = lives.command(
        living, "record", "create", PERSON.identifier.value, "DEMO-TILLEUL", "RÉMI LÉON", "1971-06-09",
        "--consent", "--as", "accueil.chu",
    )  # fmt: skip
    assert created.returncode == 0, created.stderr
    town = Town(living, "", {}, {})
    for number, title in enumerate(FACES):
        submission, content = written(title, 3 + number)
        provide(town, submission, content, tmp_path_factory.mktemp("fed") / "document.xml", via=FACES[title])
        town.sent[title], town.bytes[title] = submission, content
    return town


def provide(town: Town, submission: Submission, content: bytes, path: Path, *, via: str) -> None:
    """As a vendor's software, through one door or the other."""
    path.write_bytes(content)
    documents = {submission.entries[0].entry_uuid: path}
    with town.connect(WRITER) as connection:
        if via == "iti65":
            fhir.provide(connection, submission, documents, profile=Profile.PDSM)
        else:
            xds.provide(connection, submission, documents)


@pytest.fixture(scope="module")
def walker(living: Living) -> Iterator[Walker]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine (apt install chromium): the third face is not looked at")
    with sync_playwright() as playwright:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        browser = launch(playwright)
        yield Walker(browser, living, ROOT / "build" / "portals")
        browser.close()


def values(entry: DocumentEntry) -> dict[str, Any]:
    """All attributes of an entry, times of day to the second, as the coarsest face tells them."""
    found = msgspec.structs.asdict(entry)
    return {
        name: value.ljust(14, "0") if name.endswith("_time") and len(value) > len("20260301") else value
        for name, value in found.items()
    }


def test_the_submission_says_everything() -> None:
    submission, _ = written("Complet", 2)
    silent = {name for name, value in values(submission.entries[0]).items() if value in ("", (), None)}
    assert silent == ABSENT | SERVER_GIVES - {"entry_uuid", "version", "status"}


@pytest.mark.parametrize("title", FACES)
def test_soap_and_fhir_tell_the_same(town: Town, title: str) -> None:
    by_soap, by_fhir = values(town.soap()[title]), values(town.rest()[title].entry)
    assert by_fhir == by_soap
    sent = values(town.sent[title].entries[0])
    differs = {name: (sent[name], by_soap[name]) for name in sent if sent[name] != by_soap[name]}
    assert set(differs) <= SERVER_GIVES, differs
    assert by_soap["repository_unique_id"]
    assert by_soap["logical_id"] == by_soap["entry_uuid"]
    assert (by_soap["version"], by_soap["status"]) == (1, Status.APPROVED)


def test_soap_and_fhir_tell_the_same_sets(town: Town) -> None:
    query = FindSubmissionSets(patient_id=town.patient, statuses=(Status.APPROVED,))
    asked = {
        "patient.identifier": f"urn:oid:{PERSON.identifier.system}|{PERSON.identifier.value}",
        "code": "submissionset",
    }
    with town.connect() as connection:
        by_soap = xds.query(connection, query).objects.submission_sets
        address = f"{connection.base}/fhir/List?{urlencode(asked)}"
        with connection.exchange("GET", address, headers={"Accept": "application/fhir+json"}) as response:
            found = json.loads(response.read())
    lists = [one["resource"] for one in found["entry"] if one["search"]["mode"] == "match"]
    by_fhir = [read_list(msgspec.json.decode(json.dumps(one), type=List)) for one in lists]
    assert found["total"] == len(by_soap) == len(by_fhir) >= len(FACES)
    assert {one.entry_uuid: one for one in by_fhir} == {one.entry_uuid: one for one in by_soap}
    members = {item["item"]["reference"] for one in lists for item in one["entry"]}
    assert {"DocumentReference/" + entry.logical_id[9:] for entry in town.soap().values()} <= members


@pytest.mark.parametrize("title", FACES)
def test_soap_and_fhir_give_the_same_bytes(town: Town, title: str, tmp_path: Path) -> None:
    entry, listed = town.soap()[title], town.rest()[title]
    request = DocumentRequest(entry.repository_unique_id, entry.unique_id)
    with town.connect() as connection:
        by_soap = xds.retrieve(connection, request, patient=entry.patient_id, path=tmp_path / "soap")
        by_fhir = fhir.retrieve(connection, listed.address, tmp_path / "fhir")
    assert by_soap.path.read_bytes() == by_fhir.path.read_bytes() == town.bytes[title]
    assert by_soap.mime_type == by_fhir.mime_type == entry.mime_type


def shown_facts(page: Page) -> dict[str, tuple[str, ...]]:
    """The metadata panel of a document's page."""
    found = {}
    for group in page.locator(".facts dl > div").all():
        found[group.locator("dt").inner_text()] = tuple(group.locator("dd").all_inner_texts())
    return found


def told_by_page(entry: DocumentEntry) -> dict[str, tuple[str, ...]]:
    """What the page has to say of an entry that came through another face."""
    return {fact.name: tuple(map(_spaces, fact.values)) for fact in pages.facts(entry)}


def _spaces(text: str) -> str:
    return " ".join(text.split())


def look(page: Page, town: Town) -> None:
    """Every document of the open list is shown with the metadata that SOAP and FHIR tell."""
    for title in FACES:
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("article").first).to_contain_text(f"{title} : rien à signaler.")
        shown = {name: tuple(map(_spaces, texts)) for name, texts in shown_facts(page).items()}
        assert shown == told_by_page(town.soap()[title]) == told_by_page(town.rest()[title].entry)
        assert shown["Auteur"] == ("Camille AUBIER", "Solène RAMEAU")
        assert shown["Actes décrits"] == ("Électrocardiographie", "Hypertension essentielle")
        assert shown["Commentaire"] == ("Relu avec la personne ; é, œ, & et < restent des caractères.",)
        with page.expect_download() as started:
            page.get_by_role("link", name="Télécharger").click()
        assert Path(started.value.path()).read_bytes() == town.bytes[title]
        page.get_by_role("link", name="Tous les documents").click()


def test_the_professional_s_pages_tell_the_same(town: Town, walker: Walker) -> None:
    with walker.page(walker.person("professionals", READER)) as page:
        open_record(page)
        look(page, town)


def open_record(page: Page) -> str:
    """Opens the record of `PERSON` by INS; its name in addresses."""
    page.goto("/pro/")
    page.get_by_label("Matricule INS du patient").fill(PERSON.identifier.value)
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
    return page.url.rstrip("/").rsplit("/", 1)[1]


def test_the_patient_s_pages_tell_the_same(town: Town, walker: Walker) -> None:
    with walker.page(walker.person("professionals", READER)) as page:
        record = open_record(page)
    patient = lives.enrol_patient(town.living, "remi.demo-tilleul", record, "Rémi DEMO-TILLEUL")
    with walker.page(patient) as page:
        page.goto("/patient/")
        look(page, town)


@pytest.mark.parametrize(("first", "then"), [("iti41", "iti65"), ("iti65", "iti41")])
def test_a_replacement_is_told_by_each_face(town: Town, walker: Walker, tmp_path: Path, first: str, then: str) -> None:
    day = 10 if first == "iti41" else 12
    old, new = f"Bilan {first}", f"Bilan {first}, corrigé"
    submission, content = written(old, day)
    provide(town, submission, content, tmp_path / "old.xml", via=first)
    parent = town.soap()[old]
    submission, content = written(new, day + 1, replaces=parent.entry_uuid)
    provide(town, submission, content, tmp_path / "new.xml", via=then)

    current, replaced = town.soap(), town.soap(Status.DEPRECATED)
    assert new in current
    assert old not in current
    assert values(replaced[old]) == values(parent) | {"status": Status.DEPRECATED}
    assert values(town.rest("superseded")[old].entry) == values(replaced[old])
    listed = town.rest()
    assert old not in listed
    assert values(listed[new].entry) == values(current[new])

    child = town.reference(current[new].logical_id.removeprefix("urn:uuid:"))
    target = "DocumentReference/" + parent.logical_id.removeprefix("urn:uuid:")
    assert child["relatesTo"] == [{"code": "replaces", "target": {"reference": target}}]
    ancestor = town.reference(target.partition("/")[2])
    assert ancestor["status"] == "superseded"
    assert "relatesTo" not in ancestor

    with walker.page(walker.person("professionals", READER)) as page:
        open_record(page)
        titles = page.locator(".document h3")
        assert new in titles.all_inner_texts()
        assert old not in titles.all_inner_texts()
        page.get_by_label("Montrer aussi les versions remplacées").check()
        page.get_by_role("button", name="Filtrer").click()
        line = page.locator(".document.is-replaced", has=page.get_by_role("link", name=old, exact=True))
        expect(line).to_contain_text("remplacé")
