"""An identity provider, asked over the network: what it publishes (metadata, keys), and the forms it answers.

Metadata and keys are kept for ten minutes. A token that names a key which is not among them makes the set be read
again, at most once in half a minute: that is how a provider rotates its keys. Nothing of an answer is believed before
`carnet.wire.oidc` has read it. Addresses come from the settings and from the provider's own metadata, never from a
request, and redirects are not followed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from carnet.wire.errors import Malformed
from carnet.wire.oidc.jose import PublicKeys, public_keys

WELL_KNOWN = "/.well-known/openid-configuration"
_KEPT_SECONDS = 600.0
_ASK_AGAIN_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_LONGEST_ANSWER = 256 * 1024
_SOURCE = "OpenID Connect Discovery 1.0 §4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a provider says of itself; an empty address is a thing it does not do."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    introspection: str
    end_session: str
    keys: str
    # Whether its answers name it (RFC 9207).
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer: status, media type without parameters, text."""

    status: int
    kind: str
    text: str

    def json(self) -> dict[str, Any]:
        """The object it holds; raises Malformed `provider-answer`."""
        try:
            found = httpx.Response(200, text=self.text).json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise _wrong("provider-answer", "La réponse du fournisseur d’identité n’est pas lisible.", found=self.kind)
        return found


@dataclass(slots=True)
class _Kept:
    metadata: Metadata
    keys: PublicKeys
    read_at: float
    asked_at: float


_lock = threading.Lock()
_kept: dict[str, _Kept] = {}


def metadata(issuer: str) -> Metadata:
    """What the provider of this name says of itself. Raises Malformed: `provider-silent`, `provider-metadata`."""
    return _provider(issuer).metadata


def keys(issuer: str, kid: str = "") -> PublicKeys:
    """The keys a provider signs with; `kid` is the one that a token names. Raises as `metadata`, and `jose-key-set`."""
    found = _provider(issuer)
    if kid and not found.keys.named(kid) and time.monotonic() - found.asked_at >= _ASK_AGAIN_SECONDS:
        with _lock:
            found.asked_at = time.monotonic()
            found.keys = public_keys(_get(found.metadata.keys).json())
    return found.keys


def ask(address: str, *, bearer: str = "", form: Mapping[str, str] | None = None) -> Answer:
    """Ask an address of a provider: GET, or POST of a form. Raises Malformed `provider-silent`."""
    headers = {"Accept": "application/jwt, application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    try:
        with _client().stream("GET" if form is None else "POST", address, data=form, headers=headers) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _LONGEST_ANSWER:
                    raise _wrong("provider-answer", "La réponse du fournisseur d’identité est trop longue.")
            kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
            return Answer(response.status_code, kind, body.decode("utf-8", "replace"))
    except httpx.HTTPError as error:
        raise _wrong(
            "provider-silent",
            "Le fournisseur d’identité ne répond pas. Réessayez dans quelques minutes, ou connectez-vous autrement.",
            found=urlsplit(address).netloc,
        ) from error


@lru_cache(maxsize=1)
def _client() -> httpx.Client:
    """One for the process: reading the authorities of the web takes longer than asking."""
    # The environment's proxies and credentials are not ours to use here.
    return httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)


def forget() -> None:
    """Read everything again at the next question."""
    with _lock:
        _kept.clear()


def _provider(issuer: str) -> _Kept:
    found = _kept.get(issuer)
    if found is None or time.monotonic() - found.read_at > _KEPT_SECONDS:
        said = _metadata(issuer, _get(issuer + WELL_KNOWN).json())
        present = time.monotonic()
        found = _Kept(said, public_keys(_get(said.keys).json()), present, present)
        with _lock:
            _kept[issuer] = found
    return found


def _get(address: str) -> Answer:
    answer = ask(address)
    if answer.status != httpx.codes.OK:
        raise _wrong(
            "provider-silent",
            "Le fournisseur d’identité ne répond pas comme il le devrait. Réessayez dans quelques minutes.",
            found=f"HTTP {answer.status}",
        )
    return answer


def _metadata(issuer: str, document: dict[str, Any]) -> Metadata:
    if document.get("issuer") != issuer:
        raise _wrong(
            "provider-metadata",
            "Le fournisseur d’identité ne porte pas le nom sous lequel il a été configuré.",
            found=str(document.get("issuer", ""))[:200],
            expected=issuer,
        )
    scheme = urlsplit(issuer).scheme

    def address(name: str, *, required: bool = False) -> str:
        value = document.get(name, "")
        if not isinstance(value, str) or (required and not value):
            raise _wrong("provider-metadata", f"Le fournisseur d’identité ne publie pas {name}.")
        # A provider reached by TLS does not send its clients to plain HTTP.
        if value and urlsplit(value).scheme not in {"https", scheme}:
            raise _wrong(
                "provider-metadata", f"L’adresse {name} du fournisseur d’identité n’est pas sûre.", found=value
            )
        return value

    return Metadata(
        issuer=issuer,
        authorization=address("authorization_endpoint", required=True),
        token=address("token_endpoint", required=True),
        userinfo=address("userinfo_endpoint"),
        introspection=address("introspection_endpoint"),
        end_session=address("end_session_endpoint"),
        keys=address("jwks_uri", required=True),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _wrong(rule: str, text: str, *, found: str = "", expected: str = "") -> Malformed:
    return Malformed(rule, text, field="issuer", found=found, expected=expected, source=_SOURCE)
