"""Commands beside a running copy, without paying for the start of Python and Django at each of them.

A host process is started once for a copy; it imports what commands import, and forks a child for each command. The
child is a process of its own, with its own output, exit code and database connection: only its start is shared.
Run as a program, this module is the host.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path


class Host:
    """The host of one copy's environment; `run` from any thread, one at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, words: tuple[str, ...], *, answer: str = "", program: str = "") -> subprocess.CompletedProcess[str]:
        """`carnet WORDS…`, or a Python `program` with these arguments; `answer` is what its standard input holds."""
        with self._lock, tempfile.TemporaryDirectory(prefix="carnet-command-") as folder:
            place = Path(folder)
            (place / "in").write_text(answer, encoding="utf-8")
            request = {"words": words, "program": program, "folder": folder, "at": os.getcwd()}
            host = self._started()
            assert host.stdin is not None
            assert host.stdout is not None
            host.stdin.write(json.dumps(request) + "\n")
            host.stdin.flush()
            code = host.stdout.readline()
            assert code, "the host of the commands has ended"
            return subprocess.CompletedProcess(
                words,
                int(code),
                (place / "out").read_text(encoding="utf-8"),
                (place / "err").read_text(encoding="utf-8"),
            )

    def close(self) -> None:
        """End the host."""
        if self._process is not None:
            self._process.stdin.close()  # type: ignore[union-attr]
            self._process.stdout.close()  # type: ignore[union-attr]
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                env=self._environment | {"DJANGO_SETTINGS_MODULE": "carnet.config.settings"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process


def main() -> None:
    """Serve requests until the input ends."""
    import django

    django.setup()
    from importlib import import_module

    from carnet.ops.command import COMMANDS

    for command in COMMANDS:
        if command.beside or command.name in ("feed", "find", "get"):
            import_module(f"carnet.ops.{command.module}")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _child(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _child(request: dict[str, object]) -> None:
    folder = str(request["folder"])
    for number, name, flags in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "err", os.O_WRONLY)):
        handle = os.open(f"{folder}/{name}", flags | (os.O_CREAT if number else 0), 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - the host's has read ahead
    code = 1
    try:
        os.chdir(str(request["at"]))
        code = _called([str(word) for word in request["words"]], str(request["program"]))  # type: ignore[attr-defined]
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _called(words: list[str], program: str) -> int:
    if program:
        sys.argv = ["-c", *words]
        exec(compile(program, "<program>", "exec"), {"__name__": "__main__"})  # noqa: S102 - the tests' own text
        return 0
    from carnet.ops.command import main as carnet

    return carnet(words)


if __name__ == "__main__":
    main()
