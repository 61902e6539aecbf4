"""Software that proves itself by a signed assertion: `private_key_jwt` (RFC 7523, OpenID Connect Core §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from carnet.wire.oidc import claims as check
from carnet.wire.oidc.jose import PublicKeys, signed, verified

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE = 60
LONGEST_LIFE = 300
_SOURCE = "RFC 7523 §3 ; OpenID Connect Core 1.0 §9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A client that proved itself; `jti` may serve once, until `ends`."""

    client: str
    jti: str
    ends: int


def client_of(unverified: Mapping[str, Any]) -> str:
    """The client that an assertion names, to find its keys; raises Malformed `assertion-client`."""
    client = unverified.get("sub")
    if not isinstance(client, str) or not client or len(client) > 200:
        raise check.wrong(
            "assertion-client", "L’assertion ne nomme pas un logiciel client.", field="sub", source=_SOURCE
        )
    return client


def read_assertion(token: str, keys: PublicKeys, *, client: str, audiences: tuple[str, ...], now: int) -> Assertion:
    """The client of an assertion, once everything in it holds; that `jti` is fresh is the caller's to check.

    `audiences` are the accepted names of this authorization server. Raises Malformed: those of `jose.verified`,
    `assertion-client`, `token-…`.
    """
    found = verified(token, keys, types=("jwt", "", "client-authentication+jwt"))
    if found.get("iss") != client or found.get("sub") != client:
        raise check.wrong(
            "assertion-client",
            "L’assertion ne vient pas du logiciel client qu’elle nomme.",
            field="iss, sub",
            expected="le client_id, deux fois",
            source=_SOURCE,
        )
    value = found.get("aud")
    if isinstance(value, list) and len(value) > 1:
        # One that another server accepts too could be replayed here by that server.
        raise check.wrong(
            "token-audience", "L’assertion est destinée à plusieurs services.", field="aud", source=_SOURCE
        )
    check.check_audience(found, *audiences)
    ends = check.check_times(found, now=now, longest=LONGEST_LIFE)
    return Assertion(client=client, jti=check.text(found, "jti"), ends=ends)


def make_assertion(*, client: str, audience: str, key: RSAKey | ECKey, jti: str, now: int) -> str:
    """An assertion of ours for one request to a provider."""
    content = {"iss": client, "sub": client, "aud": audience, "iat": now, "exp": now + _LIFE, "jti": jti}
    return signed(content, key, kind="JWT")
