"""Scopes narrow: what is not said is not granted, what is more than registered is refused whole."""

from __future__ import annotations

from itertools import combinations

import pytest

from carnet.wire.oidc.scopes import CONTEXTS, Scope, allows, narrowed, parse

LETTERS = ["".join(some) for count in range(1, 6) for some in combinations("cruds", count)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("system/DocumentReference.rs", [("system", "DocumentReference", "rs")]),
        ("patient/*.cruds user/List.s", [("patient", "*", "cruds"), ("user", "List", "s")]),
        ("system/Binary.read system/List.write", [("system", "Binary", "rs"), ("system", "List", "cud")]),
        ("openid profile launch offline_access", []),
        ("system/DocumentReference.", []),
        ("system/DocumentReference.sr", []),
        ("system/DocumentReference.rs?category=x", []),
        ("SYSTEM/*.cruds system/*.cruds\u00a0x", []),
        ("admin/*.cruds", []),
    ],
)
def test_scopes_are_read_as_smart_writes_them(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(one.context, one.resource, one.letters) for one in parse(text)] == found


def test_a_scope_covers_its_own_letters_and_no_more() -> None:
    for have in LETTERS:
        for need in LETTERS:
            for context in CONTEXTS:
                granted = (Scope("system", "List", have),)
                expected = context == "system" and all(letter in have for letter in need)
                assert allows(granted, Scope(context, "List", need)) is expected
                assert not allows(granted, Scope(context, "DocumentReference", need))


def test_letters_of_two_scopes_do_not_add_up_across_resources() -> None:
    granted = parse("system/List.r system/*.s")
    assert allows(granted, Scope("system", "List", "s"))
    assert not allows(granted, Scope("system", "DocumentReference", "r"))


@pytest.mark.parametrize(
    ("registered", "asked", "granted"),
    [
        ("system/*.rs", "", "system/*.rs"),
        ("system/*.rs", "system/List.r", "system/List.r"),
        ("system/*.rs", "system/List.r system/List.r", "system/List.r"),
        ("system/List.rs", "system/*.r", None),
        ("system/List.rs", "system/List.rs system/List.c", None),
        ("system/List.rs", "user/List.r", None),
        ("system/*.cruds", "system/*.cruds openid", None),
    ],
)
def test_a_client_gets_no_more_than_is_registered(registered: str, asked: str, granted: str | None) -> None:
    assert narrowed(registered, asked) == granted
