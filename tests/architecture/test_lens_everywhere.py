"""Every statement over a record's documents passes the lens, or is listed here with what it is for instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from tests.architecture import parsing

_TABLE = re.compile(r"\bdocuments_(?:entry|submission|folder|association|object)\b|\bdocuments_(?:\{|$)")
# The lens in SQL, and what is built on it (`record.access.lens`, `record.documents.seen`).
LENS = {"SQL", "VISIBLE", "SEEN", "SEEN_IN_FORCE"}

_BUILT = "a part of a statement that passes the lens"
_WRITES = "writes what was decided; what it names was looked up through the lens"
_CARRIED = "a whole record or domain travels, or ends: no reader"
_KEEPS = "housekeeping of the repository: no reader"
# (module, name of the statement) → why it asks rows whoever may see them.
WITHOUT = {
    ("record/documents/seen.py", "_COLUMNS"): _BUILT,
    ("record/documents/relations.py", "RELATED"): _BUILT + ": both ends are rows of `seen`",
    ("record/documents/statement.py", "_REGISTER"): _WRITES,
    ("record/documents/state_statement.py", "_WRITE"): _WRITES,
    (
        "record/documents/state_statement.py",
        "_ASSOCIATIONS",
    ): "what a version of the metadata takes along: written anew",
    ("record/documents/context.py", "_CONTEXT"): "what a submission collides with: told as a name in use and no more",
    ("record/documents/context.py", "_FOLDER_NAMES"): "the same, for folders of the submission",
    (
        "record/documents/context.py",
        "_EARLIER",
    ): "the submission that a replay repeats: its own sender's, compared whole",
    ("record/documents/context.py", "_EARLIER_FOLDERS"): "the same, for its folders",
    ("record/documents/context.py", "_EARLIER_ENDS"): "the same, for its associations",
    ("record/documents/addressing.py", "_NAMING"): "documents of a record are named by its identity of the day",
    ("record/documents/listeners.py", "_NEW"): "whether a mail without content goes: by the flags alone",
    ("record/documents/telling.py", "_UNTOLD"): "which traces are withheld: what is hidden is what it looks for",
    ("record/documents/usage.py", "_OF_ENTRIES"): "an operator counts the codes of a whole domain",
    ("record/documents/usage.py", "_OF_SETS"): "the same, for sets",
    ("record/documents/retention.py", "_DUE"): "bytes of what was deleted are erased when their time is over",
    ("record/documents/retention.py", "_ERASE"): "the same",
    ("record/documents/carrying.py", "_OBJECTS"): _CARRIED,
    ("record/documents/carrying.py", "_PUT"): _CARRIED,
    ("record/documents/carrying.py", "_IDS"): _CARRIED,
    ("record/life/carriage.py", "OBJECTS"): _CARRIED,
    ("record/documents/moving.py", "_IDS"): _CARRIED,
    ("record/documents/moving.py", "_LATER"): _CARRIED,
    ("record/documents/moving.py", "_LATER_ASSOCIATIONS"): _CARRIED,
    ("record/documents/moving.py", "_MOVE"): _CARRIED,
    ("record/documents/moving.py", "_SEALED"): _CARRIED,
    ("record/documents/moving.py", "_RESEAL"): _CARRIED,
    ("record/documents/moving.py", "_TWICE"): _CARRIED,
    ("record/documents/moving.py", "_OWNED"): _CARRIED,
    ("record/documents/moving.py", "_DOCUMENTS"): _CARRIED,
    ("record/documents/moving.py", "_SETS"): _CARRIED,
    ("record/documents/moving.py", "_STAYING"): _CARRIED,
    ("record/documents/erasure.py", "_FILES"): _CARRIED,
    ("record/documents/files.py", "_NAMED"): _KEEPS,
    ("record/documents/files.py", "named"): _KEEPS,
}
# The floor of the bench and its seeds are no door; migrations make the tables.
_APART = ("ops/bench/", "/migrations/")


def statements(house) -> dict[tuple[str, str], bool]:
    """(module, name) → whether the statement that names a table of documents passes the lens."""
    found: dict[tuple[str, str], bool] = {}
    for path in house.modules():
        module = path.relative_to(house.package).as_posix()
        if any(part in module for part in _APART) or "documents_" not in path.read_text(encoding="utf-8"):
            continue
        for node in parsing.tree(path).body:
            if _names_a_table(node):
                words = {one.id if isinstance(one, ast.Name) else one.attr for one in ast.walk(node) if _is_word(one)}
                found[module, _name(node)] = bool(words & LENS)
    return found


def _names_a_table(node: ast.stmt) -> bool:
    prose = {
        id(one.body[0].value)
        for one in ast.walk(node)
        if isinstance(one, (ast.ClassDef, ast.FunctionDef)) and isinstance(one.body[0], ast.Expr)
    }
    return any(
        isinstance(one, ast.Constant)
        and isinstance(one.value, str)
        and id(one) not in prose
        and _TABLE.search(one.value)
        for one in ast.walk(node)
        if not isinstance(node, ast.Expr)
    )


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def _name(node: ast.stmt) -> str:
    """The name that a statement has: of the constant, or of the function that holds it."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", node)
    if isinstance(target, ast.Tuple) and isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
        pairs = zip(target.elts, node.value.elts, strict=True)
        return next(ast.unparse(name) for name, value in pairs if _names_a_table(ast.Assign([name], value)))
    return ast.unparse(target)


def test_every_statement_over_documents_passes_the_lens(house) -> None:
    found = statements(house)
    assert any(found.values()), "no statement found: the test reads nothing"
    unlisted = [place for place, passes in found.items() if not passes and place not in WITHOUT]
    assert not unlisted, (
        "SQL names the tables of documents and not the lens: start from `seen` (record/documents/seen.py), or list it "
        f"in WITHOUT with what it is for: {unlisted}"
    )


def test_the_list_names_only_statements_that_are_there(house) -> None:
    found = statements(house)
    stale = [place for place in WITHOUT if found.get(place, True)]
    assert not stale, f"WITHOUT lists what is not there, or passes the lens: {stale}"


def test_each_fault_is_reported(build: Callable) -> None:
    house = build(
        {
            "src/carnet/record/documents/lists.py": (
                'ALL = "SELECT meta FROM documents_entry"\nGOOD = f"SELECT 1 FROM documents_entry WHERE {access.SQL}"\n'
                'ONE, TWO = "x", "documents_object"\n\n\ndef each(kind):\n    """Of documents_entry."""\n'
                '    return f"SELECT 1 FROM documents_{kind}"\n\n\ndef told():\n    """Of documents_entry."""\n'
            ),
        }
    )
    module = "record/documents/lists.py"
    assert statements(house) == {
        (module, "ALL"): False,
        (module, "GOOD"): True,
        (module, "TWO"): False,
        (module, "each"): False,
    }
