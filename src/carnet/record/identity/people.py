"""People around a record: representatives of its person, and who watches over identities in a structure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from carnet.kernel import clock, database
from carnet.kernel.errors import Problem, Reason
from carnet.record.identity.values import Kinship, Representative

_SOURCE = "Code civil, art. 371-1, 390, 440, 477 ; RNIV 1"
_DECLARE = """
INSERT INTO identity_representative (record_id, number, name, kind, quality, since, until, person_record)
SELECT %(record_id)s, COALESCE(max(number), 0) + 1, %(name)s, %(kind)s, %(quality)s, %(since)s, %(until)s,
       %(person_record)s
FROM identity_representative WHERE record_id = %(record_id)s
RETURNING number
"""
_GOES_ON = "SELECT COALESCE(merged_into, record_id) FROM identity_record WHERE record_id = %s"
_LOCK = "SELECT domain FROM identity_record WHERE record_id = %s FOR UPDATE"
_LIST = """
SELECT r.name, r.kind, r.quality, r.since, r.until, COALESCE(p.merged_into, r.person_record), r.number, r.record_id
FROM identity_representative r LEFT JOIN identity_record p ON p.record_id = r.person_record
WHERE (r.record_id = %(record_id)s
       OR r.record_id IN (SELECT record_id FROM identity_record WHERE merged_into = %(record_id)s))
  AND (%(at)s::date IS NULL OR (r.since <= %(at)s::date AND (r.until IS NULL OR r.until >= %(at)s::date)))
ORDER BY r.since, r.record_id, r.number
"""
# The last day of one of those that `_LIST` finds: of the record, or of one that was merged into it.
_END = """
UPDATE identity_representative SET until = %(until)s
WHERE record_id = %(declared_in)s AND number = %(number)s AND since <= %(until)s
  AND (record_id = %(record_id)s
       OR record_id IN (SELECT record_id FROM identity_record WHERE merged_into = %(record_id)s))
"""
_APPOINT = """
INSERT INTO identity_referent (person, structure, since) VALUES (%s, %s, %s)
ON CONFLICT (person, structure) DO UPDATE SET until = NULL
"""
_REFERENT = "SELECT 1 FROM identity_referent WHERE person = %s AND structure = %s AND until IS NULL"


def declare(record_id: int, representative: Representative) -> Representative | Problem:
    """Write a representative, inside the caller's transaction; with the number it was given.

    Whose record was merged is named by the one that goes on.
    """
    if representative.record_id is not None:
        goes_on = database.row(_GOES_ON, (representative.record_id,))
        representative = replace(representative, record_id=goes_on[0] if goes_on else representative.record_id)
    problem = _check(record_id, representative)
    if problem is not None:
        return problem
    values = {
        "record_id": record_id,
        "name": representative.name.strip(),
        "kind": str(representative.kind),
        "quality": representative.quality.strip(),
        "since": representative.since,
        "until": representative.until,
        "person_record": representative.record_id,
    }
    found = database.row(_DECLARE, values)
    if found is None:
        raise RuntimeError("an aggregate without GROUP BY inserts one row")
    name, quality = representative.name.strip(), representative.quality.strip()
    return replace(representative, name=name, quality=quality, number=found[0], declared_in=record_id)


def representatives(record_id: int, at: date | None) -> tuple[Representative, ...]:
    """Representatives of a record's person, those of one day or all there ever were."""
    found = database.rows(_LIST, {"record_id": record_id, "at": at})
    return tuple(
        Representative(
            name=name,
            kind=Kinship(kind),
            quality=quality,
            since=since,
            until=until,
            record_id=person_record,
            number=number,
            declared_in=declared_in,
        )
        for name, kind, quality, since, until, person_record, number, declared_in in found
    )


def end(record_id: int, number: int, until: date, declared_in: int) -> bool:
    """The last day of a representation; False when there is none of this number that had begun."""
    values = {"record_id": record_id, "number": number, "until": until, "declared_in": declared_in or record_id}
    return database.execute(_END, values) == 1


def appoint(person: str, structure: str) -> None:
    """Entrust somebody with identity-vigilance in a structure."""
    database.execute(_APPOINT, (person, structure, clock.now()))


def dismiss(person: str, structure: str) -> None:
    """Somebody is no longer entrusted with identity-vigilance."""
    database.execute(
        "UPDATE identity_referent SET until = %s WHERE person = %s AND structure = %s AND until IS NULL",
        (clock.now(), person, structure),
    )


def is_referent(person: str, structure: str) -> bool:
    """Whether a person is entrusted with identity-vigilance where they act."""
    return database.row(_REFERENT, (person, structure)) is not None


def _check(record_id: int, representative: Representative) -> Problem | None:
    if representative.kind not in tuple(Kinship):
        return _problem("kind", "Cette qualité de représentant n'existe pas.", ", ".join(Kinship))
    if not representative.name.strip() or len(representative.name) > 200:
        return _problem("name", "Le nom du représentant manque ou est trop long.", "1 à 200 signes")
    if representative.until is not None and representative.until < representative.since:
        return _problem("until", "La représentation finirait avant de commencer.", "une date de fin après le début")
    own = database.row(_LOCK, (record_id,))
    if own is None:
        return _problem("record", "Ce dossier n'existe pas.", "")
    if representative.record_id is None:
        return None
    if representative.record_id == record_id:
        return _problem("record", "Nul n'est son propre représentant.", "le dossier d'une autre personne")
    theirs = database.row("SELECT domain FROM identity_record WHERE record_id = %s", (representative.record_id,))
    if theirs != own:
        return _problem("record", "Le représentant n'a pas de dossier dans ce domaine.", "un dossier du même domaine")
    return None


def _problem(field: str, text: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule="representative",
        text=text,
        field=f"Representative.{field}",
        expected=expected,
        source=_SOURCE,
    )
