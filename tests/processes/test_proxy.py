"""The proxy alone, in front of two small servers that say what reached them."""

from __future__ import annotations

import base64
import http.server
import json
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from carnet.kernel import clock
from carnet.ops import proxy
from carnet.ops.demo import pki
from tests.conftest import free_port

MAX_BODY = 3 * 1024 * 1024
SOAP = 'application/soap+xml; action="urn:ihe:iti:2007:{}"'


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the lane, the headers and the size of the body it received; `/slow` first waits."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        size = len(self.rfile.read(length)) if length else 0
        while "chunked" in self.headers.get("Transfer-Encoding", "") and (chunk := int(self.rfile.readline(), 16)):
            size += len(self.rfile.read(chunk))
            self.rfile.readline()
        if self.path == "/slow":
            self.server.entered.release()
            self.server.gate.wait(20)
        headers = {name: self.headers.get_all(name) for name in self.headers}
        body = json.dumps({"lane": self.server.lane, "headers": headers, "size": size}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server finds them by these names

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *words: object) -> None:
        """Silent."""


class EchoServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, path: Path, lane: str) -> None:
        super().__init__(str(path), Echo)
        self.lane = lane
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)


@dataclass
class Front:
    people: str
    machines: str
    authority: pki.Authority
    quick: EchoServer
    bulk: EchoServer

    def context(self, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority.bundle))
        if certificate:
            context.load_cert_chain(*certificate)
        return context


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("proxy")
    now = clock.now()
    life = {"not_before": now - pki.CLOCK_MARGIN, "not_after": now + pki.DEFAULT_LIFE}
    authority = pki.make_authority(folder / "pki", now=now)
    certificate, key = pki.issue(authority, pki.Kind.SERVER, name="server", common_name="localhost", **life)
    lanes = {name: EchoServer(folder / f"{name}.sock", name) for name in ("quick", "bulk")}
    for server in lanes.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = free_port(), free_port()
    text = proxy.caddyfile(
        proxy.Front(
            providers=None,
            port=ports[0],
            tls_port=ports[1],
            certificate=certificate,
            key=key,
            quick=folder / "quick.sock",
            bulk=folder / "bulk.sock",
            storage=folder / "caddy",
            max_body=MAX_BODY,
            people_tls=False,
        )
    )
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    command = [proxy.executable(), "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
    environment = {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder), "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
    deadline = time.monotonic() + 20
    while proxy.port_is_free(ports[0]) or proxy.port_is_free(ports[1]):
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)
    yield Front(
        f"http://localhost:{ports[0]}", f"https://localhost:{ports[1]}", authority, lanes["quick"], lanes["bulk"]
    )
    process.terminate()
    process.wait(10)
    for server in lanes.values():
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("ciphers", ["ECDHE+AESGCM", "ECDHE+CHACHA20", "kRSA", "ECDHE+SHA1", "DHE", "aNULL:eNULL"])
def test_ciphers_are_authenticated_and_keep_past_exchanges_secret(front: Front, ciphers: str) -> None:
    context = front.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    try:
        code = httpx.get(front.machines, verify=context).status_code
    except httpx.ConnectError:
        code = 0
    assert code == (200 if ciphers in ("ECDHE+AESGCM", "ECDHE+CHACHA20") else 0)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_not_spoken(front: Front, version: ssl.TLSVersion) -> None:
    context = front.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.minimum_version = context.maximum_version = version
    with pytest.raises(httpx.ConnectError):
        httpx.get(front.machines, verify=context)


def test_the_proxy_serves_no_file_and_asks_nobody_but_the_lanes() -> None:
    place = Path("/run/carnet")
    text = proxy.caddyfile(
        proxy.Front(
            providers=None, port=1, tls_port=2, certificate=place, key=place, quick=place / "quick.sock",
            bulk=place / "bulk.sock", storage=place, max_body=MAX_BODY, people_tls=True,
        )
    )  # fmt: skip
    assert set(re.findall(r"reverse_proxy (\S+)", text)) == {
        '"unix//run/carnet/quick.sock"',
        '"unix//run/carnet/bulk.sock"',
    }
    assert not re.search(r"\b(file_server|root|browse|php_fastcgi|templates|forward_auth|metrics|debug)\b", text)
    assert "\tadmin off\n" in text


SPOOFED = [
    "X-Carnet-Client-Cert",
    "x-carnet-client-cert",
    "X_Carnet_Client_Cert",
    "X-Carnet_Client-Cert",
    "X-CARNET-PORT",
    "X_Forwarded_For",
]


@pytest.mark.parametrize("name", SPOOFED)
def test_a_client_cannot_pretend_to_be_the_proxy(front: Front, name: str) -> None:
    for base, verify in ((front.people, False), (front.machines, front.context())):
        seen = httpx.get(base + "/", headers={name: "forged"}, verify=verify).json()["headers"]
        assert "forged" not in json.dumps(seen)
        assert seen["X-Carnet-Port"] == ["people" if base == front.people else "machines"]
        assert "X-Carnet-Client-Cert" not in seen


def test_forwarded_headers_are_the_proxys_own(front: Front) -> None:
    forged = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Proto": "https"}
    seen = httpx.get(front.people + "/", headers=forged).json()["headers"]
    assert seen["X-Forwarded-For"][0] in ("127.0.0.1", "::1")
    assert seen["X-Forwarded-Proto"] == ["http"]
    seen = httpx.get(front.machines + "/", headers=forged, verify=front.context()).json()["headers"]
    assert seen["X-Forwarded-Proto"] == ["https"]


@pytest.mark.parametrize("http2", [False, True], ids=["http1", "http2"])
def test_any_client_certificate_reaches_the_application(front: Front, tmp_path: Path, http2: bool) -> None:
    stranger = pki.make_authority(tmp_path / "stranger", now=clock.now())
    for authority in (front.authority, stranger):
        now = clock.now()
        pair = pki.issue(
            authority,
            pki.Kind.CARD_AUTHENTICATION,
            name="card",
            common_name="899700000001",
            not_before=now - pki.CLOCK_MARGIN,
            not_after=now + pki.DEFAULT_LIFE,
        )
        command = ["curl", "-s", "--http2" if http2 else "--http1.1", "--cacert", front.authority.bundle]
        command += ["--cert", pair[0], "--key", pair[1], front.machines + "/"]
        answer = subprocess.run(command, capture_output=True, check=True).stdout
        (sent,) = json.loads(answer)["headers"]["X-Carnet-Client-Cert"]
        expected = x509.load_pem_x509_certificate(pair[0].read_bytes()).public_bytes(Encoding.DER)
        assert base64.b64decode(sent) == expected


def test_an_address_without_name_is_served(front: Front) -> None:
    address = front.machines.replace("localhost", "127.0.0.1")
    assert httpx.get(address + "/", verify=front.context()).status_code == 200


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


LANES = [
    ("GET", "/", {}, b"", "quick"),
    ("GET", "/fhir/DocumentReference?patient.identifier=1", {}, b"", "quick"),
    ("POST", "/fhir", {}, b"x" * 1000, "quick"),
    ("POST", "/fhir", {}, b"x" * (proxy.QUICK_BODY + 1), "bulk"),
    ("PUT", "/d/ihe/fhir/DocumentReference/1", {}, chunks, "bulk"),
    ("GET", "/fhir/Binary/1", {}, b"", "bulk"),
    ("GET", "/d/ihe/fhir/Binary/1", {}, b"", "bulk"),
    ("POST", "/xds/registry", {"Content-Type": SOAP.format("RegistryStoredQuery")}, b"x", "quick"),
    ("POST", "/xds/repository", {"Content-Type": SOAP.format("ProvideAndRegisterDocumentSet-b")}, b"x", "quick"),
    ("POST", "/xds/repository", {"Content-Type": SOAP.format("RetrieveDocumentSet")}, b"x", "bulk"),
    ("POST", "/d/ihe/xds/repository", {"Content-Type": "text/xml"}, b"x", "bulk"),
    ("GET", "/xds/repository?wsdl", {}, b"", "quick"),
    ("GET", "/pro/dossier/1/document/a-b/fichier/", {}, b"", "bulk"),
    ("GET", "/patient/document/a-b/contenu/", {}, b"", "bulk"),
    ("GET", "/patient/document/a-b/", {}, b"", "quick"),
    ("GET", "/patient/copie/", {}, b"", "bulk"),
    ("GET", "/patient/journal/copie/", {}, b"", "bulk"),
    ("GET", "/patient/journal/", {}, b"", "quick"),
    ("GET", "/patient/carnet/", {}, b"", "quick"),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "lane"), LANES)
def test_requests_take_their_lane(front: Front, method: str, path: str, headers: dict, body, lane: str) -> None:
    content = body(4096) if callable(body) else body
    answer = httpx.request(method, front.people + path, headers=headers, content=content).json()
    assert answer["lane"] == lane
    if isinstance(body, bytes):
        assert answer["size"] == len(body)


def test_a_body_over_the_limit_is_refused_and_says_so(front: Front) -> None:
    port = int(front.people.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"POST /fhir HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode())
        answer = client.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 413 ")
    assert str(MAX_BODY) in answer
    # A FHIR client hears of it in FHIR, wherever the refusal comes from; others in a sentence.
    said = json.loads(answer.partition("\r\n\r\n")[2])
    assert (said["resourceType"], said["issue"][0]["code"]) == ("OperationOutcome", "too-long")
    assert "content-type: application/fhir+json" in answer.lower()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"POST /xds HTTP/1.1\r\nHost: localhost\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode())
        assert client.recv(65536).decode().endswith(f"Le message dépasse {MAX_BODY} octets.")


def test_a_body_of_unknown_length_is_cut_at_the_limit(front: Front) -> None:
    assert httpx.put(front.people + "/fhir/x", content=chunks(MAX_BODY)).json()["size"] == MAX_BODY
    assert httpx.put(front.people + "/fhir/x", content=chunks(MAX_BODY + 4096)).status_code == 413


def test_a_full_lane_answers_503_with_retry_after(front: Front) -> None:
    port = int(front.people.rpartition(":")[2])
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(proxy.QUICK_QUEUE)]
    try:
        for client in clients:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in clients:
            assert front.quick.entered.acquire(timeout=30)
        refused = httpx.get(front.people + "/", timeout=30)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        in_fhir = httpx.get(front.people + "/d/ihe/fhir/metadata", timeout=30)
        assert (in_fhir.status_code, in_fhir.json()["issue"][0]["code"]) == (503, "transient")
        assert httpx.get(front.people + "/fhir/Binary/1").json()["lane"] == "bulk"
    finally:
        front.quick.gate.set()
        for client in clients:
            assert client.recv(12) == b"HTTP/1.1 200"
            client.close()
    assert httpx.get(front.people + "/").status_code == 200


def test_a_slow_upload_reaches_the_quick_lane_only_when_whole(front: Front) -> None:
    port = int(front.people.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n0123456789")
        assert not front.quick.entered.acquire(timeout=0.5)
        client.sendall(b"0123456789")
        assert front.quick.entered.acquire(timeout=5)
