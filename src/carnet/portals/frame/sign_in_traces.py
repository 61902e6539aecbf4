"""Who came in, who was kept out and who left, as the journal keeps it: what signs people in calls this only."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame.oidc import opened
from carnet.portals.frame.session import proof_of
from carnet.record.access import api as access
from carnet.record.directory import api as directory

# In a session that ends because its time is over.
OVER = "carnet_over"
# Of the errors of allauth's form, those by which somebody is kept out.
RULES = {
    "username_password_mismatch": "password-wrong",
    "too_many_login_attempts": "too-many-attempts",
    "account_inactive": "account-disabled",
}


def kept_out(*, rule: str, proof: str, login: str = "", person: str = "") -> None:
    """Somebody did not come in, or did not prove again who they are.

    `login` is what they typed, or that of the account; `person` the identity that a card or a provider proved.
    """
    nobody = Actor(kind=ActorKind.SYSTEM, person=person or "sign-in", name="Quelqu’un", proof=proof)
    access.note_sign_in(actor=nobody, login=login, rule=rule, done=False)


def came_in(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody came in (Django's signal `user_logged_in`): who, and by which proofs."""
    access.note_sign_in(actor=_who(request, user), login=user.get_username(), rule="signed-in", done=True)


def went(*, request: HttpRequest, user: Any, **_: Any) -> None:
    """Somebody ended their session (Django's signal `user_logged_out`), which still says by which proofs it began."""
    if user is not None:
        rule = "session-over" if request.session.get(OVER) else "signed-out"
        access.note_sign_out(actor=_who(request, user), login=user.get_username(), rule=rule)


def _who(request: HttpRequest, user: Any) -> Actor:
    records = get_authentication_records(request, user)
    proof = opened.proof_of(request, records) or proof_of(records) or "none"
    known = directory.actor_of_login(login=user.get_username(), proof=proof)
    return known or Actor(kind=ActorKind.SYSTEM, person="sign-in", name="Quelqu’un", proof=proof)
