"""Modules are small, named by their subject, and say what they are for; rooms have something in them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tests.architecture import parsing

MOST_LINES = 500
ATTICS = {"base", "common", "core", "helper", "helpers", "lib", "misc", "shared", "stuff", "tools", "util", "utils"}


def too_long(house) -> list[str]:
    """Modules of the package and of the tests over the limit."""
    tests = [path for path in (house.root / "tests").rglob("*.py") if "__pycache__" not in path.parts]
    lengths = {path: path.read_bytes().count(b"\n") for path in [*house.modules(), *tests]}
    return [f"{house.name(path)}: {lines} lines" for path, lines in lengths.items() if lines > MOST_LINES]


def attics(house) -> list[str]:
    """Modules and folders named after nothing."""
    tops = (house.package, house.root / "tests")
    paths = [path for top in tops for path in top.rglob("*") if path.is_dir() or path.suffix == ".py"]
    return [house.name(path) for path in paths if path.stem.strip("_") in ATTICS]


def silent(house) -> list[str]:
    """Modules without a docstring; an empty package marker has nothing to say."""
    written = [path for path in house.modules() if path.stat().st_size]
    return [house.name(path) for path in written if not ast.get_docstring(parsing.tree(path))]


def empty(house) -> list[str]:
    """Packages that hold nothing but their own marker."""
    inits = [path for path in house.modules() if path.name == "__init__.py" and path.parent.name != "migrations"]
    return [
        house.name(init.parent)
        for init in inits
        if not any(other != init and other.is_file() and other.suffix != ".pyc" for other in init.parent.rglob("*"))
    ]


def loose(house) -> list[str]:
    """Folders with modules and without their marker: import analysis, and an installation, would not see them."""
    folders = {folder for path in house.modules() for folder in path.parents if folder.is_relative_to(house.package)}
    return sorted(house.name(folder) for folder in folders if not (folder / "__init__.py").exists())


def test_every_folder_is_a_package(house) -> None:
    found = loose(house)
    assert not found, "Without __init__.py the other tests of this folder look past it (is it committed?): " + str(
        found
    )


def test_modules_are_short(house) -> None:
    found = too_long(house)
    assert not found, f"A module does one thing in at most {MOST_LINES} lines: cut it by subject.\n" + "\n".join(found)


def test_modules_are_named_by_their_subject(house) -> None:
    found = attics(house)
    assert not found, "Whatever is in an attic has a subject: name the module after it.\n" + "\n".join(found)


def test_every_module_says_what_it_is_for(house) -> None:
    found = silent(house)
    assert not found, "A module opens with a docstring: what it is for, in one line at least.\n" + "\n".join(found)


def test_only_rooms_with_something_in_them_exist(house) -> None:
    found = empty(house)
    assert not found, "An empty room is a promise: it appears with its first content.\n" + "\n".join(found)


def test_each_fault_is_reported(build: Callable) -> None:
    house = build(
        {
            "src/carnet/__init__.py": '"""A house."""\n',
            "src/carnet/kernel/__init__.py": '"""A room."""\n',
            "src/carnet/kernel/long.py": '"""Long."""\n' + "x = 1\n" * MOST_LINES,
            "src/carnet/kernel/short.py": '"""Short."""\n' + "x = 1\n" * (MOST_LINES - 1),
            "src/carnet/kernel/utils.py": '"""Things."""\n',
            "src/carnet/kernel/mute.py": "x = 1\n",
            "src/carnet/common/names.py": '"""Things."""\n',
            "src/carnet/connector/__init__.py": '"""Later."""\n',
            "src/carnet/ops/demo/people.py": '"""People."""\n',
            "src/carnet/ops/demo/__init__.py": '"""Demonstration."""\n',
            "tests/helpers/__init__.py": "",
        }
    )
    assert too_long(house) == ["src/carnet/kernel/long.py: 501 lines"]
    assert sorted(attics(house)) == ["src/carnet/common", "src/carnet/kernel/utils.py", "tests/helpers"]
    assert silent(house) == ["src/carnet/kernel/mute.py"]
    assert empty(house) == ["src/carnet/connector"]
    assert loose(house) == ["src/carnet/common", "src/carnet/ops"]
