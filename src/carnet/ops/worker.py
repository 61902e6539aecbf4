"""`carnet worker`: runs the jobs, until a signal."""

from __future__ import annotations

import argparse
from typing import cast

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

# They declare tasks.
import carnet.kernel.jobs
import carnet.kernel.mail
import carnet.ops.audit_feed
import carnet.ops.housekeeping
from carnet.ops import rights
from carnet.ops.demo import lives

_CONCURRENCY = 4
# A job that waited for the lock of another one is found by polling: nothing announces it.
_POLL_SECONDS = 0.25
# Jobs in progress at the end of the process are given this long; the others wait in the database.
_GRACE_SECONDS = 1.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Runs until SIGTERM or SIGINT."""
    rights.take("service")
    if settings.CARNET_MODE == "demo":
        lives.resume()
    connector = cast(DjangoConnector, app.connector)
    with app.replace_connector(connector.get_worker_connector()) as worker:
        around = worker.worker_defaults.get("task_middleware", [])
        worker.run_worker(
            task_middleware=[*around, carnet.kernel.jobs.with_living_connection],
            concurrency=_CONCURRENCY,
            fetch_job_polling_interval=_POLL_SECONDS,
            shutdown_graceful_timeout=_GRACE_SECONDS,
            delete_jobs="successful",
        )
    return 0
