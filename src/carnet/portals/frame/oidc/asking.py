"""Asking a provider, server to server: a code becomes an id_token, an access token, and what it says of the person."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from carnet.kernel import clock, providers
from carnet.portals.frame.oidc.configured import Provider
from carnet.portals.frame.oidc.journey import Journey
from carnet.wire.errors import Malformed
from carnet.wire.oidc import assertion, jose, sign_in

_JWT = ("application/jwt", "application/jose")
_JWE_DOTS = 4


def now() -> int:
    """Seconds since 1970, as tokens count them."""
    return int(clock.now().timestamp())


def signed_in(provider: Provider, code: str, journey: Journey, redirect: str) -> tuple[sign_in.Signed, str]:
    """Who signed in, and the access token. Raises Malformed: `provider-…`, `oidc-…`, `token-…`, `jose-…`."""
    said = provider.metadata
    proof = assertion.make_assertion(
        client=provider.client, audience=provider.issuer, key=provider.key, jti=secrets.token_urlsafe(24), now=now()
    )
    answer = providers.ask(
        said.token,
        form={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": journey.verifier,
            "client_id": provider.client,
            "client_assertion_type": assertion.ASSERTION_TYPE,
            "client_assertion": proof,
        },
    )
    tokens = answer.json()
    identity, access = tokens.get("id_token"), tokens.get("access_token")
    if answer.status != 200 or not isinstance(identity, str) or not isinstance(access, str) or not access.isascii():
        raise Malformed(
            "oidc-code",
            "Le fournisseur d’identité n’a pas reconnu le code de cette connexion : il a servi, ou il a expiré.",
            field="code",
            found=str(tokens.get("error", ""))[:80],
            source="RFC 6749 §5.2",
        )
    found = sign_in.read_id_token(
        identity,
        _keys(provider, identity),
        issuer=provider.issuer,
        client=provider.client,
        nonce=journey.nonce,
        access_token=access,
        acr=provider.acr,
        now=now(),
    )
    return found, access


def told_of(provider: Provider, access: str, subject: str) -> Mapping[str, Any]:
    """What the provider says of the person: signed, or signed then encrypted for us. Raises Malformed."""
    answer = providers.ask(provider.metadata.userinfo, bearer=access)
    if answer.status != 200 or answer.kind not in _JWT:
        raise Malformed(
            "oidc-userinfo",
            "Le fournisseur d’identité n’a pas donné d’informations signées sur la personne.",
            field="userinfo",
            found=f"HTTP {answer.status} {answer.kind}",
            expected="application/jwt",
            source="OpenID Connect Core 1.0 §5.3.2",
        )
    text = answer.text.strip()
    if text.count(".") == _JWE_DOTS:
        text = jose.decrypted(text, provider.key)
    keys = _keys(provider, text)
    return sign_in.read_userinfo(text, keys, issuer=provider.issuer, client=provider.client, subject=subject, now=now())


def keys_for(issuer: str, token: str) -> jose.PublicKeys:
    """The keys of a provider, read again when the token names an unknown one. Raises Malformed."""
    return providers.keys(issuer, str(jose.header_of(token).get("kid", "")))


def _keys(provider: Provider, token: str) -> jose.PublicKeys:
    return keys_for(provider.issuer, token)
