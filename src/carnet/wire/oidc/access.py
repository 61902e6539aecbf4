"""Access tokens: ours (RFC 9068), and how one is bound to the certificate of its holder (RFC 8705 §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from carnet.wire.oidc import claims as check
from carnet.wire.oidc.jose import PublicKeys, signed, verified

KIND = "at+jwt"
LIFE = 300
_SOURCE = "RFC 8705 §3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a token of ours grants: the client, its scopes, and the thumbprint of the only certificate it works with
    (empty for a token that is not bound)."""

    client: str
    scope: str
    thumbprint: str


def make_access_token(granted: Granted, *, issuer: str, audience: str, key: RSAKey | ECKey, jti: str, now: int) -> str:
    """A token that says what was granted, for `LIFE` seconds."""
    content: dict[str, Any] = {
        "iss": issuer,
        "sub": granted.client,
        "client_id": granted.client,
        "aud": audience,
        "scope": granted.scope,
        "iat": now,
        "exp": now + LIFE,
        "jti": jti,
    }
    if granted.thumbprint:
        content["cnf"] = {"x5t#S256": granted.thumbprint}
    return signed(content, key, kind=KIND)


def read_access_token(token: str, keys: PublicKeys, *, issuer: str, audience: str, now: int) -> Granted:
    """What a token of ours grants. Raises Malformed: those of `jose.verified`, `token-…`."""
    found = verified(token, keys, types=(KIND,))
    check.check_issuer(found, issuer)
    check.check_audience(found, audience)
    check.check_times(found, now=now, longest=LIFE, skew=0)
    return Granted(
        client=check.text(found, "client_id"),
        scope=check.text(found, "scope", longest=4096),
        thumbprint=thumbprint_of(found),
    )


def thumbprint_of(claims: Mapping[str, Any]) -> str:
    """The thumbprint a token is bound to, empty for an unbound one; raises Malformed `token-claim`."""
    binding = claims.get("cnf")
    if binding is None:
        return ""
    if not isinstance(binding, dict):
        raise check.wrong("token-claim", "Le jeton ne dit pas à quoi il est lié.", field="cnf", source=_SOURCE)
    return check.text(binding, "x5t#S256", longest=64)


def check_binding(thumbprint: str, certificate: bytes | None, *, required: bool) -> None:
    """Whether a token serves with the certificate of this connection (DER, None without one).

    Raises Malformed: `token-unbound` (a binding is required), `token-certificate`.
    """
    if not thumbprint:
        if required:
            raise check.wrong(
                "token-unbound",
                "Le jeton n’est lié à aucun certificat : il n’est pas accepté.",
                field="cnf",
                expected="x5t#S256",
                source=_SOURCE,
            )
        return
    if certificate is None or not check.same(check.certificate_thumbprint(certificate), thumbprint):
        raise check.wrong(
            "token-certificate",
            "Le jeton est lié à un autre certificat que celui de cette connexion.",
            field="cnf",
            expected="le certificat pour lequel il a été délivré",
            source=_SOURCE,
        )
