"""Wire stands alone: the standard library without its doors to the outside, and five libraries."""

from __future__ import annotations

import sys

import grimp
import pytest

LIBRARIES = {"cryptography", "joserfc", "lxml", "msgspec", "xmlsec"}
CLOSED = {"asyncio", "http", "logging", "os", "pathlib", "random", "shutil", "signal", "smtplib", "socket", "sqlite3"}
CLOSED |= {"ssl", "subprocess", "tempfile", "time"}


def outside(graph: grimp.ImportGraph) -> list[str]:
    """What wire imports that is neither its own, nor a quiet part of the standard library, nor one of the five."""
    allowed = (set(sys.stdlib_module_names) - CLOSED) | LIBRARIES
    return [
        f"{module} imports {name}"
        for module in sorted(graph.modules)
        if module == "carnet.wire" or module.startswith("carnet.wire.")
        for name in sorted(graph.find_modules_directly_imported_by(module))
        if not name.startswith("carnet.wire") and name.partition(".")[0] not in allowed
    ]


def test_wire_stands_alone() -> None:
    found = outside(grimp.build_graph("carnet", include_external_packages=True, cache_dir=None))
    assert not found, (
        "wire turns bytes into values and back: files, sockets, clocks, logs and frameworks are for its callers.\n"
        + "\n".join(found)
    )


@pytest.mark.parametrize(
    ("imported", "reported"),
    [("django", True), ("requests", True), ("socket", True), ("carnet.kernel", True), ("lxml", False), ("re", False)],
)
def test_an_import_from_outside_is_reported(imported: str, reported: bool) -> None:
    graph = grimp.ImportGraph()
    for module in ("carnet.wire.soap", imported):
        graph.add_module(module)
    graph.add_import(importer="carnet.wire.soap", imported=imported)
    assert bool(outside(graph)) is reported
