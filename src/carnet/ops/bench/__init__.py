"""`carnet bench`: what the doors cost above the database that serves them, measured side by side.

Each scenario alternates slices of ten seconds: our doors under load, then the *floor*, pgbench running the
same SQL statements (`floor/*.sql`, journal and events included) on the same data and the same server. The
ratio of the two is the result; absolute figures are printed because people want them, and mean little
elsewhere. The floor's scripts change only by an ADR: a floor that moves measures nothing. What a hidden
document adds to a list is measured apart (`hidden.py`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from carnet.ops.bench.report import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; the defaults are what docs/performance.md reports."""
    parser.add_argument("--slices", type=int, default=9, help="slices of each side per scenario (at least 9 to report)")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a slice")
    parser.add_argument("--clients", type=int, default=16, help="connections of each side")
    parser.add_argument("--only", default="", help="scenarios to run, separated by commas")
    parser.add_argument("--keep", type=Path, default=None, help="home to use and keep (default: a temporary one)")


def run(arguments: argparse.Namespace) -> int:
    """Start a copy of Carnet, seed it, measure, print the table. Exit code 1 when a request failed."""
    home = arguments.keep or Path(tempfile.mkdtemp(prefix="carnet-bench-"))
    # The copy under test and this process share the home, so settings must be read after it is chosen.
    os.environ["CARNET_HOME"] = str(home)
    from carnet.ops.bench.instance import running

    # An interrupted measure stops its copy and removes its home, however it is asked to.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with running(home) as instance:
            import django

            django.setup()
            from carnet.ops.bench.scenarios import measure

            results, veil = measure(instance, arguments)
    finally:
        if arguments.keep is None:
            shutil.rmtree(home, ignore_errors=True)
    told = [table(results, arguments)] if results else []
    told += [] if veil is None else [veil.line()]
    sys.stdout.write("\n\n".join(told) + "\n")
    return 1 if any(result.failures for result in results) else 0
