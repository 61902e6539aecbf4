"""Who came in, and who was kept out, as the journal keeps it: pages of signing in call this, and nothing else."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame.oidc import opened
from carnet.portals.frame.session import proof_of
from carnet.record.access import api as access
from carnet.record.directory import api as directory

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
    records = get_authentication_records(request, user)
    proof = opened.proof_of(request, records) or proof_of(records) or "none"
    login = user.get_username()
    actor = directory.actor_of_login(login=login, proof=proof)
    if actor is None:
        actor = Actor(kind=ActorKind.SYSTEM, person="sign-in", name="Quelqu’un", proof=proof)
    access.note_sign_in(actor=actor, login=login, rule="signed-in", done=True)
