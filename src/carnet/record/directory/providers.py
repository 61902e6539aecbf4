"""What the directory keeps of identity providers: sessions they opened, people they were linked to, spent tokens."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from carnet.kernel import clock, database

_OPEN = """
INSERT INTO directory_provider_session (session_key, issuer, subject, sid, ends_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (session_key) DO UPDATE
   SET issuer = excluded.issuer, subject = excluded.subject, sid = excluded.sid, ends_at = excluded.ends_at
"""
_FORGET_SESSIONS = "DELETE FROM directory_provider_session WHERE ends_at < %s"
_END = """
DELETE FROM directory_provider_session
WHERE issuer = %(issuer)s AND (%(sid)s = '' OR sid = %(sid)s) AND (%(subject)s = '' OR subject = %(subject)s)
RETURNING session_key
"""
# Each use takes a few that have ended away, so that the table stays as large as what could still be replayed.
_SPEND = """
WITH ended AS (
    DELETE FROM directory_used_token WHERE digest IN (
        SELECT digest FROM directory_used_token WHERE ends_at < %(now)s LIMIT 4 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO directory_used_token (digest, ends_at) VALUES (%(digest)s, %(ends)s) ON CONFLICT DO NOTHING RETURNING 1
"""
_LINK = """
INSERT INTO directory_provider_link (issuer, subject, login, linked_at) VALUES (%s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING 1
"""
_ACCOUNT_OF_PERSON = """
SELECT login FROM directory_account WHERE kind = 'professional' AND person = %s ORDER BY login LIMIT 1
"""


def remember_session(session_key: str, issuer: str, subject: str, sid: str, ends_at: datetime) -> None:
    """A session of a portal, opened by a provider."""
    database.execute(_FORGET_SESSIONS, (clock.now(),))
    database.execute(_OPEN, (session_key, issuer, subject, sid, ends_at))


def end_sessions(issuer: str, subject: str, sid: str) -> int:
    """End the sessions of a provider's session or, without one, of its person; how many there were."""
    if not subject and not sid:
        return 0
    with transaction.atomic():
        keys = [key for (key,) in database.rows(_END, {"issuer": issuer, "subject": subject, "sid": sid})]
        for key in keys:
            SessionStore(key).delete()
    return len(keys)


def spend(kind: str, issuer: str, jti: str, ends: int) -> bool:
    """Whether a token comes for the first time; `ends` is when it would be refused anyway (seconds since 1970)."""
    digest = hashlib.sha256("\n".join((kind, issuer, jti)).encode()).digest()
    values = {"digest": digest, "ends": datetime.fromtimestamp(ends, UTC), "now": clock.now()}
    return database.row(_SPEND, values) is not None


def link(issuer: str, subject: str, login: str) -> bool:
    """Tie a provider's person to a login; False when either is tied already."""
    return database.row(_LINK, (issuer, subject, login, clock.now())) is not None


def unlink(issuer: str, login: str) -> bool:
    """Untie them; whether they were tied."""
    statement = "DELETE FROM directory_provider_link WHERE issuer = %s AND login = %s RETURNING 1"
    return database.row(statement, (issuer, login)) is not None


def linked_login(issuer: str, subject: str) -> str | None:
    """The login a provider's person was tied to."""
    statement = "SELECT login FROM directory_provider_link WHERE issuer = %s AND subject = %s"
    found = database.row(statement, (issuer, subject))
    return found[0] if found else None


def is_linked(issuer: str, login: str) -> bool:
    """Whether a login is tied to a person of a provider."""
    statement = "SELECT 1 FROM directory_provider_link WHERE issuer = %s AND login = %s"
    return database.row(statement, (issuer, login)) is not None


def login_of_professional(person: str) -> str | None:
    """The portal's login of a professional, None without an account."""
    found = database.row(_ACCOUNT_OF_PERSON, (person,))
    return found[0] if found else None


def make_user(login: str) -> None:
    """A user for a login whose person proves themself elsewhere: no password works."""
    users = get_user_model()
    user, made = users.objects.get_or_create(username=login)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
