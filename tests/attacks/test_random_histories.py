"""Random histories of records, with everybody looking after each step: nothing leaks, nothing is wrongly hidden.

`CARNET_HISTORIES=1,2,3` replays seeds; `make test-long` runs histories of 20,000 operations together. A failure prints
the seed and the operations that led there.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client

from carnet.kernel import clock
from tests.attacks.histories import looking, oracles
from tests.attacks.histories.history import History
from tests.attacks.histories.surfaces import Eyes, signed_in

SEEDS = [int(seed) for seed in os.environ.get("CARNET_HISTORIES", "").split(",") if seed] or list(range(1, 11))
STEPS = 50
# Everybody looks at everything at these steps; in between, two who always do and three others.
WHOLE = 200


class _UndoneError(Exception):
    """Takes a write back."""


def undone(write: Callable[[], object]) -> object:
    """What a write answers; what it wrote is taken back."""
    answer: object = None
    with contextlib.suppress(_UndoneError), transaction.atomic():
        answer = write()
        raise _UndoneError
    return answer


def lived(seed: int, steps: int, passed: int = 0) -> int:
    """One history to its end, `passed` steps after the first of the test; the number of looks."""
    history, looks = History(seed), 0
    people, machines = signed_in(), Client()
    rng = random.Random(seed + 10**6)  # noqa: S311 - replayed, not secret
    for step in range(1, steps + 1):
        history.step()
        # No test commits: what waits for a commit would be walked again by every write that is taken back.
        connection.run_on_commit.clear()
        everything = (passed + step) % WHOLE == 0
        for who, name in looking.everybody(history) if everything else looking.watchers(history, rng):
            looks += 1
            eyes = Eyes(history.cast.people[who], history.world(name), people, machines)
            found = list(looking.faults(history, eyes, who, name, everything=everything))
            if everything:
                found += oracles.faults(history, who, name, undone)
            assert not found, f"seed {seed}, step {step}:\n" + "\n".join(
                [*found[:3], looking.decided(history, who, name), "after", *history.said[-12:]]
            )
    return looks


@pytest.fixture(autouse=True)
def time_of_its_own(settings: pytest.FixtureRequest) -> None:
    """Every host may be asked; the domain's clock starts at the present."""
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    clock.forget()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_sees_more_or_less_than_the_law_says(seed: int) -> None:
    print(f"seed {seed}: {lived(seed, STEPS, STEPS * SEEDS.index(seed))} looks")


@pytest.mark.long
@pytest.mark.django_db
@pytest.mark.parametrize("block", range(100))
def test_twenty_thousand_operations(block: int) -> None:
    print(f"seed {1000 + block}: {lived(1000 + block, 200)} looks")
