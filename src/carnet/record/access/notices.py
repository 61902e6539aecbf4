"""Mails that a person chose to receive about their record: without a word of health, to the address they gave."""

from __future__ import annotations

from carnet.kernel import mail
from carnet.record.access import choices, mailing


def of_document(record_id: int) -> None:
    """Something new is the person's to read; in the caller's transaction."""
    chosen = choices.of(record_id)
    if chosen.notify_document and chosen.email:
        mail.send_later(chosen.email, "document_in_record", {})
        mailing.note(record_id, "document_in_record", to=mailing.PERSON)


def of_authorisation(record_id: int) -> None:
    """Somebody who had no access declared being authorised; in the caller's transaction."""
    chosen = choices.of(record_id)
    if chosen.notify_access and chosen.email:
        mail.send_later(chosen.email, "access_in_record", {})
        mailing.note(record_id, "access_in_record", to=mailing.PERSON)


def of_decease(record_id: int) -> None:
    """The person was declared dead: who lives must hear of it, whatever they chose; in the caller's transaction."""
    chosen = choices.of(record_id)
    if chosen.email:
        mail.send_later(chosen.email, "notice_decease", {})
        mailing.note(record_id, "notice_decease", to=mailing.PERSON)
