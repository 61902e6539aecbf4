"""A client that falls silent in the middle of a body is cut within seconds, hears why, and leaves nothing behind.

In front of a living Carnet's database: a lane and a proxy of their own, whose patience is short.
"""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from carnet.client.identity import tls_context
from carnet.config.pacing import Paced
from carnet.ops import proxy, sender
from tests.conftest import Living, free_port

PATIENCE = 2
# Neither the lane's start nor a busy machine makes it longer than this.
SOON = 10
MTOM = (
    'multipart/related; type="application/xop+xml"; boundary=cut; start="<root>"; '
    'action="urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"'
)


class Silence:
    """The doors, and how somebody begins to speak to them."""

    def __init__(self, living: Living, port: int, log: Path) -> None:
        self.living, self.port, self.log = living, port, log

    def begun(self, path: str, kind: str, length: int | None, sent: bytes) -> tuple[bytes, float]:
        """Send a head and a part of a body, then nothing; the answer until the end of the connection, and the wait."""
        identity = sender.choose(self.living.identities, "camille.aubier", structure="", home=self.living.home)
        context: ssl.SSLContext = tls_context(identity, self.living.home / self.living.identities["authority"])
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{size}\r\n\r\n".encode()
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as opened,
        ):
            body = b"%x\r\n%b\r\n" % (len(sent), sent) if length is None else sent
            opened.sendall(head + body)
            opened.settimeout(SOON * 2)
            began, answer = time.monotonic(), b""
            while chunk := opened.recv(65536):
                answer += chunk
            return answer, time.monotonic() - began


@pytest.fixture(scope="module")
def silence(living: Living, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Silence]:
    folder = tmp_path_factory.mktemp("pacing")
    ports = free_port(), free_port()
    pki = living.home / "demo" / "pki"
    front = proxy.Front(
        providers=None,
        port=ports[0],
        tls_port=ports[1],
        certificate=pki / "server.pem",
        key=pki / "server.key",
        quick=living.run / "quick.sock",
        bulk=folder / "bulk.sock",
        storage=folder / "caddy",
        max_body=100 * 1024 * 1024,
        people_tls=False,
    )
    (folder / "Caddyfile").write_text(proxy.caddyfile(front), encoding="utf-8")
    ours = dict(living.environment) | {"CARNET_STALL_SECONDS": str(PATIENCE)}
    lane = [sys.executable, "-m", "carnet.ops.command", "lane", "bulk", f"--socket={front.bulk}", "--workers=1"]
    caddy = [str(proxy.executable()), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen([*lane, "--threads", "8"], env=ours, stderr=log, stdout=log),
            subprocess.Popen(caddy, env={"HOME": str(folder)}, stderr=log),
        ]
    deadline = time.monotonic() + 60
    while proxy.port_is_free(ports[1]) or not front.bulk.exists():
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.05)
    yield Silence(living, ports[1], folder / "log")
    for process in processes:
        process.terminate()
        process.wait(10)


BUNDLE = b'{"resourceType": "Bundle", "type": "transaction", "entry": ['
PART = b'--cut\r\nContent-Type: application/xop+xml; type="application/soap+xml"\r\nContent-ID: <root>\r\n\r\n<s:Env'
CASES = {
    "soap, large": ("/d/ihe/xds/repository", MTOM, 5_000_000, PART),
    "soap, in a document": ("/d/ihe/xds/repository", MTOM, 5_000_000, PART + b"x" * 300_000),
    "soap, of unknown length": ("/d/ihe/xds/repository", MTOM, None, PART),
    "fhir, large": ("/d/ihe/fhir", "application/fhir+json", 5_000_000, BUNDLE),
}


@pytest.mark.parametrize("name", CASES)
def test_a_body_that_stops_is_cut_and_nothing_is_kept(silence: Silence, name: str) -> None:
    before = _kept(silence.living)
    answer, waited = silence.begun(*CASES[name])
    status = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    assert status, (answer[:300], silence.log.read_text()[-2000:])
    assert PATIENCE * 0.5 <= waited < SOON
    assert status[1] == b"408", answer
    assert "cessé d'arriver" in answer.decode()
    assert (b"OperationOutcome" in answer) == name.startswith("fhir")
    assert _kept(silence.living) == before


def _kept(living: Living) -> tuple[object, ...]:
    """What a deposit would leave: rows and files."""
    files = sorted(path.name for path in (living.home / "blobs").rglob("*") if path.is_file())
    password = (living.home / "secrets" / "database_password").read_text(encoding="ascii")
    with psycopg.connect(host=str(living.run), user="carnet", dbname="carnet", password=password) as connection:
        return (*files, connection.execute("SELECT count(*) FROM documents_submission").fetchone())


class _Slow:
    """A source that brings each block after a while."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.gate = threading.Event()

    def read(self, size: int) -> bytes:
        if not self.waits:
            return b""
        self.gate.wait(self.waits.pop(0))
        return b"x" * size


def test_a_slow_body_goes_on_as_long_as_it_comes_on() -> None:
    body = Paced(_Slow(0.2, 0.2, 0.2, 0.2), seconds=0.5)
    assert [len(body.read(8)) for _ in range(5)] == [8, 8, 8, 8, 0]
    assert not body.stalled
    body.close()


def test_a_body_that_was_cut_is_not_waited_for_twice() -> None:
    source = _Slow(30)
    body = Paced(source, seconds=0.2)
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(OSError, match="stopped"):
            body.read(8)
    assert body.stalled
    assert time.monotonic() - began < 2
    source.gate.set()
    body.close()


def test_what_the_source_raises_is_raised() -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise ValueError(size)

    with pytest.raises(ValueError, match="8"):
        Paced(Broken(), seconds=1).read(8)
