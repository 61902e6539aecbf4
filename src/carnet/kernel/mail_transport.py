"""How a mail leaves: by SMTP under TLS, or, in a demonstration without a server, as a file that a page shows.

`parse` reads CARNET_SMTP_URL: `smtp://user:password@host:587` upgrades to TLS before anything is said (STARTTLS, RFC
3207), `smtps://user:password@host:465` speaks TLS at once (RFC 8314). The server's certificate is verified against the
machine's authorities and `?ca=FILE`; `?tls=none` says plainly that nothing is protected.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

_PORTS = {"smtp": 587, "smtps": 465}
_SECONDS = 10
_MOST_FILES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server for outgoing mail; `tls` is `wrapped`, `starttls` or `none`."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None


def parse(url: str) -> Server | None:
    """The server of an address, None for an empty one. Raises ValueError with what was expected."""
    if not url:
        return None
    expected = "smtp://user:password@host:port or smtps://…, with ?ca=FILE or ?tls=none if need be"
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise ValueError(expected) from None
    authority = Path(options.pop("ca")) if "ca" in options else None
    tls = options.pop("tls", "wrapped" if parts.scheme == "smtps" else "starttls")
    known = {"smtp": ("starttls", "none"), "smtps": ("wrapped",)}[parts.scheme]
    if not parts.hostname or options or tls not in known or (authority and not authority.is_file()):
        raise ValueError(expected)
    return Server(
        host=parts.hostname,
        port=port,
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        authority=authority.resolve() if authority else None,
    )


def message(*, sender: str, to: str, subject: str, body: str, name: UUID, at: datetime) -> EmailMessage:
    """The mail as RFC 5322 has it; the same `name` gives the same Message-ID, so that a second copy is recognised."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, subject, at
    mail["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers
    mail.set_content(body)
    return mail


def deliver(server: Server, mail: EmailMessage) -> None:
    """Hand one mail to the server. Raises OSError (smtplib's errors are some) when it did not take it."""
    context = ssl.create_default_context()
    if server.authority:
        context.load_verify_locations(server.authority)
    if server.tls == "wrapped":
        link: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context)
    else:
        link = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    with link:
        if server.tls == "starttls":
            link.starttls(context=context)
        if server.user:
            link.login(server.user, server.password)
        link.send_message(mail)


def keep(folder: Path, mail: EmailMessage, *, name: UUID, at: datetime) -> None:
    """Write one mail into the demonstration's mailbox; the oldest beyond the last 500 go."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{name}.draft"
    draft.write_bytes(bytes(mail))
    draft.rename(folder / f"{at:%Y%m%dT%H%M%S%f}-{name}.eml")
    for old in sorted(folder.glob("*.eml"))[:-_MOST_FILES]:
        old.unlink(missing_ok=True)


def final(error: OSError) -> bool:
    """Whether trying again is pointless: the server knows the recipient, or the message, for good (RFC 5321, 5yz)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
