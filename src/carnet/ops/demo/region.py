"""The demonstration region: structures, professionals, patients and their records.

`load` is idempotent and leaves `demo/identities.json` in the home, which lists everybody with what they need
to come in. It is written last, and says with which edition of these people it was made. People, records and
the first twelve lives are there when it returns; `lives` tells the others in the worker.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carnet.kernel.actor import Actor, ActorKind
from carnet.ops.demo import accounts, cards, lives, records, software
from carnet.ops.demo.identities import identities, login_of, name_of
from carnet.ops.demo.patients import PATIENTS
from carnet.ops.demo.professionals import CAREGIVERS, CLERKS, INSTITUTIONS, PROFESSIONALS
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity

# Raised when people, accounts or documents of this package change: homes then load what is missing.
EDITION = 6
# The clerk of this role reviews the emergencies of every structure.
OFFICER = "Déléguée à la protection des données"
# The clerk of this role merges records.
REFERENT = "Cellule d'identitovigilance"
LOADER = Actor(kind=ActorKind.SYSTEM, person="carnet-demonstration", name="Carnet démonstration", proof="process")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load found or did: the file, the documents that are there at once, whether all was there already."""

    identities: Path
    documents: int
    already: bool


def load(home: Path) -> Loaded:
    """Bring the demonstration into the database and into `home`, or find it there.

    Raises `records.DemonstrationRefusedError` when the house refuses a record or a document of it.
    """
    path = home / "demo" / "identities.json"
    if _is_loaded(path):
        return Loaded(path, len(lives.first_stories()), already=True)
    _enrol()
    software.enrol(home, actor=LOADER)
    accounts.make_accounts(_logins(), secret=settings.SECRET_KEY)
    clerk = _clerk()
    people = records.create(PATIENTS, clerk=clerk)
    records.represent(PATIENTS, people, clerk=clerk)
    count = records.feed(lives.first_stories())
    with transaction.atomic():
        for person in PATIENTS:
            if person.login not in people:
                continue
            directory.enrol_patient_account(
                actor=LOADER, login=person.login, record_id=people[person.login], name=name_of(person)
            )
    records.block(PATIENTS)
    cards.write(home / "demo" / "vitale")
    if settings.CARNET_DEMO_LIVES == "all":
        lives.later()
    _write(path, {"edition": EDITION, **identities(home)})
    return Loaded(path, count, already=False)


def _logins() -> list[str]:
    people = (
        *(login_of(one) for one in PROFESSIONALS),
        *(one.login for one in CLERKS),
        *(one.login for one in INSTITUTIONS),
        *(one.login for one in CAREGIVERS),
    )
    return [*people, *(person.login for person in PATIENTS if "refused" not in person.flags)]


def _is_loaded(path: Path) -> bool:
    """Whether the home was written by this edition and the database holds the last thing that a load writes."""
    try:
        edition = json.loads(path.read_text(encoding="utf-8")).get("edition")
    except (OSError, ValueError):
        return False
    return edition == EDITION and directory.actor_of_login(login=PATIENTS[-1].login, proof="process") is not None


def _enrol() -> None:
    with transaction.atomic():
        for structure in STRUCTURES:
            directory.enrol_structure(actor=LOADER, structure=structure)
        for professional in PROFESSIONALS:
            login, place = login_of(professional), professional.structures[0]
            directory.enrol_professional(actor=LOADER, professional=professional)
            directory.enrol_professional_account(actor=LOADER, login=login, person=professional.id, structure=place)
        for caregiver in CAREGIVERS:
            directory.enrol_delegate_account(actor=LOADER, login=caregiver.login, name=caregiver.name)
        for clerk in CLERKS:
            directory.enrol_clerk_account(
                actor=LOADER, login=clerk.login, person=clerk.id, structure=clerk.structure.id, name=clerk.name
            )
            if clerk.role == REFERENT:
                identity.appoint_referent(actor=LOADER, person=clerk.id, structure=clerk.structure.id)
            if clerk.role == OFFICER:
                access.appoint_officer(actor=LOADER, person=clerk.id, structure=clerk.structure.id, everywhere=True)


def _clerk() -> Actor:
    actor = directory.actor_of_login(login=CLERKS[0].login, proof="process")
    if actor is None:
        raise records.DemonstrationRefusedError(f"the account of the clerk {CLERKS[0].login} was not enrolled")
    return actor


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write the file whole or not at all, for this account only: it holds passwords."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.write("\n")
    temporary.replace(path)
