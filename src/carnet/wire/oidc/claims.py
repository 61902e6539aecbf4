"""Claims that every token shares, checked one by one (RFC 7519 §4.1). Pure: the caller gives the time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from carnet.wire.errors import Malformed

# Clocks of two well-kept machines; more would let a token live after its end.
SKEW = 60
_SOURCE = "RFC 7519 §4.1"


def wrong(
    rule: str, text: str, *, field: str, found: object = "", expected: str = "", source: str = _SOURCE
) -> Malformed:
    """A refusal of a claim; `found` is shortened."""
    return Malformed(rule, text, field=field, found=str(found)[:120], expected=expected, source=source)


def text(claims: Mapping[str, Any], name: str, *, longest: int = 256) -> str:
    """A claim that is a non-empty text; raises Malformed `token-claim`."""
    value = claims.get(name)
    if not isinstance(value, str) or not value or len(value) > longest:
        raise wrong(
            "token-claim",
            f"Le jeton ne porte pas {name} sous la forme attendue.",
            field=name,
            expected=f"un texte de 1 à {longest} caractères",
        )
    return value


def seconds(claims: Mapping[str, Any], name: str) -> int:
    """A claim that is a time in seconds since 1970; raises Malformed `token-claim`."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2**40:
        raise wrong(
            "token-claim", f"Le jeton ne porte pas {name} sous la forme attendue.", field=name, expected="une date"
        )
    return int(value)


def check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    """Raises Malformed `token-issuer`."""
    if claims.get("iss") != issuer:
        raise wrong(
            "token-issuer",
            "Le jeton vient d’un autre émetteur que celui qui était attendu.",
            field="iss",
            found=claims.get("iss", ""),
            expected=issuer,
        )


def check_audience(claims: Mapping[str, Any], *accepted: str) -> None:
    """The audience, one or several, names us; raises Malformed `token-audience`."""
    value = claims.get("aud")
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not any(one in accepted for one in listed):
        raise wrong(
            "token-audience",
            "Le jeton est destiné à un autre service.",
            field="aud",
            found=value or "",
            expected=" ou ".join(accepted),
        )


def check_times(claims: Mapping[str, Any], *, now: int, longest: int, skew: int = SKEW) -> int:
    """exp is to come, iat is past, nbf too, and the token lives at most `longest` seconds; the time of its end.

    Raises Malformed: `token-claim`, `token-expired`, `token-early`, `token-too-long`.
    """
    ends, issued = seconds(claims, "exp"), seconds(claims, "iat")
    if now >= ends + skew:
        raise wrong("token-expired", "Le jeton a expiré.", field="exp", found=ends, expected=f"après {now}")
    starts = max(issued, seconds(claims, "nbf") if "nbf" in claims else 0)
    if starts > now + skew:
        raise wrong(
            "token-early", "Le jeton n’est pas encore valable.", field="iat", found=starts, expected=f"avant {now}"
        )
    if ends - issued > longest:
        raise wrong(
            "token-too-long",
            "Le jeton vit trop longtemps pour être accepté.",
            field="exp",
            found=f"{ends - issued} s",
            expected=f"{longest} s au plus",
        )
    return ends


def half_hash(value: str, algorithm: str) -> str:
    """The left half of the hash of an access token or a code (OpenID Connect Core §3.1.3.6)."""
    digest = (hashlib.sha384 if algorithm.endswith("384") else hashlib.sha256)(value.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def same(one: object, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    return isinstance(one, str) and hmac.compare_digest(one.encode(), other.encode())


def certificate_thumbprint(der: bytes) -> str:
    """`x5t#S256` of a certificate (RFC 8705 §3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
