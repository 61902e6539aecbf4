"""Where an account is open, and which devices it trusts: told in words, ended by their person.

A session has one row from its first page on, removed with it. A trusted device holds a cookie with a random secret,
signed; the database holds its digest, the day until which it is good, and whose it is: removing the row ends the
trust, whatever the cookie says. Changing a password or a factor removes all of them. Only patients trust a device: a
professional's post is everybody's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseBase

from carnet.kernel import clock, database

TRUST = timedelta(days=30)
# Sessions of one account at a time: one more ends the one that was used longest ago.
MOST_SESSIONS = 10
_ROW = "carnet_session_row"  # session: the key that the row was written for
# The first that is found names it: browsers quote their ancestors.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip

_WRITE = """
INSERT INTO frame_session (session_key, user_id, browser, system)
SELECT session_key, %s, %s, %s FROM django_session WHERE session_key = %s
ON CONFLICT (session_key) DO UPDATE SET last_seen = now()
"""
_SESSIONS = """
SELECT id, session_key, browser, system, first_seen, last_seen
FROM frame_session JOIN django_session USING (session_key)
WHERE user_id = %s AND expire_date > now() AND last_seen > now() - %s ORDER BY last_seen DESC, session_key
"""
_END = """
DELETE FROM django_session WHERE session_key IN (
    SELECT session_key FROM frame_session WHERE user_id = %(user)s AND session_key <> %(kept)s
       AND (%(id)s::uuid IS NULL OR id = %(id)s)
)
"""
_END_OLDEST = """
DELETE FROM django_session WHERE session_key IN (
    SELECT session_key FROM frame_session JOIN django_session USING (session_key)
    WHERE user_id = %s AND session_key <> %s ORDER BY last_seen DESC, session_key OFFSET %s
)
"""
_TRUST = "INSERT INTO frame_trusted_device (user_id, secret, browser, system, until) VALUES (%s, %s, %s, %s, %s)"
_TRUSTED = "SELECT secret FROM frame_trusted_device WHERE user_id = %s AND until > %s"
_DEVICES = """
SELECT id, secret, browser, system, since, until FROM frame_trusted_device WHERE user_id = %s AND until > %s
ORDER BY since DESC
"""
_FORGET = "DELETE FROM frame_trusted_device WHERE user_id = %s AND (%s::uuid IS NULL OR id = %s)"
_PAST = "DELETE FROM frame_trusted_device WHERE until < %s"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session, in words."""

    id: UUID
    browser: str
    system: str
    first_seen: datetime
    last_seen: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is trusted, in words."""

    id: UUID
    browser: str
    system: str
    since: datetime
    until: datetime
    here: bool


def words(request: HttpRequest) -> tuple[str, str]:
    """Browser and system, by their public names only; the User-Agent itself is never kept."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "Navigateur inconnu")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "système inconnu")
    return browser, system


def note_session(request: HttpRequest) -> None:
    """Write that this session is in use: called when one begins and about every half minute."""
    key = request.session.session_key
    if key is None:
        return
    browser, system = words(request)
    database.execute(_WRITE, (request.user.pk, browser, system, key))
    if not is_noted(request):
        database.execute(_END_OLDEST, (request.user.pk, key, MOST_SESSIONS - 1))
    request.session[_ROW] = key


def is_noted(request: HttpRequest) -> bool:
    """Whether this session has its row; a key that changed (a password did) has none yet."""
    return bool(request.session.get(_ROW) == request.session.session_key)


def sessions(request: HttpRequest) -> list[Session]:
    """The open sessions of the signed-in account, the last used first."""
    idle = timedelta(seconds=settings.CARNET_SESSION_IDLE)
    return [
        Session(id_, browser, system, first, last, key == request.session.session_key)
        for id_, key, browser, system, first, last in database.rows(_SESSIONS, (request.user.pk, idle))
    ]


def end_sessions(user: Any, *, kept: str | None, only: UUID | None = None) -> int:
    """End the sessions of an account, or one of them, but for the session key `kept`; how many ended."""
    return database.execute(_END, {"user": user.pk, "kept": kept or "", "id": only})


def trust(request: HttpRequest, user: Any, response: HttpResponseBase) -> None:
    """Let this device skip the second proof of this account for thirty days."""
    secret = secrets.token_urlsafe(32)
    browser, system = words(request)
    now = clock.now()
    database.execute(_PAST, (now,))
    database.execute(_TRUST, (user.pk, _digest(user, secret), browser, system, now + TRUST))
    held = [one for one in _held(request) if re.fullmatch(r"[\w-]{43}", one)][-4:]
    response.set_cookie(
        settings.CARNET_DEVICE_COOKIE,
        Signer(salt="carnet.device").sign(".".join([*held, secret])),
        max_age=int(TRUST.total_seconds()),
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def is_trusted(request: HttpRequest, user: Any) -> bool:
    """Whether this device may skip the second proof of this account."""
    mine = [_digest(user, secret) for secret in _held(request)]
    if not mine:
        return False
    known = [bytes(secret) for (secret,) in database.rows(_TRUSTED, (user.pk, clock.now()))]
    return any(hmac.compare_digest(one, other) for one in mine for other in known)


def devices(request: HttpRequest) -> list[Device]:
    """The devices that the signed-in account trusts, last trusted first."""
    mine = {_digest(request.user, secret) for secret in _held(request)}
    return [
        Device(id_, browser, system, since, until, bytes(secret) in mine)
        for id_, secret, browser, system, since, until in database.rows(_DEVICES, (request.user.pk, clock.now()))
    ]


def distrust(user: Any, only: UUID | None = None) -> int:
    """Trust no device of an account any more, or one of them; how many there were."""
    return database.execute(_FORGET, (user.pk, only, only))


def _held(request: HttpRequest) -> list[str]:
    """The secrets of this browser's cookie, one for each account that trusts it; none when it was tampered with."""
    try:
        text = Signer(salt="carnet.device").unsign(request.COOKIES.get(settings.CARNET_DEVICE_COOKIE, ""))
    except BadSignature:
        return []
    return str(text).split(".")[:5]


def _digest(user: Any, secret: str) -> bytes:
    return hashlib.sha256(f"{user.pk}:{secret}".encode()).digest()
