"""The copy of Carnet under test: started as anybody starts it, on free ports."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carnet.ops.kernel_calls import die_with_parent

_READY_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Instance:
    """Where the copy is: its home and the port for machines."""

    home: Path
    tls_port: int


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(home: Path) -> Iterator[Instance]:
    """Start `carnet serve` in `home` and stop it at the end; RuntimeError when it does not get ready."""
    port, tls_port = _free_port(), _free_port()
    # Exchanges are kept for their authors in the demonstration alone: production has no such work.
    os.environ |= {"CARNET_PORT": str(port), "CARNET_TLS_PORT": str(tls_port), "CARNET_EXCHANGES": "0"}
    home.mkdir(parents=True, exist_ok=True)
    printed = home / "printed"
    with printed.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "carnet.ops.command", "serve"],
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with_parent(signal.SIGINT),
        )
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while "\nready" not in printed.read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the copy did not get ready:\n{printed.read_text(encoding='utf-8')}")
            time.sleep(0.1)
        yield Instance(home, tls_port)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(15)
