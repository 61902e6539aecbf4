"""`carnet relay`: moves events of the outbox, and mails that are due, to the jobs, until a signal."""

from __future__ import annotations

import argparse
import logging
import signal
import threading

from django.db import DatabaseError, connection

from carnet.kernel import jobs, mail
from carnet.ops import audit_feed, rights

_IDLE_SECONDS = 0.2
_TROUBLE_SECONDS = 1.0
_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Loops until SIGTERM or SIGINT; an unreachable database is waited for."""
    rights.take("service")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            moved = jobs.relay_batch()
            mail.relay()
            audit_feed.relay()
            pause = 0.0 if moved else _IDLE_SECONDS
        except DatabaseError:
            _log.warning("the database does not answer; trying again", exc_info=True)
            connection.close()
            pause = _TROUBLE_SECONDS
        stop.wait(pause)
    connection.close()
    return 0
