"""A capability is entered by its `api` only. Layers do not see this: they look at rooms, not at doors."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import grimp
import pytest

ROOMS = ("record", "care", "region")
# The wiring names each capability's listeners and jobs: it is the one list of who listens to what.
WIRING = "carnet.config.wiring"
WIRED = ("listeners", "jobs")


def capability(module: str) -> str:
    """`carnet.record.identity` for anything inside it, empty for what is in no capability."""
    parts = module.split(".")
    return ".".join(parts[:3]) if len(parts) > 2 and parts[1] in ROOMS else ""


def trespasses(graph: grimp.ImportGraph) -> list[str]:
    """Every import that enters a capability by something else than its `api`."""
    found = []
    for module in sorted(graph.modules):
        home = capability(module)
        if not home or module == f"{home}.api":
            continue
        wired = module in {f"{home}.{name}" for name in WIRED}
        for importer in sorted(graph.find_modules_that_directly_import(module)):
            if capability(importer) != home and not (wired and importer == WIRING):
                found.append(f"{importer} imports {module}: enter by {home}.api")
    return found


def test_capabilities_are_entered_by_their_api() -> None:
    graph = grimp.build_graph("carnet", cache_dir=None)
    assert any(capability(module) for module in graph.modules), "no capability in the graph: nothing was looked at"
    found = trespasses(graph)
    assert not found, (
        "What is behind a capability's api may change at any time: ask its api for what you need, "
        "or add it there with a docstring.\n" + "\n".join(found)
    )


def unheard(listeners: dict[str, tuple[str, ...]]) -> list[str]:
    """Listeners of the wiring that do not exist, or are not behind the part of a capability made for it."""
    found = []
    for kind, paths in listeners.items():
        for path in paths:
            module, _, name = path.rpartition(".")
            home = capability(module)
            if not home or module not in {f"{home}.{part}" for part in WIRED}:
                found.append(f"{kind} → {path}: a listener lives in a capability's listeners or jobs")
            elif find_spec(module) is None or not callable(getattr(importlib.import_module(module), name, None)):
                found.append(f"{kind} → {path} does not exist")
    return found


def test_the_wiring_names_listeners_that_exist() -> None:
    found = unheard(importlib.import_module(WIRING).LISTENERS)
    assert not found, "An event that nobody hears is lost without a word.\n" + "\n".join(found)


def test_an_unheard_event_is_reported() -> None:
    assert unheard({"document.provided": ("carnet.record.journal.actions.append", "carnet.kernel.clock.now")})
    assert len(unheard({"document.provided": ("carnet.record.journal.listeners.hear",)})) == 1


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("carnet.exchange.xds.views", "carnet.record.documents.models", False),
        ("carnet.record.access.queries", "carnet.record.identity.models", False),
        ("carnet.care.summary.api", "carnet.care.biology.rules", False),
        ("carnet.exchange.xds.views", "carnet.record.documents", False),
        ("carnet.config.wiring", "carnet.record.documents.actions", False),
        ("carnet.portals.urls", "carnet.record.documents.listeners", False),
        ("carnet.config.wiring", "carnet.record.documents.listeners", True),
        ("carnet.exchange.xds.views", "carnet.record.documents.api", True),
        ("carnet.record.documents.actions", "carnet.record.documents.rules", True),
        ("carnet.exchange.xds.views", "carnet.kernel.blobs", True),
    ],
)
def test_a_side_door_is_reported(importer: str, imported: str, allowed: bool) -> None:
    graph = grimp.ImportGraph()
    graph.add_module(importer)
    graph.add_module(imported)
    graph.add_import(importer=importer, imported=imported)
    assert bool(trespasses(graph)) is not allowed
