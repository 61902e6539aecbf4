"""The process that Carnet's other processes are forked from: it has imported what all of them import.

Importing takes most of the processor and memory of a start, in each process and again whenever one is replaced. The
stem imports once. It holds no connection, no file and no second thread, and no key of the seals: the sealer, which has
it, is executed on its own.

Run as `python -m carnet.ops.stem`, its standard input and output pipes of the supervisor (`forked.py`). A line asks for
a process, as JSON: `name`, `words` (after `carnet`), `log` (a path, or null for the stem's own errors), `signal` (what
ends it politely), `parent` (the supervisor). A line answers: the process's id, or 0 when there is no room for another
one. The supervisor adopts it: it is forked twice, and the process between ends at once.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

from carnet.ops.kernel_calls import die_with_parent, name_process

_IMPORTED = ("granian", "carnet.ops.lane", "carnet.ops.relay", "carnet.ops.worker", "carnet.ops.prepare")
_IMPORTED_IN_DEMONSTRATION = ("carnet.ops.demo.provider.application",)


def main() -> int:
    """Forks what is asked for until the input ends; in what it forked, returns the exit code of the command."""
    die_with_parent(signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    preload()
    for line in sys.stdin:
        request = json.loads(line)
        if _forked(request):
            return _command(request["words"])
    return 0


def preload() -> None:
    """Imports what the processes import."""
    # It sets Django up.
    import_module("carnet.config.wsgi")
    from django.conf import settings
    from django.urls import get_resolver

    _ = get_resolver().url_patterns  # imports every view
    for name in _IMPORTED + (_IMPORTED_IN_DEMONSTRATION if settings.CARNET_MODE == "demo" else ()):
        import_module(name)
    gc.collect()
    # What is here for good is left alone by the collector, and so stays shared.
    gc.freeze()


def _forked(request: dict[str, Any]) -> bool:
    """Whether this is the process that was asked for. In the stem: the supervisor has been told, and False."""
    told, tell = os.pipe()
    may, let = os.pipe()
    between = -1
    with suppress(OSError):
        between = os.fork()
        if between == 0 and os.fork() == 0:
            os.close(told)
            os.close(let)
            _begin(request, tell, may)
            return True
    if between == 0:
        os._exit(0)
    os.close(tell)
    os.close(may)
    if between > 0:
        os.waitpid(between, 0)
    # Empty when a fork failed.
    print(os.read(told, 20).decode() or "0", flush=True)
    # Only what the supervisor knows of may begin.
    with suppress(OSError):
        os.write(let, b"+")
    os.close(told)
    os.close(let)
    return False


def _begin(request: dict[str, Any], tell: int, may: int) -> None:
    """Becomes like a process that was executed; ends instead when the supervisor is gone, or was not told."""
    os.setsid()
    os.write(tell, str(os.getpid()).encode())
    os.close(tell)
    known = os.read(may, 1)
    os.close(may)
    die_with_parent(request["signal"])
    if not known or os.getppid() != request["parent"]:
        os._exit(1)
    name_process(f"carnet {request['name']}")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = 2 if request["log"] is None else os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for descriptor in {nothing, output} - {0, 1, 2}:
        os.close(descriptor)
    # The stem's may have read ahead.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open as long as the process
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]


def _command(words: list[str]) -> int:
    from carnet.ops.command import main as carnet

    sys.argv = ["carnet", *words]
    return carnet(words)


if __name__ == "__main__":
    sys.exit(main())
