"""B1: INS-C computed, INS-A and local numbers drawn, the INS of today beside them; one person found by each of them.

The vectors are published with the algorithm (ASIP Santé, INS-C 1.0.0). The rest goes through living doors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.ops.demo import letters, professionals, structures
from carnet.ops.demo.patients import Person
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import DocumentEntry, Status
from tests.conftest import Living
from tests.portals import lives

INS_C, INS_A = "1.2.250.1.213.1.4.2", "1.2.250.1.213.1.4.999.3"
NIR, NIA, TEST = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10"
# The author feeds; a colleague of the hospital that created the record, hence of its care team, reads.
WRITER, READER, CLERK = "camille.aubier", "helene.liege", "accueil.chu"


def ins_c(given: str, born: str, nir: str) -> identity.PatientIdentifier:
    found = identity.calculate_ins_c(given_name=given, birth_date=born, nir=nir)
    assert isinstance(found, identity.PatientIdentifier), found
    return found


@dataclass(frozen=True)
class Software2012:
    """A vendor's software at one domain's doors."""

    living: Living
    domain: str

    def connect(self, login: str = READER) -> Connection:
        known = self.living.identities
        return Connection(
            self.living.tls,
            identity=sender.choose(known, login, structure="", home=self.living.home),
            authority=self.living.home / known["authority"],
            software=Software(name="Essai", version="1", homologation="ESSAI-B1"),
            domain=self.domain,
        )

    def feed(self, person: Person, folder: Path, title: str) -> None:
        told = letters.Told(
            about=person,
            by=professionals.GENERALIST,
            at=structures.PRACTICE,
            when=datetime(2026, 3, 2, 10, 30, tzinfo=lives.PARIS),
            type_code="11488-4",
            title=title,
            body=lives.paragraph("Rien à signaler."),
        )
        content = letters.write(told)
        path = folder / "letter.xml"
        path.write_bytes(content)
        submission = letters.submission(told, content)
        with self.connect(WRITER) as connection:
            xds.provide(connection, submission, {submission.entries[0].entry_uuid: path})

    def found(self, patient_id: str) -> tuple[DocumentEntry, ...]:
        with self.connect() as connection:
            request = FindDocuments(patient_id=patient_id, statuses=(Status.APPROVED,))
            return xds.query(connection, request).objects.entries

    def found_by_fhir(self, patient_id: str) -> list[DocumentEntry]:
        with self.connect() as connection:
            return [listed.entry for listed in fhir.search(connection, patient=patient_id)]


@pytest.fixture(scope="module")
def old(living: Living) -> Software2012:
    return Software2012(living, "fr-2012")


def create(living: Living, person: Person, domain: str) -> str:
    """A record at the desk, by the command; what it prints."""
    traits = person.traits
    done = lives.command(
        living, "record", "create", identity.format_cx(person.identifier), traits.birth_name, traits.given_names,
        traits.birth_date.isoformat(), "--sex", traits.sex, "--consent", "--as", CLERK, "--domain", domain,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("given", "born", "nir", "expected"),
    [
        ("PHILIPPE", "1961-02-17", "1610275754289", "0833910461279517589858"),
        ("JEAN", "1950-08-01", "1500815051040", "1541187387477485562488"),
    ],
)
def test_the_published_vectors(given: str, born: str, nir: str, expected: str) -> None:
    assert ins_c(given, born, nir) == identity.PatientIdentifier(INS_C, expected)
    assert identity.format_cx(ins_c(given, born, nir)) == f"{expected}^^^&{INS_C}&ISO^INS-C"


def test_two_spellings_of_one_person_are_one_and_two_people_are_two() -> None:
    one = ins_c("Jean-François", "1980-02-01", "1800275000001")
    assert one == ins_c("JEAN FRANCOIS", "19800201", "1800275000001")
    assert one != ins_c("JEAN-FRANÇOISE".replace("JEAN-", ""), "1980-02-01", "1800275000001")
    assert one != ins_c("Jean-François", "1980-01-02", "1800275000001")
    assert one != ins_c("Jean-François", "1980-02-01", "1800275000002")


def test_a_document_fed_under_an_ins_c_is_found_by_soap_and_fhir(old: Software2012, tmp_path: Path) -> None:
    person = lives.invented("1750640088031", datetime(1975, 6, 9, tzinfo=lives.PARIS), "DEMO-AULNE", "RÉMI LÉON")
    computed = ins_c(person.traits.first_given, person.traits.birth_date.isoformat(), person.identifier.value)
    carded = replace(person, identifier=computed)
    assert create(old.living, carded, "fr-2012") == "Dossier créé.\n"
    assert create(old.living, carded, "fr-2012") == "Ce dossier existe déjà.\n"
    old.feed(carded, tmp_path, "Sous un INS-C")
    patient_id = identity.format_cx(computed)
    listed = [found for found in old.found(patient_id) if found.title == "Sous un INS-C"]
    assert [found.patient_id for found in listed] == [patient_id]
    assert [found.title for found in old.found_by_fhir(patient_id)] == ["Sous un INS-C"]
    with pytest.raises(Refused):
        Software2012(old.living, "fr").found(patient_id)


@pytest.mark.parametrize(
    ("domain", "identifier", "rule"),
    [
        ("fr-2012", identity.PatientIdentifier(INS_C, "0833910461279517589858", "INS-C"), ""),
        ("fr-2012", identity.PatientIdentifier(INS_C, "0833910461279517589858", "NH"), "ins-type"),
        ("fr-2012", identity.PatientIdentifier(INS_C, "0833910461279517589859"), "ins-c-key"),
        ("fr-2012", identity.PatientIdentifier(INS_A, "0833910461279517589858"), "ins-a-range"),
        ("fr-2012", identity.PatientIdentifier(TEST, "275126322074974", "NH"), "ins-oid"),
        ("fr", identity.PatientIdentifier(TEST, "275126322074974", "NH"), ""),
        ("fr", identity.PatientIdentifier(INS_C, "0833910461279517589858", "INS-C"), "ins-oid"),
        ("fr", identity.PatientIdentifier(NIR, "275126322074974", "NH"), "ins-oid-production"),
        ("fr", identity.PatientIdentifier(NIA, "275126322074974", "NH"), "ins-oid-production"),
    ],
)
def test_each_domain_takes_its_own_identifiers(domain: str, identifier: identity.PatientIdentifier, rule: str) -> None:
    found = terminology.domain(domain)
    assert found is not None
    problem = identity.check_identifier(found, identifier)
    assert (problem.rule if problem else "") == rule


def test_a_false_ins_c_is_refused_at_the_door_with_its_rule(old: Software2012, tmp_path: Path) -> None:
    person = lives.invented("1750640088033", datetime(1975, 6, 9, tzinfo=lives.PARIS), "DEMO-AULNE", "REMI")
    wrong = replace(person, identifier=identity.PatientIdentifier(INS_C, "0833910461279517589859", "INS-C"))
    with pytest.raises(Refused) as refused:
        old.feed(wrong, tmp_path, "Clé fausse")
    assert "La clé de l'INS-C est fausse" in str(refused.value)
