"""Passwords and TOTP seeds of the demonstration's people.

They derive from a secret of the home, so that a second start writes the same ones and two instances
never share any: a demonstration reachable from a network is not open to whoever read this file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def _derived(secret: str, purpose: str, login: str) -> bytes:
    return hmac.digest(secret.encode(), f"carnet demonstration {purpose} {login}".encode(), hashlib.sha256)


def password(secret: str, login: str) -> str:
    """A password of 19 characters that says what it is: `demo-abcde-fghij-kl`."""
    letters = base64.b32encode(_derived(secret, "password", login)).decode().lower()
    return f"demo-{letters[:5]}-{letters[5:10]}-{letters[10:12]}"


def totp_seed(secret: str, login: str) -> str:
    """A seed of 160 bits in base 32, as RFC 6238 and authenticator applications want it."""
    return base64.b32encode(_derived(secret, "totp", login)[:20]).decode()
