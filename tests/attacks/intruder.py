"""An attacker of a living Carnet: raw requests at both ports, any card of the demonstration, any password."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from carnet.client.connection import Connection
from carnet.client.identity import Identity, Software, tls_context
from carnet.ops.sender import choose
from tests.conftest import Living
from tests.portals.walk import code_at

SOFTWARE = Software(name="Intrus", version="1", homologation="TEST")


class Intruder:
    """Opens what it is given the keys of, and knocks at the rest."""

    def __init__(self, living: Living) -> None:
        self.living = living
        self.known = living.identities

    @property
    def authority(self) -> Path:
        """The authority of the demonstration."""
        return self.living.home / self.known["authority"]

    def identity(self, who: str) -> Identity:
        """The keys of a professional (login) or a structure (Struct_IdNat)."""
        return choose(self.known, who, structure="", home=self.living.home)

    def connect(self, who: str, *, domain: str = "fr", **stolen: Any) -> Connection:
        """A client of the machines' doors as `who`, some of its keys replaced."""
        identity = replace(self.identity(who), **stolen)
        return Connection(
            self.living.tls, identity=identity, authority=self.authority, software=SOFTWARE, domain=domain
        )

    def machines(self, who: str | None = None) -> httpx.Client:
        """Raw requests at the TLS port, with somebody's certificate or none."""
        context = tls_context(self.identity(who) if who else None, self.authority)
        return httpx.Client(verify=context, base_url=self.living.tls, trust_env=False, timeout=30)

    def people(self) -> httpx.Client:
        """Raw requests at the port of people, cookies kept, redirections not followed."""
        return httpx.Client(base_url=self.living.http, trust_env=False, timeout=30)

    def person(self, login: str) -> dict[str, Any]:
        """A demonstration identity by its login."""
        kinds = ("professionals", "clerks", "patients")
        return next(one for kind in kinds for one in self.known[kind] if one["login"] == login)

    def sign_in(self, person: dict[str, Any], *, then: str = "") -> tuple[httpx.Client, httpx.Response]:
        """A session of a person, and the answer to the last step."""
        client = self.people()
        page = client.get("/compte/connexion/", params={"next": then} if then else {})
        fields = {"login": person["login"], "password": person["password"], "csrfmiddlewaretoken": token(page)}
        done = client.post("/compte/connexion/", data=fields | ({"next": then} if then else {}))
        assert done.status_code == 302, done.text
        page = client.get(done.headers["location"])
        fields = {"code": code_at(person["totp"], time.time()), "csrfmiddlewaretoken": token(page)}
        return client, client.post("/compte/code/", data=fields)

    def raw(self, data: bytes) -> list[bytes]:
        """Bytes on a socket of the people's port; the status lines that come back."""
        address = urlsplit(self.living.http)
        with socket.create_connection(("127.0.0.1", address.port or 80), timeout=5) as opened:
            opened.sendall(data)
            answer = b"".join(_received(opened))
        return re.findall(rb"HTTP/1\.1 (\d{3})", answer)


def _received(opened: socket.socket) -> Iterator[bytes]:
    opened.settimeout(2)
    try:
        while data := opened.recv(65536):
            yield data
    except TimeoutError:
        return


def token(page: httpx.Response) -> str:
    """The token of a page's form."""
    found = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]
