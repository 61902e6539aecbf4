"""AuditEvents of others: what is kept of them, and what each fault is called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carnet.wire.errors import Malformed
from carnet.wire.fhir.audit_event import render
from carnet.wire.fhir.audit_read import MOST_EVENTS, holds_events, is_batch, read
from carnet.wire.fhir.faults import Rejected
from tests.wire.fhir.test_audit_event import trace

CX = "180027500000199^^^&1.2.250.1.213.1.4.10&ISO^NH"


def event(**more: Any) -> dict[str, Any]:
    return render(trace("document.read"), observer="https://autre.example/fhir") | more


def batch(*events: dict[str, Any]) -> dict[str, Any]:
    request = {"method": "POST", "url": "AuditEvent"}
    return {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"resource": one, "request": request} for one in events],
    }


def test_what_we_write_is_what_we_read() -> None:
    (found,) = read(json.dumps(event()).encode())
    assert (found.patient, found.kind, found.action, found.outcome) == (CX, "read", "R", "0")
    assert (found.who, found.software) == ("DR FICTIF", "Logiciel 1")
    assert found.recorded == "2026-01-02T03:04:05.000006+00:00"
    body = json.dumps(batch(event(), event(action="C"))).encode()
    assert is_batch(body)
    assert is_batch(body.replace(b"batch", b"b\\u0061tch")), "however it is written"
    assert holds_events(body)
    assert not holds_events(json.dumps({"resourceType": "Bundle", "type": "batch", "entry": []}).encode())
    assert [one.action for one in read(body)] == ["R", "C"]


@pytest.mark.parametrize(
    ("changed", "rule", "field"),
    [
        ({"recorded": "hier"}, "date", "AuditEvent.recorded"),
        ({"recorded": "2026-01-02"}, "date", "AuditEvent.recorded"),
        ({"agent": []}, "required", "AuditEvent.agent"),
        ({"agent": [{"requestor": False, "name": "x"}]}, "requestor", "AuditEvent.agent"),
        ({"agent": [{"name": "x"}]}, "required", "AuditEvent.agent[0].requestor"),
        ({"type": {}}, "required", "AuditEvent.type"),
        ({"action": "Z"}, "value", "AuditEvent.action"),
        ({"outcome": "1"}, "value", "AuditEvent.outcome"),
        ({"source": {}, "agent": [{"requestor": True, "name": "x"}]}, "required", "AuditEvent.source.observer"),
        ({"agent": [{"requestor": True, "name": "x" * 201}]}, "text", "AuditEvent.agent"),
        (
            {"entity": [{"role": {"code": "1"}, "what": {"reference": "Patient/1"}}]},
            "patient-identifier",
            "AuditEvent.entity[0].what.identifier",
        ),
        ({"resourceType": "Patient"}, "structure", "resourceType"),
    ],
)
def test_each_fault_has_its_name(changed: dict[str, Any], rule: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(json.dumps(event(**changed)).encode())
    found = {(fault.rule, fault.field) for fault in refused.value.faults}
    assert (rule, field) in found
    assert all(fault.source for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"type": "transaction"}, "bundle-type"),
        ({"entry": []}, "entries"),
        ({"entry": [{}] * (MOST_EVENTS + 1)}, "entries"),
        ({"entry": [{"resource": {"resourceType": "Patient"}}]}, "structure"),
        ({"entry": [{"resource": event(), "request": {"method": "PUT", "url": "AuditEvent/1"}}]}, "request"),
    ],
)
def test_a_batch_that_is_none(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(json.dumps(batch() | changed).encode())
    assert rule in {fault.rule for fault in refused.value.faults}


def test_two_patients_are_not_one_act() -> None:
    other = {"role": {"code": "1"}, "what": {"identifier": {"system": "urn:oid:1.2.3", "value": "7"}}}
    with pytest.raises(Rejected) as refused:
        read(json.dumps(event(entity=[*event()["entity"], other])).encode())
    assert [fault.rule for fault in refused.value.faults] == ["mixed-patients"]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"resourceType":', b"[]", b"null", b"7"])
def test_what_is_no_resource(body: bytes) -> None:
    with pytest.raises((Malformed, Rejected)):
        read(body)
    assert not is_batch(body)
