"""`carnet find PATIENT`: the documents of a record, by ITI-18 or ITI-67; its submission sets or folders, by ITI-18."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from carnet.client import fhir, xds
from carnet.client.errors import Refused, Unreachable
from carnet.ops import sender
from carnet.wire.xds.iti18_stored_query import FindDocuments, FindFolders, FindSubmissionSets, StoredQuery
from carnet.wire.xds.model import DocumentEntry, Folder, Status, SubmissionSet

_FILE_WIDTH = 160
_STATUSES = {status.name.lower(): status for status in Status}
# FHIR has no word of its own for archived documents: they are current (PDSm).
_FHIR = {
    "approved": "current",
    "archived": "current",
    "deprecated": "superseded",
    "deleted": "entered-in-error",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose documents, who asks, by which transaction."""
    parser.add_argument("patient", metavar="PATIENT", help="INS (15 characters, test) or CX")
    sender.add_arguments(parser)
    parser.add_argument("--via", choices=("iti18", "iti67"), default="iti18", help="SOAP (default) or FHIR")
    parser.add_argument("--status", choices=tuple(_STATUSES), default="approved")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--sets", action="store_true", help="submission sets instead of documents (by ITI-18)")
    what.add_argument("--folders", action="store_true", help="folders instead of documents (by ITI-18)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the documents. 0: found or none, 1: refused, 2: wrong use, 3: no server."""
    try:
        table, sort = _found(arguments)
    except sender.WrongUse as error:
        print(f"carnet find: {error}", file=sys.stderr)
        return 2
    except Refused as error:
        print("\n".join(f"carnet find: {line}" for line in error.lines), file=sys.stderr)
        return 1
    except Unreachable as error:
        print(f"carnet find: {error}. Is `carnet serve` running?", file=sys.stderr)
        return 3
    console = Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)
    console.print(table)
    console.print(f"{table.row_count} {sort}{'s' if table.row_count > 1 else ''}")
    return 0


def _found(arguments: argparse.Namespace) -> tuple[Table, str]:
    """The table of what was asked for, and what a row of it is."""
    if not (arguments.sets or arguments.folders):
        return _table(_find(arguments)), "document"
    if arguments.via != "iti18":
        raise sender.WrongUse("--sets and --folders go by ITI-18")
    patient = sender.patient(arguments.patient)
    statuses = (_STATUSES[arguments.status],)
    kind = FindSubmissionSets if arguments.sets else FindFolders
    request: StoredQuery = kind(patient_id=patient, statuses=statuses)
    with sender.open_connection(arguments) as connection:
        objects = xds.query(connection, request).objects
    if arguments.sets:
        return _sets_table(objects.submission_sets), "lot"
    return _folders_table(objects.folders), "classeur"


def _find(arguments: argparse.Namespace) -> Sequence[DocumentEntry]:
    patient = sender.patient(arguments.patient)
    with sender.open_connection(arguments) as connection:
        if arguments.via == "iti67":
            parameters = {"status": _FHIR[arguments.status]}
            return [listed.entry for listed in fhir.search(connection, patient=patient, parameters=parameters)]
        request = FindDocuments(patient_id=patient, statuses=(_STATUSES[arguments.status],))
        return xds.query(connection, request).objects.entries


def _table(entries: Sequence[DocumentEntry]) -> Table:
    table = Table()
    for heading in ("Date", "Type", "Titre", "Taille"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Taille" else "left")
    # Whole on one line, to be copied into `carnet get`.
    table.add_column("uniqueId", no_wrap=True)
    for entry in entries:
        kind = entry.type_code
        table.add_row(
            entry.service_start_time[:8] or entry.creation_time[:8],
            (kind.display or kind.code) if kind else "",
            entry.title,
            str(entry.size or ""),
            entry.unique_id,
        )
    return table


def _sets_table(sets: Sequence[SubmissionSet]) -> Table:
    table = _headed("Date", "Contenu", "Auteur")
    for one in sets:
        content = one.content_type_code
        author = one.authors[0].person.split("^") if one.authors else []
        table.add_row(
            one.submission_time[:8],
            (content.display or content.code) if content else "",
            " ".join(reversed(author[1:3])),
            one.unique_id,
        )
    return table


def _folders_table(folders: Sequence[Folder]) -> Table:
    table = _headed("Modifié", "Titre", "Codes")
    for folder in folders:
        codes = ", ".join(code.display or code.code for code in folder.codes)
        table.add_row(folder.last_update_time[:8], folder.title, codes, folder.unique_id)
    return table


def _headed(*headings: str) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    table.add_column("uniqueId", no_wrap=True)
    return table
