"""ITI-20: software declares its own acts, over mutual TLS; our own sender speaks so that our receiver understands."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir_requests import matches, token

from carnet.client.audit_repository import AuditRepository, NotRecordedError
from carnet.client.errors import Unreachable
from carnet.wire.fhir.audit_event import render
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


class _Foreign(http.server.BaseHTTPRequestHandler):
    """Somebody else's repository: takes batches of a client that shows a certificate, answers in its own manner."""

    taken: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        subject = dict(pair for part in self.connection.getpeercert()["subject"] for pair in part)  # type: ignore[attr-defined]
        self.taken.append({"path": self.path, "from": subject.get("commonName", ""), "body": body})
        entries = [{"response": {"status": "201", "etag": 'W/"1"'}} for _ in body["entry"]]
        answer = json.dumps({"resourceType": "Bundle", "type": "batch-response", "entry": entries}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def foreign(living: Any) -> Iterator[str]:
    """Its address; it demands a client certificate of the demonstration's authority."""
    pki: Path = living.home / "demo" / "pki"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "server.pem", pki / "server.key")
    context.load_verify_locations(living.home / living.identities["authority"])
    context.verify_mode = ssl.CERT_REQUIRED
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Foreign)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/audit/fhir"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_foreign_repository_takes_what_we_send(
    living: Any, foreign: str, patient: str, physicians: list[dict[str, Any]], callers: Callable[..., httpx.Client]
) -> None:
    home, who = living.home, physicians[0]
    authority = home / living.identities["authority"]
    with AuditRepository(
        foreign, certificate=home / who["certificate"], key=home / who["key"], authority=authority, software="Carnet"
    ) as sender:
        sender.record([event(patient)])
    (taken,) = _Foreign.taken
    assert taken["path"] == "/audit/fhir"
    assert taken["from"]
    assert taken["body"]["entry"][0]["request"] == {"method": "POST", "url": "AuditEvent"}
    with (
        AuditRepository(foreign, certificate=None, key=None, authority=authority, software="Carnet") as nobody,
        pytest.raises(Unreachable),
    ):
        nobody.record([event(patient)])
