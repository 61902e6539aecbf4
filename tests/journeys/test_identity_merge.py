"""Two records of one person, fed by software, merged by identity-vigilance, found by either INS; then apart again."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.ops.demo.patients import Person
from carnet.record.identity import api as identity
from carnet.wire.xds.iti18_stored_query import FindDocuments, GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import DocumentEntry, Status
from tests.conftest import Living
from tests.portals import lives

# The author feeds; a colleague of the hospital that created the records, hence of their care team, reads.
WRITER, READER, CLERK, OPERATOR = "camille.aubier", "helene.liege", "accueil.chu", "astreinte"


class Town:
    """A living Carnet and two records, each with one letter."""

    def __init__(self, living: Living, folder: Path) -> None:
        self.living = living
        self.folder = folder
        self.people = [self._person() for _ in range(2)]
        self.survivor, self.merged = (identity.format_cx(person.identifier) for person in self.people)
        for number, person in enumerate(self.people):
            self.record("create", person.identifier.value, person.traits.birth_name, person.traits.given_names,
                        "1971-06-09", "--consent", who=CLERK)  # fmt: skip
            self.feed(person, f"Lettre {number}")

    def _person(self) -> Person:
        number = f"17106400{secrets.randbelow(100_000):05d}"
        return lives.invented(number, datetime(1971, 6, 9, tzinfo=lives.PARIS), "DEMO-CHARME", "LUC")

    def record(self, action: str, *words: str, who: str = OPERATOR, code: int = 0) -> str:
        done = lives.command(self.living, "record", action, *words, "--as", who)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def feed(self, person: Person, title: str) -> None:
        lives.feed(self.living, self.folder, WRITER, lives.letter(person, title, lives.paragraph(title)))

    def connect(self) -> Connection:
        known = self.living.identities
        return Connection(
            self.living.tls,
            identity=sender.choose(known, READER, structure="", home=self.living.home),
            authority=self.living.home / known["authority"],
            software=Software(name="Essai", version="1", homologation="ESSAI-F"),
        )

    def soap(self, patient_id: str) -> dict[str, DocumentEntry]:
        with self.connect() as connection:
            request = FindDocuments(patient_id=patient_id, statuses=(Status.APPROVED,))
            return {entry.title: entry for entry in xds.query(connection, request).objects.entries}

    def rest(self, patient_id: str) -> set[str]:
        with self.connect() as connection:
            return {listed.entry.title for listed in fhir.search(connection, patient=patient_id)}

    def by_id(self, entry: DocumentEntry, patient_id: str) -> list[str]:
        with self.connect() as connection:
            request = GetDocuments(entry_uuids=(entry.entry_uuid,))
            found = xds.query(connection, request, patient=patient_id).objects.entries
        return [one.title for one in found]

    def content(self, entry: DocumentEntry, patient_id: str) -> bytes:
        path = self.folder / "read.xml"
        with self.connect() as connection:
            request = DocumentRequest(
                repository_unique_id=entry.repository_unique_id, document_unique_id=entry.unique_id
            )
            xds.retrieve(connection, request, patient=patient_id, path=path)
        return path.read_bytes()


@pytest.fixture
def town(living: Living, tmp_path: Path) -> Any:
    return Town(living, tmp_path)


def test_fed_under_two_ins_found_under_both_and_given_back(town: Town) -> None:
    apart = {town.survivor: {"Lettre 0"}, town.merged: {"Lettre 1"}}
    before = town.soap(town.merged)["Lettre 1"]
    bytes_before = town.content(before, town.merged)
    merge = (town.survivor, town.merged, "--reason", "passeport vu, INSi interrogé")
    assert "merge-actor" in town.record("merge", *merge, who=CLERK, code=1)
    town.record("referent", CLERK)
    try:
        assert town.record("merge", *merge, who=CLERK).startswith("Dossiers réunis")
    finally:
        town.record("referent", CLERK, "--dismiss")

    for patient_id in (town.survivor, town.merged):
        found = town.soap(patient_id)
        assert found.keys() == town.rest(patient_id) == {"Lettre 0", "Lettre 1"}
        assert {entry.patient_id for entry in found.values()} == {town.survivor}
        assert town.by_id(before, patient_id) == ["Lettre 1"]
        assert town.content(before, patient_id) == bytes_before
    town.feed(town.people[1], "Lettre tardive")
    assert town.soap(town.survivor).keys() == {"Lettre 0", "Lettre 1", "Lettre tardive"}

    printed = town.record("unmerge", town.merged)
    assert "À examiner : 1 lots" in printed
    assert town.soap(town.merged).keys() == town.rest(town.merged) == apart[town.merged]
    assert town.soap(town.survivor).keys() == {"Lettre 0", "Lettre tardive"}
    assert town.soap(town.merged)["Lettre 1"] == before
    assert town.content(before, town.merged) == bytes_before
    assert town.by_id(before, town.survivor) == []
