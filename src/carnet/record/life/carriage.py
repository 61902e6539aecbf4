"""What of a record travels when a whole domain does, and how it is written down.

A folder: `records/<number>.zip` for each record, `records.jsonl` (one line a record, added when its archive is on
stable storage), `oppositions.jsonl`, `manifest.json` and `manifest.sig`, written last: the Ed25519 signature of the
manifest (`carnet.kernel.signing`), which has the SHA-256 of both lists; the lists have those of the archives.

An archive is sealed to the instance that is to open it (`carnet.kernel.envelopes`). In it are `rows.jsonl`, every row
of the record in every table of the rooms below, and `documents/<id>`, the plain bytes of each document. What the media
of IHE XDM has no place for is therefore there: statuses, versions, consents, authorisations and choices, identifiers,
life, journal.

`digest` is over what is the same wherever the record lives: not its number, its domain, nor the seals of its bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from carnet.kernel import erasure, rows, signing
from carnet.kernel.actor import Actor
from carnet.kernel.rows import Row
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal

FORMAT = "carnet-domain/2"
MANIFEST, SIGNATURE, INDEX, OPPOSITIONS = "manifest.json", "manifest.sig", "records.jsonl", "oppositions.jsonl"
ROWS, DOCUMENTS = "rows.jsonl", "documents/"
TRACES, OBJECTS, NAMES = "journal", "documents_object", "kernel_locator"
_ROOMS = ("access", "documents", "identity", "life")
# Applications whose schema must be the same where the rows come to.
APPS = (*_ROOMS, "journal", "kernel")
# Columns that name another record of the same domain.
_REFERENCES = ("merged_into", "merged", "person_record")


class CarriageError(Exception):
    """A folder is not a whole export, was changed, or cannot be taken in here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One line of the index: a record's archive, the key that it is sealed to, and what is in it.

    `bytes` are those of its documents.
    """

    number: int
    file: str
    to: str
    sha256: str
    rows: dict[str, int]
    digest: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What an export holds, as counted by who wrote it or by who took it in."""

    records: int = 0
    documents: int = 0
    bytes: int = 0
    rows: int = 0
    traces: int = 0

    def plus(self, one: Carried) -> Totals:
        """With one record more."""
        traces = one.rows.get(TRACES, 0)
        return Totals(
            records=self.records + 1,
            documents=self.documents + one.documents,
            bytes=self.bytes + one.bytes,
            rows=self.rows + sum(one.rows.values()) - traces,
            traces=self.traces + traces,
        )


def tables() -> list[str]:
    """The tables that travel, those that others refer to first."""
    order = [name for room in _ROOMS for name in erasure.tables(room=room)]
    return [NAMES, *reversed(order)]


def rows_of(actor: Actor, record_id: int, origin: str) -> dict[str, list[Row]]:
    """Every row of a record that travels, by table, in the caller's transaction."""
    found = {name: rows.of(name, record_id, without=documents.SEALED if name == OBJECTS else ()) for name in tables()}
    found[TRACES] = journal.carried(actor=actor, record_id=record_id, origin=origin)
    return {name: some for name, some in found.items() if some}


def digest(found: Mapping[str, Iterable[Row]], number_of: Callable[[int], int | None]) -> str:
    """The SHA-256 of what does not depend on where a record lives; `number_of` is a record's number at the origin."""
    whole = hashlib.sha256()
    for name in sorted(found.keys() - {NAMES}):
        lines = sorted(json.dumps(_placeless(row, number_of), sort_keys=True) for row in found[name])
        whole.update(f"{name} {len(lines)}\n".encode() + "\n".join(lines).encode() + b"\n")
    return whole.hexdigest()


def _placeless(row: Row, number_of: Callable[[int], int | None]) -> Row:
    kept = {name: value for name, value in row.items() if name not in ("record_id", "domain")}
    return kept | {name: number_of(kept[name]) for name in _REFERENCES if kept.get(name) is not None}


def placed(row: Row, *, record_id: int, domain: int, number_of: Callable[[int], int | None]) -> Row:
    """A row as it is in the domain that takes it; `number_of` is the number there of a record of the origin."""
    placed = row | {"record_id": record_id}
    if "domain" in row:
        placed["domain"] = domain
    return placed | {name: number_of(row[name]) for name in _REFERENCES if row.get(name) is not None}


def rewrite(folder: Path, kept: Iterable[Carried]) -> None:
    """Leave these lines in the index and no other."""
    draft = folder / f".{INDEX}.part"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    for one in kept:
        add(draft, as_line(one))
    draft.rename(folder / INDEX)


def add(file: Path, line: Mapping[str, Any]) -> None:
    """Add a line to a list of the folder; it is on stable storage on return."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
        output.write(json.dumps(line, sort_keys=True).encode() + b"\n")
        output.flush()
        os.fsync(output.fileno())


def index(folder: Path) -> Iterator[Carried]:
    """The lines of the index; raises CarriageError. A line that was cut by a failure is left out."""
    try:
        with (folder / INDEX).open("rb") as source:
            for line in source:
                if line.endswith(b"\n"):
                    yield Carried(**json.loads(line))
    except FileNotFoundError:
        return
    except (ValueError, TypeError) as error:
        raise CarriageError(f"{INDEX} cannot be read.") from error


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; raises CarriageError."""
    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise CarriageError(f"{file.name} cannot be read: {error.strerror}.") from error


def sign(folder: Path, said: Mapping[str, Any]) -> None:
    """Write the manifest and its signature: from then on the folder is a whole export."""
    data = json.dumps({**said, "format": FORMAT, "signed_by": signing.public_key()}, indent=1, sort_keys=True).encode()
    for name, content in ((SIGNATURE, base64.b64encode(signing.sign(data)) + b"\n"), (MANIFEST, data)):
        draft = folder / f".{name}.part"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            output.write(content)
            output.flush()
            os.fsync(output.fileno())
        draft.rename(folder / name)


def signed(folder: Path, *, key: str) -> dict[str, Any]:
    """What the manifest says, once signature and lists are found right; raises CarriageError."""
    try:
        data, signature = (folder / MANIFEST).read_bytes(), (folder / SIGNATURE).read_bytes()
        decoded = base64.b64decode(signature.strip(), validate=True)
    except (OSError, ValueError) as error:
        raise CarriageError(f"{folder} is not a whole export: no manifest with its signature.") from error
    if not signing.verify(data, decoded, key):
        raise CarriageError(f"{MANIFEST} does not bear the signature of the key {key}: changed, or another's.")
    said: dict[str, Any] = json.loads(data)
    if said.get("format") != FORMAT:
        raise CarriageError(f"{MANIFEST} has another format than {FORMAT}.")
    for name in (INDEX, OPPOSITIONS):
        if sha256_of(folder / name) != said["sha256"][name]:
            raise CarriageError(f"{name} is not the one that the signed manifest tells of.")
    return said


def as_line(value: Carried | Totals) -> dict[str, Any]:
    """As JSON."""
    return asdict(value)
