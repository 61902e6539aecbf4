"""PDSm flux 03 in a plain domain: there are no masked, archived or deleted documents, and PATCH says so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fhir_requests import entry, find, matches, post, request, rules, submission

from carnet.wire.fhir.documentreference import ARCHIVED

LABEL = {"coding": [{"system": "urn:oid:1.2.250.1.213.1.1.4.13", "code": "MASQUE_PS"}]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/securityLabel/-", "value": LABEL},
        {"op": "add", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": True}]},
        {"op": "replace", "path": "/status", "value": "entered-in-error"},
    ],
)
def test_a_plain_domain_has_no_such_states(
    operation: dict[str, Any], doctor: httpx.Client, common_patient: str
) -> None:
    assert post(doctor, request(submission(entry(common_patient)))).status_code == 200
    before = matches(find(doctor, common_patient))[0]
    answer = doctor.patch(
        f"/DocumentReference/{before['id']}", json=[operation], headers={"Content-Type": "application/json-patch+json"}
    )
    assert (answer.status_code, rules(answer)) == (422, {"state-domain"})
    assert matches(find(doctor, common_patient))[0] == before


def test_the_statement_says_what_is_served(doctor: httpx.Client) -> None:
    (rest,) = doctor.get("/metadata").json()["rest"]
    served = {one["type"]: {code["code"] for code in one["interaction"]} for one in rest["resource"]}
    assert served == {
        "DocumentReference": {"read", "vread", "history-instance", "search-type", "create", "patch"},
        "List": {"read", "search-type"},
        "Binary": {"read"},
        "AuditEvent": {"create", "search-type"},
    }
