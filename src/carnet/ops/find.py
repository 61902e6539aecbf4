"""`carnet find PATIENT`: the documents of a record, by ITI-18 or ITI-67."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from carnet.client import fhir, xds
from carnet.client.errors import Refused, Unreachable
from carnet.ops import sender
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import DocumentEntry, Status

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


def run(arguments: argparse.Namespace) -> int:
    """Prints the documents. 0: found or none, 1: refused, 2: wrong use, 3: no server."""
    try:
        entries = _find(arguments)
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
    console.print(_table(entries))
    console.print(f"{len(entries)} document{'s' if len(entries) > 1 else ''}")
    return 0


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
