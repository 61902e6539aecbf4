"""What the files may not say: where they were written, where packages come from, what they were, what is to do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

# This file spells what it forbids.
SELF = "tests/architecture/test_words.py"

# Name → pattern, where it applies (a pattern over file names), what to do instead.
FORBIDDEN = {
    "machine": (
        r"(?<![\w.-])/work/|(?<![\w.])/root/|/home/\w+/",
        r"",
        "a path of one machine means nothing on another: make it relative, or a setting",
    ),
    "registry": (
        r"\b(pypi\.org|pythonhosted\.org|npmjs\.org)\b|--(extra-)?index-url|--find-links|--trusted-host",
        r"",
        "where packages come from is the user's configuration: requirements carry names, versions and hashes only",
    ),
    "beside": (
        r"\.\./shared(?!/data\b)|[\"']shared[\"']\s*/\s*[\"'](?!data)",
        r"",
        "a clone has nothing beside it",
    ),
    "beside-tests": (
        r"\.\./shared/data\b",
        r"^(?!tests/)",
        "material beside the clone is for tests, which skip visibly without it",
    ),
    "notes": (
        r"\b(dmp-spec|field-notes|domain/services|domain/peers|design\.md|style\.md)\b",
        r"",
        "a source is a standard, a law or a published guide, with its section: working notes are not in the repository",
    ),
    "plan": (
        r"\b[Ii]ssue #?\d|\bhelper session|\bsub-?agent",
        r"",
        "code does not tell who asked for it: git does",
    ),
    "history": (
        r"\b(legacy|formerly|previously|as before|old code|for now|at the moment|refactored)\b",
        r"\.(py|html|css|js|sql|toml)$",
        "a comment says why the code is as it is: what it was is in git, what was decided in docs/adr",
    ),
    "unfinished": (
        r"\b(TODO|FIXME|XXX|HACK|NotImplementedError|lorem ipsum)\b",
        r"\.(py|html|css|js|sql|toml|md)$",
        "what is not done is not there; what should come is an issue",
    ),
}


def said(house, kind: str) -> list[str]:
    """Lines of tracked files that say a forbidden thing."""
    pattern, where, _ = FORBIDDEN[kind]
    words, place = re.compile(pattern), re.compile(where)
    return [
        f"{house.name(path)}:{number}: {line.strip()[:100]}"
        for path in house.files()
        if place.search(house.name(path)) and house.name(path) != SELF
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if words.search(line)
    ]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_files_say_nothing_forbidden(house, kind: str) -> None:
    found = said(house, kind)
    assert not found, f"{FORBIDDEN[kind][2]}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("machine", "HOME = '/home/somebody/carnet'"),
        ("registry", "--index-url https://example.org/simple"),
        ("registry", "see https://pypi.org/project/x"),
        ("beside", "open('../shared/notes.txt')"),
        ("beside-tests", "open('../shared/data/cda')"),
        ("notes", "as dmp-spec §2.3 says"),
        ("plan", "asked by issue 12"),
        ("history", "# the legacy parser"),
        ("unfinished", "# TODO: later"),
    ],
)
def test_a_forbidden_word_is_reported(build: Callable, kind: str, line: str) -> None:
    house = build(
        {"src/carnet/kernel/bad.py": f"x = 1\n{line}\n", "src/carnet/kernel/good.py": "share = 'work/main'\n"}
    )
    assert said(house, kind) == [f"src/carnet/kernel/bad.py:2: {line}"]
