"""People who change the state of documents beside a living Carnet: by login, through the record's own door.

One process in the environment of the living copy, which takes one call a line and answers it: what the pages of a
person or a professional do, without their clicks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.identity import Software
from carnet.kernel import ids
from carnet.ops import sender
from carnet.ops.demo import letters
from carnet.ops.demo.patients import Person
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import DocumentEntry, Status
from tests.conftest import Living
from tests.portals import lives

_LOOP = """
import json, sys
import django
django.setup()
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
for line in sys.stdin:
    call = json.loads(line)
    actor = directory.actor_of_login(login=call.pop("login"), proof="password+totp")
    act = call.pop("act")
    do = access.authorise if act == "authorise" else getattr(documents, act)
    answer = do(actor=actor, domain="fr", **call)
    version = 0 if act == "authorise" or isinstance(answer, Refusal) else answer.entry.version
    said = {"refused": answer.rule} if isinstance(answer, Refusal) else {"version": version}
    print(json.dumps(said), flush=True)
"""


@dataclass
class Hands:
    """`mask`, `unmask`, `reveal`… of a document by whom a login stands for; closed with the test."""

    living: Living
    _process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        environment = {**self.living.environment, "DJANGO_SETTINGS_MODULE": "carnet.config.settings"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOOP],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, act: str, login: str, logical_id: str) -> int | str:
        """The version that a change of state made, or the rule that refused it."""
        return self._call(act=act, login=login, logical_id=logical_id)

    def authorise(self, login: str, patient_id: str) -> None:
        """A professional declares to have the person's agreement."""
        assert self._call(act="authorise", login=login, patient_id=patient_id) == 0

    def _call(self, **call: str) -> int | str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the hands' process ended"
        said: dict[str, Any] = json.loads(line)
        return said["refused"] if "refused" in said else said["version"]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@dataclass
class Ward:
    """One person with a fresh record in a living Carnet, and the doors through which others meet it."""

    living: Living
    person: Person
    folder: Path
    entries: dict[str, DocumentEntry] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        traits = self.person.traits
        made = lives.command(
            self.living, "record", "create", self.person.identifier.value, traits.birth_name, traits.given_names,
            f"{traits.birth_date}", "--consent", "--as", "accueil.chu",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    @property
    def patient(self) -> str:
        """Their CX."""
        return sender.patient(self.person.identifier.value)

    def connect(self, login: str) -> Connection:
        """A mutual TLS connection as a professional of the demonstration."""
        known = self.living.identities
        return Connection(
            self.living.tls,
            identity=sender.choose(known, login, structure="", home=self.living.home),
            authority=self.living.home / known["authority"],
            software=Software(name="Essai", version="1", homologation="ESSAI-C"),
        )

    def feed(self, login: str, told: letters.Told, *, replaced_entry: str = "") -> None:
        """Write a document and send it by ITI-41; it is known by its title."""
        content = letters.write(told)
        submission = letters.submission(told, content, replaced_entry=replaced_entry)
        path = self.folder / f"{len(self.contents)}.xml"
        path.write_bytes(content)
        with self.connect(login) as connection:
            xds.provide(connection, submission, {submission.entries[0].entry_uuid: path})
        self.contents[told.title] = content

    def by_soap(self, login: str, **filters: Any) -> dict[str, DocumentEntry]:
        """By title, what ITI-18 finds for somebody."""
        with self.connect(login) as connection:
            request = FindDocuments(patient_id=self.patient, statuses=(Status.APPROVED,), **filters)
            return {entry.title: entry for entry in xds.query(connection, request).objects.entries}

    def by_fhir(self, login: str, **parameters: str) -> dict[str, DocumentEntry]:
        """By title, what ITI-67 finds for somebody."""
        with self.connect(login) as connection:
            found = fhir.search(connection, patient=self.patient, parameters=parameters)
            return {listed.entry.title: listed.entry for listed in found}

    def read(self, login: str, entry: DocumentEntry) -> bytes:
        """The bytes that ITI-43 gives somebody."""
        path = self.folder / "read"
        with self.connect(login) as connection:
            document = DocumentRequest(entry.repository_unique_id, entry.unique_id)
            return xds.retrieve(connection, document, patient=self.patient, path=path).path.read_bytes()

    def enrol(self, login: str) -> dict[str, Any]:
        """Give the person an account; what they sign in with."""
        (entry, *_) = self.by_soap(READER).values()
        record = f"{ids.record_of(UUID(entry.logical_id.removeprefix('urn:uuid:'))):016x}"
        return lives.enrol_patient(self.living, login, record, self.person.traits.birth_name)


# The general practitioner who writes, and a physician of the hospital that made the record, hence of its care team.
WRITER, READER = "camille.aubier", "helene.liege"
