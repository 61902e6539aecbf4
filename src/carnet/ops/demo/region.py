"""The demonstration region: ten structures, twenty professionals, twelve patients and their records.

`load` is idempotent and leaves `demo/identities.json` in the home, which lists everybody with what they need
to come in. It is written last, and says with which edition of these people it was made.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.ops.demo import accounts, certificates, credentials, records, spoiled
from carnet.ops.demo.patients import PATIENTS, Person
from carnet.ops.demo.professionals import CLERKS, PROFESSIONALS
from carnet.ops.demo.stories import STORIES
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional

# Raised when people, accounts or documents of this package change: homes then load what is missing.
EDITION = 2
LOADER = Actor(kind=ActorKind.SYSTEM, person="carnet-demonstration", name="Carnet démonstration", proof="process")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load found or did."""

    identities: Path
    documents: int
    already: bool


def load(home: Path) -> Loaded:
    """Bring the demonstration into the database and into `home`, or find it there.

    Raises `records.DemonstrationRefusedError` when the house refuses a record or a document of it.
    """
    path = home / "demo" / "identities.json"
    if _is_loaded(path):
        return Loaded(path, len(STORIES), already=True)
    _enrol()
    accounts.make_accounts(_logins(), secret=settings.SECRET_KEY)
    people = records.create(PATIENTS, clerk=_clerk())
    count = records.feed(STORIES)
    with transaction.atomic():
        for person in PATIENTS:
            directory.enrol_patient_account(
                actor=LOADER, login=person.login, record_id=people[person.login], name=name_of(person)
            )
    _write(path, identities(home))
    return Loaded(path, count, already=False)


def login_of(professional: Professional) -> str:
    """`camille.aubier`: given name and family name without accents."""
    plain = str.maketrans("ÀÂÇÈÉÊËÎÏÔÛÙÜàâçèéêëîïôûùü", "AACEEEEIIOUUUaaceeeeiiouuu")
    return f"{professional.given}.{professional.family}".translate(plain).lower()


def name_of(person: Person) -> str:
    """The name a patient goes by, as the journal writes it."""
    traits = person.traits
    return f"{traits.used_given or traits.first_given.title()} {traits.used_name or traits.birth_name}"


def identities(home: Path) -> dict[str, Any]:
    """Everybody of the demonstration, with certificates (made at need) and credentials; paths relative to `home`."""
    now = clock.now()
    organisations = certificates.structure_pairs(home, STRUCTURES, now=now)
    cards = certificates.card_pairs(home, PROFESSIONALS, now=now)
    return {
        "edition": EDITION,
        "notice": "Tout est fictif : personnes, structures, identifiants. Ces accès ne valent que pour cette copie.",
        "authority": "demo/pki/ca.pem",
        "structures": [
            {
                "id": one.id,
                "name": one.name,
                "sector": one.sector,
                "kind": one.kind,
                "city": one.city,
                "tls_certificate": str(organisations[one.id][0][0]),
                "tls_key": str(organisations[one.id][0][1]),
                "sign_certificate": str(organisations[one.id][1][0]),
                "sign_key": str(organisations[one.id][1][1]),
            }
            for one in STRUCTURES
        ],
        "professionals": [
            {
                "id": one.id,
                "family": one.family,
                "given": one.given,
                "title": one.title,
                "profession": one.profession,
                "specialty": one.specialty,
                "structures": list(one.structures),
                **_credentials(login_of(one)),
                "certificate": str(cards[one.id][0][0]),
                "key": str(cards[one.id][0][1]),
                "sign_certificate": str(cards[one.id][1][0]),
                "sign_key": str(cards[one.id][1][1]),
            }
            for one in PROFESSIONALS
        ],
        "clerks": [
            {"id": one.id, "name": one.name, "structure": one.structure.id, **_credentials(one.login)} for one in CLERKS
        ],
        "patients": [_patient(person) for person in PATIENTS],
        **spoiled.identities(
            home, PROFESSIONALS[0], cards[PROFESSIONALS[0].id], login=login_of(PROFESSIONALS[0]), now=now
        ),
    }


def _patient(person: Person) -> dict[str, Any]:
    traits = person.traits
    return {
        "ins": person.identifier.value,
        "oid": person.identifier.system,
        "birth_name": traits.birth_name,
        "given_names": traits.given_names,
        "first_given": traits.first_given,
        "used_name": traits.used_name,
        "used_given": traits.used_given,
        "sex": traits.sex,
        "birth_date": traits.birth_date.isoformat() if traits.birth_date else "",
        "birth_place": traits.birth_place,
        "treating": person.treating.id,
        **_credentials(person.login),
    }


def _credentials(login: str) -> dict[str, str]:
    return {
        "login": login,
        "password": credentials.password(settings.SECRET_KEY, login),
        "totp": credentials.totp_seed(settings.SECRET_KEY, login),
    }


def _logins() -> list[str]:
    people = (*(login_of(one) for one in PROFESSIONALS), *(one.login for one in CLERKS))
    return [*people, *(person.login for person in PATIENTS)]


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
        for clerk in CLERKS:
            directory.enrol_clerk_account(
                actor=LOADER, login=clerk.login, person=clerk.id, structure=clerk.structure.id, name=clerk.name
            )


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
