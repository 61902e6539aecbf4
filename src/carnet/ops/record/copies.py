"""`carnet record export` and `check-copy`: a record as an IHE XDM archive, and whether an archive is whole."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from carnet.kernel import signing
from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops import sender
from carnet.ops.record import people
from carnet.record.life import api as life
from carnet.wire.errors import Malformed
from carnet.wire.xds.xdm import DocumentChangedError


def add_actions(actions: Any) -> None:
    """`export`, as the person does on their page; `check-copy`, for whoever was given an archive."""
    export = actions.add_parser("export", help="write all that a person sees of their record into a ZIP (IHE XDM)")
    export.add_argument("patient", metavar="INS", help="matricule INS (15 characters, test) or CX")
    export.add_argument("file", metavar="FILE", type=Path, help="the archive to make; it must not exist yet")
    export.add_argument("--as", dest="login", required=True, metavar="LOGIN", help="login of the person")
    people.add_domain(export)
    export.set_defaults(act=_export)
    check = actions.add_parser("check-copy", help="check every byte of an archive against its metadata and manifest")
    check.add_argument("file", metavar="FILE", type=Path, help="an IHE XDM archive")
    check.add_argument(
        "--key", metavar="HEX", help="public key of the instance that made it (default: the one of this instance)"
    )
    check.set_defaults(act=_check)


def _export(arguments: argparse.Namespace) -> int:
    try:
        actor = people.person(arguments.login, *ActorKind)
        if arguments.file.exists():
            raise people.WrongUse(f"{arguments.file} exists: give another name.")
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    copy = life.export(actor=actor, domain=arguments.domain, patient_id=sender.patient(arguments.patient))
    if isinstance(copy, Refusal):
        return people.refused(copy)
    try:
        size = _write(copy, arguments.file)
    except (OSError, DocumentChangedError) as error:
        people.complain(f"{arguments.file} was not made: {error}.")
        return 1
    print(f"{arguments.file}: {copy.documents} documents, {copy.size} octets, archive de {size} octets")
    print(f"manifeste signé par la clé {signing.public_key()}")
    return 0


def _write(copy: life.Export, file: Path) -> int:
    """The archive under a temporary name until it is whole and durable, readable by its owner alone."""
    draft = file.with_name(f".{file.name}.part")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    size = 0
    try:
        with (
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output,
            Progress(*columns, console=Console(stderr=True), transient=True) as progress,
        ):
            # Compression makes the end come early: what is announced is what goes in.
            task = progress.add_task("export", total=max(copy.size, 1))
            for chunk in copy.chunks:
                size += output.write(chunk)
                progress.update(task, completed=min(size, copy.size))
            output.flush()
            os.fsync(output.fileno())
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    return size


def _check(arguments: argparse.Namespace) -> int:
    try:
        with arguments.file.open("rb") as source:
            checked = life.check_copy(source, key=arguments.key or signing.public_key())
    except OSError as error:
        people.complain(f"{arguments.file} cannot be read: {error.strerror}.")
        return 2
    except Malformed as wrong:
        people.complain(f"{wrong.rule}: {wrong.text}" + (f" ({wrong.field})" if wrong.field else ""))
        return 1
    print(f"{arguments.file}: {checked.sets} lots, {checked.documents} documents, tailles et empreintes justes")
    if checked.signed:
        print("manifeste signé par cette clé, fichiers conformes")
        return 0
    print("pas de manifeste" if checked.signed is None else "manifeste d'une autre clé", file=sys.stderr)
    return 0 if checked.signed is None else 1
