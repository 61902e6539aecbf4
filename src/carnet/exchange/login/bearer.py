"""Who calls by a bearer token (RFC 6750): software of the registry, or a professional by a token of Pro Santé Connect.

A token that is bound to a certificate serves with that certificate only (RFC 8705), which is verified as any other, so
that a revoked one stops its tokens. Scopes narrow what the actor may ask; what the actor may see is decided elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from carnet.exchange.login import access_tokens, connected
from carnet.exchange.login.client_certificate import Certificate, from_header
from carnet.exchange.login.faults import Denied, denied, problem
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.wire.errors import Malformed
from carnet.wire.oidc import access
from carnet.wire.oidc.claims import certificate_thumbprint
from carnet.wire.oidc.scopes import Scope, allows, parse

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]+) *")
_SOURCE = "RFC 6750 §2.1"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the scopes of the token by which they do; None without a token."""

    actor: Actor
    scopes: tuple[Scope, ...] | None = None


def caller_of_token(
    *, authorization: str, certificate_header: str, software: str = "", now: datetime
) -> Caller | Denied:
    """The caller of a request that carries an Authorization header, or why nobody was recognised.

    Rules: `token-…`, `jose-…`, `oidc-…`, `provider-…`, `certificate-…` and those of the directory.
    """
    match = _BEARER.fullmatch(authorization)
    if match is None:
        return denied(
            problem(
                "token-missing",
                "L’en-tête Authorization ne porte pas un jeton.",
                field="Authorization",
                expected="Bearer, puis un jeton d’accès",
                source=_SOURCE,
            )
        )
    token = match[1]
    certificate = presented(certificate_header, now)
    if isinstance(certificate, Problem):
        return denied(certificate)
    try:
        provider = connected.provider()
        if provider is not None and connected.issuer_of(token) == provider.issuer:
            found = connected.actor_of_token(
                token, certificate=certificate, software=software, provider=provider, now=now
            )
            scopes = connected.SCOPES
        else:
            granted = access_tokens.read(token, now)
            found, scopes = _software(granted, certificate, software)
    except Malformed as error:
        return denied(told(error))
    return denied(found) if isinstance(found, Problem) else Caller(found, scopes)


def _software(
    granted: access.Granted, certificate: tuple[bytes, Certificate] | None, software: str
) -> tuple[Actor | Problem, tuple[Scope, ...]]:
    production = settings.CARNET_MODE == "production"
    access.check_binding(granted.thumbprint, certificate[0] if certificate else None, required=production)
    client = directory.client(granted.client)
    if client is None or (client.bound and not granted.thumbprint):
        return (
            problem(
                "token-client",
                "Le logiciel de ce jeton n’est plus enregistré ici, ou ses jetons doivent être liés à un certificat.",
                field="client_id",
                found=granted.client,
                source="RFC 9068 §2.2",
            ),
            (),
        )
    # What was taken back since the token was granted is taken back from it.
    registered = parse(client.scopes)
    scopes = tuple(scope for scope in parse(granted.scope) if allows(registered, scope))
    actor = directory.actor_of_structure(
        structure=client.structure, proof="token", software=software or client.name, person=client.id
    )
    return actor, scopes


def presented(header: str, now: datetime) -> tuple[bytes, Certificate] | Problem | None:
    """The certificate of the connection (its DER, and whom it names), None without one, or which rule it breaks."""
    if not header:
        return None
    certificate = from_header(header, now=now)
    if isinstance(certificate, Problem):
        return certificate
    try:
        return base64.b64decode(header, validate=True), certificate
    except binascii.Error:
        return None


def thumbprint(certificate: tuple[bytes, Certificate] | None) -> str:
    """`x5t#S256` of a presented certificate, empty without one."""
    return certificate_thumbprint(certificate[0]) if certificate else ""


def told(error: Malformed) -> Problem:
    """What is wrong with a token, as a refusal of the login; a token is never quoted."""
    return problem(
        error.rule, error.text, field=error.field, found=error.found, expected=error.expected, source=error.source
    )
