"""The doors of a living Carnet under attack: identities that are not one's own, bombs, requests inside requests."""

from __future__ import annotations

import base64
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from carnet.client import xds
from carnet.client.errors import Refused
from carnet.ops.demo import pki
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import Status
from tests.attacks.intruder import Intruder, token

PHYSICIAN, COLLEAGUE, HOSPITAL, CLINIC = "camille.aubier", "yann.sarment", "1330999012", "1400999033"
SEARCH = "/fhir/DocumentReference?status=current&patient.identifier=urn:oid:1.2.250.1.213.1.4.10|132034008898134"
FIND = FindDocuments(patient_id="132034008898134^^^&1.2.250.1.213.1.4.10&ISO^NH", statuses=(Status.APPROVED,))
SOAP = {"Content-Type": "application/soap+xml; charset=utf-8"}
FHIR = {"Content-Type": "application/fhir+json"}
# Longer than any honest refusal takes, shorter than any bomb that goes off.
SOON = 5.0


def der(path: Path) -> str:
    return base64.b64encode(ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii"))).decode()


@pytest.mark.parametrize(
    "name", ["X-Carnet-Client-Cert", "x-carnet-client-cert", "X_Carnet_Client_Cert", "X-Carnet_Client-Cert"]
)
@pytest.mark.parametrize("port", ["people", "machines"])
def test_a_certificate_in_a_header_is_nobody(intruder: Intruder, name: str, port: str) -> None:
    forged = {name: der(intruder.identity(PHYSICIAN).certificate)}
    with intruder.people() if port == "people" else intruder.machines() as client:
        assert client.get(SEARCH, headers=forged).status_code == 401
    with intruder.machines(COLLEAGUE) as client:
        mine = client.get(SEARCH).content
        assert client.get(SEARCH, headers=forged).content == mine


@pytest.mark.parametrize(
    ("caller", "stolen", "rule"),
    [
        (PHYSICIAN, {"sign": COLLEAGUE}, "vihf-subject"),
        (PHYSICIAN, {"person": "899900000037"}, "vihf-subject"),
        (PHYSICIAN, {"structure": HOSPITAL, "sector": "SA01"}, "activity-absent"),
        (HOSPITAL, {"structure": CLINIC, "sector": "SA04"}, "vihf-structure-certificate"),
        (HOSPITAL, {"sign": PHYSICIAN}, "vihf-mode"),
        (PHYSICIAN, {"sign": HOSPITAL}, "vihf-mode"),
    ],
    ids=["signed-by-another", "in-anothers-name", "foreign-structure", "other-structure", "card-signs", "org-signs"],
)
def test_the_proofs_must_tell_one_story(intruder: Intruder, caller: str, stolen: dict[str, Any], rule: str) -> None:
    changes = dict(stolen)
    if "sign" in changes:
        other = intruder.identity(changes.pop("sign"))
        changes |= {"sign_certificate": other.sign_certificate, "sign_key": other.sign_key}
    with intruder.connect(caller, **changes) as connection, pytest.raises(Refused) as refused:
        xds.query(connection, FIND)
    assert refused.value.explanations[0].rule == rule


def test_a_certificate_that_was_just_accepted_is_refused_once_revoked(intruder: Intruder, tmp_path: Path) -> None:
    authority = pki.make_authority(intruder.living.home / "demo" / "pki", now=datetime.now(UTC))
    victim = intruder.identity("quitterie.bosquet")
    with intruder.machines("quitterie.bosquet") as client:
        assert client.get(SEARCH).status_code != 401
        kept = authority.revocation_list.read_bytes()
        try:
            certificate = x509.load_pem_x509_certificate(victim.certificate.read_bytes())
            pki.revoke(authority, certificate, now=datetime.now(UTC))
            refused = client.get(SEARCH)
        finally:
            authority.revocation_list.write_bytes(kept)
    assert refused.status_code == 401
    assert "certificate-revoked" in refused.text


def _entities() -> bytes:
    lines = "".join(f'<!ENTITY {chr(98 + number)} "{f"&{chr(97 + number)};" * 10}">' for number in range(9))
    return f'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">{lines}]><l>&j;</l>'.encode()


BOMBS = {
    "entities": ("/xds/registry", SOAP, _entities()),
    "external-entity": (
        "/xds/registry",
        SOAP,
        b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>',
    ),
    "deep-xml": ("/xds/registry", SOAP, b"<a>" * 200_000),
    "attributes": ("/xds/registry", SOAP, b"<a " + b" ".join(b'a%d="1"' % one for one in range(60_000)) + b"/>"),
    "namespaces": ("/xds/registry", SOAP, b"".join(b'<a xmlns:n%d="u">' % one for one in range(40_000))),
    "deep-json": ("/fhir", FHIR, b"[" * 500_000),
    "deep-extensions": ("/fhir", FHIR, b'{"resourceType":"Bundle","extension":' + b'[{"extension":' * 20_000),
    "half-a-pair": ("/fhir", FHIR, b'{"resourceType":"Bundle","type":"\\ud800"}'),
    "many-parts": (
        "/xds/repository",
        {"Content-Type": 'multipart/related; boundary="b"'},
        b"".join(b"--b\r\nContent-ID: <%d>\r\n\r\nx\r\n" % one for one in range(40_000)) + b"--b--",
    ),
    "many-headers": (
        "/xds/repository",
        {"Content-Type": 'multipart/related; boundary="b"'},
        b"--b\r\n" + b"".join(b"X-%d: 1\r\n" % one for one in range(60_000)) + b"\r\nx\r\n--b--",
    ),
    "heavy-search": (
        "/fhir/DocumentReference/_search",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"status=" + b"%61" * 300_000,
    ),
    "almost-boundaries": (
        "/xds/repository",
        {"Content-Type": f'multipart/related; boundary="{"-" * 70}"'},
        b"\r\n" + b"-" * 900_000,
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_soon_and_the_doors_stay_open(intruder: Intruder, bomb: str) -> None:
    address, headers, body = BOMBS[bomb]
    with intruder.machines(PHYSICIAN) as client:
        began = time.monotonic()
        answer = client.post(address, content=body, headers=headers)
        assert time.monotonic() - began < SOON
        assert answer.status_code in (400, 413, 422), answer.text
        assert "root:" not in answer.text
        assert client.get(SEARCH).status_code in (200, 403), "another caller is served"


@pytest.mark.parametrize("length", ["known", "unknown"])
def test_a_heavy_form_is_refused_unread(intruder: Intruder, length: str) -> None:
    with intruder.people() as client:
        secret = token(client.get("/compte/connexion/"))
        body = f"csrfmiddlewaretoken={secret}&login={'a' * 2_000_000}".encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        content = body if length == "known" else iter([body])
        # The answer comes before the body is read, and may be lost: the proxy then says that it is busy, or resets.
        try:
            status = client.post("/compte/connexion/", content=content, headers=headers).status_code
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            status = 503
        assert status in (413, 503), "a form that was taken apart is answered by a page"


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"Content-Length: 6\r\nContent-Length: 5\r\n\r\n012345", [b"400"]),
        (b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", [b"501"]),
        (b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", [b"400"]),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", [b"501"]),
        (b"Content-Length: +6\r\n\r\n012345", [b"400"]),
    ],
    ids=["two-lengths", "odd-coding", "space-before-colon", "two-codings", "signed-length"],
)
def test_ambiguous_requests_are_refused(intruder: Intruder, request_bytes: bytes, statuses: list[bytes]) -> None:
    assert intruder.raw(b"POST /fhir HTTP/1.1\r\nHost: localhost\r\n" + request_bytes) == statuses


@pytest.mark.parametrize("size", [200_000, 2_000_000], ids=["quick", "bulk"])
def test_a_body_that_nobody_reads_costs_nobody_else_an_answer(intruder: Intruder, size: int) -> None:
    """A method that an address has not is refused without a look at the body; who comes next is still answered."""
    statuses = set()
    with intruder.machines() as client:
        for _ in range(12):
            refused = client.request("DELETE", "/fhir", content=b"x" * size)
            next_one = client.post("/fhir", content=b"{" + b"x" * 300)
            statuses |= {refused.status_code, next_one.status_code}
    assert statuses == {405, 401}


def test_a_request_inside_a_body_is_a_body(intruder: Intruder) -> None:
    inside = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sent = b"POST /compte/connexion/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(inside)
    assert intruder.raw(sent + inside + b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == [
        b"403",
        b"200",
    ]


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
@pytest.mark.parametrize("address", ["/", "/demonstration/", "/xds/registry?wsdl", "/fhir/metadata"])
def test_no_answer_repeats_a_host_that_is_not_ours(intruder: Intruder, header: str, address: str) -> None:
    with intruder.people() as client:
        answer = client.get(address, headers={header: "carnet.intrus.example"})
    assert "intrus" not in answer.text
    if header == "Host" and address != "/":
        assert answer.status_code == 400
