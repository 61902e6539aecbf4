"""Passkeys (W3C Web Authentication): what a page asks of the browser, and what its answer is worth.

The ceremonies are allauth's and fido2's: challenge kept in the session and used once, origin and relying party checked,
signature verified. Here each passkey must verify its person (PIN, finger, face), so that one alone is two proofs; one
that was made elsewhere without it is refused. A passkey that counts its signatures must count on: one that does not may
have been copied (Web Authentication level 2, §7.2 step 21, §6.1.1). The relying party is the host name: browsers refuse
an address of numbers.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from carnet.portals.frame import limits, notices, sign_in_traces
from carnet.portals.frame.accounts import AccountAdapter

REFUSED = "Cette clé d’accès n’a pas été reconnue. Choisissez celle que vous avez enregistrée ici, puis recommencez."
COPIED = (
    "Cette clé d’accès est refusée : son compteur n’avance pas, il en existe peut-être une copie. Connectez-vous par "
    "un autre moyen, retirez-la dans « Ma sécurité », puis enregistrez-en une autre."
)
NAME_LENGTH = 60
MOST = 10
# In what the account keeps of a passkey: the number of its last signature.
_COUNTER = "counter"


def owned(user: Any) -> list[Authenticator]:
    """The passkeys of an account, oldest first."""
    return list(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk"))


def options_for(user: Any) -> str:
    """What the browser needs to use a passkey of this account, as JSON; empty when it has none."""
    return _text(auth.begin_authentication(user)) if owned(user) else ""


def options_for_anybody() -> str:
    """What the browser needs to sign somebody in by a passkey that it knows, as JSON: no account is named."""
    return _text(auth.begin_authentication(None))


def options_to_register(user: Any) -> str:
    """What the browser needs to make a passkey for this account, as JSON."""
    return _text(auth.begin_registration(user, True))


def proven(request: HttpRequest, user: Any, credential: str, *, sort: str) -> Authenticator | str:
    """The passkey that answered the challenge of this session, or the sentence that says why not.

    `user` is None when the answer itself says whose it is. Attempts are counted (`limits`), per account when it is
    known; an answer that names an account proves nothing yet, and does not count against it.
    """
    whose = str(user.pk) if user else AccountAdapter().get_client_ip(request)
    login = user.get_username() if user else ""
    attempt = limits.attempt(request, f"passkey-{sort}", whose)
    if attempt is None:
        sign_in_traces.kept_out(rule="too-many-attempts", proof="passkey", login=login)
        return limits.TOO_MANY_ATTEMPTS
    try:
        answer = json.loads(credential)
        told = auth.parse_authentication_response(answer)
        found = auth.complete_authentication(user or auth.extract_user_from_response(answer), answer)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        auth.clear_state()
        sign_in_traces.kept_out(rule="passkey-wrong", proof="passkey", login=login)
        return REFUSED
    if not found.user.is_active:
        sign_in_traces.kept_out(rule="account-disabled", proof="passkey", login=found.user.get_username())
        return REFUSED
    attempt.was_right()
    if not _counts_on(found, told.response.authenticator_data.counter):
        notices.passkey_refused(found.user)
        sign_in_traces.kept_out(rule="passkey-copied", proof="passkey", login=found.user.get_username())
        return COPIED
    found.record_usage()
    return found


def _counts_on(passkey: Authenticator, count: int) -> bool:
    """Whether the number of a signature follows the last one, which it then is; 0 throughout counts nothing."""
    with transaction.atomic():
        kept = Authenticator.objects.select_for_update().get(pk=passkey.pk)
        last = kept.data.get(_COUNTER, kept.wrap().authenticator_data.counter)
        if (count or last) and count <= last:
            return False
        if count != last:
            passkey.data = kept.data = kept.data | {_COUNTER: count}
            kept.save(update_fields=["data"])
    return True


def register(user: Any, credential: str, name: str) -> Authenticator | str:
    """Add the passkey that the browser has just made, or say why not."""
    if len(owned(user)) >= MOST:
        return f"Vous avez déjà {MOST} clés d’accès : retirez-en une d’abord."
    try:
        answer = json.loads(credential)
        auth.parse_registration_response(answer)
        made = auth.complete_registration(answer)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        auth.clear_state()
        return REFUSED
    if not made.is_user_verified():
        return "Cette clé ne vérifie pas qui l’utilise (code, empreinte ou visage) : choisissez-en une autre."
    added: Authenticator = auth.WebAuthn.add(user, name.strip()[:NAME_LENGTH] or "Clé d’accès", answer).instance
    return added


def _text(options: dict[str, Any]) -> str:
    return json.dumps(options, default=dict)
