"""Every test of a capability has a database and a fresh record."""

from __future__ import annotations

import pytest

from tests.capabilities.world import World


@pytest.fixture
def world(transactional_db: None) -> World:
    """A fresh record in `fr`."""
    return World()


@pytest.fixture
def plain(transactional_db: None) -> World:
    """A fresh record in the plain IHE domain."""
    return World(domain="ihe")
