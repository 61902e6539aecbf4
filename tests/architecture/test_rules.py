"""A rule decides over frozen values: no database, no settings, no clock, in itself or in the modules it uses.

Another capability's `api` is where the walk stops: a rule may call its pure functions, which are held
to the same by their own `rules`.
"""

from __future__ import annotations

from itertools import pairwise

import grimp
import pytest

IMPURE = {"asyncio", "django", "httpx", "os", "pathlib", "procrastinate", "psycopg", "socket", "threading", "time"}
IMPURE |= {f"carnet.kernel.{name}" for name in ("blobs", "clock", "database", "jobs", "keys", "locator", "outbox")}
# (rule, what it imports): why.
EXCEPTIONS = {
    ("carnet.record.access.rules", "pathlib"): "for the sentences of the rules, a file of the package, read once",
    ("carnet.record.documents.rules", "carnet.kernel.blobs"): "for `Received`, the value that tells size and digests",
    ("carnet.record.terminology.rules", "pathlib"): "for the code lists, files of the package, read once",
}


def impurities(graph: grimp.ImportGraph) -> set[tuple[str, str, str]]:
    """(rule, module of its capability that it reaches, impure module that one imports)."""
    found = set()
    for rule in sorted(module for module in graph.modules if module.endswith(".rules")):
        home = rule.rpartition(".")[0]
        reached, ahead = set(), {rule}
        while ahead:
            module = ahead.pop()
            reached.add(module)
            imported = graph.find_modules_directly_imported_by(module)
            found |= {(rule, module, name) for name in imported if name in IMPURE}
            ahead |= {name for name in imported if name.startswith(home + ".")} - reached
    return found


def test_rules_are_pure() -> None:
    graph = grimp.build_graph("carnet", include_external_packages=True, cache_dir=None)
    assert any(module.endswith(".rules") for module in graph.modules)
    found = {(rule, via, name) for rule, via, name in impurities(graph) if (rule, name) not in EXCEPTIONS}
    lines = [f"{rule}: {via} imports {name}" for rule, via, name in sorted(found)]
    assert not lines, "Pass the time, the setting and the rows in, as values.\n" + "\n".join(lines)
    unused = EXCEPTIONS.keys() - {(rule, name) for rule, _, name in impurities(graph)}
    assert not unused, f"excepted for nothing: {unused}"


@pytest.mark.parametrize(
    ("chain", "reported"),
    [
        (["carnet.record.x.rules", "django"], True),
        (["carnet.record.x.rules", "carnet.kernel.clock"], True),
        (["carnet.record.x.rules", "carnet.record.x.lists", "carnet.record.x.files", "pathlib"], True),
        (["carnet.record.x.rules", "carnet.record.y.api", "carnet.kernel.database"], False),
        (["carnet.record.x.rules", "carnet.kernel.actor"], False),
    ],
)
def test_an_impure_rule_is_reported(chain: list[str], reported: bool) -> None:
    graph = grimp.ImportGraph()
    for module in chain:
        graph.add_module(module)
    for importer, imported in pairwise(chain):
        graph.add_import(importer=importer, imported=imported)
    assert bool(impurities(graph)) is reported
