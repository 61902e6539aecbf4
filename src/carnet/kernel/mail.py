"""Mail without health data: asked for inside a transaction, sent by a job, tried again until it leaves.

    mail.send_later("a.person@example.org", "event_in_record", {"moment": mail.moment(clock.now())})

`send_later` writes one row of `kernel_mail` in the caller's transaction and returns: a request never waits for a mail
server, and what is rolled back is never mailed. The row is sealed (AES-256-GCM under a key derived from the house's),
so that neither addresses nor codes lie in the database in clear. The relay looks once a second and makes a job; the
job takes one row after the other, sends it outside any transaction and deletes it. A crash between the server's answer
and the deletion sends the mail again, with the same Message-ID. What fails is tried again after 15 s, 30 s, a minute…
up to an hour for as long as the letter is worth sending (`mail_letters`); what a server refuses for good, and what
nobody could send in time, stays a week with `due_at` infinite and the class of the error, for `carnet check`.

What a mail may say is in `mail_letters`, how it leaves in `mail_transport`. In a demonstration without
CARNET_SMTP_URL mails are files under `$CARNET_HOME/mail`, which the page « Boîte aux lettres » shows.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from carnet.kernel import clock, database, keys, mail_letters, mail_transport
from carnet.kernel.jobs import app

_LOOK_SECONDS = 1.0
_log = logging.getLogger(__name__)
_one_sender = threading.Lock()
_looked = 0.0

_ADD = """
INSERT INTO kernel_mail (id, sealed, until) VALUES (%s, %s, now() + %s)
"""
_DUE = "SELECT 1 FROM kernel_mail WHERE due_at <= now() LIMIT 1"
# The row is taken for the time of an attempt: a sender that dies leaves it to the next one.
_TAKE = """
UPDATE kernel_mail
   SET attempts = attempts + 1, due_at = now() + least(interval '1 hour', interval '15 s' * 2 ^ least(attempts, 10))
 WHERE id = (SELECT id FROM kernel_mail WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, sealed, until > now()
"""
_GIVE_UP = "UPDATE kernel_mail SET due_at = 'infinity', error = %s WHERE id = %s"
_NOTE = "UPDATE kernel_mail SET error = %s WHERE id = %s"
_TOO_LATE = """
UPDATE kernel_mail SET due_at = 'infinity', error = coalesce(nullif(error, ''), 'Late') WHERE id = %s
"""
_SENT = "DELETE FROM kernel_mail WHERE id = %s"
_FORGET = "DELETE FROM kernel_mail WHERE due_at = 'infinity' AND at < now() - interval '7 days'"
_STANDING = """
SELECT count(*) FILTER (WHERE due_at < 'infinity'), count(*) FILTER (WHERE due_at = 'infinity') FROM kernel_mail
"""


class BadAddressError(ValueError):
    """What was given as an address is none; the message does not repeat it."""


def send_later(to: str, template: str, about: Mapping[str, str]) -> None:
    """Have a letter of `mail_letters` sent, if the caller's transaction commits; one recipient, a few seconds.

    An empty address takes the same time and sends nothing: whether somebody has an address is not told by a clock.
    Raises BadAddressError, or `mail_letters.UnknownLetterError` for a value that a mail may not hold.
    """
    try:
        validate_email(to or "nobody@example.org")
    except ValidationError:
        raise BadAddressError("not a mail address") from None
    mail_letters.write(template, about)
    name = uuid4()
    plain = json.dumps({"to": to, "template": template, "about": dict(about)}, ensure_ascii=False).encode()
    database.execute(_ADD, (name, keys.seal_object(_key(), name, plain), mail_letters.worth_sending(template)))


def moment(at: datetime) -> str:
    """An instant as letters write it: `30/11/2026 à 09 h 47`, in Paris."""
    return f"{at.astimezone(clock.LEGAL_TIME):%d/%m/%Y à %H h %M}"


def relay() -> bool:
    """Make a job when something is due, looking once a second at most; whether one was made."""
    global _looked
    if time.monotonic() - _looked < _LOOK_SECONDS:
        return False
    _looked = time.monotonic()
    if database.row(_DUE) is None:
        return False
    try:
        with transaction.atomic():
            send_mail.configure(queueing_lock="send_mail").defer()
    except AlreadyEnqueued:
        return False
    return True


@app.task(name="send_mail", queue="mail")
def send_mail() -> None:
    """Send what is due, one after the other; a second job beside it does nothing."""
    if not _one_sender.acquire(blocking=False):
        return
    try:
        while _send_one():
            pass
        database.execute(_FORGET)
    finally:
        _one_sender.release()


def waiting() -> dict[str, int]:
    """How mail stands: `waiting` to leave, `failed` for good in the last week."""
    found = database.row(_STANDING)
    return {"waiting": found[0], "failed": found[1]} if found else {"waiting": 0, "failed": 0}


def _send_one() -> bool:
    """Take one row and try to send it; False when nothing is due."""
    taken = database.row(_TAKE)
    if taken is None:
        return False
    name, sealed, in_time = taken
    if not in_time:
        database.execute(_TOO_LATE, (name,))
        return True
    try:
        _hand_over(name, bytes(sealed))
    except keys.KeyUnavailableError:
        database.execute(_GIVE_UP, ("KeyUnavailableError", name))
    except OSError as error:
        # Which error, never its text: servers quote addresses.
        _log.warning("a mail did not leave: %s", type(error).__qualname__)
        how = _GIVE_UP if mail_transport.final(error) else _NOTE
        database.execute(how, (type(error).__qualname__, name))
    else:
        database.execute(_SENT, (name,))
    return True


def _hand_over(name: UUID, sealed: bytes) -> None:
    asked = json.loads(keys.open_object(_key(), name, sealed))
    if not asked["to"]:
        return
    subject, body = mail_letters.write(asked["template"], asked["about"])
    at = clock.now()
    letter = mail_transport.message(
        sender=settings.CARNET_MAIL_FROM, to=asked["to"], subject=subject, body=body, name=name, at=at
    )
    if settings.CARNET_SMTP is None:
        mail_transport.keep(settings.CARNET_HOME / "mail", letter, name=name, at=at)
    else:
        mail_transport.deliver(settings.CARNET_SMTP, letter)


def _key() -> bytes:
    return keys.derived_key(b"carnet mail")
