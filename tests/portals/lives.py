"""What happens behind the pages: documents written and fed by software, an account made by an operator."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from carnet.ops.demo import letters, professionals, structures
from carnet.ops.demo.patients import Person
from carnet.record.identity.api import PatientIdentifier, Traits, ins_key
from carnet.wire.cda.write import File, Paragraph, Section
from carnet.wire.xds.model import Code
from tests.conftest import Living

PARIS = ZoneInfo("Europe/Paris")


def invented(number: str, born: datetime, name: str, given: str) -> Person:
    """A person who is nobody: `number` is an INS without its key."""
    return Person(
        login="personne",
        identifier=PatientIdentifier("1.2.250.1.213.1.4.10", number + ins_key(number), "NH"),
        traits=Traits(
            birth_name=name,
            given_names=given,
            first_given=given.split()[0],
            sex="F" if number[0] == "2" else "M",
            birth_date=born.date(),
            birth_place=number[5:10],
        ),
        treating=professionals.GENERALIST,
    )


def paragraph(words: str) -> tuple[Section, ...]:
    """A body of one section."""
    return (Section(title="Conclusion", code=Code("55110-1", "2.16.840.1.113883.6.1", ""), blocks=(Paragraph(words),)),)


def letter(
    about: Person,
    title: str,
    body: tuple[Section, ...] | File,
    *,
    day: int = 3,
    visibility: tuple[Code, ...] = (),
    replaces: str = "",
) -> bytes:
    """A CDA document by the demonstration's general practitioner."""
    return letters.write(
        letters.Told(
            about=about,
            by=professionals.GENERALIST,
            at=structures.PRACTICE,
            when=datetime(2026, 3, day, 10, 30, tzinfo=PARIS),
            type_code="11488-4",
            title=title,
            body=body,
            visibility=visibility,
            replaces=replaces,
        )
    )


def feed(living: Living, folder: Path, login: str, *documents: bytes, via: str = "iti41") -> None:
    """Send documents through a machine's door, as software does."""
    paths = []
    for number, document in enumerate(documents):
        path = folder / f"{via}-{number}.xml"
        path.write_bytes(document)
        paths.append(str(path))
    done = command(living, "feed", "--as", login, "--via", via, *paths)
    assert done.returncode == 0, done.stdout + done.stderr


def command(living: Living, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A `carnet` command beside the living Carnet."""
    return living.command(*arguments)


_ENROL = """
import json, sys
from django.conf import settings
from carnet.kernel.actor import Actor, ActorKind
from carnet.ops.demo import accounts, credentials
from carnet.record.directory import api as directory
login, record_id, name = sys.argv[1], int(sys.argv[2], 16), sys.argv[3]
accounts.make_accounts([login], secret=settings.SECRET_KEY)
loader = Actor(kind=ActorKind.SYSTEM, person="operator", name="operator", proof="process")
directory.enrol_patient_account(actor=loader, login=login, record_id=record_id, name=name)
print(json.dumps({
    "login": login,
    "password": credentials.password(settings.SECRET_KEY, login),
    "totp": credentials.totp_seed(settings.SECRET_KEY, login),
}))
"""


def enrol_patient(living: Living, login: str, record: str, name: str) -> dict[str, Any]:
    """Give the person of a record (its address) an account, as an operator does; what they sign in with."""
    done = living.python(_ENROL, login, record, name)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made
