"""People who look like somebody, found by the keys they share, and how often one may ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from carnet.kernel import database
from carnet.record.identity import likeness, queries
from carnet.record.identity.values import Near, PatientIdentifier, RecordStatus, Traits

# A desk registers people one after the other: these leave it in peace, and stop who leafs through a list of names.
PER_TEN_MINUTES, PER_DAY = 40, 200
_MOST = 5

_ASKED = """
WITH swept AS (
    DELETE FROM identity_likeness_asked WHERE person = %(person)s AND at < %(day)s
), noted AS (
    INSERT INTO identity_likeness_asked (person, at) VALUES (%(person)s, %(now)s)
)
SELECT count(*) FILTER (WHERE at > %(ten)s), count(*)
FROM identity_likeness_asked WHERE person = %(person)s AND at >= %(day)s
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('likeness ' || %s, 0))"

_KEYS = """
INSERT INTO identity_likeness (domain, key, record_id)
SELECT %s, key, %s FROM unnest(%s::bigint[]) AS key ON CONFLICT DO NOTHING
"""
_ALIKE = """
SELECT DISTINCT l.record_id FROM identity_likeness l JOIN identity_record r USING (record_id)
WHERE l.domain = %s AND l.key = ANY(%s) AND r.status <> %s
ORDER BY l.record_id LIMIT %s
"""
# For people registered before the keys were there: stands on the columns that every edition has.
_PEOPLE = """
SELECT domain, record_id, birth_name, given_names, first_given, used_name, used_given, birth_date FROM identity_record
"""
_IDENTIFIERS = "SELECT system, value FROM identity_identifier WHERE record_id = %s"


def near(domain: int, traits: Traits, identifiers: Iterable[PatientIdentifier]) -> tuple[Near, ...]:
    """At most five people of a domain who look like this one, those of these identifiers excepted."""
    known = tuple(identifiers)
    keys = sorted(likeness.keys(traits, known))
    found = []
    for (record_id,) in database.rows(_ALIKE, (domain, keys, RecordStatus.MERGED.value, _MOST + 1)):
        patient = queries.patient(record_id)
        if patient is None or any(patient.identifier == one for one in known):
            continue
        found.append(
            Near(
                record_id=record_id,
                why=" ".join(likeness.why(traits, patient.traits)),
                name=likeness.shown_name(patient.traits),
                birth_date=likeness.shown_date(patient.traits, traits.birth_date),
                since=patient.created_at.date(),
            )
        )
    return tuple(found[:_MOST])


def may_ask(person: str, now: datetime) -> bool:
    """Count one question of a person, inside the caller's transaction; whether it is one too many."""
    database.rows(_ONE_AT_A_TIME, (person,))
    row = database.row(
        _ASKED, {"person": person, "now": now, "ten": now - timedelta(minutes=10), "day": now - timedelta(days=1)}
    )
    return row is not None and row[0] < PER_TEN_MINUTES and row[1] < PER_DAY


def liken(domain: int, record_id: int, traits: Traits) -> None:
    """Write the keys of a record anew, from its traits and all its identifiers."""
    identifiers = tuple(PatientIdentifier(*row) for row in database.rows(_IDENTIFIERS, (record_id,)))
    database.execute("DELETE FROM identity_likeness WHERE record_id = %s", (record_id,))
    database.execute(_KEYS, (domain, record_id, sorted(likeness.keys(traits, identifiers))))


def liken_everybody() -> None:
    """The keys of every record."""
    for domain, record_id, birth_name, given_names, first_given, used_name, used_given, born in database.rows(_PEOPLE):
        traits = Traits(
            birth_name=birth_name,
            given_names=given_names,
            first_given=first_given,
            used_name=used_name,
            used_given=used_given,
            sex="U",
            birth_date=born,
        )
        liken(domain, record_id, traits)
