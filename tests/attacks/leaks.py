"""Everything that is said of anybody in a demonstration, and the files of logs where none of it may be."""

from __future__ import annotations

import re

import psycopg

from carnet.config.environment import run_folder
from tests.conftest import Living

# Shorter words are in any text.
_SHORTEST = 5
_KEYS = ("ins", "former_ins", "birth_name", "given_names", "family", "name", "id", "login", "password", "totp")
_STORED = """
SELECT meta::jsonb->>'title' FROM documents_entry UNION SELECT unique_id FROM documents_entry
UNION SELECT birth_name FROM identity_record UNION SELECT given_names FROM identity_record
UNION SELECT value FROM identity_identifier
"""


def connect(living: Living) -> psycopg.Connection:
    """The database of a living Carnet."""
    password = (living.home / "secrets" / "database_password").read_text(encoding="ascii")
    return psycopg.connect(
        host=str(run_folder(living.home)), user="carnet", dbname="carnet", password=password, autocommit=True
    )


def seeded(living: Living) -> set[str]:
    """Names, logins, numbers, passwords and seeds of everybody; titles, names and identifiers of the database."""
    people = [one for kind in ("patients", "professionals", "clerks") for one in living.identities[kind]]
    found = {one[key] for one in people for key in _KEYS if isinstance(one.get(key), str)}
    with connect(living) as database:
        found |= {value for (value,) in database.execute(_STORED) if value}
    return {value for value in found if len(value) >= _SHORTEST}


def told(living: Living, secrets: set[str]) -> set[tuple[str, str]]:
    """(file, secret) for each secret that stands in a file of logs as a word of its own."""
    words = sorted(secrets, key=len, reverse=True)
    wanted = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in words))
    return {
        (path.name, secret)
        for path in (living.home / "logs").rglob("*")
        if path.is_file()
        for secret in wanted.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
