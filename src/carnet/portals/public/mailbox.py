"""The demonstration's mailbox: what would have left by mail, read from the files that the worker wrote.

Served in demo mode only, to a browser on the machine itself, like the accounts. An address is named by a digest, so
that none stands in the address bar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Mail:
    """One message."""

    subject: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """What went to one address: how many messages, the last one's moment, and the last ones when the box is open."""

    name: str
    address: str
    count: int
    last: datetime
    mails: tuple[Mail, ...]


def boxes(folder: Path, *, opened: str = "") -> tuple[Box, ...]:
    """The addresses that something went to, last served first; `opened` is the digest of the one to read."""
    found: dict[str, list[Mail]] = {}
    for address, mail in _mails(folder):
        found.setdefault(address, []).append(mail)
    return tuple(
        Box(
            _digest(address),
            address,
            len(mails),
            mails[0].at,
            tuple(mails[:SHOWN]) if _digest(address) == opened else (),
        )
        for address, mails in found.items()
    )


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _mails(folder: Path) -> Iterator[tuple[str, Mail]]:
    """Recipient and message, last written first."""
    for path in sorted(folder.glob("*.eml"), reverse=True):
        try:
            mail = message_from_bytes(path.read_bytes(), policy=default)
        except FileNotFoundError:
            continue  # the worker has just removed the oldest ones
        yield str(mail["To"]), Mail(str(mail["Subject"]), parsedate_to_datetime(mail["Date"]), mail.get_content())
