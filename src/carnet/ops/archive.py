"""A backup as a folder: `manifest.json` (written last), `database.dump`, `blobs/`. Its keys are elsewhere.

What the manifest says: when and by which version it was made, which migrations its schema had, the name of the file of
keys in `CARNET_KEY_BACKUPS`, the names of the master keys that wrap them, counts of rows, files and lines of ledgers.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

FORMAT = 1
DUMP = "database.dump"
LISTS = "codes"
BLOBS = "blobs"
_MANIFEST = "manifest.json"


class ArchiveError(Exception):
    """A folder is not a whole backup, or cannot become one; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    name: str
    made_at: str
    version: str
    migrations: list[list[str]]
    keys: int
    masters: list[str]
    journal: str
    tables: dict[str, int]
    files: int
    dump_sha256: str
    ledgers: dict[str, int]
    lists: int


def begin(folder: Path) -> None:
    """Make the folder of a backup; raises ArchiveError for one that has something in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ArchiveError(f"{folder} is not empty: give a folder that does not exist yet.")
        (folder / BLOBS).mkdir(mode=0o700)
    except (FileExistsError, NotADirectoryError) as error:
        raise ArchiveError(f"{folder} is not a folder.") from error


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the manifest once everything else is on stable storage."""
    os.sync()
    path = folder / _MANIFEST
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1, sort_keys=True)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.sync()


def abandon(folder: Path) -> None:
    """Remove what a failure left."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def read(folder: Path) -> Manifest:
    """The manifest of a whole backup; raises ArchiveError."""
    path = folder / _MANIFEST
    try:
        manifest = Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ArchiveError(f"{folder} is not a whole backup: {_MANIFEST} is not there.") from None
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(f"{path} cannot be read: {type(error).__name__}.") from error
    if manifest.format != FORMAT:
        raise ArchiveError(f"{folder} has the format {manifest.format}; this version reads {FORMAT}.")
    if digest(folder / DUMP) != manifest.dump_sha256:
        raise ArchiveError(f"{folder / DUMP} was changed or cut: its digest is not the manifest's.")
    return manifest


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise ArchiveError(f"{file} cannot be read: {error.strerror}.") from error


def copy_files(names: Iterable[str], *, source: Path, target: Path, total: int | None) -> tuple[int, list[str]]:
    """Link (or copy, to another disk) the documents' files from one store to another; how many, and the missing."""
    count, missing = 0, []
    columns = (TextColumn("files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("files", total=total)
        for name in names:
            goal = target / name[:2] / name
            goal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _place(source / name[:2] / name, goal)
                count += 1
            except FileNotFoundError:
                missing.append(name)
            progress.advance(task)
    return count, missing


def _place(source: Path, goal: Path) -> None:
    # Files are written once and never changed: one that is there under this name is the same.
    if goal.exists() and source.stat().st_size == goal.stat().st_size:
        return
    goal.unlink(missing_ok=True)
    try:
        os.link(source, goal)
    except FileNotFoundError:
        raise
    except OSError:
        draft = goal.with_name(".incoming-" + goal.name)
        shutil.copyfile(source, draft)
        draft.chmod(0o600)
        draft.rename(goal)


def copy_lists(source: Path, target: Path) -> int:
    """Copy the code lists that an operator imported; how many files."""
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    return sum(1 for path in target.rglob("*.csv"))
