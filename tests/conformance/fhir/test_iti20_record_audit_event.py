"""ITI-20: software declares its own acts, over mutual TLS; our own sender speaks so that our receiver understands."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fhir_requests import matches, token

from carnet.client.audit_repository import AuditRepository, NotRecordedError
from carnet.client.errors import Unreachable
from carnet.wire.fhir.audit_event import render
from tests.foreign_repository import foreign_repository
from tests.wire.fhir.test_audit_event import trace

_JSON = {"Content-Type": "application/fhir+json"}


def event(cx: str, **more: Any) -> dict[str, Any]:
    system, value = token(cx).split("|")
    told = trace("document.read", patient=(system, value), name="DR EXTERNE", software="LGC Externe")
    return render(told, observer="https://autre.example/fhir") | more


def declared(client: httpx.Client, cx: str) -> list[dict[str, Any]]:
    answer = client.get("/AuditEvent", params={"patient.identifier": token(cx), "subtype": "journal.receive"})
    assert answer.status_code == 200, answer.text
    return matches(answer)


def test_a_declaration_is_read_back_as_one(
    doctor: httpx.Client, patient: str, physicians: list[dict[str, Any]]
) -> None:
    answer = doctor.post("/AuditEvent", content=json.dumps(event(patient)), headers=_JSON)
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    (found,) = declared(doctor, patient)
    assert answer.headers["Location"].endswith(f"/AuditEvent/{found['id']}")
    user = found["agent"][0]
    assert user["who"]["identifier"]["value"] == physicians[0]["id"], "who sent it"
    said = {one["type"]: one["valueString"] for one in found["entity"][-1]["detail"]}
    assert (said["declared-who"], said["declared-software"]) == ("DR EXTERNE", "LGC Externe")


def test_what_is_wrong_is_named(doctor: httpx.Client, patient: str) -> None:
    answer = doctor.post("/AuditEvent", content=json.dumps(event(patient, recorded="hier")), headers=_JSON)
    assert answer.status_code == 422
    (issue,) = answer.json()["issue"]
    assert "AuditEvent.recorded" in json.dumps(issue)
    assert "hier" in json.dumps(issue)
    assert doctor.post("/AuditEvent", content=b"{", headers=_JSON).status_code == 400
    nobody = patient.replace("F", "G", 1)
    assert doctor.post("/AuditEvent", content=json.dumps(event(nobody)), headers=_JSON).status_code == 404


def test_our_sender_is_understood_over_mutual_tls(
    living: Any, doctor: httpx.Client, patient: str, physicians: list[dict[str, Any]]
) -> None:
    home, who = living.home, physicians[0]
    sender = AuditRepository(
        f"{living.tls}/d/ihe/fhir",
        certificate=home / who["certificate"],
        key=home / who["key"],
        authority=home / living.identities["authority"],
        software="Carnet/test",
    )
    with sender:
        sender.record([event(patient), event(patient, action="U")])
        assert len(declared(doctor, patient)) == 2
        with pytest.raises(NotRecordedError, match="1 of 2 refused, first 404"):
            sender.record([event(patient), event(patient.replace("F", "G", 1))])
    bare = AuditRepository(
        f"{living.tls}/d/ihe/fhir",
        certificate=None,
        key=None,
        authority=home / living.identities["authority"],
        software="Carnet/test",
    )
    with bare, pytest.raises(NotRecordedError, match="HTTP 401"):
        bare.record([event(patient)])


def test_a_foreign_repository_takes_what_we_send(living: Any, patient: str, physicians: list[dict[str, Any]]) -> None:
    home, who = living.home, physicians[0]
    certificate, key, authority = home / who["certificate"], home / who["key"], home / living.identities["authority"]
    with foreign_repository(home) as foreign:
        with AuditRepository(
            foreign.base, certificate=certificate, key=key, authority=authority, software="Carnet"
        ) as sender:
            sender.record([event(patient)])
        ((path, name, bundle),) = foreign.taken
        assert path == "/audit/fhir"
        assert name
        assert bundle["entry"][0]["request"] == {"method": "POST", "url": "AuditEvent"}
        with (
            AuditRepository(foreign.base, certificate=None, key=None, authority=authority, software="Carnet") as nobody,
            pytest.raises(Unreachable),
        ):
            nobody.record([event(patient)])
