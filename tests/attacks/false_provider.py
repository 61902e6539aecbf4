"""An identity provider in the hands of an attacker: right by default, wrong in one way at a time."""

from __future__ import annotations

import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from joserfc.jwk import ECKey, RSAKey

from carnet.wire.oidc import jose
from carnet.wire.oidc.claims import half_hash

CLIENT = "carnet"
# Keys take long to make: every provider of these tests has the first, and may take the second.
KEY, SECOND_KEY = (jose.named(RSAKey.generate_key(2048)) for _ in range(2))


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


@dataclass
class FalseProvider:
    """A server on the loopback; `claims`, `told`, `published` and `said` are what a test changes."""

    port: int = 0
    key: RSAKey = field(default_factory=lambda: KEY)
    nonce: str = ""
    subject: str = "f:1:somebody"
    sid: str = "session-1"
    # Changes of the id_token, of userinfo, of the metadata, of introspection.
    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    introspected: dict[str, Any] = field(default_factory=dict)
    # Forges the id_token from its claims; by default it is signed as it should.
    forge: Any = None
    published: list[dict[str, Any]] | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    access_token: str = "opaque"

    def __post_init__(self) -> None:
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._answer({name: values[0] for name, values in parse_qs(body).items()})

            def _answer(self, form: dict[str, str]) -> None:
                kind, body = provider.answer(self.path, form)
                data = body.encode()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *words: object) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=lambda: self.server.serve_forever(0.01), daemon=True).start()

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}/realm"

    def answer(self, path: str, form: dict[str, str]) -> tuple[str, str]:
        """What an address answers."""
        word = path.rpartition("/")[2]
        self.asked.append((word, form))
        if word == "openid-configuration":
            return "application/json", json.dumps(self.metadata() | self.said)
        if word == "jwks":
            keys = [jose.published(self.key)] if self.published is None else self.published
            return "application/json", json.dumps({"keys": keys})
        if word == "token":
            token = (self.forge or self.sign)(self.id_claims())
            return "application/json", json.dumps({"access_token": self.access_token, "id_token": token})
        if word == "introspect":
            return "application/json", json.dumps({"active": True, "SubjectNameID": ""} | self.introspected)
        return "application/jwt", self.sign({"iss": self.issuer, "aud": CLIENT, "sub": self.subject} | self.told)

    def metadata(self) -> dict[str, Any]:
        """A right discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "introspection_endpoint": f"{self.issuer}/introspect",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def id_claims(self) -> dict[str, Any]:
        """A right id_token, and the test's changes; None removes a claim."""
        right = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "sid": self.sid,
            "nonce": self.nonce,
            "acr": "eidas1",
            "iat": now(),
            "exp": now() + 120,
            "at_hash": half_hash(self.access_token, "RS256"),
        }
        return {name: value for name, value in (right | self.claims).items() if value is not None}

    def sign(self, claims: dict[str, Any], key: RSAKey | ECKey | None = None, kind: str = "JWT") -> str:
        """Claims under the provider's key, or another."""
        return jose.signed(claims, key or self.key, kind=kind)

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()
