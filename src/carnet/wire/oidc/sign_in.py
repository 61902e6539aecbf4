"""Sign-in by a provider: the request, its code challenge, and the id_token that answers it.

OpenID Connect Core 1.0 §3.1 (authorization code flow), RFC 7636 (PKCE, S256 only), RFC 9207 (issuer of the answer).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from carnet.wire.errors import Malformed
from carnet.wire.oidc import claims as check
from carnet.wire.oidc.jose import Claims, PublicKeys, header_of, verified

_SOURCE = "OpenID Connect Core 1.0 §3.1.3.7"
_LONGEST_LIFE = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Who a provider says has signed in: its name for the person, its session, how and when they were recognised."""

    issuer: str
    subject: str
    session: str
    acr: str
    authenticated_at: int
    ends: int


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def request_address(
    endpoint: str,
    *,
    client: str,
    redirect: str,
    scope: str,
    state: str,
    nonce: str,
    verifier: str,
    acr: str,
) -> str:
    """The address a browser is sent to (OpenID Connect Core §3.1.2.1)."""
    query = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect,
        "scope": scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **({"acr_values": acr} if acr else {}),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def check_answer(parameters: Mapping[str, str], *, issuer: str, announced: bool) -> str:
    """The code of an answer whose state was recognised.

    `announced` says that the provider names itself in its answers (RFC 9207): `iss` is then required.
    Raises Malformed: `oidc-mix-up`, `oidc-refused` (the provider or the person said no), `oidc-code`.
    """
    named = parameters.get("iss")
    if (named is None and announced) or (named is not None and named != issuer):
        raise check.wrong(
            "oidc-mix-up",
            "La réponse ne vient pas du fournisseur d’identité auquel la demande a été faite.",
            field="iss",
            found=named or "",
            expected=issuer,
            source="RFC 9207 §2.4",
        )
    if "error" in parameters:
        raise check.wrong(
            "oidc-refused",
            "Le fournisseur d’identité n’a pas accepté la connexion, ou elle a été abandonnée.",
            field="error",
            found=parameters["error"],
            source="RFC 6749 §4.1.2.1",
        )
    code = parameters.get("code", "")
    if not code or len(code) > 4096:
        raise check.wrong("oidc-code", "La réponse ne porte pas de code.", field="code", source="RFC 6749 §4.1.2")
    return code


def read_id_token(
    token: str,
    keys: PublicKeys,
    *,
    issuer: str,
    client: str,
    nonce: str,
    access_token: str,
    acr: Sequence[str],
    now: int,
) -> Signed:
    """Who signed in, once everything in the id_token holds.

    `acr` lists the accepted levels (none: any). Raises Malformed: those of `jose.verified`, `token-claim`,
    `token-issuer`, `token-audience`, `oidc-azp`, `token-expired`, `token-early`, `token-too-long`, `oidc-nonce`,
    `oidc-at-hash`, `oidc-acr`.
    """
    found = verified(token, keys, types=("jwt", ""))
    check.check_issuer(found, issuer)
    check.check_audience(found, client)
    _check_party(found, client)
    ends = check.check_times(found, now=now, longest=_LONGEST_LIFE)
    if not check.same(found.get("nonce"), nonce):
        raise check.wrong(
            "oidc-nonce",
            "Le jeton d’identité ne répond pas à la demande de ce navigateur.",
            field="nonce",
            source=_SOURCE,
        )
    _check_access_token(found, token, access_token)
    level = found.get("acr", "")
    if acr and level not in acr:
        raise check.wrong(
            "oidc-acr",
            "L’authentification faite chez le fournisseur d’identité n’a pas le niveau demandé.",
            field="acr",
            found=level,
            expected=" ou ".join(acr),
            source="OpenID Connect Core 1.0 §2 (acr)",
        )
    return Signed(
        issuer=issuer,
        subject=check.text(found, "sub"),
        session=found.get("sid", "") if isinstance(found.get("sid", ""), str) else "",
        acr=str(level),
        authenticated_at=check.seconds(found, "auth_time") if "auth_time" in found else check.seconds(found, "iat"),
        ends=ends,
    )


def _check_party(found: Claims, client: str) -> None:
    several = isinstance(found.get("aud"), list) and len(found["aud"]) > 1
    party = found.get("azp")
    if (several and party is None) or (party is not None and party != client):
        raise check.wrong(
            "oidc-azp",
            "Le jeton d’identité a été demandé par un autre service.",
            field="azp",
            found=party or "",
            expected=client,
            source=_SOURCE,
        )


def _check_access_token(found: Claims, token: str, access_token: str) -> None:
    if "at_hash" not in found:
        return
    expected = check.half_hash(access_token, str(header_of(token).get("alg")))
    if not check.same(found["at_hash"], expected):
        raise check.wrong(
            "oidc-at-hash",
            "Le jeton d’identité et le jeton d’accès ne vont pas ensemble.",
            field="at_hash",
            source="OpenID Connect Core 1.0 §3.1.3.8",
        )


def read_userinfo(
    answer: str, keys: PublicKeys, *, issuer: str, client: str, subject: str, now: int
) -> Mapping[str, Any]:
    """The claims of a signed userinfo answer, about the person of the id_token (OpenID Connect Core §5.3.2).

    Raises Malformed: those of `jose.verified`, `token-issuer`, `token-audience`, `token-expired`, `oidc-subject`.
    """
    found = verified(answer, keys)
    check.check_issuer(found, issuer)
    check.check_audience(found, client)
    if "exp" in found and check.seconds(found, "exp") + check.SKEW <= now:
        raise check.wrong("token-expired", "Le jeton a expiré.", field="exp", found=found["exp"])
    check_subject(found, subject)
    return found


def check_subject(found: Mapping[str, Any], subject: str) -> None:
    """Raises Malformed `oidc-subject` when claims are about somebody else (OpenID Connect Core §5.3.2)."""
    if not check.same(found.get("sub"), subject):
        raise Malformed(
            "oidc-subject",
            "Les informations reçues concernent une autre personne que celle qui s’est connectée.",
            field="sub",
            source="OpenID Connect Core 1.0 §5.3.2",
        )
