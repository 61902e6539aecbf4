"""The software that may ask the providers: Carnet itself, and the demonstration's clients, by their own keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.jwk import ECKey, KeySet, RSAKey

from carnet.ops.demo import client_keys
from carnet.wire.oidc import jose

# A program of the user's own machine listens where it can (RFC 8252 §7.3).
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]|localhost):[0-9]{1,5}/callback")


@dataclass(frozen=True, slots=True)
class Client:
    """A client in the terms of Authlib (`ClientMixin`)."""

    client_id: str
    key: RSAKey | ECKey
    redirects: tuple[str, ...]
    # Where it hears of the end of a session; empty when it does not want to.
    logout: str

    id_token_signed_response_alg = "PS256"  # noqa: S105 - an algorithm

    @property
    def public_keys(self) -> KeySet:
        """What verifies its assertions."""
        return KeySet([type(self.key).import_key(self.key.as_dict(private=False))])

    @property
    def encrypts(self) -> bool:
        """Whether it asked for encrypted userinfo: it has a key that decrypts."""
        return isinstance(self.key, RSAKey)

    def get_client_id(self) -> str:
        """Its name."""
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        """The first one."""
        return self.redirects[0] if self.redirects else ""

    def get_allowed_scope(self, scope: str) -> str:
        """All that was asked for: what is given depends on the realm, not on the scope."""
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exactly one of its own, or the loopback of RFC 8252 for software without an address."""
        if self.redirects:
            return redirect_uri in self.redirects
        return _LOOPBACK.fullmatch(redirect_uri) is not None

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Signed assertions only."""
        return method == "client_assertion_jwt"

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes only."""
        return grant_type == "authorization_code"


def find(client_id: str, realm_page: str) -> Client | None:
    """A client by its name; `realm_page` is the word of Carnet's own addresses for this realm (`psc`)."""
    home: Path = settings.CARNET_HOME
    if re.fullmatch(r"[a-z0-9-]{1,60}", client_id) is None:
        return None
    path = client_keys.path_of(home, client_id)
    try:
        key = _key(path, path.stat().st_mtime_ns)
    except OSError:
        return None
    if client_id != client_keys.CARNET:
        return Client(client_id, key, (), "")
    places = [
        f"{scheme}://{host}:{port}"
        for scheme, port in (("http", settings.CARNET_PORT), ("https", settings.CARNET_TLS_PORT))
        for host in ("localhost", "127.0.0.1")
    ]
    redirects = tuple(f"{place}/compte/{realm_page}/retour/" for place in places)
    return Client(client_id, key, redirects, f"{places[0]}/compte/{realm_page}/deconnexion/")


@lru_cache(maxsize=64)
def _key(path: Path, _stamp: int) -> Any:
    return jose.private_key(path.read_bytes())
