"""`carnet keys`: the master keys, what each of them still wraps, and their rotation beside a running server.

A rotation is three commands: `add` (a key that wraps from then on, the others go on reading), `rotate` (everything
wrapped again), `retire` (a key that wraps nothing more leaves the ring).
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import sys
import tempfile
from pathlib import Path

from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from carnet.kernel import key_backups, keys, master_key, pkcs11, rotation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="the keys of the ring and what each wraps, here and in the key backups")
    add = actions.add_parser("add", help="put a key first in the file of the ring: it wraps from then on")
    add.add_argument("address", nargs="?", metavar="PKCS11", help="a pkcs11: address; without it a key is drawn")
    actions.add_parser("rotate", help="wrap everything again by the first key, beside a running server")
    retire = actions.add_parser("retire", help="take a key that wraps nothing more out of the ring")
    retire.add_argument("name", metavar="NAME", help="its name, as `carnet keys list` writes it")


def run(arguments: argparse.Namespace) -> int:
    """0: done; 1: refused, or some keys stay closed; 2: wrong use; 3: no database."""
    try:
        if arguments.action == "list":
            return _list()
        if arguments.action == "add":
            return _add(arguments.address)
        if arguments.action == "rotate":
            return _rotate()
        return _retire(arguments.name)
    except (master_key.KeyUnavailableError, pkcs11.TokenError, key_backups.KeysDamagedError) as error:
        return _fail(f"{error}.", 1)


def _list() -> int:
    database, backups = rotation.in_database(), rotation.in_backups()
    ring = {key.name: key for key in master_key.ring()}
    table = Table()
    for column in ("name", "held in", "use", "keys here", "in key backups"):
        table.add_column(column, overflow="fold")
    for name in [*ring, *sorted((set(database) | set(backups)) - set(ring))]:
        place = ring[name].place if name in ring else "-"
        use = "absent" if name not in ring else "wraps" if name == next(iter(ring)) else "reads"
        table.add_row(name, place, use, str(database[name]), str(backups[name]))
    Console(width=None if os.isatty(1) else 120).print(table)
    if absent := (set(database) | set(backups)) - set(ring):
        return _fail(f"{', '.join(sorted(absent))} wrapped keys that nothing in CARNET_MASTER_KEY opens.", 1)
    return 0


def _add(address: str | None) -> int:
    place = master_key.file()
    if place is None:
        return _fail(
            "CARNET_MASTER_KEY holds the ring itself: write the key first in it, before the others, and restart. "
            "With CARNET_MASTER_KEY_FILE nothing has to be restarted.",
            2,
        )
    # What opens nothing here does not become the key of anything.
    keys.derived_key(b"carnet keys add")
    written = master_key.words(place.read_text(encoding="ascii"))
    try:
        ring = master_key.words(" ".join((address or _drawn(), *written)))
    except ValueError as error:
        return _fail(f"the ring should be {error}.", 2)
    if address:
        key, about = pkcs11.TokenKey(pkcs11.parse(address)), b"carnet keys add"
        if key.unwrap(key.wrap(bytes(32), about), about) != bytes(32):
            return _fail(f"{key.place} does not open what it wraps.", 1)
    _write(place, ring)
    print(f"{master_key.ring()[0].name} wraps from now on; `carnet keys rotate` wraps again what the others wrapped.")
    if not address:
        print(f"Keep a copy of {place} elsewhere: without its first line, what is written now cannot be read.")
    return 0


def _drawn() -> str:
    mark = master_key.DEMO_MARK if settings.CARNET_MODE == "demo" else b""
    return base64.b64encode(mark + secrets.token_bytes(master_key.KEY_BYTES - len(mark))).decode()


def _rotate() -> int:
    name, total, closed = master_key.ring()[0].name, rotation.left(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("keys", total=total)
        done = 0
        for step in rotation.rewrap_database():
            done += step.wrapped
            bar.update(task, completed=done, total=max(total, done))
        files = bar.add_task("key backups", total=len(key_backups.known()))
        for step in rotation.rewrap_backups():
            closed += step.closed
            bar.advance(files)
        bar.update(files, completed=len(key_backups.known()))
    closed += rotation.left()
    print(f"{name}: {done} keys wrapped again, and those of {len(key_backups.known())} key backups")
    if closed:
        return _fail(f"{closed} keys are wrapped by a key that is not in CARNET_MASTER_KEY: see `carnet keys list`.", 1)
    others = [key.name for key in master_key.ring()[1:]]
    if others:
        print(f"`carnet keys retire {others[0]}` takes the former key out")
    return 0


def _retire(name: str) -> int:
    ring = master_key.ring()
    names = [key.name for key in ring]
    if name not in names:
        return _fail(f"{name} is not in the ring: see `carnet keys list`.", 2)
    if name == names[0]:
        return _fail(f"{name} is the key that wraps: `carnet keys add` another first.", 1)
    held, backed = rotation.in_database()[name], rotation.in_backups()[name]
    if held or backed:
        return _fail(f"{name} still wraps {held} keys here and {backed} in key backups: `carnet keys rotate` first.", 1)
    place = master_key.file()
    if place is None:
        print(f"{name} wraps nothing more: take it out of CARNET_MASTER_KEY, restart, then destroy it.")
        return 0
    written = master_key.words(place.read_text(encoding="ascii"))
    _write(place, tuple(word for word, key in zip(written, ring, strict=True) if key.name != name))
    print(f"{name} is out of the ring. Destroy every copy of it.")
    return 0


def _write(place: Path, ring: tuple[str, ...]) -> None:
    """Put a ring in its file: whole and durable, or as it was; the file keeps its owner and its mode."""
    state = place.stat()
    handle, draft = tempfile.mkstemp(dir=place.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join(ring) + "\n")
        file.flush()
        os.fchmod(handle, state.st_mode & 0o777)
        if os.geteuid() == 0:
            os.fchown(handle, state.st_uid, state.st_gid)
        os.fsync(handle)
    Path(draft).rename(place)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fail(text: str, code: int) -> int:
    print(f"carnet keys: {text}", file=sys.stderr)
    return code
