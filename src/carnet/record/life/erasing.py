"""Erasing a record: in an order that a failure anywhere leaves to be finished, and nothing to be undone.

1. The erasure is started: from there nothing takes it back, and the daily job goes on with what was interrupted.
2. The ledger of erasures tells it, outside the database: a restored backup is erased again.
3. The record's key is destroyed in the key backups: what older backups hold of its documents is noise.
4. One transaction deletes every row, the key among them, and writes the trace.
5. The files that the rows named are removed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction

from carnet.kernel import blobs, clock, database, erasure, key_backups, ledger, outbox
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.access.api import Act
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.journal.api import Action
from carnet.record.life import actions, domains, oppositions, queries, rules
from carnet.record.life.values import Certificate, Ending

LEDGER = "erasures"
KEPT = journal.KEPT

_START = """
INSERT INTO life_erasure (record_id, asked_at, asked_by, structure, started_at)
VALUES (%(record_id)s, %(now)s, %(person)s, %(structure)s, %(now)s)
ON CONFLICT (record_id) DO UPDATE SET started_at = coalesce(life_erasure.started_at, excluded.started_at)
"""


def erase_now(*, actor: Actor, domain: str = "fr", patient_id: str) -> Certificate | Refusal:
    """The operator erases at once a record whose erasure its person asked for, instead of waiting for the daily job."""
    with transaction.atomic():
        entered = actions.enter(actor, domain, patient_id, Act.ERASE_NOW, Action.RECORD_ERASE)
        if isinstance(entered, Refusal):
            return entered
        life = queries.life(entered.record_id)
        if life is None or life.erasure_asked_at is None:
            problem = rules.not_asked()
            return access.refuse(problem, actor=actor, action=Action.RECORD_ERASE, record_id=entered.record_id)
        start(actor=actor, record_id=entered.record_id)
    return erase(actor=actor, record_id=entered.record_id, ending=Ending.ERASED)


def start(*, actor: Actor, record_id: int) -> None:
    """Start an erasure inside the transaction that decided it while it held the record: nobody reopens it from there.

    The record is closed, whatever it was: what is on its way into it is decided again, and refused.
    """
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if patient is None:
        return
    now = clock.now_in(patient.domain)
    database.execute(_START, {"record_id": record_id, "now": now, "person": actor.person, "structure": actor.structure})
    if patient.status is not identity.RecordStatus.CLOSED:
        identity.set_status(actor=actor, record_id=record_id, status=identity.RecordStatus.CLOSED, since=now)
    documents.decide_again(actor=actor, record_id=record_id)


def erase(*, actor: Actor, record_id: int, ending: Ending) -> Certificate:
    """Erase a record and those merged into it; begun again after a failure, it goes to its end."""
    patient = identity.patient_of(actor=actor, record_id=record_id)
    with transaction.atomic():
        queries.locked(record_id)
        members = queries.family(record_id) or [record_id]
        start(actor=actor, record_id=record_id)
    at = clock.now()
    known = told()
    for member in members:
        if member not in known:
            ledger.append(LEDGER, {"record": member, "at": at.isoformat()})
    key_backups.destroy(members)
    with transaction.atomic():
        if patient is not None:
            people = [
                oppositions.person(one)
                for member in members
                for one in identity.identifiers_of(actor=actor, record_id=member)
            ]
            since = clock.now_in(patient.domain)
            oppositions.keep(patient.domain, people, cause=ending.value, since=since, actor=actor)
        files = _erase_rows(actor, members)
        outbox.record_event(record_id=record_id, kind="record.erased")
        journal.append(actor=actor, action=Action.RECORD_ERASE, record_id=record_id, rule=ending.rule)
    blobs.remove(files)
    return _certificate(record_id, known.get(record_id, at))


def _erase_rows(actor: Actor, members: list[int]) -> list[str]:
    """Every row of these records, inside the caller's transaction; the files they named."""
    directory.forget_logins(actor=actor, record_ids=members)
    files = [name for member in members for name in documents.erase(actor=actor, record_id=member)]
    erasure.erase_rows(members, kept=KEPT)
    return files


def replay(*, actor: Actor, destroyed: Collection[int] = ()) -> int:
    """Erase again what the ledgers say was erased and a restored backup brought back; how many records there were.

    Also what a writer that was decided before the erasure wrote after it, and the records whose keys are `destroyed`:
    a ledger that lost them learns them again. Oppositions and closed domains are brought back too.
    """
    for record_id in sorted(set(destroyed) - told().keys()):
        ledger.append(LEDGER, {"record": record_id, "at": clock.now().isoformat()})
    gone = list(told())
    back = sorted(erasure.remaining(gone, kept=KEPT)) if gone else []
    key_backups.destroy(back)
    for record_id in back:
        with transaction.atomic():
            files = _erase_rows(actor, [record_id])
            journal.append(actor=actor, action=Action.RECORD_ERASE, record_id=record_id, rule="erased-again")
        blobs.remove(files)
    with transaction.atomic():
        oppositions.replay(actor)
        domains.replay(actor)
    return len(back)


def certificate(record_id: int) -> Certificate | None:
    """The certificate of an erasure that was done, None for a record that the ledger does not name."""
    at = told().get(record_id)
    return None if at is None else _certificate(record_id, at)


def told() -> dict[int, datetime]:
    """The records that the ledger tells erased, and when."""
    return {line["record"]: datetime.fromisoformat(line["at"]) for line in ledger.lines(LEDGER)}


def _certificate(record_id: int, at: datetime) -> Certificate:
    made = [(backup.made_at, backup.name) for backup in key_backups.known()]
    return rules.certificate(record_id, at, made, settings.CARNET_BACKUP_DAYS)
