"""The 95 published French documents through the doors of a living Carnet.

Fed by ITI-41 into the domain `ihe` and by ITI-65 into `ihe-2`, found through both faces of both domains, read
back byte for byte, every attribute compared with the CDA header; in `fr`, exactly the table's outcome.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.record.terminology import api as terminology
from carnet.wire.cda.header import read_header
from carnet.wire.cda.metadata import content_type_of, to_entry, to_submission
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.xds.iti18_stored_query import FindDocuments, GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import DocumentEntry, Status, Submission
from tests.journeys.cda_table import FILES, TABLE, WHY_SKIPPED
from tests.wire.cda.naive import metadata

BY_SOAP, BY_FHIR = "ihe", "ihe-2"

pytestmark = [
    pytest.mark.skipif(not FILES, reason=WHY_SKIPPED),
    # One living server and one feeding for all of them.
    pytest.mark.xdist_group("cda_samples"),
]


@cache
def submission_of(path: Path) -> Submission:
    """What a document source would send for a file, in a set of its own."""
    data = path.read_bytes()
    header = read_header(data)
    entry = to_entry(
        header,
        size=len(data),
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        class_of=terminology.class_of_type,
        format_of=terminology.format_of_template,
    )
    return to_submission(
        [entry],
        unique_id=f"2.25.{uuid4().int}",
        source_id="1.2.250.1.213.1.4.999.95",
        submission_time="20260302091500",
        content_type=content_type_of(header),
    )


@dataclass
class Fed:
    """Connections to the three domains, and what each document met there (None: accepted)."""

    soap: Connection
    fhir: Connection
    french: Connection
    refused: dict[tuple[str, str], Refused] = field(default_factory=dict)
    found: dict[tuple[str, str], dict[str, DocumentEntry]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def connection(self, domain: str) -> Connection:
        return {BY_SOAP: self.soap, BY_FHIR: self.fhir, "fr": self.french}[domain]


def open_connection(living, domain: str) -> Connection:
    known = living.identities
    physician = next(one for one in known["professionals"] if one["profession"] == "10")
    return Connection(
        living.tls,
        identity=sender.choose(known, physician["login"], structure="", home=living.home),
        authority=living.home / known["authority"],
        software=Software(name="Essai", version="1.0", homologation="ESSAI-95"),
        domain="" if domain == "fr" else domain,
    )


SEVERAL = "import json, sys; from carnet.ops.command import main; sys.exit(max(map(main, json.load(sys.stdin))))"


def create_records(living, wanted: list[tuple[str, str, str, str, str]]) -> None:
    """`carnet record create` for each (domain, CX, name, given names, birth date), in one process."""
    clerk = living.identities["clerks"][0]["login"]
    calls = [
        ["record", "create", *fields, "--consent", "--as", clerk, "--domain", domain] for domain, *fields in wanted
    ]
    done = living.python(SEVERAL, answer=json.dumps(calls))
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert len(done.stdout.splitlines()) == len(wanted)


@pytest.fixture(scope="module")
def fed(living):
    people = {}
    for path in FILES:
        entry = submission_of(path).entries[0]
        patient = read_header(path.read_bytes()).patient
        people.setdefault(entry.patient_id, (patient.birth_name, patient.given_names, patient.birth_time))
    right = {submission_of(path).entries[0].patient_id for path in FILES if TABLE[path.name]["fr"] == "accepted"}
    wanted = [
        (domain, cx, name, given, f"{birth[:4]}-{birth[4:6]}-{birth[6:8]}")
        for cx, (name, given, birth) in people.items()
        for domain in (BY_SOAP, BY_FHIR, *(("fr",) if cx in right else ()))
    ]
    create_records(living, wanted)
    with (
        open_connection(living, BY_SOAP) as soap,
        open_connection(living, BY_FHIR) as rest,
        open_connection(living, "fr") as french,
    ):
        fed = Fed(soap, rest, french)
        for path in FILES:
            for domain in (BY_SOAP, BY_FHIR, "fr"):
                _feed(fed, domain, path)
        for domain in (BY_SOAP, BY_FHIR):
            _find(fed, domain, people)
        yield fed


def _feed(fed: Fed, domain: str, path: Path) -> None:
    submission, connection = submission_of(path), fed.connection(domain)
    documents = {submission.entries[0].entry_uuid: path}
    try:
        if domain == BY_FHIR:
            fhir.provide(connection, submission, documents, profile=Profile.MHD)
        else:
            xds.provide(connection, submission, documents)
    except Refused as refusal:
        fed.refused[domain, path.name] = refusal


def _find(fed: Fed, domain: str, people) -> None:
    """Everything of every patient of a domain, through both faces."""
    connection = fed.connection(domain)
    by_soap, by_fhir = fed.found[domain, "ITI-18"], fed.found[domain, "ITI-67"] = {}, {}
    for cx in people:
        request = FindDocuments(patient_id=cx, statuses=(Status.APPROVED,))
        for entry in xds.query(connection, request).objects.entries:
            by_soap[entry.unique_id] = entry
        for listed in fhir.search(connection, patient=cx):
            by_fhir[listed.entry.unique_id] = listed.entry
            fed.addresses[f"{domain} {listed.entry.unique_id}"] = listed.address


@pytest.mark.parametrize("domain", [BY_SOAP, BY_FHIR])
def test_a_plain_domain_accepts_the_95(fed: Fed, domain: str) -> None:
    refused = {name: str(refusal) for (where, name), refusal in fed.refused.items() if where == domain}
    assert refused == {}
    assert {row["ihe"] for row in TABLE.values()} == {"accepted"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_french_domain_does_what_the_table_says(fed: Fed, path: Path) -> None:
    expected = TABLE[path.name]["fr"]
    refusal = fed.refused.get(("fr", path.name))
    if refusal is None:
        assert expected == "accepted"
        return
    rules = set(expected.removeprefix("refused: ").split())
    assert {rule_of(explanation) for explanation in refusal.explanations} == rules, str(refusal)


def rule_of(explanation) -> str:
    """The rule that an explanation names: a member of its own in FHIR and faults, the first word of a RegistryError."""
    match = re.match(r"[a-z0-9-]+(?=\s?:)", explanation.text)
    return explanation.rule or (match.group() if match else explanation.text)


@pytest.mark.parametrize("face", ["ITI-18", "ITI-67"])
@pytest.mark.parametrize("domain", [BY_SOAP, BY_FHIR])
def test_all_95_are_found(fed: Fed, domain: str, face: str) -> None:
    expected = {row["unique_id"] for row in TABLE.values()}
    assert expected - set(fed.found[domain, face]) == set()


@pytest.mark.parametrize("face", ["ITI-18", "ITI-67"])
@pytest.mark.parametrize("domain", [BY_SOAP, BY_FHIR])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_attribute_is_the_header_s(fed: Fed, domain: str, face: str, path: Path) -> None:
    entry = fed.found[domain, face][TABLE[path.name]["unique_id"]]
    expected = metadata(path)
    fhir_times = domain == BY_FHIR or face == "ITI-67"
    assert entry.unique_id == expected["unique_id"]
    assert entry.patient_id == expected["patient_id"]
    assert entry.source_patient_id == expected["source_patient_id"]
    assert entry.mime_type == expected["mime_type"]
    assert _pair(entry.type_code) == expected["type_code"]
    assert _pair(entry.healthcare_facility_type_code) == expected["healthcare_facility_type_code"]
    assert _pair(entry.practice_setting_code) == expected["practice_setting_code"]
    assert tuple(map(_pair, entry.confidentiality_codes)) == expected["confidentiality_codes"]
    assert tuple(map(_pair, entry.event_codes)) == expected["event_codes"]
    assert tuple(author.person for author in entry.authors) == expected["persons"]
    assert tuple(author.institutions for author in entry.authors) == expected["institutions"]
    assert tuple(author.roles for author in entry.authors) == expected["roles"]
    assert tuple(author.specialties for author in entry.authors) == expected["specialties"]
    assert entry.legal_authenticator == expected["legal_authenticator"]
    assert entry.title == expected["title"]
    assert entry.language_code == expected["language_code"]
    assert _time(entry.creation_time, fhir_times) == _time(expected["creation_time"], fhir_times)
    assert _time(entry.service_start_time, fhir_times) == _time(expected["service_start_time"], fhir_times)
    assert _time(entry.service_stop_time, fhir_times) == _time(expected["service_stop_time"], fhir_times)
    assert entry.hash == expected["hash"]
    assert entry.size == expected["size"]
    information = entry.source_patient_info
    assert f"PID-7|{expected['birth']}" in information
    assert f"PID-8|{expected['sex']}" in information
    assert any(line.startswith(f"PID-5|{expected['birth_name']}^") for line in information)
    assert f"PID-11|^^^^^^BDL^^{expected['birth_place']}" in information


SERVER_GIVES = {"entry_uuid", "logical_id", "version", "status", "repository_unique_id", "home_community_id"}
SERVER_GIVES |= {"document_availability", "uri", "stable", "extra_slots"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_sent_comes_back_whole_through_both_faces(fed: Fed, path: Path) -> None:
    sent = msgspec.structs.asdict(submission_of(path).entries[0])
    for (domain, face), entries in fed.found.items():
        entry = msgspec.structs.asdict(entries[TABLE[path.name]["unique_id"]])
        differs = {
            name: (value, entry[name])
            for name, value in sent.items()
            if name not in SERVER_GIVES
            and (_time(entry[name], True) != _time(value, True) if name.endswith("_time") else entry[name] != value)
        }
        assert differs == {}, f"{domain} {face}"
        assert entry["status"] is Status.APPROVED
        assert entry["repository_unique_id"]


@pytest.mark.parametrize("domain", [BY_SOAP, BY_FHIR])
def test_both_faces_give_one_document_the_same_names(fed: Fed, domain: str) -> None:
    by_soap, by_fhir = fed.found[domain, "ITI-18"], fed.found[domain, "ITI-67"]
    for row in TABLE.values():
        entry, other = by_soap[row["unique_id"]], by_fhir[row["unique_id"]]
        assert (entry.entry_uuid, entry.logical_id) == (other.entry_uuid, other.logical_id)


@pytest.mark.parametrize("domain", [BY_SOAP, BY_FHIR])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bytes_come_back_identical(fed: Fed, domain: str, path: Path, tmp_path: Path) -> None:
    entry = fed.found[domain, "ITI-18"][TABLE[path.name]["unique_id"]]
    connection = fed.connection(domain)
    request = DocumentRequest(entry.repository_unique_id, entry.unique_id)
    by_soap = xds.retrieve(connection, request, patient=entry.patient_id, path=tmp_path / "soap")
    assert by_soap.path.read_bytes() == path.read_bytes()
    assert by_soap.mime_type == entry.mime_type
    address = fed.addresses[f"{domain} {entry.unique_id}"]
    by_fhir = fhir.retrieve(connection, address, tmp_path / "fhir")
    assert by_fhir.path.read_bytes() == path.read_bytes()
    assert by_fhir.mime_type == entry.mime_type


def test_get_documents_by_unique_id_finds_the_same(fed: Fed) -> None:
    path = FILES[0]
    entry = fed.found[BY_SOAP, "ITI-18"][TABLE[path.name]["unique_id"]]
    asked = GetDocuments(unique_ids=(entry.unique_id,))
    (found,) = xds.query(fed.soap, asked, patient=entry.patient_id).objects.entries
    assert found == entry


def _pair(code) -> tuple[str, str] | None:
    return (code.code, code.scheme) if code is not None else None


def _time(value: str, instant: bool) -> str:
    """A time to the second when FHIR carried it: an `instant` has no shorter form."""
    return value.ljust(14, "0") if instant and len(value) > 8 else value
