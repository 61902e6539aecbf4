"""Modules parsed once for all the tests that read them."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file as it is now; nobody changes it."""
    return _parsed(path, path.stat().st_mtime_ns)[0]


def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, in the order of `ast.walk`."""
    return _parsed(path, path.stat().st_mtime_ns)[1]


@lru_cache(maxsize=2000)
def _parsed(path: Path, _changed: int) -> tuple[ast.Module, tuple[ast.AST, ...]]:
    read = ast.parse(path.read_bytes())
    return read, tuple(ast.walk(read))
