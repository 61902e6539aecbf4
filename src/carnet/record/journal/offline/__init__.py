"""What a person takes home to check their journal: a page for a browser, and a program in one file."""

from __future__ import annotations

from importlib.resources import files as resources

PAGE, PROGRAM = "verifier.html", "verify_journal.py"


def files() -> dict[str, bytes]:
    """Both, by name of file."""
    return {name: resources(__package__).joinpath(name).read_bytes() for name in (PAGE, PROGRAM)}
