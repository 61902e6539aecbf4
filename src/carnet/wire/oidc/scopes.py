"""Scopes of SMART App Launch 2.2 (§ Scopes and Launch Context): `system/DocumentReference.rs`, `user/*.cruds`…

A scope narrows what an actor may ask for and never gives a right: what is granted is asked of `record.access` as ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Whose rights a scope speaks of: a machine's, a person's at work, a patient's own.
CONTEXTS = ("system", "user", "patient")
# Version 1 of the grammar has words for the letters create, read, update, delete, search.
_WORDS = {"read": "rs", "write": "cud", "*": "cruds"}
_SCOPE = re.compile(r"(system|user|patient)/(\*|[A-Z][A-Za-z]{1,40})\.(c?r?u?d?s?|read|write|\*)")


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: context, resource type (`*` for any), letters of `cruds`."""

    context: str
    resource: str
    letters: str

    @property
    def written(self) -> str:
        """The scope as SMART writes it."""
        return f"{self.context}/{self.resource}.{self.letters}"


def words(text: str) -> list[str]:
    """The words of a scope list, which the ASCII space alone separates (RFC 6749 §3.3)."""
    return [word for word in text.split(" ") if word]


def parse(text: str) -> tuple[Scope, ...]:
    """The scopes of a list separated by spaces; what is not a scope of SMART (`openid`) grants nothing here.

    A scope restricted by a query (`?category=…`) is not served: it is left out, and so grants nothing.
    """
    found = []
    for word in words(text):
        match = _SCOPE.fullmatch(word)
        if match and match[3]:
            found.append(Scope(match[1], match[2], _WORDS.get(match[3], match[3])))
    return tuple(found)


def allows(granted: tuple[Scope, ...], needed: Scope) -> bool:
    """Whether one of the scopes covers all the letters that a request needs."""
    return any(
        scope.context == needed.context
        and scope.resource in ("*", needed.resource)
        and set(needed.letters) <= set(scope.letters)
        for scope in granted
    )


def narrowed(registered: str, asked: str) -> str | None:
    """What is granted of what was asked (all that is registered when nothing was), None when something asked is more.

    Refusing the whole request, and not trimming it, tells a vendor at once which scope is not theirs.
    """
    if not asked.strip():
        return registered
    mine = parse(registered)
    wanted = parse(asked)
    if len(wanted) != len(words(asked)) or not all(allows(mine, scope) for scope in wanted):
        return None
    return " ".join(dict.fromkeys(words(asked)))
