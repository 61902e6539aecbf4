"""Scripts of the pages write text and never markup, keep nothing in the browser and ask nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

# What a script may not use, and why.
HOLES = {
    r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment|parseFromString": "markup",
    r"\beval\(|new Function\b|setTimeout\(\s*[\"'`]|import\(": "code made of text",
    r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.": "kept in the browser",
    r"__proto__|\.prototype\b|Object\.assign|\[[\w.]+\]\s*=[^=]": "an object whose names are somebody's",
    r"postMessage|addEventListener\(\s*[\"']message": "messages of other windows",
    r"https?://|\bWebSocket\b|EventSource|sendBeacon": "somebody else",
}
FOREIGN = re.compile(
    r"<(?:link|script|img|iframe|form|source|object|embed)\b[^>]*?(?:href|src|action|data)=\"(?:https?:)?//"
)


def wrong(house) -> list[str]:
    """Scripts that open a hole, and templates that load something of elsewhere."""
    found = []
    for path in sorted(house.package.rglob("*.js")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found += [
            f"{house.name(path)}: {why}: {hit[0]}" for hole, why in HOLES.items() for hit in re.finditer(hole, text)
        ]
    for path in sorted(house.package.rglob("templates/**/*.html")):
        found += [f"{house.name(path)}: {hit[0]}" for hit in FOREIGN.finditer(path.read_text(encoding="utf-8"))]
    return found


def scripts(house) -> list[Path]:
    """Every script of ours."""
    return sorted(house.package.rglob("*.js"))


def test_scripts_open_no_hole_and_pages_load_nothing_of_elsewhere(house) -> None:
    assert len(scripts(house)) >= 2
    found = wrong(house)
    assert not found, "A script of a page that shows health data stays within these bounds:\n" + "\n".join(found)


def test_each_fault_is_reported(build: Callable) -> None:
    lines = [
        "place.innerHTML = text;",
        "eval(text);",
        "localStorage.setItem('a', text);",
        "held[name] = text;",
        "window.addEventListener('message', hear);",
        "fetch('https://elsewhere.example/');",
    ]
    package = "src/carnet/portals/frame"
    files = {f"{package}/assets/{number}.js": line for number, line in enumerate(lines)}
    files[f"{package}/templates/frame/a.html"] = '<img alt="" src="//elsewhere.example/a.png">'
    good = {f"{package}/assets/good.js": "place.textContent = text; if (a[0] === b) stay();"}
    assert {one.split(":")[0] for one in wrong(build(files | good))} == set(files)
