"""ITI-66: sets are found with what they hold, every parameter filters, pages hold together, nothing is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
from fhir_requests import entry, find, matches, post, request, rules, submission, token
from fhirpy import SyncFHIRClient

TITLES = ("Un", "Deux", "Trois")


@pytest.fixture(scope="module")
def filled(doctor: httpx.Client, fed_patient: str) -> str:
    """Three sets of one document: Un, Deux, Trois, submitted on the 1st to the 3rd of February 2026 at noon UTC."""
    for day, title in enumerate(TITLES, 1):
        sent = submission(entry(fed_patient, title=title))
        the_set = msgspec.structs.replace(sent.submission_set, title=title, submission_time=f"2026020{day}120000")
        answer = post(doctor, request(msgspec.structs.replace(sent, submission_set=the_set)))
        assert answer.status_code == 200, answer.text
    return fed_patient


def lists(client: httpx.Client, cx: str, **parameters: str) -> httpx.Response:
    return client.get("/List", params={"patient.identifier": token(cx), **parameters})


def titles(answer: httpx.Response) -> list[str]:
    return [one["title"] for one in matches(answer)]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["Trois", "Deux", "Un"]),
        ({"code": "submissionset", "_sort": "-date"}, ["Trois", "Deux", "Un"]),
        ({"code": "folder"}, []),
        ({"date": "ge2026-02-02"}, ["Trois", "Deux"]),
        ({"title": "d"}, ["Deux"]),
        ({"status": "retired"}, []),
    ],
)
def test_a_parameter_filters(parameters: dict[str, str], found: list[str], doctor: httpx.Client, filled: str) -> None:
    answer = lists(doctor, filled, **parameters)
    assert titles(answer) == found
    assert answer.json()["total"] == len(found)
    (link,) = [link["url"] for link in answer.json()["link"] if link["relation"] == "self"]
    assert {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()} == {
        "patient.identifier": token(filled),
        **parameters,
    }
    assert answer.json()["entry"][-1]["search"]["mode"] == "outcome"


def test_a_set_names_its_documents_and_is_read_alone(doctor: httpx.Client, filled: str) -> None:
    found = matches(lists(doctor, filled, title="deux"))[0]
    (member,) = found["entry"]
    document = doctor.get("/" + member["item"]["reference"])
    assert document.json()["content"][0]["attachment"]["title"] == "Deux"
    read = doctor.get(f"/List/{found['id']}")
    assert read.json() == found
    assert read.headers["etag"] == 'W/"1"'
    by_name = {one["type"]["coding"][0]["code"]: one for one in found["identifier"]}
    for identifier in by_name.values():
        asked = lists(doctor, filled, identifier=f"{identifier['system']}|{identifier['value']}")
        assert titles(asked) == ["Deux"]
    assert by_name["entryUUID"]["value"] == f"urn:uuid:{found['id']}"


def test_pages_hold_together(doctor: httpx.Client, filled: str) -> None:
    answer = lists(doctor, filled, _count="2")
    assert titles(answer) == ["Trois", "Deux"]
    (following,) = [link["url"] for link in answer.json()["link"] if link["relation"] == "next"]
    after = doctor.get(following)
    assert titles(after) == ["Un"]
    assert after.json()["total"] == answer.json()["total"] == 3
    assert "next" not in {link["relation"] for link in after.json()["link"]}
    # A page of one search is no page of another, nor of another resource.
    assert doctor.get(following.replace("/List?", "/DocumentReference?")).status_code == 400
    assert rules(doctor.get(following.replace("_count=2", "_count=1"))) == {"cursor"}


def test_what_is_not_served_is_refused_or_said(doctor: httpx.Client, filled: str) -> None:
    refused = lists(doctor, filled, colour="x", status="superseded")
    assert refused.status_code == 400
    assert rules(refused) == {"unknown-parameter", "status"}
    parameters = {"patient.identifier": token(filled), "colour": "x"}
    ignored = doctor.get("/List", params=parameters, headers={"Prefer": "handling=lenient"})
    outcome = ignored.json()["entry"][-1]["resource"]
    assert [one["details"]["coding"][0]["code"] for one in outcome["issue"]] == ["used-parameters", "ignored-parameter"]
    assert "colour" not in ignored.json()["link"][0]["url"]
    assert rules(doctor.get("/List")) == {"patient-required"}


def test_search_by_post(doctor: httpx.Client, filled: str) -> None:
    answer = doctor.post("/List/_search", data={"patient.identifier": token(filled), "title": "un"})
    assert titles(answer) == ["Un"]
    assert doctor.post("/List", json={}).status_code == 405


def test_fhirpy_finds_and_reads(living: Any, physicians: list[dict[str, Any]], filled: str) -> None:
    person = physicians[0]
    client = SyncFHIRClient(
        f"{living.tls}/d/ihe/fhir",
        requests_config={
            "verify": str(living.home / living.identities["authority"]),
            "cert": (str(living.home / person["certificate"]), str(living.home / person["key"])),
        },
    )
    asked = {"patient.identifier": token(filled), "code": "submissionset"}
    found = client.resources("List").search(**asked).limit(2).fetch_all()
    assert [one["title"] for one in found] == ["Trois", "Deux", "Un"]
    assert client.reference("List", found[0]["id"]).to_resource()["entry"] == found[0]["entry"]


@pytest.mark.parametrize("name", ["x", "3a1c7a52-0000-4000-8000-000000000000"])
def test_an_unknown_list_is_not_found(name: str, doctor: httpx.Client) -> None:
    answer = doctor.get(f"/List/{name}")
    assert (answer.status_code, rules(answer)) == (404, {"list-unknown"})


def test_nobody_without_a_certificate(callers: Callable[..., httpx.Client], filled: str) -> None:
    answer = find(callers(None), filled)
    assert answer.status_code == 401
    assert callers(None).get("/List").status_code == 401
