"""`carnet providers`: the process of the demonstration providers (the supervisor starts it)."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.conf import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The socket."""
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket")


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM; 2 outside a demonstration."""
    if settings.CARNET_MODE != "demo":
        return 2
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    arguments.socket.unlink(missing_ok=True)
    Granian(
        "carnet.ops.demo.provider.application:application",
        interface=Interfaces.WSGI,
        uds=arguments.socket,
        uds_permissions=0o600,
        # One process: what a realm remembers is in its memory.
        workers=1,
        blocking_threads=4,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=2,
        log_level=LogLevels.error,
    ).serve()
    return 0
