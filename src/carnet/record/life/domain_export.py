"""Every record of a domain into a folder: what a backup cannot give to another domain, nor a person's copy to anybody.

A closed domain is exported from where an interrupted export stopped; one that is open changes meanwhile, so it is
exported anew each time, and its manifest says that it was open.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.conf import settings
from django.db import connection, transaction

from carnet.kernel import clock, closing, database, envelopes
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import carriage, domains, oppositions
from carnet.record.life.carriage import CarriageError, Carried, Totals
from carnet.record.terminology.api import Domain

_RECORDS = "SELECT record_id FROM identity_record WHERE domain = %s ORDER BY merged_into IS NOT NULL, record_id"
_OPPOSITIONS = """
SELECT encode(person, 'hex'), since::text, cause, collected_by, structure FROM life_opposition
WHERE domain = %s ORDER BY person
"""
_MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


class DomainExport:
    """An export on its way: `records` are to be written, `done` were by an earlier one; `totals` come at the end."""

    def __init__(self, actor: Actor, domain: Domain, folder: Path, to: str) -> None:
        self.domain = domain
        self.to = to
        self._recipient = _recipient(to)
        self.folder = folder
        self.closed = closing.closed(domain.number)
        self._actor = actor
        self._origin = f"{settings.CARNET_REPOSITORY_ID}/{domain.name}"
        self._numbers = [number for (number,) in database.rows(_RECORDS, (domain.number,))]
        self._there = frozenset(self._numbers)
        self.done = self._earlier()
        self.totals = Totals()
        self.records = len(self._numbers) - len(self.done)

    def _earlier(self) -> dict[int, Carried]:
        """The records of an export that was interrupted, their archives found whole; else an empty folder."""
        names = (carriage.MANIFEST, carriage.SIGNATURE, carriage.INDEX, carriage.OPPOSITIONS, "records")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            strangers = {path.name for path in self.folder.iterdir()} - set(names)
            if {name for name in strangers if not (name.startswith(".") and name.endswith(".part"))}:
                raise CarriageError(f"{self.folder} has something else in it: give a folder of its own.")
            (self.folder / "records").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise CarriageError(f"{self.folder} cannot be made: {error.strerror}.") from error
        earlier = [] if self.closed is None else list(carriage.index(self.folder))
        kept = {
            one.number: one for one in earlier if one.number in self._there and one.to == self.to and self._whole(one)
        }
        for name in (carriage.MANIFEST, carriage.SIGNATURE, carriage.OPPOSITIONS):
            (self.folder / name).unlink(missing_ok=True)
        carriage.rewrite(self.folder, kept.values())
        return kept

    def _whole(self, one: Carried) -> bool:
        path = self.folder / one.file
        return path.exists() and carriage.sha256_of(path) == one.sha256

    def run(self) -> Iterator[Carried]:
        """Write what is left, one record at a time, then the signed manifest."""
        totals = Totals()
        for number in self._numbers:
            one = self.done.get(number)
            if one is None:
                one = self._write(number)
                if one is None:
                    continue
                carriage.add(self.folder / carriage.INDEX, carriage.as_line(one))
                yield one
            totals = totals.plus(one)
        self.totals = totals
        self._finish(totals)

    def _write(self, number: int) -> Carried | None:
        """The archive of one record, None when it was erased meanwhile; its rows and bytes are of one moment."""
        file = f"records/{number}.zip"
        draft = self.folder / f"{file}.part"
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if identity.patient_of(actor=self._actor, record_id=number) is None:
                return None
            found = carriage.rows_of(self._actor, number, self._origin)
            count = size = 0
            with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as output:
                envelope = envelopes.Sealed(output, self._recipient)
                with zipfile.ZipFile(envelope, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                    lines = (json.dumps({"table": name, "row": row}) for name, some in found.items() for row in some)
                    with archive.open(carriage.ROWS, "w", force_zip64=True) as member:
                        for line in lines:
                            member.write(line.encode() + b"\n")
                    for one in documents.objects(actor=self._actor, record_id=number):
                        with archive.open(f"{carriage.DOCUMENTS}{one.id}", "w", force_zip64=True) as member:
                            size += sum(member.write(chunk) for chunk in one.chunks)
                        count += 1
                envelope.finish()
                output.flush()
                os.fsync(output.fileno())
                output.seek(0)
                sha256 = hashlib.file_digest(output, "sha256").hexdigest()
            journal.append(
                actor=self._actor,
                action=Action.DOMAIN_EXPORT,
                record_id=number,
                rule="operator",
                detail=self.domain.name,
            )
        draft.rename(self.folder / file)
        return Carried(
            number=number,
            file=file,
            to=self.to,
            sha256=sha256,
            rows={name: len(some) for name, some in found.items()},
            digest=carriage.digest(found, lambda other: other if other in self._there else None),
            documents=count,
            bytes=size,
        )

    def _finish(self, totals: Totals) -> None:
        names = ("person", "since", "cause", "collected_by", "structure")
        (self.folder / carriage.OPPOSITIONS).touch(mode=0o600)
        opposed = database.rows(_OPPOSITIONS, (self.domain.number,))
        for row in opposed:
            carriage.add(self.folder / carriage.OPPOSITIONS, dict(zip(names, row, strict=True)))
        lists = (carriage.INDEX, carriage.OPPOSITIONS)
        carriage.sign(
            self.folder,
            {
                "domain": self.domain.name,
                "origin": self._origin,
                "sealed_to": self.to,
                "made_at": clock.now().isoformat(),
                "closed_at": None if self.closed is None else self.closed.closed_at.isoformat(),
                "migrations": [list(row) for row in database.rows(_MIGRATIONS) if row[0] in carriage.APPS],
                "totals": carriage.as_line(totals),
                "oppositions": len(opposed),
                # Oppositions are hashes under a key of the instance: another instance cannot compare them.
                "opposition_key": oppositions.key_name(),
                "sha256": {name: carriage.sha256_of(self.folder / name) for name in lists},
            },
        )


def _recipient(to: str) -> X25519PublicKey:
    try:
        return envelopes.recipient(to)
    except envelopes.EnvelopeError as error:
        raise CarriageError(f"{to[:80]}: {error}.") from error


def export_domain(*, actor: Actor, domain: str, folder: Path, to: str = "") -> DomainExport | Refusal:
    """An export of every record of a domain, for its operator; `run` writes it. Raises CarriageError for the folder.

    Each archive is sealed to the instance of the public key `to` (`envelopes.public_key`; "": this one), which alone
    opens it. The lists beside them have record numbers, counts and digests. Each record's journal says it was copied.
    """
    found = domains.operated(actor, domain, Action.DOMAIN_EXPORT)
    return found if isinstance(found, Refusal) else DomainExport(actor, found, folder, to or envelopes.public_key())
