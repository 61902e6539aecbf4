"""A professional by an access token of Pro Santé Connect, used as an API token (ANS, « API Pro Santé Connectées »).

The token must be the provider's own (signature, issuer, dates), be bound to the certificate of this connection, and be
alive: the provider is asked (RFC 7662), and its answer kept for half a minute. An organisation's certificate says in
which structure the professional acts; a card must be the professional's own.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.jwk import ECKey, RSAKey

from carnet.exchange.login.client_certificate import Certificate
from carnet.exchange.login.faults import problem
from carnet.kernel import providers
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.wire.errors import Malformed
from carnet.wire.oidc import access, assertion, claims, jose
from carnet.wire.oidc.professional import read_professional
from carnet.wire.oidc.scopes import parse

PROOF = "oidc:psc"
# The provider knows nothing of SMART scopes: its token speaks for the professional, whose rights decide.
SCOPES = parse("user/*.cruds")
_LONGEST_LIFE = 3600
_KEPT_SECONDS = 30
_MOST = 4096
_SOURCE = "RFC 7662 §2.2"


@dataclass(frozen=True, slots=True)
class Provider:
    """Pro Santé Connect, as the settings name it."""

    issuer: str
    client: str
    key: Path
    acr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the provider answered about a token, and until when it is believed (seconds since 1970)."""

    person: str
    until: int


_lock = threading.Lock()
_told: OrderedDict[bytes, _Told] = OrderedDict()


def provider() -> Provider | None:
    """The provider, None where none is configured."""
    found = settings.CARNET_PROVIDERS["psc"]
    if not found["issuer"] or found["key"] is None:
        return None
    return Provider(found["issuer"], found["client"], found["key"], tuple(found["acr"]))


def issuer_of(token: str) -> object:
    """The issuer that a token names, believed for nothing but choosing its keys; raises Malformed `jose-unreadable`."""
    return jose.unverified(token).get("iss")


def actor_of_token(
    token: str,
    *,
    certificate: tuple[bytes, Certificate] | None,
    software: str,
    provider: Provider,
    now: datetime,
) -> Actor | Problem:
    """The professional of a token. Raises Malformed: `jose-…`, `token-…`, `oidc-acr`, `provider-…`."""
    moment = int(now.timestamp())
    kid = str(jose.header_of(token).get("kid", ""))
    found = jose.verified(token, providers.keys(provider.issuer, kid), types=(access.KIND, "jwt", ""))
    claims.check_issuer(found, provider.issuer)
    ends = claims.check_times(found, now=moment, longest=_LONGEST_LIFE, skew=0)
    access.check_binding(access.thumbprint_of(found), certificate[0] if certificate else None, required=True)
    if certificate is None:
        raise AssertionError("a binding was required")
    person = _person(token, found, provider, moment, ends)
    return _acting(person, certificate[1], software)


def _acting(person: str, certificate: Certificate, software: str) -> Actor | Problem:
    if certificate.card is not None:
        if certificate.common_name != person:
            return problem(
                "token-holder",
                "Le jeton est celui d’un autre professionnel que le porteur de la carte.",
                field="SubjectNameID",
                source="ANS, API Pro Santé Connectées",
            )
        holder = directory.professional(person)
        structure = holder.structures[0] if holder and holder.structures else None
    else:
        structure = certificate.structures[0] if len(certificate.structures) == 1 else ""
    return directory.actor_of_professional(person=person, structure=structure, proof=PROOF, software=software)


def _person(token: str, found: jose.Claims, provider: Provider, now: int, ends: int) -> str:
    """The PS_IdNat of a living token; the answer serves for a while."""
    digest = hashlib.sha256(token.encode()).digest()
    with _lock:
        known = _told.get(digest)
    if known is not None and now < known.until:
        return known.person
    answer = _introspected(token, provider, now)
    if answer.get("active") is not True:
        raise Malformed(
            "token-inactive",
            "Pro Santé Connect a mis fin à ce jeton.",
            field="active",
            expected="un jeton en cours",
            source=_SOURCE,
        )
    for name in ("sub", "client_id"):
        if name in found and not claims.same(answer.get(name), str(found[name])):
            raise claims.wrong(
                "token-introspection",
                "Ce que Pro Santé Connect répond ne concerne pas ce jeton.",
                field=name,
                source=_SOURCE,
            )
    level = answer.get("acr", found.get("acr", ""))
    if provider.acr and level not in provider.acr:
        raise claims.wrong(
            "oidc-acr",
            "Le jeton ne vient pas d’une authentification du niveau demandé.",
            field="acr",
            found=level,
            expected=" ou ".join(provider.acr),
        )
    person = read_professional(answer).id
    with _lock:
        _told[digest] = _Told(person, min(ends, now + _KEPT_SECONDS))
        while len(_told) > _MOST:
            _told.popitem(last=False)
    return person


def _introspected(token: str, provider: Provider, now: int) -> dict[str, Any]:
    said = providers.metadata(provider.issuer)
    if not said.introspection:
        raise claims.wrong("provider-metadata", "Le fournisseur d’identité ne dit pas si un jeton vit.", field="token")
    proof = assertion.make_assertion(
        client=provider.client,
        audience=provider.issuer,
        key=_key(provider.key, provider.key.stat().st_mtime_ns),
        jti=secrets.token_urlsafe(24),
        now=now,
    )
    form = {
        "token": token,
        "client_id": provider.client,
        "client_assertion_type": assertion.ASSERTION_TYPE,
        "client_assertion": proof,
    }
    answer = providers.ask(said.introspection, form=form)
    if answer.status != 200:
        raise claims.wrong(
            "provider-silent", "Le fournisseur d’identité ne répond pas comme il le devrait.", field="introspection"
        )
    return answer.json()


@lru_cache(maxsize=4)
def _key(path: Path, _stamp: int) -> RSAKey | ECKey:
    return jose.private_key(path.read_bytes())
