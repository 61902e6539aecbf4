"""What `demo/identities.json` says: everybody of the demonstration with what they need to come in."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from django.conf import settings

from carnet.kernel import clock
from carnet.ops.demo import cards, certificates, credentials, software, spoiled
from carnet.ops.demo.density import departments
from carnet.ops.demo.patients import PATIENTS, Person
from carnet.ops.demo.professionals import CAREGIVERS, CLERKS, INSTITUTIONS, NOTES, PROFESSIONALS
from carnet.ops.demo.structures import STRUCTURES
from carnet.record.directory.api import Professional
from carnet.record.terminology import api as terminology


def login_of(professional: Professional) -> str:
    """`camille.aubier`: given name and family name without accents."""
    decomposed = unicodedata.normalize("NFD", f"{professional.given}.{professional.family}".replace("'", ""))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).lower()


def name_of(person: Person) -> str:
    """The name a patient goes by, as the journal writes it."""
    traits = person.traits
    return f"{traits.used_given or traits.first_given.title()} {traits.used_name or traits.birth_name}"


def identities(home: Path) -> dict[str, Any]:
    """Everybody of the demonstration, with certificates and credentials; paths relative to `home`.

    The certificates of the first structures and professionals are made here when they are missing.
    """
    now = clock.now()
    certificates.make(home, (*certificates.FIRST_STRUCTURES, *certificates.FIRST_PROFESSIONALS), now=now)
    return {
        "notice": "Tout est fictif : personnes, structures, identifiants. Ces accès ne valent que pour cette copie.",
        "authority": "demo/pki/ca.pem",
        "structures": [
            {
                "id": one.id,
                "name": one.name,
                "sector": one.sector,
                "kind": one.kind,
                "city": one.city,
                "department": one.department,
                **_pairs(one, ("tls_certificate", "tls_key")),
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
                "occupation": _occupation(one),
                "role": NOTES.get(one.id, ""),
                "structures": list(one.structures),
                **_credentials(login_of(one)),
                **_pairs(one, ("certificate", "key")),
            }
            for one in PROFESSIONALS
        ],
        "clerks": [
            {
                "id": one.id,
                "name": one.name,
                "role": one.role,
                "structure": one.structure.id,
                **_credentials(one.login),
                **({} if one.nominative else _pairs(one, ("certificate", "key"))),
            }
            for one in CLERKS
        ],
        "institutions": [
            {"name": one.name, "institution": one.institution, "role": one.role, **_credentials(one.login)}
            for one in INSTITUTIONS
        ],
        "caregivers": [{"name": one.name, **_credentials(one.login)} for one in CAREGIVERS],
        "clients": software.listed(home),
        "patients": [_patient(person) for person in PATIENTS if "refused" not in person.flags],
        "without_record": [
            {
                "ins": one.identifier.value,
                "oid": one.identifier.system,
                "name": name_of(one),
                "why": "a refusé la création",
            }
            for one in PATIENTS
            if "refused" in one.flags
        ],
        "vitale": cards.listed(),
        "population": [
            {
                "department": one.number,
                "name": one.name,
                "population": one.population,
                "doctors": one.doctors,
                "doctors_per_100000": round(one.density, 1),
            }
            for one in departments()
        ],
        **spoiled.identities(
            home, PROFESSIONALS[0], certificates.pairs(PROFESSIONALS[0]), login=login_of(PROFESSIONALS[0]), now=now
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
        "former_ins": person.former.value if person.former else "",
        "treating": person.treating.id,
        "blocked": [one.id for one in person.blocked],
        "mother": person.mother,
        "father": person.father,
        "particular": sorted(person.flags),
        **_credentials(person.login),
    }


def _credentials(login: str) -> dict[str, str]:
    return {
        "login": login,
        "password": credentials.password(settings.SECRET_KEY, login),
        "totp": credentials.totp_seed(settings.SECRET_KEY, login),
    }


def _occupation(one: Professional) -> str:
    """The profession and the specialty in words: `Médecin - Cardiologie et maladies vasculaires`."""
    code = f"G15_{one.profession}/{one.specialty}" if one.specialty else f"G15_{one.profession}"
    return terminology.label("authorSpecialty", code).removesuffix(" (SM)").removesuffix(" (SI)")


def _pairs(holder: certificates.Holder, names: tuple[str, str]) -> dict[str, str]:
    """Where a holder's files are, or will be when the worker has made them."""
    (authentication, key), (signature, sign_key) = certificates.pairs(holder)
    return {
        names[0]: str(authentication),
        names[1]: str(key),
        "sign_certificate": str(signature),
        "sign_key": str(sign_key),
    }
