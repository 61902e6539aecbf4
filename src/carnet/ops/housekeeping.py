"""What the worker does every day, whoever is there: months of the journal ahead, forgotten files, deadlines."""

from __future__ import annotations

import logging
from collections import Counter

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.jobs import app
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from carnet.record.life import api as life

HOUSEKEEPER = Actor(kind=ActorKind.SYSTEM, person="carnet-housekeeping", name="Carnet", proof="process")
_log = logging.getLogger(__name__)


@app.periodic(cron="17 3 * * *")
@app.task(name="journal_partitions", queue="housekeeping", queueing_lock="journal_partitions")
def journal_partitions(timestamp: int) -> None:
    """Makes the partitions of the months to come."""
    journal.make_partitions()


@app.periodic(cron="*/10 * * * *")
@app.task(name="watch_journal", queue="housekeeping", queueing_lock="watch_journal")
def watch_journal(timestamp: int) -> None:
    """Raises what is suspicious in who looked, for the data-protection officers."""
    raised = journal.watch(actor=HOUSEKEEPER)
    if raised:
        _log.info("%s patterns of the journal wait for a data-protection officer", raised)


@app.periodic(cron="47 3 * * *")
@app.task(name="sweep_files", queue="housekeeping", queueing_lock="sweep_files")
def sweep_files(timestamp: int) -> None:
    """Removes what an interrupted submission left on disk, a day later."""
    removed = documents.sweep()
    if removed:
        _log.info("%s files that no document names were removed", removed)


@app.periodic(cron="37 3 * * *")
@app.task(name="erase_deleted_documents", queue="housekeeping", queueing_lock="erase_deleted_documents")
def erase_deleted_documents(timestamp: int) -> None:
    """Erases the bytes of documents that were deleted long enough ago; the sweep then removes their files."""
    erased = documents.erase_deleted(actor=HOUSEKEEPER)
    if erased:
        _log.info("%s deleted documents: their bytes were erased", erased)


@app.periodic(cron="17 4 * * *")
@app.task(name="records_deadlines", queue="housekeeping", queueing_lock="records_deadlines")
def records_deadlines(timestamp: int) -> None:
    """Executes the deadlines of records that have passed, and what the ledgers say of a restored database."""
    again = life.replay(actor=HOUSEKEEPER)
    if again:
        _log.warning("%s records that the ledger tells erased were there: they were erased again", again)
    for step, count in Counter(happened.step for happened in life.keep_house(actor=HOUSEKEEPER)).items():
        _log.info("deadlines of records: %s to %s", count, step)
