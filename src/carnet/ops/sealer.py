"""`carnet sealer`: seals the journal each second, until a signal."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.log import configure_logging

from carnet.kernel.actor import Actor, ActorKind
from carnet.ops import rights
from carnet.record.journal import api as journal

SEALER = Actor(kind=ActorKind.SYSTEM, person="carnet-sealer", name="Carnet", proof="process")
_PAUSE_SECONDS = 1.0
_TROUBLE_SECONDS = 2.0
_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Loops until SIGTERM or SIGINT; an unreachable database, or a full disk, is waited for. 2: there is no key."""
    # Its statements need no model: only the logs of Django's set-up.
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    if settings.CARNET_SEALING_KEY is None:
        print("carnet sealer: CARNET_SEALING_KEY is missing. See docs/settings.md.", file=sys.stderr)
        return 2
    rights.take("sealer")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            pause = 0.0 if journal.seal(actor=SEALER) >= journal.SEALED_AT_ONCE else _PAUSE_SECONDS
        except (DatabaseError, OSError):
            _log.warning("the journal could not be sealed; trying again", exc_info=True)
            connection.close()
            pause = _TROUBLE_SECONDS
        except journal.SealingRefusedError as refused:
            # It names a seal and a file, nobody.
            _log.error("nothing is sealed: %s; run `carnet journal verify`", refused)
            pause = _TROUBLE_SECONDS
        stop.wait(pause)
    connection.close()
    return 0
