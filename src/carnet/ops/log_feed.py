"""`carnet log-feed`: sends the logs of all processes to a receiver of syslog messages (RFC 5425), until a signal.

Logs hold nobody's data (`carnet.config.logs`). They leave as they are written, in the order of each file; the place in
it moves once a batch was handed over, and a batch that was cut is sent again. The protocol has no answer: what was on
its way when a receiver fell is lost, and stays in the files here.
"""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from carnet.client import tls
from carnet.kernel import clock
from carnet.ops.log_lines import events
from carnet.ops.log_tail import Tail, logs
from carnet.wire import syslog

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE = 60.0
_TIMEOUT = 10.0
_LATE_SECONDS = 60.0
_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Loops until SIGTERM or SIGINT; a receiver that does not answer is waited for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    feed = LogFeed(settings.CARNET_HOME / "logs")
    pause = _LOOK_SECONDS
    while not stop.wait(pause):
        try:
            while feed.send() and not stop.is_set():
                pass
            if pause != _LOOK_SECONDS:
                _log.info("the receiver of the logs answers again")
            pause = _LOOK_SECONDS
        except OSError as error:
            if pause == _LOOK_SECONDS:
                _log.warning("the receiver of the logs does not take them (%s); trying again", type(error).__name__)
            pause = min(pause * 2, _LONGEST_PAUSE)
    feed.close()
    return 0


def late(folder: Path) -> tuple[int, bool]:
    """Bytes that wait to be sent, and whether they have waited for longer than a receiver takes."""
    tail = Tail(folder)
    waiting = tail.waiting()
    return waiting, waiting > 0 and clock.now().timestamp() - tail.looked_at() > _LATE_SECONDS


class LogFeed:
    """The connection to the receiver, and the places in the logs of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tail = Tail(folder)
        self._host = socket.gethostname()
        self._connection: ssl.SSLSocket | None = None

    def send(self) -> bool:
        """One batch of each file; whether there was one. Raises OSError when the receiver does not take it."""
        moved = False
        for log in logs(self._folder):
            lines, place = self._tail.read(log)
            frames = b"".join(
                syslog.frame(
                    at=one.at,
                    severity=one.severity,
                    host=self._host,
                    program=f"carnet-{log.stem}",
                    text=one.text,
                )
                for one in events(lines)
            )
            if frames:
                self._hand_over(frames)
            moved |= self._tail.keep(log, place)
        self._tail.looked()
        return moved

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _hand_over(self, frames: bytes) -> None:
        try:
            if self._connection is not None and not _alive(self._connection):
                self.close()
            if self._connection is None:
                self._connection = _connect()
            self._connection.sendall(frames)
        except OSError:
            self.close()
            raise


def _connect() -> ssl.SSLSocket:
    host, port = settings.CARNET_LOG_RECEIVER
    context = tls.context(
        authority=settings.CARNET_LOG_AUTHORITY,
        certificate=settings.CARNET_LOG_CERTIFICATE,
        key=settings.CARNET_LOG_KEY,
    )
    connection = socket.create_connection((host, port), timeout=_TIMEOUT)
    try:
        return context.wrap_socket(connection, server_hostname=host)
    except OSError:
        connection.close()
        raise


def _alive(connection: ssl.SSLSocket) -> bool:
    """A receiver says nothing of its own; one that went away has ended the connection."""
    connection.setblocking(False)
    try:
        return bool(connection.recv(1024))
    except ssl.SSLWantReadError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(_TIMEOUT)
