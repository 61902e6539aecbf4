"""Each dependency says why it is here: a line in pyproject.toml, with its reason beside it or above it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

_QUOTED = re.compile(r"^\s*[\"']([A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?)[^\"']*[\"'],?\s*(#.*)?$")


def declared(text: str) -> set[str]:
    """Names of every dependency of a pyproject.toml: the package's, its extras' and its groups'."""
    data = tomllib.loads(text)
    project = data.get("project", {})
    lists = [
        project.get("dependencies", []),
        *project.get("optional-dependencies", {}).values(),
        *data.get("dependency-groups", {}).values(),
        data.get("build-system", {}).get("requires", []),
    ]
    return {re.match(r"[\w.-]+", line)[0] for one in lists for line in one if isinstance(line, str)}


def unexplained(text: str) -> list[str]:
    """Dependencies without a reason on their own line or on the line just above."""
    explained = set()
    above = ""
    for line in text.splitlines():
        found = _QUOTED.match(line)
        if found and (found[2] or above.lstrip().startswith("#")):
            explained.add(re.match(r"[\w.-]+", found[1])[0])
        above = line
    return sorted(declared(text) - explained)


def test_each_dependency_has_its_reason(house) -> None:
    text = (house.root / "pyproject.toml").read_text(encoding="utf-8")
    assert declared(text)
    found = unexplained(text)
    assert not found, f"pyproject.toml: a dependency is a promise to follow somebody's releases: say why. {found}"


def test_an_unexplained_dependency_is_reported(build: Callable) -> None:
    text = (
        "[project]\ndependencies = [\n"
        '    # serves pages\n    "django>=5.2,<6",\n'
        '    "lxml",  # XML\n'
        '    "httpx",\n'
        "]\n[dependency-groups]\ntest = [\n"
        '    "pytest",\n'
        "]\n"
    )
    assert unexplained(text) == ["httpx", "pytest"]
