"""The environment is read in one file, and an operator finds each of its variables in docs/settings.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from tests.architecture import parsing

READER = "src/carnet/config/environment.py"
PAGE = "docs/settings.md"
VARIABLE = re.compile(r"CARNET_[A-Z][A-Z_]*[A-Z]|DATABASE_URL")
BENCH = "src/carnet/ops/bench/"
# Files that touch the environment without reading a setting of ours, and why.
TOUCHES = {
    "src/carnet/config/wsgi.py": "names Django's settings module, before anything of Django is imported",
    "src/carnet/ops/postgres.py": "hands it on to PostgreSQL without what would redirect it",
    "src/carnet/ops/serve.py": "hands it on to the processes it starts",
    BENCH: "starts a copy of Carnet, and pgbench, with an environment of their own",
    "src/carnet/ops/command.py": "names Django's settings module, before anything of Django is imported",
}


def variables(house) -> set[str]:
    """Every variable of ours that the environment module names."""
    tree = ast.parse((house.root / READER).read_bytes())
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in strings if VARIABLE.fullmatch(text)}


def undocumented(house) -> tuple[set[str], set[str]]:
    """Variables that the page does not name, and names of the page that no variable has."""
    page = (house.root / PAGE).read_text(encoding="utf-8")
    told = {name.removesuffix("_FILE") for name in VARIABLE.findall(page)}
    read = {name.removesuffix("_FILE") for name in variables(house)}
    return read - told, told - read


def reads_environment(path: Path) -> bool:
    """Whether a module touches `os.environ` or `os.getenv`."""
    names = {"environ", "environb", "getenv"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        )
        for node in parsing.nodes(path)
    )


def unknown_settings(house, known: set[str]) -> list[str]:
    """`settings.CARNET_…` read somewhere and defined nowhere: an error that waits for its first request."""
    return [
        f"{house.name(path)}:{node.lineno} reads settings.{node.attr}"
        for path in house.modules()
        for node in parsing.nodes(path)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "settings"
        and node.attr.startswith("CARNET_")
        and node.attr not in known
    ]


def test_every_setting_that_is_read_exists(house) -> None:
    found = unknown_settings(house, set(dir(settings)))
    assert not found, "config/settings.py does not define:\n" + "\n".join(found)


def test_every_setting_is_documented(house) -> None:
    missing, invented = undocumented(house)
    assert variables(house)
    assert not missing, f"{PAGE} does not say what these do, nor their default: {sorted(missing)}"
    assert not invented, f"{PAGE} documents what {READER} does not read: {sorted(invented)}"


def test_only_one_file_reads_the_environment(house) -> None:
    found = {house.name(path) for path in house.modules() if reads_environment(path)} - {READER}
    readers = {BENCH if name.startswith(BENCH) else name for name in found}
    assert not readers - TOUCHES.keys(), (
        f"A setting is read once, in {READER}, checked there and passed on by django.conf.settings; "
        f"a file that only hands the environment on is listed with its reason: {sorted(readers - TOUCHES.keys())}"
    )
    assert not TOUCHES.keys() - readers, f"listed for nothing: {sorted(TOUCHES.keys() - readers)}"


def test_an_undocumented_setting_is_reported(build: Callable) -> None:
    house = build(
        {
            READER: 'import os\nhome = os.environ["CARNET_HOME"]\nkey = read("CARNET_KEY")\n',
            "src/carnet/kernel/keys.py": "from os import getenv\n",
            "src/carnet/kernel/clock.py": "import os\nos.getcwd()\nsettings.CARNET_HOME\nsettings.CARNET_HUT\n",
            PAGE: "`CARNET_HOME`, `CARNET_HOME_FILE`, `CARNET_COLOUR`\n",
        }
    )
    assert undocumented(house) == ({"CARNET_KEY"}, {"CARNET_COLOUR"})
    assert unknown_settings(house, {"CARNET_HOME"}) == ["src/carnet/kernel/clock.py:4 reads settings.CARNET_HUT"]
    assert reads_environment(house.package / "kernel/keys.py")
    assert not reads_environment(house.package / "kernel/clock.py")
