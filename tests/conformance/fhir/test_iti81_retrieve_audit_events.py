"""ITI-81: a caller reads the traces that are theirs to read, as AuditEvents of BALP, and filters them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fhir_requests import entry, find, matches, post, request, submission, token

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."


@pytest.fixture(scope="module")
def audited(doctor: httpx.Client, fed_patient: str) -> str:
    """A record that the first physician fed once and searched twice."""
    assert post(doctor, request(submission(entry(fed_patient)))).status_code == 200
    for _ in range(2):
        assert find(doctor, fed_patient).status_code == 200
    return fed_patient


def events(client: httpx.Client, cx: str, **parameters: str) -> httpx.Response:
    return client.get("/AuditEvent", params={"patient.identifier": token(cx), **parameters})


def actions(answer: httpx.Response) -> list[str]:
    return [one["subtype"][1]["code"] for one in matches(answer)]


def test_own_acts_are_told_as_balp_says(doctor: httpx.Client, audited: str, physicians: list[dict[str, Any]]) -> None:
    answer = events(doctor, audited)
    assert answer.status_code == 200, answer.text
    provided = next(one for one in matches(answer) if one["subtype"][1]["code"] == "document.provide")
    assert provided["meta"]["profile"][0] == BALP + "PatientCreate"
    assert provided["type"]["code"] == "rest"
    assert (provided["subtype"][0]["code"], provided["action"], provided["outcome"]) == ("create", "C", "0")
    user, client, server = provided["agent"]
    assert user["who"]["identifier"]["value"] == physicians[0]["id"]
    assert [one["requestor"] for one in (user, client, server)] == [True, False, False]
    assert user["policy"] == ["urn:carnet:proof:certificate"]
    patient, document = provided["entity"]
    assert (patient["role"]["code"], document["role"]["code"]) == ("1", "4")
    system, value = token(audited).split("|")
    assert patient["what"]["identifier"] == {"system": system, "value": value}
    read = doctor.get("/" + document["what"]["reference"])
    assert read.status_code == 200
    asked = next(one for one in matches(events(doctor, audited)) if one["subtype"][1]["code"] == "document.list")
    assert asked["meta"]["profile"][0] == BALP + "PatientQuery"
    assert asked["entity"][1]["query"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"subtype": "create"}, {"document.provide"}),
        ({"subtype": "document.list", "outcome": "0"}, {"document.list"}),
        ({"action": "C,D"}, {"document.provide"}),
        ({"outcome": "4"}, set()),
        ({"date": "lt2020-01-01"}, set()),
        ({"date": "ge2020-01-01", "action": "E"}, {"document.list"}),
        ({"agent.identifier": "899999999999"}, set()),
    ],
)
def test_a_parameter_filters(parameters: dict[str, str], found: set[str], doctor: httpx.Client, audited: str) -> None:
    answer = events(doctor, audited, **parameters)
    assert answer.status_code == 200, answer.text
    assert set(actions(answer)) == found
    assert answer.json()["total"] == len(actions(answer))


def test_pages_hold_together(doctor: httpx.Client, audited: str) -> None:
    whole = [one["id"] for one in matches(events(doctor, audited, action="E"))]
    first = events(doctor, audited, action="E", _count="1")
    (following,) = [link["url"] for link in first.json()["link"] if link["relation"] == "next"]
    second = doctor.get("/AuditEvent", params=parse_qs(urlsplit(following).query))
    assert [one["id"] for one in matches(first) + matches(second)] == whole[:2]


def test_a_colleague_reads_nobody_elses_acts(
    callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]], audited: str
) -> None:
    other = callers(next(one for one in physicians[1:] if one["id"] != physicians[0]["id"]))
    answer = events(other, audited)
    assert answer.status_code == 200
    people = {one["agent"][0]["who"]["identifier"]["value"] for one in matches(answer)}
    assert physicians[0]["id"] not in people


def test_what_cannot_be_asked_is_refused(doctor: httpx.Client, audited: str) -> None:
    assert doctor.get("/AuditEvent").status_code == 400
    assert events(doctor, audited, altid="x").status_code == 400
    assert events(doctor, audited, outcome="9").status_code == 400
