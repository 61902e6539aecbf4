"""A capability can be read from outside: one page that presents it, one door that lists what it offers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from tests.architecture import parsing

PAGE = 80
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def unpresented(house) -> list[str]:
    """Capabilities without a README of one page."""
    found = []
    for capability in house.capabilities():
        readme = capability / "README.md"
        lines = readme.read_text(encoding="utf-8").splitlines() if readme.exists() else []
        if not lines or not lines[0].startswith("# ") or len(lines) > PAGE:
            found.append(f"{house.name(readme)}: {len(lines)} lines")
    return found


def _offered(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def _undocumented(path: Path, names: list[str]) -> list[str]:
    """Names of an api whose definition, there or in the module it comes from, has no docstring."""
    tree = parsing.tree(path)
    defined = {node.name: node for node in tree.body if isinstance(node, DEFINITIONS)}
    missing = [name for name in names if name in defined and not ast.get_docstring(defined[name])]
    for node in tree.body:
        # What a door takes from a module beside it is documented there.
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        origin = path.with_name(node.module.rpartition(".")[2] + ".py")
        borrowed = [alias.name for alias in node.names if (alias.asname or alias.name) in names]
        beside = node.module.split(".")[1:-1] == list(path.parts[-3:-1])
        if borrowed and beside and origin != path and origin.exists():
            missing += _undocumented(origin, borrowed)
    return missing


def mute_doors(house) -> list[str]:
    """Doors without a docstring, without `__all__`, or that offer something without a docstring."""
    found = []
    for capability in house.capabilities():
        api = capability / "api.py"
        if not api.exists():
            found.append(f"{house.name(api)} does not exist")
            continue
        tree = parsing.tree(api)
        offered = _offered(tree)
        if not ast.get_docstring(tree):
            found.append(f"{house.name(api)} has no docstring")
        if offered is None:
            found.append(f"{house.name(api)} has no __all__")
            continue
        found += [f"{house.name(api)} offers {name} without a docstring" for name in _undocumented(api, offered)]
        public = {node.name for node in tree.body if isinstance(node, DEFINITIONS) and not node.name.startswith("_")}
        found += [f"{house.name(api)} defines {name} and does not offer it" for name in sorted(public - set(offered))]
    return found


def test_every_capability_has_its_page(house) -> None:
    found = unpresented(house)
    assert not found, (
        f"A capability opens with README.md, a title and at most {PAGE} lines: what it is for, its words, "
        "its standard, what it refuses.\n" + "\n".join(found)
    )


def test_every_door_says_what_it_offers(house) -> None:
    found = mute_doors(house)
    assert not found, "api.py has a docstring, `__all__`, and a docstring for all it offers.\n" + "\n".join(found)


def test_each_fault_is_reported(build: Callable) -> None:
    good = '"""A door."""\nfrom carnet.record.good.actions import act\n__all__ = ["act"]\n'
    house = build(
        {
            "src/carnet/record/good/__init__.py": "",
            "src/carnet/record/good/README.md": "# Good\n",
            "src/carnet/record/good/actions.py": 'def act() -> None:\n    """Act."""\n',
            "src/carnet/record/good/api.py": good,
            "src/carnet/record/bare/__init__.py": "",
            "src/carnet/record/long/__init__.py": "",
            "src/carnet/record/long/README.md": "# Long\n" * (PAGE + 1),
            "src/carnet/record/long/actions.py": "def act() -> None: ...\n",
            "src/carnet/record/long/api.py": good.replace("good", "long") + "def other() -> None:\n    'Other.'\n",
            "src/carnet/record/mute/__init__.py": "",
            "src/carnet/record/mute/README.md": "# Mute\n",
            "src/carnet/record/mute/api.py": "def act() -> None: ...\n",
        }
    )
    assert unpresented(house) == [
        "src/carnet/record/bare/README.md: 0 lines",
        "src/carnet/record/long/README.md: 81 lines",
    ]
    assert mute_doors(house) == [
        "src/carnet/record/bare/api.py does not exist",
        "src/carnet/record/long/api.py offers act without a docstring",
        "src/carnet/record/long/api.py defines other and does not offer it",
        "src/carnet/record/mute/api.py has no docstring",
        "src/carnet/record/mute/api.py has no __all__",
    ]
