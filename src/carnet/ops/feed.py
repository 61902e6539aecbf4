"""`carnet feed PATH…`: send clinical documents, their metadata filled from their CDA headers."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid4, uuid5

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused, Unreachable
from carnet.kernel import clock
from carnet.ops import sender
from carnet.record.terminology import api as terminology
from carnet.wire.cda.header import Header, read_header
from carnet.wire.cda.metadata import content_type_of, to_entry, to_submission, unique_id
from carnet.wire.errors import Malformed
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.xds.iti18_stored_query import GetDocuments
from carnet.wire.xds.model import Status, Submission

_FILE_WIDTH = 160
_SUFFIXES = (".xml", ".cda")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `why` are the reasons of a refusal, or the warnings of an acceptance."""

    path: Path
    accepted: bool
    unique_id: str
    why: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files or folders, who sends, by which transaction."""
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="CDA documents, or folders of them (*.xml, *.cda)"
    )
    sender.add_arguments(parser)
    parser.add_argument("--via", choices=("iti41", "iti65"), default="iti41", help="SOAP (default) or FHIR")
    parser.add_argument("--inline", action="store_true", help="with iti41: base64 in the envelope instead of MTOM")
    parser.add_argument(
        "--patient", default="", help="INS or CX of the record to feed, instead of the one that each document names"
    )


def run(arguments: argparse.Namespace) -> int:
    """Sends every file and tells what became of each. 0: all accepted, 1: not all, 2: wrong use, 3: no server."""
    console = Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)
    try:
        files = list(_files(arguments.paths))
        if not files:
            folders = ", ".join(map(str, arguments.paths))
            raise sender.WrongUse(f"no document in {folders}: folders are searched for *.xml and *.cda")
        with sender.open_connection(arguments) as connection:
            outcomes = _send_all(connection, files, arguments)
    except sender.WrongUse as error:
        print(f"carnet feed: {error}", file=sys.stderr)
        return 2
    except Unreachable as error:
        print(f"carnet feed: {error}. Is `carnet serve` running?", file=sys.stderr)
        return 3
    console.print(_table(outcomes))
    refused = sum(not outcome.accepted for outcome in outcomes)
    console.print(f"{_count(len(outcomes) - refused, 'accepté')}, {_count(refused, 'refusé')}")
    return 1 if refused else 0


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and file.is_file())
        elif path.is_file():
            yield path
        else:
            raise sender.WrongUse(f"{path} does not exist")


def _send_all(connection: Connection, files: list[Path], arguments: argparse.Namespace) -> list[Outcome]:
    outcomes = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("Envoi", total=len(files))
        for file in files:
            outcomes.append(send(connection, file, arguments))
            progress.advance(task)
    return outcomes


def send(connection: Connection, file: Path, arguments: argparse.Namespace) -> Outcome:
    """Send one document; a refusal, by us or by the server, is an outcome. Raises Unreachable."""
    name = ""
    try:
        content = file.read_bytes()
        header = read_header(content)
        name = unique_id(header.identifier)
        submission, remarks = _submission(connection, header, content, arguments)
        documents = {submission.entries[0].entry_uuid: file}
        if arguments.via == "iti65":
            profile = Profile.MHD if arguments.domain.startswith("ihe") else Profile.PDSM
            warnings = fhir.provide(connection, submission, documents, profile=profile).warnings
        else:
            warnings = xds.provide(connection, submission, documents, inline=arguments.inline).warnings
    except Malformed as error:
        return Outcome(file, False, name, (f"{error.rule} {error.text}",))
    except Refused as error:
        return Outcome(file, False, name, error.lines)
    return Outcome(file, True, name, (*remarks, *map(str, warnings)))


def _submission(
    connection: Connection, header: Header, content: bytes, arguments: argparse.Namespace
) -> tuple[Submission, tuple[str, ...]]:
    entry = to_entry(
        header,
        size=len(content),
        # The XDS attribute `hash` is SHA-1 (TF-3 §4.2.3.2.10); no security rests on it.
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        class_of=terminology.class_of_type,
        format_of=terminology.format_of_template,
        patient_id=sender.patient(arguments.patient) if arguments.patient else "",
    )
    parent, remarks = _parent(connection, header, entry.patient_id)
    submission = to_submission(
        [entry],
        unique_id=f"2.25.{uuid4().int}",
        source_id=f"2.25.{uuid5(NAMESPACE_OID, 'carnet feed').int}",
        submission_time=clock.now().strftime("%Y%m%d%H%M%S"),
        content_type=content_type_of(header),
        replaces={entry.entry_uuid: parent} if parent else None,
    )
    return submission, remarks


def _parent(connection: Connection, header: Header, patient: str) -> tuple[str, tuple[str, ...]]:
    """The entry that this document replaces; a parent that is not there makes it an original, with a remark."""
    parents = tuple(unique_id(related.identifier) for related in header.related if related.type == "RPLC")
    if not parents:
        return "", ()
    found = xds.query(connection, GetDocuments(unique_ids=parents), patient=patient).objects.entries
    for entry in found:
        if entry.status is Status.APPROVED:
            return entry.entry_uuid, ()
    return "", ("remplace un document qui n'est pas ici : envoyé comme original",)


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(show_lines=False)
    table.add_column("Fichier", overflow="fold")
    table.add_column("Résultat")
    table.add_column("Pourquoi", overflow="fold")
    for outcome in outcomes:
        table.add_row(outcome.path.name, "accepté" if outcome.accepted else "refusé", "\n".join(outcome.why))
    return table
