"""A fresh record for the attacks on the capabilities, and an intruder before the doors of a living Carnet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.bad_input import Door
from tests.attacks.intruder import Intruder
from tests.attacks.victim import OTHER, Victim
from tests.capabilities.world import World
from tests.conftest import Living


@pytest.fixture
def world(transactional_db: None) -> World:
    """A fresh record in `fr`."""
    return World()


@pytest.fixture(scope="session")
def intruder(living: Living) -> Intruder:
    """Somebody with raw sockets, cards and passwords of the demonstration."""
    return Intruder(living)


@pytest.fixture(scope="session")
def victim(intruder: Intruder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """A record with one document for all, one masked, one not announced; a dentist is authorised in it."""
    found = Victim(intruder, tmp_path_factory.mktemp("victim"))
    found.authorise(OTHER)
    yield found
    found.close()


@pytest.fixture(scope="session")
def door(living: Living) -> Iterator[Door]:
    """The doors, for bad input, and two records that it may not touch."""
    found = Door(living)
    yield found
    found.close()
