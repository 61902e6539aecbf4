"""What is told after the first start is ready: the lives of all but the first patients, the certificates of the rest.

The worker does it in small steps, each of which asks for the next one: one life, or the certificates of a few holders.
Every step may be done again. `progress` says how far it is; `tell_all` does everything at once, for who cannot wait.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from procrastinate import RetryStrategy

from carnet.kernel import clock
from carnet.kernel.jobs import app
from carnet.ops.demo import certificates, records
from carnet.ops.demo.letters import Told
from carnet.ops.demo.patients import FIRST, PATIENTS, Person
from carnet.ops.demo.professionals import CLERKS
from carnet.ops.demo.stories import STORIES
from carnet.record.directory import api as directory

_TASK = "demonstration_step"
_HOLDERS = 15
# Behind the events of records, which people may be waiting for.
_PRIORITY = -10


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps done of all steps, and whether one failed for good; done when both numbers are equal."""

    done: int
    steps: int
    failed: bool

    @property
    def complete(self) -> bool:
        """Whether everything was told."""
        return self.done == self.steps


def first_stories() -> tuple[Told, ...]:
    """The documents that are told before the first start is ready."""
    return tuple(told for told in STORIES if told.about in FIRST)


def later() -> None:
    """Ask the worker for everything else."""
    _ask(0)


def tell_all(home: Path) -> None:
    """Do every step here and now."""
    for step in _steps():
        step(home)


def progress() -> Progress:
    """How far the worker is."""
    jobs = [job for job in app.job_manager.list_jobs(task=_TASK) if job.status in ("todo", "doing", "failed")]
    steps = len(_steps())
    waiting = min((_number(job.task_kwargs) for job in jobs), default=steps)
    return Progress(waiting, steps, any(job.status == "failed" for job in jobs))


def resume() -> None:
    """At the start of the only worker: what another one was doing when it was killed is to be done again."""
    for job in app.job_manager.list_jobs(task=_TASK, status="doing"):
        if job.id is not None:
            app.job_manager.retry_job_by_id(job.id, clock.now())


@app.task(name=_TASK, queue="demonstration", retry=RetryStrategy(max_attempts=5, wait=2))
def demonstration_step(number: int) -> None:
    """Do one step and ask for the next one."""
    steps = _steps()
    if number < len(steps):
        steps[number](settings.CARNET_HOME)
    if number + 1 < len(steps):
        _ask(number + 1)


def _number(arguments: Any) -> int:
    """The number of a step, in a job's arguments as Django or as the worker reads them."""
    read = json.loads(arguments) if isinstance(arguments, str) else arguments
    return int(read["number"])


def _ask(number: int) -> None:
    demonstration_step.configure(priority=_PRIORITY).defer(number=number)


@cache
def _steps() -> tuple[Callable[[Path], None], ...]:
    told: dict[str, list[Told]] = defaultdict(list)
    for one in STORIES:
        told[one.about.login].append(one)
    others = certificates.OTHERS
    return (
        *(partial(_certify, others[start : start + _HOLDERS]) for start in range(0, len(others), _HOLDERS)),
        *(partial(_tell, person, tuple(told[person.login])) for person in PATIENTS if person not in FIRST),
    )


def _certify(holders: tuple[certificates.Holder, ...], home: Path) -> None:
    certificates.make(home, holders, now=clock.now())


def _tell(person: Person, stories: tuple[Told, ...], home: Path) -> None:
    records.feed(stories)
    clerk = directory.actor_of_login(login=CLERKS[0].login, proof="process")
    if clerk is None:
        raise records.DemonstrationRefusedError(f"the account of the clerk {CLERKS[0].login} was not enrolled")
    records.close((person,), clerk=clerk)
