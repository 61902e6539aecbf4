"""`carnet lane`: the web processes of one lane, on its Unix socket (the supervisor starts it).

The application is loaded once, before granian forks its workers: they share its memory, and one that is
replaced serves at once.
"""

from __future__ import annotations

import argparse
import gc
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.urls import get_resolver

from carnet.ops import rights

_CONNECTIONS = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The lane, its socket and its size."""
    parser.add_argument("lane", choices=("quick", "bulk"), help="which requests it serves")
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket")
    parser.add_argument("--workers", type=int, required=True, help="processes")
    parser.add_argument("--threads", type=int, required=True, help="requests one process works on at a time")


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    rights.take(arguments.lane)
    module, _, _ = settings.WSGI_APPLICATION.rpartition(".")
    import_module(module)
    _ = get_resolver().url_patterns  # imports every view
    gc.collect()
    gc.freeze()
    arguments.socket.unlink(missing_ok=True)
    Granian(
        f"{module}:{arguments.lane}",
        interface=Interfaces.WSGI,
        uds=arguments.socket,
        uds_permissions=0o600,
        workers=arguments.workers,
        blocking_threads=arguments.threads,
        # Granian counts connections, and the proxy keeps them open: a worker that stopped accepting at a few would
        # leave the others waiting. The proxy bounds the queue.
        backpressure=_CONNECTIONS,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=2,
        log_level=LogLevels.error,
    ).serve()
    return 0
