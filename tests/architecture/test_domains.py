"""A domain is configuration (docs/adr/0003): no code asks which domain, country or year it is in."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tests.architecture import parsing

DOMAINS = {"fr", "fr-2012", "ihe"}
# Where a domain is defined.
DEFINED = "src/carnet/record/terminology/"


def special_cases(house) -> list[str]:
    """Comparisons and matches with the name of a domain."""
    found = []
    for path in house.modules():
        if house.name(path).startswith(DEFINED):
            continue
        for node in parsing.nodes(path):
            compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            compared += [node.value] if isinstance(node, ast.MatchValue) else []
            inside = [inner for one in compared for inner in ast.walk(one)]
            if any(isinstance(one, ast.Constant) and one.value in DOMAINS for one in inside):
                found.append(f"{house.name(path)}:{node.lineno}")
    return found


def test_no_code_asks_which_domain_it_is_in(house) -> None:
    found = special_cases(house)
    assert not found, (
        "Ask the domain what it does (carnet.record.terminology.api.domain), never what it is called: "
        "another domain must behave by its own values.\n" + "\n".join(found)
    )


def test_a_special_case_is_reported(build: Callable) -> None:
    house = build(
        {
            "src/carnet/kernel/bad.py": 'if domain == "fr":\n    pass\nif domain in ("ihe", "x"):\n    pass\n',
            "src/carnet/kernel/good.py": 'def view(request, domain="fr"):\n    return domain == other\n',
            "src/carnet/record/terminology/domains.py": 'known = name == "fr"\n',
        }
    )
    assert special_cases(house) == ["src/carnet/kernel/bad.py:1", "src/carnet/kernel/bad.py:3"]
