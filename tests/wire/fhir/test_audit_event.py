"""An AuditEvent is R4 for somebody else's library, and says of each action what BALP asks (1.1.4)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from carnet.wire.fhir.audit_event import BALP, KINDS, AuditTrace, kind_of, render, trace_id

models = pytest.importorskip("fhir.resources.R4B", reason="fhir.resources is not installed")


def trace(action: str, **more: object) -> AuditTrace:
    values: dict[str, object] = {
        "id": trace_id(2**61, 7, 3),
        "at": "2026-01-02T03:04:05.000006+00:00",
        "action": action,
        "outcome": "done",
        "rule": "care-team",
        "actor_kind": "professional",
        "person": "899900000011",
        "name": "DR FICTIF",
        "structure": "1330000001",
        "structure_name": "CH FICTIF",
        "purpose": "normal",
        "proof": "vihf",
        "software": "Logiciel 1",
        "subjects": (),
        "patient": ("urn:oid:1.2.250.1.213.1.4.10", "180027500000199"),
    }
    return AuditTrace(**values | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [*KINDS, "document.mask"])
def test_every_kind_is_an_audit_event(action: str) -> None:
    subjects = (uuid4(),) if action.startswith("document.") else ()
    event = render(trace(action, subjects=subjects), observer="https://carnet.example/fhir")
    models.get_fhir_model_class("AuditEvent").model_validate(event)
    profile, interaction, letter = kind_of(action)
    assert event["meta"]["profile"] == [BALP + profile, BALP + "SAMLaccessTokenUse.Minimal"]
    assert (event["subtype"][0]["code"], event["action"]) == (interaction, letter)
    requestors = [agent for agent in event["agent"] if agent["requestor"]]
    assert len(requestors) == 1, "one user asked"
    assert event["entity"][0]["role"]["code"] == "1"
    query = [entity for entity in event["entity"] if "query" in entity]
    assert len(query) == (profile == "PatientQuery")


def test_a_refusal_is_a_minor_failure_with_its_rule() -> None:
    event = render(trace("document.read", outcome="refused", rule="authorisation-missing"), observer="x")
    assert (event["outcome"], event["outcomeDesc"]) == ("4", "authorisation-missing")


def test_an_id_is_stable_and_distinct() -> None:
    assert trace_id(1, 2, 3) == trace_id(1, 2, 3)
    assert len({trace_id(1, 2, number) for number in range(100)}) == 100
    assert trace_id(1, 2, 3).version == 8
