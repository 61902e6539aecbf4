"""Signed and encrypted JSON: believe the claims of a token, or say exactly why not (RFC 7515 to 7519).

What protects here (RFC 8725, JWT best current practices):

1. algorithms come from a list of ours, asymmetric only: `none` and HMAC under a public key do not exist;
2. keys come from a set that the caller obtained from the issuer: `jwk`, `jku`, `x5c` and `x5u` of a header are never
   looked at, and symmetric or private keys of a set are left out;
3. the header's `kid` names one key of the set; without it the set must hold one key of that kind;
4. `typ` is checked where a kind of token has one, so that one kind never passes for another.

Pure: no clock, no socket. Times are seconds since 1970, as in the tokens.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey

from carnet.wire.errors import Malformed

Claims = dict[str, Any]

MAX_TOKEN = 64 * 1024
SIGNATURES = ("RS256", "PS256", "ES256", "ES384")
KEY_WRAPPINGS = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
ENCRYPTIONS = ("A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512")
_MIN_RSA = 2048
_FAMILY = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "ES384": "EC"}
_CURVE = {"ES256": "P-256", "ES384": "P-384"}
_SOURCE = "RFC 7515 §5.2 ; RFC 8725 §3"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """Keys that verify an issuer's signatures: (kid, key); kid is empty where the set gives none."""

    keys: tuple[tuple[str, Key], ...]

    def named(self, kid: str) -> bool:
        """Whether a key has this name: a caller reads the set again when a token names an unknown one."""
        return any(name == kid for name, _ in self.keys)


def public_keys(document: Mapping[str, Any]) -> PublicKeys:
    """The usable keys of a JWK set (RFC 7517 §5): asymmetric, public, for signatures, of sufficient size.

    Raises Malformed `jose-key-set` when the document is no key set, or gives one name to two keys.
    """
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise _key_set("membre keys absent")
    found: list[tuple[str, Key]] = []
    for entry in listed:
        key = _public_key(entry)
        if key is not None:
            found.append((key.kid or "", key))
    names = [name for name, _ in found if name]
    if len(names) != len(set(names)):
        raise _key_set("deux clés de même kid")
    return PublicKeys(tuple(found))


def _public_key(entry: object) -> Key | None:
    """A key of a set; None for what verifies nothing here. A private key published by mistake is not believed."""
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC") or "d" in entry:
        return None
    if entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid", ""), str):
        return None
    if entry.get("alg", SIGNATURES[0]) not in SIGNATURES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = JWKRegistry.import_key(entry)
    except (JoseError, ValueError, KeyError, TypeError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _MIN_RSA:
        return None
    return key


def header_of(token: str) -> dict[str, Any]:
    """The protected header of a token, believed for nothing but choosing what to check it with.

    Raises Malformed `jose-unreadable`.
    """
    if len(token) > MAX_TOKEN:
        raise _unreadable("trop long")
    try:
        return dict(jws.extract_compact(token.encode("ascii")).headers())
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _unreadable("") from error


def unverified(token: str) -> Claims:
    """The claims of a token whose signature nobody checked: they choose whose keys to check it with, nothing else.

    Raises Malformed `jose-unreadable`.
    """
    if len(token) > MAX_TOKEN:
        raise _unreadable("trop long")
    try:
        payload = jws.extract_compact(token.encode("ascii")).payload
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _unreadable("") from error
    return _claims(payload)


def verified(
    token: str, keys: PublicKeys, *, types: Collection[str] = (), allowed: Sequence[str] = SIGNATURES
) -> Claims:
    """The claims of a compact JWS, once its signature holds.

    `types` are the accepted values of `typ` without their prefix application/ (none: any), `allowed` the algorithms.
    Raises Malformed: `jose-unreadable`, `jose-algorithm`, `jose-type`, `jose-key`, `jose-signature`.
    """
    header = header_of(token)
    algorithm = header.get("alg")
    if algorithm not in allowed or algorithm not in _FAMILY:
        raise Malformed(
            "jose-algorithm",
            "L’algorithme de signature du jeton n’est pas accepté.",
            field="alg",
            found=str(algorithm)[:40],
            expected=", ".join(allowed),
            source=_SOURCE,
        )
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if types and kind not in types:
        raise Malformed(
            "jose-type",
            "Ce jeton n’est pas de la sorte attendue ici.",
            field="typ",
            found=kind[:40],
            expected=", ".join(types),
            source="RFC 8725 §3.11",
        )
    key = _key_for(keys, algorithm, header.get("kid"))
    try:
        content = jws.deserialize_compact(token.encode("ascii"), key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise Malformed(
            "jose-signature", "La signature du jeton est fausse.", field="signature", source=_SOURCE
        ) from error
    return _claims(content.payload)


def _key_for(keys: PublicKeys, algorithm: str, kid: object) -> Key:
    fitting = [
        key
        for name, key in keys.keys
        if key.key_type == _FAMILY[algorithm]
        and (kid is None or name == kid)
        and (key.get("alg") in (None, algorithm))
        and (not isinstance(key, ECKey) or key.curve_name == _CURVE[algorithm])
    ]
    if len(fitting) != 1:
        raise Malformed(
            "jose-key",
            "Aucune clé publiée par l’émetteur ne correspond à ce jeton.",
            field="kid",
            found=str(kid or "")[:80],
            expected="le kid d’une clé publiée, de la famille de l’algorithme",
            source="RFC 7515 §4.1.4 ; RFC 7517 §4.5",
        )
    return fitting[0]


def _claims(payload: bytes | None) -> Claims:
    try:
        claims = json.loads(payload or b"")
    except (ValueError, RecursionError) as error:
        raise _unreadable("contenu qui n’est pas du JSON") from error
    if not isinstance(claims, dict):
        raise _unreadable("contenu qui n’est pas un objet")
    return claims


def decrypted(token: str, key: Key) -> str:
    """The signed token inside an encrypted one (RFC 7516, nested JWT of RFC 7519 §5.2).

    Raises Malformed: `jose-encryption`.
    """
    try:
        if len(token) > MAX_TOKEN or token.count(".") != 4:
            raise ValueError(len(token))
        content = jwe.decrypt_compact(token.encode("ascii"), key, algorithms=[*KEY_WRAPPINGS, *ENCRYPTIONS])
        return (content.plaintext or b"").decode("ascii")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Malformed(
            "jose-encryption",
            "Le jeton chiffré ne s’ouvre pas avec la clé de ce service.",
            field="JWE",
            expected="une clé de ce service ; " + ", ".join((*KEY_WRAPPINGS, *ENCRYPTIONS)),
            source="RFC 7516 §5.2",
        ) from error


def private_key(pem: bytes) -> RSAKey | ECKey:
    """A private key from PEM (PKCS #8), named by its thumbprint (RFC 7638); raises ValueError."""
    try:
        found = serialization.load_pem_private_key(pem, None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("an RSA or EC private key in PEM, without a password") from error
    if isinstance(found, rsa.RSAPrivateKey):
        return named(RSAKey.import_key(pem))
    if isinstance(found, ec.EllipticCurvePrivateKey):
        return named(ECKey.import_key(pem))
    raise ValueError("an RSA or EC private key in PEM")


def named(key: RSAKey | ECKey) -> RSAKey | ECKey:
    """The key under its thumbprint as `kid`."""
    key.ensure_kid()
    return key


def algorithm_of(key: RSAKey | ECKey) -> str:
    """The algorithm a key signs with: RS256 for RSA, which every provider takes, ES256 or ES384 by its curve."""
    if isinstance(key, RSAKey):
        return "RS256"
    return "ES384" if key.curve_name == "P-384" else "ES256"


def signed(claims: Mapping[str, Any], key: RSAKey | ECKey, *, kind: str, algorithm: str = "") -> str:
    """A compact JWS of claims; `kind` is its `typ`."""
    alg = algorithm or algorithm_of(key)
    header = {"alg": alg, "typ": kind, "kid": key.kid}
    return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")).encode(), key, algorithms=[alg])


def published(key: RSAKey | ECKey, *, algorithm: str = "") -> dict[str, Any]:
    """The public half of a key as a member of a JWK set."""
    return {**key.as_dict(private=False), "use": "sig", "alg": algorithm or algorithm_of(key)}


def _unreadable(found: str) -> Malformed:
    return Malformed(
        "jose-unreadable",
        "Le jeton n’est pas lisible.",
        field="JWT",
        found=found,
        expected="un JWS compact",
        source="RFC 7515 §7.1",
    )


def _key_set(found: str) -> Malformed:
    return Malformed(
        "jose-key-set",
        "Les clés publiées ne forment pas un ensemble de clés utilisable.",
        field="keys",
        found=found,
        expected="un JWK Set",
        source="RFC 7517 §5",
    )
