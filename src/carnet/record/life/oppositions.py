"""People for whom no record is created automatically: tombstones under a keyed hash, and their ledger.

The key is derived from the house's, which the database holds wrapped only: nobody who has the table alone can try
identifiers on it. Each change is told to a ledger outside the database, so that a restored backup forgets none.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from carnet.kernel import clock, database, keys, ledger
from carnet.kernel.actor import Actor
from carnet.record.identity.api import PatientIdentifier
from carnet.record.life import queries

LEDGER = "oppositions"

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('life:' || %s, 0))"
_KEEP = """
INSERT INTO life_opposition (domain, person, since, cause, collected_by, structure)
VALUES (%(domain)s, %(person)s, %(since)s, %(cause)s, %(collected_by)s, %(structure)s)
ON CONFLICT (domain, person) DO NOTHING
"""
_FORGET = "DELETE FROM life_opposition WHERE domain = %s AND person = ANY(%s::bytea[])"


def person(identifier: PatientIdentifier) -> bytes:
    """The keyed hash of an identifier (HMAC-SHA256)."""
    text = f"{identifier.system}:{identifier.value}".encode()
    return hmac.digest(keys.derived_key(b"carnet opposition to automatic creation"), text, hashlib.sha256)


def key_name() -> str:
    """A public name of the key of these hashes: two instances of the same name can compare them."""
    return hashlib.sha256(b"name " + keys.derived_key(b"carnet opposition to automatic creation")).hexdigest()[:16]


def lock(domain: int, people: Iterable[bytes]) -> None:
    """Creations and oppositions of one person queue here until the caller's transaction ends."""
    for one in sorted(people):
        database.row(_LOCK, (f"{domain}:{one.hex()}",))


def keep(domain: int, people: Iterable[bytes], *, cause: str, since: datetime, actor: Actor) -> None:
    """Write the tombstones inside the caller's transaction, and in the ledger before it commits."""
    for one in people:
        database.execute(
            _KEEP,
            {
                "domain": domain,
                "person": one,
                "since": since,
                "cause": cause,
                "collected_by": actor.person,
                "structure": actor.structure,
            },
        )
        _tell(domain, one, since, cause)


def bring(domain: int, row: Mapping[str, str]) -> None:
    """An opposition that came with the records of another domain, inside the caller's transaction."""
    one = bytes.fromhex(row["person"])
    if database.execute(_KEEP, {**row, "domain": domain, "person": one}):
        _tell(domain, one, datetime.fromisoformat(row["since"]), row["cause"])


def forget(domain: int, people: Iterable[bytes]) -> bool:
    """Remove the tombstones inside the caller's transaction; whether there were any."""
    found = list(people)
    if not database.execute(_FORGET, (domain, found)):
        return False
    for one in found:
        _tell(domain, one, clock.now(), "revoked")
    return True


def _tell(domain: int, one: bytes, since: datetime, cause: str) -> None:
    ledger.append(LEDGER, {"domain": domain, "person": one.hex(), "since": since.isoformat(), "cause": cause})


def replay(actor: Actor) -> int:
    """Bring the table to what the ledger says; the number of people who are opposed afterwards."""
    last = {(line["domain"], line["person"]): line for line in ledger.lines(LEDGER)}
    for (domain, text), line in last.items():
        one = bytes.fromhex(text)
        if line["cause"] == "revoked":
            database.execute(_FORGET, (domain, [one]))
        elif queries.opposed_since(domain, [one]) is None:
            database.execute(
                _KEEP,
                {
                    "domain": domain,
                    "person": one,
                    "since": datetime.fromisoformat(line["since"]),
                    "cause": line["cause"],
                    "collected_by": actor.person,
                    "structure": actor.structure,
                },
            )
    return sum(line["cause"] != "revoked" for line in last.values())
