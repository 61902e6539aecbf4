"""What access does when something happened: those who must know are written to, without a word of health."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from carnet.kernel import database, mail
from carnet.record.access import choices, mailing, notices
from carnet.record.directory import api as directory

_TAKE = """
UPDATE access_emergency SET told_at = now()
WHERE record_id = %s AND id = %s AND told_at IS NULL
RETURNING entered_at, at, person, secret
"""
_TREATING = """
SELECT grantee FROM access_authorisation
WHERE record_id = %s AND treating AND state = 'allowed' AND (until IS NULL OR until > %s)
"""


def emergency_entered(*, record_id: int, kind: str, subject: UUID | None) -> None:  # noqa: ARG001
    """Tell the person and their médecin traitant of an entrance in an emergency (CSP L.1111-17, R.1111-48); once.

    What was done in secret of a minor's representatives is not mailed to the address of the record, which is theirs.
    """
    row = database.row(_TAKE, (record_id, subject))
    if row is None:
        return
    entered_at, at, person, secret = row
    address = choices.of(record_id).email
    if address and not secret:
        _write(address, "event_in_record", entered_at)
        mailing.note(record_id, "event_in_record", to=mailing.PERSON)
    for (grantee,) in database.rows(_TREATING, (record_id, at)):
        treating = directory.professional(grantee.removeprefix("p:"))
        if treating is not None and treating.email and treating.id != person:
            _write(treating.email, "event_for_professional", entered_at)
            mailing.note(record_id, "event_for_professional", to=mailing.TREATING, secret=secret)


def professional_authorised(*, record_id: int, kind: str, subject: UUID | None) -> None:  # noqa: ARG001
    """Tell a person who asked for it that a professional declared being authorised."""
    notices.of_authorisation(record_id)


def _write(address: str, letter: str, at: datetime) -> None:
    mail.send_later(address, letter, {"moment": mail.moment(at)})
