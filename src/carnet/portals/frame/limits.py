"""How often one may try: per account and per address, counted in the database cache that all processes share.

Each sort of proof has its own count for an account (`password`, `code`, `mail-code`, `sheet`, `recovery`…), so that
somebody who guesses one does not close the others; an address has one count for all. A right answer gives back what
it took, and nothing else: whoever has an account of their own does not reset the count of their address.
"""

from __future__ import annotations

import logging

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from carnet.portals.frame.sign_in_log import pseudonym

_log = logging.getLogger(__name__)
TOO_MANY_ATTEMPTS = (
    "Trop d’essais sans succès : cet accès est suspendu quelques minutes. Attendez cinq minutes, puis recommencez."
)
TOO_MANY_MAILS = (
    "Trop de codes demandés : attendez dix minutes avant d’en demander un autre. Les codes reçus valent dix minutes."
)
# Actions of ACCOUNT_RATE_LIMITS (`django_settings`).
PROOFS = "login_failed"
MAILS = "carnet_mail"


class Attempt:
    """One try that was allowed."""

    def __init__(self, usage: ratelimit.RateLimitUsage, told: str) -> None:
        self._usage = usage
        self._told = told

    def was_right(self) -> None:
        """Give back what this try took."""
        self._usage.rollback()
        _log.info("right: %s", self._told)


def attempt(request: HttpRequest, sort: str, account: str, *, action: str = PROOFS) -> Attempt | None:
    """Count one try of a sort of proof on an account (any text that names it); None when there were too many."""
    usage = ratelimit.consume(request, app="allauth.account", action=action, key=f"{sort}:{account}")
    told = f"{sort} of {pseudonym(account)}"
    if usage is None:
        _log.warning("too many tries: %s", told)
        return None
    _log.info("tried: %s", told)
    return Attempt(usage, told)
