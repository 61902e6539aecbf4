"""A mail server that keeps what it is given, beside a living Carnet: what came, and when."""

from __future__ import annotations

import threading
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

from tests.conftest import free_port


class PostOffice:
    """Mailboxes by address; `wait` gives the mails of one with the second at which each came."""

    def __init__(self) -> None:
        self.port = free_port()
        self.came: dict[str, list[tuple[float, EmailMessage, bytes]]] = {}
        self._told = threading.Condition()
        self._controller = Controller(self, hostname="localhost", port=self.port)
        self._controller.start()

    @property
    def url(self) -> str:
        """The address of the server, as CARNET_SMTP_URL has it."""
        return f"smtp://localhost:{self.port}?tls=none"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=default)
        with self._told:
            for address in envelope.rcpt_tos:
                self.came.setdefault(address, []).append((time.monotonic(), message, envelope.content))
            self._told.notify_all()
        return "250 taken"

    def wait(self, address: str, subject: str, seconds: float) -> tuple[float, EmailMessage, bytes]:
        """The first mail of a mailbox under a subject; fails when none came."""

        def found() -> list[tuple[float, EmailMessage, bytes]]:
            return [one for one in self.came.get(address, ()) if one[1]["Subject"] == subject]

        with self._told:
            assert self._told.wait_for(found, seconds), f"nothing came to {address}"
            return found()[0]

    def close(self) -> None:
        """Stop it."""
        self._controller.stop()
