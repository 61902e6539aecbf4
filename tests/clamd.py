"""An antivirus for tests: ClamAV's daemon where it is installed, and a small one that speaks its protocol.

Both recognise `HARM` alone, by a signature of ours, under the same name and with the same limit of size.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HARM = b"CARNET-TESTS-WHAT-AN-ANTIVIRUS-RECOGNISES"
NAME = "Carnet.Test.UNOFFICIAL"
MOST = 1024 * 1024
PROGRAM = shutil.which("clamd") or "/usr/sbin/clamd"
_CONFIGURATION = """
Foreground yes
LocalSocket {folder}/clamd.sock
DatabaseDirectory {folder}
StreamMaxLength {most}
LogFile {folder}/clamd.log
"""


@contextlib.contextmanager
def real() -> Iterator[Path]:
    """The socket of ClamAV's own daemon, with one signature."""
    with tempfile.TemporaryDirectory(prefix="carnet-clamd-") as name:
        folder = Path(name)
        (folder / "carnet.ndb").write_text(f"Carnet.Test:0:*:{HARM.hex()}\n", encoding="ascii")
        configuration = folder / "clamd.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, most=MOST), encoding="ascii")
        with (folder / "printed").open("wb") as printed:
            process = subprocess.Popen([PROGRAM, "--config-file", str(configuration)], stdout=printed, stderr=printed)
        try:
            _wait(folder / "clamd.sock", process)
            yield folder / "clamd.sock"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(place: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, (place.parent / "printed").read_text(encoding="utf-8", errors="replace")
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as one:
            one.connect(str(place))
            return
        time.sleep(0.1)
    raise AssertionError("clamd does not listen")


@contextlib.contextmanager
def small() -> Iterator[Path]:
    """The socket of a daemon of ours."""
    with tempfile.TemporaryDirectory(prefix="carnet-clamd-") as name:
        place = Path(name) / "clamd.sock"
        with socketserver.ThreadingUnixStreamServer(str(place), _Talk) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            yield place
            server.shutdown()


class _Talk(socketserver.StreamRequestHandler):
    """One command of clamd(8), ended by a zero byte, and its answer."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            more = self.rfile.read(1)
            if not more:
                return
            command += more
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
        elif command == b"zINSTREAM\0":
            with contextlib.suppress(OSError, struct.error):
                self.wfile.write(self._scanned() + b"\0")

    def _scanned(self) -> bytes:
        seen = b""
        while length := struct.unpack(">I", self.rfile.read(4))[0]:
            if len(seen) + length > MOST:
                return b"INSTREAM size limit exceeded. ERROR"
            seen += self.rfile.read(length)
        return b"stream: " + (NAME.encode() + b" FOUND" if HARM in seen else b"OK")
