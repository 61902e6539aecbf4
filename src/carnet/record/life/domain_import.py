"""An exported domain taken into another one, here or on another instance: compared with what left, record by record.

Each record comes in one transaction, in which all its rows are read back and every document opened again; it is
committed when both digests are those of the index. A record's number in its new domain is derived from where it comes
from: an import that is begun again knows what is there, and what was erased since stays erased.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from carnet.kernel import blobs, database, envelopes, keys, locator, outbox
from carnet.kernel.actor import Actor
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Refusal
from carnet.kernel.rows import Row
from carnet.kernel.rows import put as put_rows
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import carriage, domains, erasing, oppositions
from carnet.record.life.carriage import CarriageError, Carried, Totals
from carnet.record.terminology.api import Domain

_CHUNK = 1024 * 1024
_MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
_IDENTIFIERS = "identity_identifier"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one record: taken in or there already (`why` is empty), or why not."""

    carried: Carried
    why: str = ""


class DomainImport:
    """An import on its way. `said` is the manifest; `totals` counts what is found in its new place."""

    def __init__(self, actor: Actor, domain: Domain, folder: Path, said: Mapping[str, Any]) -> None:
        self.domain = domain
        self.said = said
        self.totals = Totals()
        self.oppositions = 0
        self._actor = actor
        self._folder = folder
        origin = f"{said['origin']} into {domain.name}"
        self._numbers = {one.number: _number(origin, one.number) for one in carriage.index(folder)}
        self._origins = {number: old for old, number in self._numbers.items()}
        self._erased = erasing.told().keys()
        self.records = len(self._numbers)

    def run(self) -> Iterator[Taken]:
        """Take every record in, but those that an earlier import took; then the oppositions."""
        for one in carriage.index(self._folder):
            try:
                self._take(one)
            except (CarriageError, blobs.BlobDamagedError, envelopes.EnvelopeError, zipfile.BadZipFile) as error:
                yield Taken(one, str(error))
            else:
                self.totals = self.totals.plus(one)
                yield Taken(one)
        self._oppose()

    def _take(self, one: Carried) -> None:
        number = self._numbers[one.number]
        if number in self._erased:
            raise CarriageError("erased here since it was imported: it stays erased")
        path = self._folder / one.file
        if path.resolve().parent != (self._folder / "records").resolve() or carriage.sha256_of(path) != one.sha256:
            raise CarriageError(f"{one.file} is not the archive that the signed manifest tells of")
        if identity.patient_of(actor=self._actor, record_id=number) is not None:
            # It was compared in the transaction that brought it, and lives on.
            return
        with envelopes.Opened(path) as sealed, zipfile.ZipFile(io.BufferedReader(sealed, _CHUNK)) as archive:
            found, traces = _rows(archive)
            self._check(found)
            received = _receive(archive)
        try:
            with transaction.atomic():
                self._write(number, found, traces, received)
                self._compare(one, number)
        except BaseException:
            for content in received.values():
                content.discard()
            raise

    def _check(self, found: Mapping[str, list[Row]]) -> None:
        """The person's identifiers are those of the domain, and nobody else's there."""
        for row in found.get(_IDENTIFIERS, ()):
            identifier = identity.PatientIdentifier(row["system"], row["value"], row["type_code"])
            problem = identity.check_identifier(self.domain, identifier) if row["current"] else None
            if problem is not None:
                raise CarriageError(f"{problem.rule}: the domain {self.domain.name} has not such identifiers")
            name = locator.person(identifier.system, identifier.value)
            if set(locator.locate(self.domain.number, [name])) - self._origins.keys():
                raise CarriageError(f"identifier-taken: a record of {self.domain.name} has an identifier of this one")

    def _write(
        self, number: int, found: Mapping[str, list[Row]], traces: list[Row], received: Mapping[UUID, Received]
    ) -> None:
        keys.create_record_key(number)
        for row in found.get(_IDENTIFIERS, ()):
            identifier = identity.PatientIdentifier(row["system"], row["value"], row["type_code"])
            identity.hold_identifier(actor=self._actor, domain=self.domain, identifier=identifier)
        self._check(found)
        for table in carriage.tables():
            if table == carriage.OBJECTS:
                documents.put_objects(actor=self._actor, record_id=number, received=received)
            else:
                rows = [
                    carriage.placed(row, record_id=number, domain=self.domain.number, number_of=self._numbers.get)
                    for row in found.get(table, ())
                ]
                put_rows(table, rows)
        journal.bring(actor=self._actor, record_id=number, traces=traces)
        documents.claim_ids(actor=self._actor, domain=self.domain.number, record_id=number)
        outbox.record_event(record_id=number, kind="record.imported")
        origin = str(self.said["origin"])
        journal.append(actor=self._actor, action=Action.DOMAIN_IMPORT, record_id=number, rule="operator", detail=origin)

    def _compare(self, one: Carried, number: int) -> None:
        """What is in the new place against what left: rows, traces, and every byte of every document."""
        found = carriage.rows_of(self._actor, number, "")
        # What was written here since is not what was brought.
        found[carriage.TRACES] = [row for row in found.get(carriage.TRACES, ()) if row["origin"]]
        if not found[carriage.TRACES]:
            del found[carriage.TRACES]
        if carriage.digest(found, self._origins.get) != one.digest:
            raise CarriageError("its rows are not those that left")
        count = size = 0
        for content in documents.objects(actor=self._actor, record_id=number):
            whole = hashlib.sha256()
            for chunk in content.chunks:
                whole.update(chunk)
                size += len(chunk)
            if whole.hexdigest() != content.sha256:
                raise CarriageError("the bytes of a document are not those that left")
            count += 1
        if (count, size) != (one.documents, one.bytes):
            raise CarriageError("it has not the documents that left")

    def _oppose(self) -> None:
        """People who refused a record refuse it here too, where their hashes can be compared."""
        if self.said["opposition_key"] != oppositions.key_name():
            return
        with (self._folder / carriage.OPPOSITIONS).open("rb") as source, transaction.atomic():
            for line in source:
                row = json.loads(line)
                oppositions.bring(self.domain.number, row)
                self.oppositions += 1


def import_domain(*, actor: Actor, domain: str, folder: Path, key: str) -> DomainImport | Refusal:
    """Take the export of a folder into a domain, for its operator; `run` does it. `key` is the exporter's public key.

    Raises CarriageError for a folder that is not a whole export signed by that key, or of another schema than here.
    Rules: `operator-only`, `domain-unknown`, `domain-closed`.
    """
    found = domains.operated(actor, domain, Action.DOMAIN_IMPORT)
    if isinstance(found, Refusal):
        return found
    closed = access.closed_domain(found)
    if closed is not None:
        return access.refuse(closed, actor=actor, action=Action.DOMAIN_IMPORT, record_id=access.NO_RECORD)
    said = carriage.signed(folder, key=key)
    if said["sealed_to"] != envelopes.public_key():
        raise CarriageError(
            f"it is sealed to the instance of the key {said['sealed_to']}, not to this one ({envelopes.public_key()})."
        )
    here = [list(row) for row in database.rows(_MIGRATIONS) if row[0] in carriage.APPS]
    if said["migrations"] != here:
        raise CarriageError("it was made by another version of Carnet: bring both instances to the same one.")
    return DomainImport(actor, found, folder, said)


def _number(origin: str, number: int) -> int:
    """The number that a record has in its new domain: unguessable, and the same each time it is asked."""
    key = keys.derived_key(b"carnet number of an imported record")
    whole = hmac.new(key, f"{origin} {number}".encode(), hashlib.sha256).digest()
    return int.from_bytes(whole[:8]) >> 2 or 1


def _rows(archive: zipfile.ZipFile) -> tuple[dict[str, list[Row]], list[Row]]:
    found: dict[str, list[Row]] = {}
    with archive.open(carriage.ROWS) as member:
        for line in member:
            said = json.loads(line)
            found.setdefault(said["table"], []).append(said["row"])
    unknown = found.keys() - {*carriage.tables(), carriage.TRACES}
    if unknown:
        raise CarriageError(f"it has rows of a table that is not here: {min(unknown)}")
    return found, found.pop(carriage.TRACES, [])


def _receive(archive: zipfile.ZipFile) -> dict[UUID, Received]:
    """The documents of an archive, on stable storage."""
    received: dict[UUID, Received] = {}
    try:
        for name in archive.namelist():
            if name.startswith(carriage.DOCUMENTS):
                with archive.open(name) as member:
                    received[UUID(name.removeprefix(carriage.DOCUMENTS))] = blobs.receive(_chunks(member), shown=False)
    except BaseException:
        for content in received.values():
            content.discard()
        raise
    return received


def _chunks(member: Any) -> Iterator[bytes]:
    while chunk := member.read(_CHUNK):
        yield chunk
