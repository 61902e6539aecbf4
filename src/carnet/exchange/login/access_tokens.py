"""Tokens of ours: who signs them, for whom, and what they are believed to say.

The key of a month (EC P-256) is derived from the house's key, so that every process has it and nothing has to be kept;
the keys of the month before and after are published with it. Tokens live five minutes.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from joserfc.jwk import ECKey

from carnet.kernel import clock, keys
from carnet.wire.oidc import access, jose

# Order of the group of P-256 (SEC 2, secp256r1).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def issuer() -> str:
    """The name of this authorization server (RFC 8414), an address without a final slash."""
    address: str = settings.CARNET_ADDRESS
    return address


def audience() -> str:
    """The name of the FHIR service, in every domain."""
    return f"{issuer()}/fhir"


def grant(granted: access.Granted) -> str:
    """A token that says what was granted."""
    moment = clock.now()
    return access.make_access_token(
        granted,
        issuer=issuer(),
        audience=audience(),
        key=_key_of(moment.year * 12 + moment.month - 1),
        jti=secrets.token_urlsafe(16),
        now=int(moment.timestamp()),
    )


def read(token: str, now: datetime) -> access.Granted:
    """What a token of ours grants; raises Malformed (`carnet.wire.oidc.access`)."""
    return access.read_access_token(
        token, jose.public_keys(published(now)), issuer=issuer(), audience=audience(), now=int(now.timestamp())
    )


def published(now: datetime) -> dict[str, Any]:
    """The public keys as a JWK set: of this month, of the one before and of the next."""
    month = now.year * 12 + now.month - 1
    return {"keys": [jose.published(_key_of(number)) for number in (month, month - 1, month + 1)]}


def _key_of(month: int) -> ECKey:
    return _key(keys.derived_key(f"carnet access tokens {month}".encode()))


@lru_cache(maxsize=16)
def _key(seed: bytes) -> ECKey:
    number = int.from_bytes(seed) % (_ORDER - 1) + 1
    pem = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = jose.private_key(pem)
    if not isinstance(key, ECKey):
        raise TypeError("an EC key was derived")
    return key
