"""What a trace contains and how it is authenticated: pure functions over values."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

MAC_BYTES = 16
# Who may do what to the tables (granted by `ops/rights.py`): rows that the service adds and never changes, rows that
# the sealer alone adds, rows that operators alone bring, and functions that act for the owner.
APPENDED = ("journal_entry",)
SEALED = ("journal_seal", "journal_link")
BROUGHT = ("journal_brought",)
FUNCTIONS_OF_SERVICE = ("journal_make_partition(date)",)


class Action(StrEnum):
    """What was done or tried; the words of the journal's table."""

    RECORD_CREATE = "record.create"
    RECORD_OPEN = "record.open"
    RECORD_CLOSE = "record.close"
    RECORD_REOPEN = "record.reopen"
    RECORD_SUSPEND = "record.suspend"
    RECORD_LIFT = "record.lift"
    RECORD_OBJECT = "record.object"
    RECORD_ANNOUNCE = "record.announce"
    RECORD_OPPOSE = "record.oppose"
    RECORD_ERASE = "record.erase"
    RECORD_AUTHORISE = "record.authorise"
    RECORD_NEAR = "record.near"
    RECORD_IDENTIFY = "record.identify"
    RECORD_QUALIFY = "record.qualify"
    RECORD_REPRESENT = "record.represent"
    RECORD_DECEASE = "record.decease"
    RECORD_COMPARE = "record.compare"
    RECORD_MERGE = "record.merge"
    RECORD_UNMERGE = "record.unmerge"
    RECORD_EXPORT = "record.export"
    ACCESS_LIST = "access.list"
    ACCESS_BLOCK = "access.block"
    ACCESS_UNBLOCK = "access.unblock"
    ACCESS_ALLOW = "access.allow"
    ACCESS_END = "access.end"
    ACCESS_TREATING = "access.treating"
    ACCESS_TREATING_END = "access.treating-end"
    ACCESS_CHOOSE = "access.choose"
    ACCESS_PREVIEW = "access.preview"
    ACCESS_DELEGATE = "access.delegate"
    ACCESS_DELEGATE_END = "access.delegate-end"
    FEEDING_OPPOSE = "feeding.oppose"
    FEEDING_ACCEPT = "feeding.accept"
    EMERGENCY_ENTER = "emergency.enter"
    EMERGENCY_REVIEW = "emergency.review"
    CODES_PRINT = "codes.print"
    CODES_ENTER = "codes.enter"
    ACCOUNT_CHANGE = "account.change"
    ACCOUNT_RECOVER = "account.recover"
    DOCUMENT_PROVIDE = "document.provide"
    DOCUMENT_LIST = "document.list"
    DOCUMENT_GET = "document.get"
    DOCUMENT_READ = "document.read"
    DOCUMENT_MASK = "document.mask"
    DOCUMENT_UNMASK = "document.unmask"
    DOCUMENT_REVEAL = "document.reveal"
    DOCUMENT_ARCHIVE = "document.archive"
    DOCUMENT_UNARCHIVE = "document.unarchive"
    DOCUMENT_DELETE = "document.delete"
    DOCUMENT_OPEN_TO = "document.open-to"
    DOCUMENT_CLOSE_TO = "document.close-to"
    DOCUMENT_COMMON = "document.common"
    JOURNAL_READ = "journal.read"
    DOMAIN_CLOSE = "domain.close"
    DOMAIN_REOPEN = "domain.reopen"
    DOMAIN_EXPORT = "domain.export"
    DOMAIN_IMPORT = "domain.import"
    JOURNAL_EXPORT = "journal.export"
    JOURNAL_REPORT = "journal.report"
    JOURNAL_REVIEW = "journal.review"
    JOURNAL_VERIFY = "journal.verify"
    JOURNAL_LOSS = "journal.loss"
    JOURNAL_FORGET = "journal.forget"
    JOURNAL_RECEIVE = "journal.receive"
    OPERATOR = "operator.command"
    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"
    MAIL_SEND = "mail.send"


class Outcome(StrEnum):
    """How it ended. A replay gives the first answer again and stores nothing but its trace."""

    DONE = "done"
    REFUSED = "refused"
    REPLAYED = "replayed"


class Trace(NamedTuple):
    """One entry, its fields in the order of the table's columns, its MAC apart."""

    record_id: int
    at: datetime
    writer: int
    number: int
    action: str
    outcome: str
    rule: str
    actor_kind: str
    person: str
    structure: str
    name: str
    structure_name: str
    profession: str
    purpose: str
    proof: str
    software: str
    subjects: list[UUID]
    detail: str
    secret: bool


def mac(key: bytes, trace: Trace) -> bytes:
    """HMAC-SHA256, cut to 16 bytes, over every field, each preceded by its length.

    The key is held by the writing processes and the verifier, never by the database: a row that was
    changed or invented there does not verify, and a removed one leaves a hole in its writer's count.
    A connection that is not secret adds nothing, a secret one a last field.
    """
    digest = hmac.new(key, digestmod=hashlib.sha256)
    for value in trace:
        if value is False:
            continue
        if isinstance(value, datetime):
            data = str(int(value.timestamp() * 1_000_000)).encode()
        elif isinstance(value, list):
            data = b"".join(item.bytes for item in value)
        else:
            data = str(value).encode()
        digest.update(len(data).to_bytes(4) + data)
    return digest.digest()[:MAC_BYTES]
