"""The page of limits tells the numbers that are in the code."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

PAGE = "docs/limits.md"
_ROW = re.compile(r"^\| ([^|`]+?) \| ([^|]+?) \| `([^`|]+)::(\w+)` \|$", re.MULTILINE)
_NUMBER = re.compile(r"\b(\d[\d,]*)(?: (KiB|MiB|seconds|minutes|hours|days))?\b")
_UNITS = {"KiB": 1024, "MiB": 1024**2, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
LEAST = 25


def told(text: str) -> set[int]:
    """Every number that a cell tells, as it is written and in bytes or seconds."""
    found = set()
    for number, unit in _NUMBER.findall(text):
        plain = int(number.replace(",", ""))
        found |= {plain, plain * _UNITS.get(unit, 1)}
    return found


def numbers(file: Path, name: str) -> set[int]:
    """The numbers of a constant: what it comes to, or what stands in it when it is no number."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return _value(node.value)
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return _inside(node)
    raise AssertionError(f"{file} has no {name}")


def _value(node: ast.expr) -> set[int]:
    arithmetic = (ast.Expression, ast.BinOp, ast.Mult, ast.Constant)
    if all(isinstance(one, arithmetic) for one in ast.walk(node)):
        return {eval(compile(ast.Expression(node), "limit", "eval"), {"__builtins__": {}})}  # noqa: S307 - products only
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "timedelta":
        spans = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
        return {int(timedelta(**spans).total_seconds())}
    return _inside(node)


def _inside(node: ast.AST) -> set[int]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and type(one.value) is int}


def wrong(page: str, root: Path) -> list[str]:
    """Rows whose number is another one in the code."""
    return [
        f"{what}: {limit}, but {path}::{name} has {sorted(numbers(root / path, name))}"
        for what, limit, path, name in _ROW.findall(page)
        if told(limit) and not told(limit) & numbers(root / path, name)
    ]


def test_the_page_of_limits_tells_the_numbers_of_the_code(house) -> None:
    page = (house.root / PAGE).read_text(encoding="utf-8")
    assert len(_ROW.findall(page)) >= LEAST
    found = wrong(page, house.root)
    assert not found, f"{PAGE}:\n" + "\n".join(found)


def test_another_number_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "from datetime import timedelta\nMOST = 20 * 1024\nLIFE = timedelta(days=2)\nRULES = [{'least': 12}]\n"
    )
    row = "| what | {} | `a.py::{}` |"
    right = [("20 KiB", "MOST"), ("2 days", "LIFE"), ("12", "RULES"), ("as many as there are", "RULES")]
    assert not any(wrong(row.format(*one), tmp_path) for one in right)
    for one in (("21 KiB", "MOST"), ("20", "MOST"), ("3 days", "LIFE"), ("13", "RULES")):
        assert len(wrong(row.format(*one), tmp_path)) == 1, one
