"""`carnet get PATIENT DOCUMENT`: one document into a file, compared with its metadata."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused, Unreachable
from carnet.client.saving import Saved
from carnet.ops import sender
from carnet.wire.xds.iti18_stored_query import GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import DocumentEntry


class Absent(Exception):  # noqa: N818 it names what happened
    """The record shows no such document to this identity."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which document of whom, who asks, where to write it."""
    parser.add_argument("patient", metavar="PATIENT", help="INS (15 characters, test) or CX")
    parser.add_argument("document", metavar="DOCUMENT", help="uniqueId, or urn:uuid:… of its entry")
    sender.add_arguments(parser)
    parser.add_argument("--via", choices=("iti43", "iti68"), default="iti43", help="SOAP (default) or FHIR")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to write it")


def run(arguments: argparse.Namespace) -> int:
    """Writes the file. 0: written and as announced, 1: refused, absent or different, 2: wrong use, 3: no server."""
    try:
        with sender.open_connection(arguments) as connection:
            entry, saved = _get(connection, arguments)
    except sender.WrongUse as error:
        print(f"carnet get: {error}", file=sys.stderr)
        return 2
    except Refused as error:
        print("\n".join(f"carnet get: {line}" for line in error.lines), file=sys.stderr)
        return 1
    except Absent:
        print("carnet get: aucun document de ce nom dans ce dossier pour cette identité", file=sys.stderr)
        return 1
    except Unreachable as error:
        print(f"carnet get: {error}. Is `carnet serve` running?", file=sys.stderr)
        return 3
    print(f"{saved.path}: {saved.size} octets, {saved.mime_type}, SHA-1 {saved.sha1}")
    if (entry.size is not None and entry.size != saved.size) or (entry.hash and entry.hash != saved.sha1):
        print(f"carnet get: the metadata announce {entry.size} bytes, SHA-1 {entry.hash}", file=sys.stderr)
        return 1
    return 0


def _get(connection: Connection, arguments: argparse.Namespace) -> tuple[DocumentEntry, Saved]:
    patient = sender.patient(arguments.patient)
    if arguments.via == "iti68":
        for listed in fhir.search(connection, patient=patient):
            if arguments.document in (listed.entry.unique_id, listed.entry.entry_uuid):
                return listed.entry, fhir.retrieve(connection, listed.address, arguments.output)
        raise Absent
    entry = _entry(connection, patient, arguments.document)
    request = DocumentRequest(entry.repository_unique_id, entry.unique_id)
    return entry, xds.retrieve(connection, request, patient=patient, path=arguments.output)


def _entry(connection: Connection, patient: str, document: str) -> DocumentEntry:
    """The entry of the document, in the record of the patient who was named and no other."""
    if document.startswith("urn:uuid:"):
        request = GetDocuments(entry_uuids=(document,))
    else:
        request = GetDocuments(unique_ids=(document,))
    for entry in xds.query(connection, request, patient=patient).objects.entries:
        if entry.patient_id.partition("^")[0] == patient.partition("^")[0]:
            return entry
    raise Absent
