"""The rooms of the house that are Django applications: one list, read by the settings."""

from __future__ import annotations

ROOMS = [
    "carnet.kernel",
    "carnet.record.identity",
    "carnet.record.directory",
    "carnet.record.journal",
    "carnet.record.access",
    "carnet.record.documents",
    "carnet.record.life",
    "carnet.exchange.login",
    "carnet.portals.frame",
]
# Rooms of a demonstration: what they keep may not exist where people are real.
DEMO_ROOMS = ["carnet.exchange.testbed"]
