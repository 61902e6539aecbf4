"""Certificates that open nothing, at both protocols' doors, for the connection and for the signature of the VIHF."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carnet.client.identity import Assertions, Software
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import Status
from tests.attacks.bad_input import Case, Door, Heard, heard, refuses

RULES = {
    "missing": "certificate-missing",
    "revoked": "certificate-revoked",
    "expired": "certificate-expired",
    "not_yet_valid": "certificate-expired",
    "self_signed": "certificate-unknown-authority",
    "foreign_authority": "certificate-unknown-authority",
    "wrong_usage": "certificate-usage",
}
SEARCH = "/d/ihe/fhir/DocumentReference?status=current&patient.identifier=urn:oid:1.2.3|X"


def _message(door: Door, signer: str = "") -> bytes:
    identity = door.wrong(signer) if signer else door.caller.identity
    assertions = Assertions(identity, Software(name="Essai", version="1", homologation="ESSAI"))
    asked = iti18.FindDocuments(patient_id=door.plain, statuses=(Status.APPROVED,))
    assertion = assertions.about(door.plain, now=datetime.now(UTC))
    return door.caller.envelope(iti18.render_request(asked), iti18.ACTION, door.plain, assertion=assertion)


def _soap(kind: str) -> Case:
    def send(door: Door) -> Heard:
        headers = {"Content-Type": "application/soap+xml"}
        answer = door.client(kind).post("/d/ihe/xds/registry", content=_message(door), headers=headers)
        return heard(answer.status_code, answer.headers["content-type"], answer.content)

    return Case(send, "DMPInvalidCertificate", RULES[kind], 400)


def _fhir(kind: str) -> Case:
    def send(door: Door) -> Heard:
        answer = door.client(kind).get(SEARCH)
        assert "Certificate realm=" in answer.headers["www-authenticate"]
        return heard(answer.status_code, answer.headers["content-type"], answer.content)

    return Case(send, "login", RULES[kind], 401)


def _signature(kind: str) -> Case:
    return Case(
        lambda door: door.soap("/d/ihe/xds/registry", _message(door, kind)), "DMPInvalidCertificate", RULES[kind], 400
    )


CASES: dict[str, Case] = {
    **{f"soap-{kind}": _soap(kind) for kind in RULES},
    **{f"fhir-{kind}": _fhir(kind) for kind in RULES},
    **{f"signature-{kind}": _signature(kind) for kind in RULES if kind not in ("missing", "wrong_usage")},
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_certificate_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
