"""Every sign-in, right or wrong, has its line in the log: by which proof, for which account, without anybody's name.

An account is told by a keyed digest of its number or of the login that was typed (`pseudonym`): lines about one account
can be put together, by whoever reads the log, and lead to nobody without the key. Counts of tries are in `limits`.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

_log = logging.getLogger(__name__)


def pseudonym(account: object) -> str:
    """Twelve hexadecimal digits that stand for an account."""
    key = hashlib.sha256(b"carnet sign-in log " + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, str(account).encode(), "sha256").hex()[:12]


def listen() -> None:
    """Write what Django says of sign-ins; called once, when the application is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="carnet.sign-in")
    user_logged_out.connect(_signed_out, dispatch_uid="carnet.sign-out")
    user_login_failed.connect(_refused, dispatch_uid="carnet.sign-in-refused")


def _signed_in(request: HttpRequest | None, user: Any, **_: Any) -> None:
    records = get_authentication_records(request, user) if request is not None else []
    ways = "+".join(str(record.get("type") or record.get("provider") or record["method"]) for record in records)
    _log.info("signed in: account %s by %s", pseudonym(user.pk), ways or "nothing that was recorded")


def _signed_out(user: Any, **_: Any) -> None:
    if user is not None:
        _log.info("signed out: account %s", pseudonym(user.pk))


def _refused(credentials: dict[str, Any], **_: Any) -> None:
    # Django has struck out the password; what was typed as a login may be somebody's name.
    _log.info("password refused: login %s", pseudonym(credentials.get("username", "")))
