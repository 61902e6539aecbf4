"""A page's cursor: where the page before ended, signed, and bound to who asked what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.core import signing

from carnet.exchange.fhir.answers import NotServed
from carnet.kernel.actor import Actor

Found = TypeVar("Found")
Position = tuple[str, str]
PARAMETER = "_cursor"
_SALT = "carnet.exchange.fhir.page"
_MAX_AGE = 24 * 3600


def _binding(actor: Actor, domain: str, parameters: Sequence[tuple[str, str]]) -> str:
    said = [actor.kind.value, actor.person, actor.structure, domain, *(f"{name}={value}" for name, value in parameters)]
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:32]


def write(position: Position, *, actor: Actor, domain: str, parameters: Sequence[tuple[str, str]]) -> str:
    """A cursor for the page after `position`, of the search that `parameters` (the used ones) describe."""
    return str(signing.dumps([*position, _binding(actor, domain, parameters)], salt=_SALT))


def read(text: str, *, actor: Actor, domain: str, parameters: Sequence[tuple[str, str]]) -> Position:
    """The position in a cursor; NotServed (400) for one that is changed, old, or of another caller or search."""
    try:
        creation, identity, binding = signing.loads(text, salt=_SALT, max_age=_MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        binding = creation = identity = ""
    if not binding or binding != _binding(actor, domain, parameters):
        raise NotServed(
            400,
            "value",
            "cursor",
            "Ce lien de page n'est pas valable pour cette recherche : refaites la recherche.",
            expected="le lien next d'une réponse, tel quel, par le même appelant, dans la journée",
        )
    return str(creation), str(identity)


def cut(
    found: Sequence[Found], position: Callable[[Found], Position], *, after: Position | None, count: int
) -> tuple[list[Found], Position | None]:
    """The page of `count` after a position, of what was found newest first; where it ended when more follows."""
    rest = [one for one in found if after is None or position(one) < after]
    page = rest[:count]
    return page, position(page[-1]) if page and len(rest) > count else None
