"""A server of ten lines over real TLS that answers what a test tells it, and a client that talks to it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from carnet.client.connection import Connection
from carnet.client.identity import Identity, Software
from carnet.ops.demo import pki
from carnet.wire.saml import names
from carnet.wire.saml.vihf import Role

NOW = datetime.now(UTC)


@dataclass
class Answer:
    """What the server says: a status, a Content-Type, a body; `cut` announces more bytes than it sends."""

    body: bytes
    content_type: str = "application/soap+xml; charset=UTF-8"
    status: int = 200
    cut: bool = False


@dataclass
class Received:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    certificate: dict[str, object]


@dataclass
class Server:
    """Its address, what it received, and what it will answer."""

    base: str
    authority: Path
    identity: Identity
    requests: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = lambda request: Answer(b"", status=500)

    def connect(self, **options: object) -> Connection:
        given = {
            "identity": self.identity,
            "authority": self.authority,
            "software": Software(name="Essai", version="1", homologation="ESSAI"),
        }
        return Connection(str(options.pop("base", self.base)), **given | options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An authority, a server's certificate and a card."""
    authority = pki.make_authority(tmp_path_factory.mktemp("pki"), now=NOW)
    found = {"authority": authority.bundle}
    for kind in (pki.Kind.SERVER, pki.Kind.CARD_AUTHENTICATION, pki.Kind.CARD_SIGNATURE):
        common_name = "localhost" if kind is pki.Kind.SERVER else "899900000017"
        found[kind], found[f"{kind}-key"] = pki.issue(
            authority,
            kind,
            name=kind,
            common_name=common_name,
            not_before=NOW - timedelta(hours=1),
            not_after=NOW + timedelta(days=1),
        )
    return found


@pytest.fixture
def server(keys: dict[str, Path]) -> Iterator[Server]:
    """The server, listening on a free port, that asks for a client certificate."""
    identity = Identity(
        person="899900000017",
        name="DÉMO Zoé",
        structure="1330000001",
        sector="SA07",
        roles=(Role("10", names.PROFESSION_SYSTEM),),
        certificate=keys[pki.Kind.CARD_AUTHENTICATION],
        key=keys[f"{pki.Kind.CARD_AUTHENTICATION}-key"],
        sign_certificate=keys[pki.Kind.CARD_SIGNATURE],
        sign_key=keys[f"{pki.Kind.CARD_SIGNATURE}-key"],
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys[pki.Kind.SERVER], keys[f"{pki.Kind.SERVER}-key"])
    context.load_verify_locations(keys["authority"])
    context.verify_mode = ssl.CERT_OPTIONAL
    made = Server("", keys["authority"], identity)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            request = Received(
                self.command,
                self.path,
                dict(self.headers),
                body,
                self.connection.getpeercert() or {},  # type: ignore[attr-defined]
            )
            made.requests.append(request)
            answer = made.answer(request)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body) + (1000 if answer.cut else 0)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.cut

        do_GET = do_POST  # noqa: N815 the name http.server looks for

        def log_message(self, *arguments: object) -> None:
            """Says nothing: tests are quiet."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    made.base = f"https://localhost:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture
def answers(server: Server) -> Callable[..., None]:
    """Tell the server what to answer from now on: bytes, or a function of the request."""

    def tell(
        body: bytes | Callable[[Received], bytes],
        *,
        content_type: str = "application/soap+xml; charset=UTF-8",
        status: int = 200,
        cut: bool = False,
    ) -> None:
        server.answer = lambda request: Answer(
            body(request) if callable(body) else body, content_type=content_type, status=status, cut=cut
        )

    return tell
