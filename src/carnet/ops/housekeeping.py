"""What the worker does every day, whoever is there: the months of the journal ahead, the files that no row names."""

from __future__ import annotations

import logging

from carnet.kernel.jobs import app
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal

_log = logging.getLogger(__name__)


@app.periodic(cron="17 3 * * *")
@app.task(name="journal_partitions", queue="housekeeping", queueing_lock="journal_partitions")
def journal_partitions(timestamp: int) -> None:
    """Makes the partitions of the months to come."""
    journal.make_partitions()


@app.periodic(cron="47 3 * * *")
@app.task(name="sweep_files", queue="housekeeping", queueing_lock="sweep_files")
def sweep_files(timestamp: int) -> None:
    """Removes what an interrupted submission left on disk, a day later."""
    removed = documents.sweep()
    if removed:
        _log.info("%s files that no document names were removed", removed)
