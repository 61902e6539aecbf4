"""Clients that feed a living Carnet without rest and remember every answer.

A client sends one submission again, byte for byte, until it is answered: what the crash left open is settled
by the replay, so at the end each document is either acknowledged or was never sent.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused, Unreachable
from carnet.client.identity import Software
from carnet.ops.sender import choose
from carnet.wire.xds.model import Association, AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet
from tests.conftest import Living

SOFTWARE = Software(name="Carnet tests", version="1", homologation="TEST")
# In the row, in a file through the quick lane, in a file through the bulk lane.
SIZES = (5_000, 200_000, 1_500_000)
# A plain affinity domain: what is measured here is durability, not consent.
DOMAIN = "ihe"
# Fifty kills in a row may meet one client's every attempt.
_PATIENCE = 180.0
# Between two documents of one client: together they keep every process busy, and leave the machine some air.
_BREATH = 0.1


def physician(living: Living) -> dict[str, Any]:
    """The first physician of the demonstration."""
    return next(one for one in living.identities["professionals"] if one["profession"] == "10")


def connect(living: Living, person: dict[str, Any]) -> Connection:
    """A mutual TLS connection as a professional of the demonstration."""
    known = living.identities
    return Connection(
        living.tls,
        identity=choose(known, person["login"], structure="", home=living.home),
        authority=living.home / known["authority"],
        software=SOFTWARE,
        domain=DOMAIN,
    )


def create_records(living: Living, name: str = "FED", count: int = 4) -> list[str]:
    """Records of a plain domain, made by the command; their patient ids (CX), which begin with `name`."""
    clerk = living.identities["clerks"][0]["login"]
    made = []
    for number in range(count):
        patient_id = f"{name}{number}^^^&1.3.6.1.4.1.21367.13.20.1000&ISO"
        person = [patient_id, "FICTIF", "JEAN", "1980-02-01"]
        done = living.command("record", "create", *person, "--consent", "--as", clerk, "--domain", DOMAIN)
        assert done.returncode == 0, done.stderr
        made.append(patient_id)
    return made


def submission(person: dict[str, Any], patient_id: str, unique_id: str) -> Submission:
    """One report in a set of its own."""
    xcn = f"{person['id']}^{person['family']}^{person['given']}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    entry = DocumentEntry(
        entry_uuid="document",
        unique_id=unique_id,
        patient_id=patient_id,
        mime_type="text/xml",
        class_code=Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        type_code=Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
        format_code=Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3", "CR biologie"),
        healthcare_facility_type_code=Code("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé"),
        practice_setting_code=Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé"),
        confidentiality_codes=(Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        authors=(Author(person=xcn),),
        legal_authenticator=xcn,
        title="Compte rendu fictif",
        language_code="fr-FR",
        creation_time="20260102030405",
        service_start_time="20260102",
        source_patient_id=patient_id,
        source_patient_info=("PID-5|FICTIF^JEAN^^^^^L", "PID-7|19800201", "PID-8|M"),
    )
    the_set = SubmissionSet(
        entry_uuid="set",
        unique_id=f"2.25.{secrets.randbits(110)}",
        source_id="1.2.250.1.999.2",
        patient_id=patient_id,
        submission_time=datetime.now(UTC).strftime("%Y%m%d%H%M%S"),
        content_type_code=Code("03", "1.2.250.1.213.2.2", "Hospitalisation complète"),
        authors=entry.authors,
    )
    member = Association(
        entry_uuid="member", type=AssociationType.HAS_MEMBER, source="set", target="document", set_status="Original"
    )
    return Submission(submission_set=the_set, entries=(entry,), associations=(member,))


@dataclass
class Feeders:
    """`count` clients on threads; `acknowledged` maps a uniqueId to its patient and the SHA-256 of its bytes."""

    living: Living
    folder: Path
    patients: list[str]
    count: int = 8
    acknowledged: dict[str, tuple[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    retries: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Feeders:
        for number in range(self.count):
            thread = threading.Thread(target=self._feed, args=(number,), name=f"feeder-{number}")
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, seconds: float = 60.0) -> None:
        """Wait until `more` further documents were acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"only {len(self.acknowledged)} of {wanted} documents in {seconds} s"
            assert not self.refused, self.refused[0]
            time.sleep(0.02)

    def _feed(self, number: int) -> None:
        person = physician(self.living)
        with connect(self.living, person) as connection:
            self._feed_by(connection, person, number)

    def _feed_by(self, connection: Connection, person: dict[str, Any], number: int) -> None:
        path = self.folder / f"feeder-{number}"
        turn = number
        while not self._stopping.is_set():
            turn += 1
            content = secrets.token_bytes(SIZES[turn % len(SIZES)])
            path.write_bytes(content)
            unique_id = f"2.25.{secrets.randbits(110)}"
            patient_id = self.patients[turn % len(self.patients)]
            sent = submission(person, patient_id, unique_id)
            if self._send(connection, sent, path):
                with self._lock:
                    self.acknowledged[unique_id] = patient_id, hashlib.sha256(content).hexdigest()
            self._stopping.wait(_BREATH)

    def _send(self, connection: Connection, sent: Submission, path: Path) -> bool:
        began = time.monotonic()
        deadline, met = began + _PATIENCE, []
        while True:
            try:
                xds.provide(connection, sent, {"document": path})
                return True
            except Unreachable as error:
                # Nobody answered, or the proxy did for a lane that is down: the same message is sent again.
                self.retries += 1
                met.append(f"{time.monotonic() - began:.1f} s {error}")
            except Refused as error:
                if error.status < 500:
                    self.refused.append(str(error))
                    return False
                self.retries += 1
                met.append(f"{time.monotonic() - began:.1f} s {error}")
            if time.monotonic() > deadline:
                self.refused.append(f"no answer for a minute: {met[-5:]}")
                return False
            time.sleep(0.05)
