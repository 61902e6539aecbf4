"""What a person is told, and what the journal keeps, when a way to sign in changed or an access was recovered.

The mail names nothing (`kernel.mail_letters`); the journal of a patient's record says which means. A professional and
a clerk have no record: the mail alone tells them.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from carnet.kernel import clock, mail
from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import devices
from carnet.portals.frame.mail_codes import POST
from carnet.record.access import api as access
from carnet.record.directory import api as directory


def changed(user: Any, actor: Actor, *, rule: str) -> None:
    """A means of signing in was added, changed or removed by its person: mail and journal; no device is trusted on."""
    devices.distrust(user)
    _tell(user, user.email, "notice_security_changed")
    _write(actor, rule=rule, recovered=False)


def passkey_refused(user: Any) -> None:
    """A passkey answered with a counter that does not move on: its person learns that there may be two of it."""
    _tell(user, user.email, "notice_passkey_refused")


def address_changed(user: Any, actor: Actor, *, former: str) -> None:
    """The address changed: the former one is told, since somebody else may have changed it."""
    devices.distrust(user)
    _tell(user, former, "notice_address_changed")
    _write(actor, rule="address", recovered=False)


def recovered(request: HttpRequest, user: Any, *, rule: str, proof: str) -> None:
    """An access was recovered: mail and journal, and every other session ends, with the trust in devices."""
    devices.distrust(user)
    devices.end_sessions(user, kept=request.session.session_key)
    _tell(user, user.email, "notice_recovered")
    actor = directory.actor_of_login(login=user.get_username(), proof=proof)
    if actor is not None:
        _write(actor, rule=rule, recovered=True)


def _tell(user: Any, address: str, letter: str) -> None:
    if address:
        mail.send_later(address, letter, {"moment": mail.moment(clock.now())})
        access.note_mail(actor=POST, login=user.get_username(), letter=letter, sent=True)


def _write(actor: Actor, *, rule: str, recovered: bool) -> None:
    if actor.kind is ActorKind.PATIENT:
        access.note_account(actor=actor, rule=rule, recovered=recovered)
