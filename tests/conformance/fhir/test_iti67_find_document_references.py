"""ITI-67: every parameter filters what it says, pages hold together, and nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fhir_requests import XCN, entry, find, matches, post, request, rules, submission, token
from fhirpy import SyncFHIRClient

from carnet.wire.xds.model import Author, Code

LOINC = "http://loinc.org"
TITLES = ("A", "B", "C", "D", "E")


@pytest.fixture(scope="module")
def filled(doctor: httpx.Client, fed_patient: str) -> str:
    """Five documents: titles A to E, created on the 1st to the 5th of February 2026 at noon UTC."""
    zola = Author(person="899900000022^ZOLA^Émile^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    special: dict[str, dict[str, Any]] = {
        "A": {"type_code": Code("11488-4", "2.16.840.1.113883.6.1", "CR de consultation")},
        "B": {"authors": (zola,), "reference_ids": ("88^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:accession",)},
        "C": {"service_start_time": "2019", "service_stop_time": ""},
        "D": {"confidentiality_codes": (Code("R", "2.16.840.1.113883.5.25", "Restricted"),)},
        "E": {"event_codes": (Code("IMG", "1.2.250.1.999.7", "Imagerie"),)},
    }
    for day, title in enumerate(TITLES, 1):
        sent = entry(fed_patient, title=title, creation_time=f"2026020{day}120000", **special[title])
        answer = post(doctor, request(submission(sent)))
        assert answer.status_code == 200, answer.text
    return fed_patient


def titles(answer: httpx.Response) -> str:
    """The titles found, in order."""
    return "".join(r["content"][0]["attachment"]["title"] for r in matches(answer))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("status", "current", "EDCBA"),
        ("status", "superseded", ""),
        ("status", "superseded,current", "EDCBA"),
        ("type", f"{LOINC}|11488-4", "A"),
        ("type", "11488-4", "A"),
        ("type", "urn:oid:2.16.840.1.113883.6.1|11488-4,11502-2", "EDCBA"),
        ("type", "urn:oid:1.2.3|11488-4", ""),
        ("category", "10", "EDCBA"),
        ("format", "urn:ihe:lab:xd-lab:2008", "EDCBA"),
        ("setting", "ETABLISSEMENT", "EDCBA"),
        ("facility", "SA01", "EDCBA"),
        ("facility", "SA02", ""),
        ("security-label", "R", "D"),
        ("event", "urn:oid:1.2.250.1.999.7|IMG", "E"),
        ("author.family", "zol", "B"),
        ("author.family", "ola", ""),
        ("author.given", "emile", "B"),
        ("creation", "2026-02-03", "C"),
        ("creation", "ge2026-02-03", "EDC"),
        ("creation", "gt2026-02-03", "ED"),
        ("creation", "le2026-02-03", "CBA"),
        ("creation", "lt2026-02-03", "BA"),
        ("creation", "2026-02-03T13:00:00+01:00", "C"),
        ("date", "2026", "EDCBA"),
        ("period", "lt2020", "C"),
        ("period", "ge2026-01-02", "EDBA"),
        ("period", "2019", "C"),
        ("period-start", "2019", "C"),
        ("period-end", "ge2026", "EDBA"),
        ("related:identifier", "urn:oid:1.2.250.1.999.8|88", "B"),
        ("isArchived", "false", "EDCBA"),
        ("isArchived", "true", ""),
        ("_sort", "-date", "EDCBA"),
    ],
)
def test_a_parameter_filters(name: str, value: str, found: str, doctor: httpx.Client, filled: str) -> None:
    answer = doctor.get("/DocumentReference", params={"patient.identifier": token(filled), name: value})
    assert titles(answer) == found
    assert answer.json()["total"] == len(found)
    (link,) = [link["url"] for link in answer.json()["link"] if link["relation"] == "self"]
    assert parse_qs(urlsplit(link).query)[name] == [value]


def test_repeated_parameters_are_and(doctor: httpx.Client, filled: str) -> None:
    pairs = [("patient.identifier", token(filled)), ("creation", "ge2026-02-02"), ("creation", "lt2026-02-04")]
    assert titles(doctor.get("/DocumentReference", params=pairs)) == "CB"


def test_identifier_finds_by_unique_id_and_by_entry_uuid(doctor: httpx.Client, filled: str) -> None:
    first = matches(find(doctor, filled))[0]
    for identifier in (first["masterIdentifier"], first["identifier"][0]):
        answer = find(doctor, filled, identifier=f"{identifier['system']}|{identifier['value']}")
        assert titles(answer) == "E"


def test_search_by_post(doctor: httpx.Client, filled: str) -> None:
    answer = doctor.post("/DocumentReference/_search", data={"patient.identifier": token(filled), "type": "11488-4"})
    assert titles(answer) == "A"
    wrong = doctor.post("/DocumentReference/_search", content=b"{}", headers={"Content-Type": "application/json"})
    assert wrong.status_code == 415


@pytest.mark.parametrize("extra", [{}, {"author.family": "L"}])
def test_pages_hold_together(extra: dict[str, str], doctor: httpx.Client, filled: str) -> None:
    seen, sizes = "", []
    answer = find(doctor, filled, _count="2", **extra)
    while True:
        page = titles(answer)
        seen += page
        sizes.append(len(page))
        assert answer.json()["total"] == (4 if extra else 5)
        following = [link["url"] for link in answer.json()["link"] if link["relation"] == "next"]
        if not following:
            break
        answer = doctor.get(following[0])
    assert (seen, sizes) == (("EDCA", [2, 2]) if extra else ("EDCBA", [2, 2, 1]))


def test_a_page_link_is_bound_to_its_caller_and_search(
    doctor: httpx.Client, callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]], filled: str
) -> None:
    answer = find(doctor, filled, _count="2")
    (url,) = [link["url"] for link in answer.json()["link"] if link["relation"] == "next"]
    assert doctor.get(url).status_code == 200
    for client, address in (
        (callers(physicians[1]), url),
        (doctor, url + "&type=11488-4"),
        (doctor, url[:-3] + "AAA"),
        (doctor, url.replace("_count=2", "_count=3")),
    ):
        refused = client.get(address)
        assert refused.status_code == 400
        assert rules(refused) == {"cursor"}


def test_an_unknown_parameter_is_refused_unless_lenient(doctor: httpx.Client, filled: str) -> None:
    refused = find(doctor, filled, colour="blue")
    assert refused.status_code == 400
    assert rules(refused) == {"unknown-parameter"}
    assert refused.json()["issue"][0]["expression"] == ["colour"]
    lenient = doctor.get(
        "/DocumentReference",
        params={"patient.identifier": token(filled), "colour": "blue"},
        headers={"Prefer": "handling=lenient"},
    )
    assert titles(lenient) == "EDCBA"
    (said,) = [e["resource"] for e in lenient.json()["entry"] if e["search"]["mode"] == "outcome"]
    assert {i["details"]["coding"][0]["code"] for i in said["issue"]} == {"used-parameters", "ignored-parameter"}
    assert "colour" not in lenient.json()["link"][0]["url"]


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ({}, "patient-required"),
        ({"patient.identifier": "123"}, "patient-identifier"),
        ({"patient.identifier": "urn:oid:1.2|3", "type:not": "x"}, "modifier"),
        ({"patient.identifier": "urn:oid:1.2|3", "creation": "2026-02-30"}, "date"),
        ({"patient.identifier": "urn:oid:1.2|3", "creation": "ap2026"}, "prefix"),
        ({"patient.identifier": "urn:oid:1.2|3", "status": "draft"}, "status"),
        ({"patient.identifier": "urn:oid:1.2|3", "_count": "many"}, "count"),
        ({"patient.identifier": "urn:oid:1.2|3", "_sort": "title"}, "sort"),
        ({"patient.identifier": "urn:oid:1.2|3", "_include": "*"}, "unknown-parameter"),
        ({"patient.identifier": "urn:oid:1.2|3", "type": ""}, "empty"),
        ({"patient.identifier": "urn:oid:1.2|3", "type": "a\x00b"}, "control-character"),
        ({"patient": "12"}, "unknown-parameter"),
    ],
)
def test_a_search_that_cannot_be_done_says_why(parameters: dict[str, str], rule: str, doctor: httpx.Client) -> None:
    answer = doctor.get("/DocumentReference", params=parameters)
    assert answer.status_code == 400
    assert rule in rules(answer)


def test_unreadable_parameters(doctor: httpx.Client) -> None:
    assert doctor.get("/DocumentReference?type=%FF").status_code == 400
    assert doctor.get("/DocumentReference?" + "&".join(f"a{n}=1" for n in range(200))).status_code == 400


def test_fhirpy_finds_and_reads(living: Any, physicians: list[dict[str, Any]], filled: str) -> None:
    person = physicians[0]
    client = SyncFHIRClient(
        f"{living.tls}/d/ihe/fhir",
        requests_config={
            "verify": str(living.home / living.identities["authority"]),
            "cert": (str(living.home / person["certificate"]), str(living.home / person["key"])),
        },
    )
    found = client.resources("DocumentReference").search(**{"patient.identifier": token(filled)}).limit(2).fetch_all()
    assert [r["content"][0]["attachment"]["title"] for r in found] == list("EDCBA")
    one = client.reference("DocumentReference", found[0]["id"]).to_resource()
    assert one["masterIdentifier"]["value"] == found[0]["masterIdentifier"]["value"]
    binary = client.reference(reference="Binary/" + found[0]["content"][0]["attachment"]["url"].rpartition("/")[2])
    assert binary.to_resource()["contentType"] == "text/xml"


def test_reading_by_logical_id_and_by_entry_uuid(doctor: httpx.Client, filled: str) -> None:
    first = matches(find(doctor, filled))[0]
    by_id = doctor.get(f"/DocumentReference/{first['id']}")
    by_uuid = doctor.get(f"/DocumentReference/{first['identifier'][0]['value'].removeprefix('urn:uuid:')}")
    assert by_id.json() == by_uuid.json() == first
    assert by_id.headers["etag"] == 'W/"1"'
    for name in ("6f1c1f1e-0000-4000-8000-000000000001", "not-a-uuid"):
        answer = doctor.get(f"/DocumentReference/{name}")
        assert answer.status_code == 404
        assert rules(answer) == {"document-unknown"}


def test_only_what_is_served_is_declared(
    callers: Callable[..., httpx.Client], doctor: httpx.Client, filled: str
) -> None:
    declared = callers(None).get("/metadata").json()
    assert declared["resourceType"] == "CapabilityStatement"
    (rest,) = declared["rest"]
    resources = {r["type"]: r for r in rest["resource"]}
    assert set(resources) == {"DocumentReference", "List", "Binary", "AuditEvent"}
    samples = {"date": "2026", "token": "x", "string": "x", "reference": "urn:oid:1.2|x"}
    special = {
        "status": "current",
        "isArchived": "true",
        "_id": "x",
        "patient.identifier": token(filled),
        "code": "folder",
    }
    for kind in ("DocumentReference", "List"):
        for parameter in resources[kind]["searchParam"]:
            name = parameter["name"]
            value = special.get(name, samples[parameter["type"]])
            answer = doctor.get(f"/{kind}", params={"patient.identifier": token(filled)} | {name: value})
            assert answer.status_code == 200, (name, answer.text)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("PUT", "/DocumentReference/x", 405),
        ("DELETE", "/Binary/x", 405),
        ("PUT", "/DocumentReference", 405),
        ("GET", "", 405),
        ("POST", "/metadata", 405),
        ("GET", "/Patient/12", 404),
        ("GET", "/DocumentReference/a/b/c", 404),
    ],
)
def test_what_is_not_served(method: str, address: str, status: int, doctor: httpx.Client) -> None:
    answer = doctor.request(method, address)
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_an_unknown_domain(callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]) -> None:
    answer = callers(physicians[0], "nowhere").get("/DocumentReference")
    assert answer.status_code == 404
    assert rules(answer) == {"domain-unknown"}


def test_only_json(doctor: httpx.Client, filled: str) -> None:
    address = f"/DocumentReference?patient.identifier={token(filled)}"
    assert doctor.get(address, headers={"Accept": "application/fhir+xml"}).status_code == 406
    assert doctor.get(address + "&_format=json", headers={"Accept": "application/fhir+xml"}).status_code == 200


def test_what_a_professional_may_not_see_is_forbidden(
    callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]], living: Any
) -> None:
    known = next(p for p in living.identities["patients"] if p.get("treating") != physicians[0]["id"])
    answer = find(callers(physicians[0], "fr"), f"{known['ins']}^^^&{known['oid']}&ISO^NH")
    assert answer.status_code == 403
    assert XCN not in answer.text
