"""Six digits by mail: made, sent, tried five times at most, used once within ten minutes.

A code belongs to an account (named by any text, a login that nobody has included), a purpose and the browser that
asked: it is right nowhere else, and asking again replaces it. The database holds digests (HMAC-SHA256 under a key
derived from the secret key), so that whoever reads it neither reads codes nor learns which accounts asked. What happens
for a login that nobody has takes the same statements.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from carnet.kernel import clock, database, mail
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access

# Who writes, for the journal.
POST = Actor(kind=ActorKind.SYSTEM, person="carnet-mail", name="Carnet", proof="process")
MINUTES = 10
DIGITS = 6
MOST_ATTEMPTS = 5
SIGN_IN, ADDRESS, RECOVERY = "sign_in", "address", "recovery"
_HOLDER = "carnet_code_holder"  # session: what its codes are bound to

_PUT = """
INSERT INTO frame_mail_code (account, purpose, code, until) VALUES (%s, %s, %s, %s)
ON CONFLICT (account, purpose) DO UPDATE SET code = excluded.code, until = excluded.until, attempts = 0
"""
_TRY = """
UPDATE frame_mail_code SET attempts = attempts + 1 WHERE account = %s AND purpose = %s RETURNING code, until, attempts
"""
_USED = "DELETE FROM frame_mail_code WHERE account = %s AND purpose = %s"
_PAST = "DELETE FROM frame_mail_code WHERE until < %s"
_CHOSEN = "SELECT 1 FROM frame_mail_factor WHERE user_id = %s"
_CHOOSE = "INSERT INTO frame_mail_factor (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
_GIVE_UP = "DELETE FROM frame_mail_factor WHERE user_id = %s"


def holder_of(request: HttpRequest) -> str:
    """A secret of this browser's session, which its codes are bound to (NIST SP 800-63B, 5.1.3.2)."""
    holder: str = request.session.get(_HOLDER, "")
    if not holder:
        holder = request.session[_HOLDER] = secrets.token_urlsafe(16)
    return holder


def send(*, account: str, purpose: str, address: str, holder: str) -> None:
    """Make a code and have it sent to an address; to nobody, in the same time, when the address is empty."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    now = clock.now()
    with transaction.atomic():
        database.execute(_PAST, (now,))
        digest = _digest(account, purpose, code, holder)
        database.execute(_PUT, (_digest(account), purpose, digest, now + timedelta(minutes=MINUTES)))
        mail.send_later(address, f"code_{purpose}", {"code": code, "minutes": str(MINUTES)})
        access.note_mail(actor=POST, login=account, letter=f"code_{purpose}", sent=bool(address))


def spend(*, account: str, purpose: str, code: str, holder: str, use: bool = True) -> bool:
    """Whether this is the code in force that this holder asked for.

    A right one is used (unless `use` is False), any try counts, and after the fifth it is right no more.
    """
    with transaction.atomic():
        found = database.row(_TRY, (_digest(account), purpose))
        right = (
            found is not None
            and found[1] > clock.now()
            and found[2] <= MOST_ATTEMPTS
            and hmac.compare_digest(bytes(found[0]), _digest(account, purpose, code, holder))
        )
        if right and use:
            database.execute(_USED, (_digest(account), purpose))
        return right


def is_factor(user_id: int) -> bool:
    """Whether an account takes a code by mail as its second proof."""
    return database.row(_CHOSEN, (user_id,)) is not None


def choose_factor(user_id: int, *, chosen: bool) -> None:
    """Take a code by mail as the second proof of an account, or not any more."""
    database.execute(_CHOOSE if chosen else _GIVE_UP, (user_id,))


def _digest(*parts: str) -> bytes:
    key = hashlib.sha256(b"carnet mail code " + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, "\0".join(parts).encode(), "sha256")
