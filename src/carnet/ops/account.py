"""Under which account PostgreSQL runs, since it refuses to run as root.

An ordinary user runs it as itself. Root runs it in a user namespace where this account has another number: no file
changes owner. Where user namespaces are forbidden (many containers), it runs as another account, in a folder of that
account outside the home, which may be closed to everybody but root; the home links to it.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
# The first of these accounts that exists.
_ACCOUNTS = ("carnet", "postgres", "nobody")
_OUTSIDE = Path("/var/lib")
SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class Account:
    """`before` goes before a command; `outside` is the folder of another account, None when data stay in the home."""

    before: tuple[str, ...] = ()
    name: str = ""
    uid: int = -1
    gid: int = -1
    outside: Path | None = None

    def give(self, path: Path) -> None:
        """Make the account the owner of one file or folder; nothing to do when the home's own account runs it."""
        if self.outside is not None:
            os.chown(path, self.uid, self.gid)


def account(data: Path) -> Account:
    """The account for this data folder: the one it was made with, else the first way that this machine allows."""
    if os.geteuid() != 0:
        return Account()
    if not data.is_symlink() and (data.is_dir() or _namespaces()):
        return Account(before=_NAMESPACE)
    name = next((name for name in _ACCOUNTS if _known(name)), "")
    if not name:
        return Account(before=_NAMESPACE)
    entry = pwd.getpwnam(name)
    # Changing account forgets the signal of a parent's death: setpriv asks for it again afterwards.
    before = ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--pdeathsig=INT")
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    outside = data.readlink().parent if data.is_symlink() else _OUTSIDE / f"carnet-{digest}"
    return Account(before, name, entry.pw_uid, entry.pw_gid, outside)


def settle(chosen: Account, data: Path, run: Path, say: Callable[[str], None]) -> None:
    """Make the folder of another account and the home's links to its data and its socket."""
    if chosen.outside is None:
        return
    if not data.is_symlink():
        say(
            f"user namespaces are forbidden here: PostgreSQL runs as {chosen.name}, its data are in {chosen.outside} "
            f"({data} links to it; remove both together)"
        )
    for folder in (chosen.outside, chosen.outside / "run"):
        folder.mkdir(mode=0o700, exist_ok=True)
        chosen.give(folder)
    if not data.is_symlink():
        data.symlink_to(chosen.outside / "postgres")
    link = run / SOCKET
    link.unlink(missing_ok=True)
    link.symlink_to(chosen.outside / "run" / SOCKET)


def reachable(chosen: Account, programs: Path, say: Callable[[str], None]) -> Path:
    """The folder of programs that the account can run: itself, or a copy when it lies in a closed folder."""
    if chosen.outside is None:
        return programs
    # Asked of a program that runs as the account: the one that changes account still enters closed folders.
    asked = subprocess.run([*chosen.before, "test", "-x", programs / "initdb"], capture_output=True, check=False)
    if asked.returncode == 0:
        return programs
    digest = hashlib.sha256(os.fsencode(programs)).hexdigest()[:12]
    copy = chosen.outside / f"programs-{digest}"
    if not copy.exists():
        say(f"copying PostgreSQL's programs to {copy}, where {chosen.name} can run them")
        half = copy.with_suffix(".copying")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(programs.parent, half, symlinks=True)
        half.rename(copy)
    return copy / programs.name


def _namespaces() -> bool:
    try:
        return subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _known(name: str) -> bool:
    try:
        return pwd.getpwnam(name).pw_uid != 0
    except KeyError:
        return False
