"""The rooms of the house that are Django applications: one list, read by the settings."""

from __future__ import annotations

from importlib.util import find_spec

_ROOMS = (
    "carnet.kernel",
    "carnet.record.terminology",
    "carnet.record.identity",
    "carnet.record.directory",
    "carnet.record.journal",
    "carnet.record.access",
    "carnet.record.documents",
    "carnet.exchange.login",
    "carnet.exchange.xds",
    "carnet.exchange.fhir",
    "carnet.portals",
    "carnet.portals.frame",
    "carnet.portals.public",
    "carnet.portals.professional",
    "carnet.portals.patient",
    "carnet.portals.administration",
)


def present(module: str) -> bool:
    """Whether `module` exists, without importing it (its parents are imported)."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# A room is an application when it has an `apps` module: only then Django has models, templates or static files in it.
ROOMS = [room for room in _ROOMS if present(room + ".apps")]
