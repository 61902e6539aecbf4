"""Whatever a token reaches by FHIR says which scope it takes."""

from __future__ import annotations

from carnet.exchange.fhir.scopes import NEEDED, missing, name_of
from carnet.exchange.fhir.urls import urlpatterns
from carnet.exchange.login.bearer import Caller
from carnet.kernel.actor import Actor, ActorKind
from carnet.wire.oidc.scopes import parse

MACHINE = Actor(kind=ActorKind.STRUCTURE, person="software", structure="1330999012", proof="token")


def test_every_handler_says_which_scope_it_takes() -> None:
    doors = [getattr(pattern.callback, "handlers", {}) for pattern in urlpatterns]
    served = [one for door in doors for handler in door.values() for one in getattr(handler, "handlers", (handler,))]
    assert {name_of(handler) for handler in served} == NEEDED.keys()


def test_each_line_takes_exactly_what_it_says() -> None:
    for handler, needs in NEEDED.items():
        words = [f"system/{resource}.{letters}" for resource, letters in needs]
        assert missing(Caller(MACHINE, parse(" ".join(words))), handler) == ""
        for word in words:
            others = " ".join(one for one in words if one != word)
            assert missing(Caller(MACHINE, parse(others)), handler) == word
            assert missing(Caller(MACHINE, parse(" ".join(words).replace("system", "user"))), handler)
        assert missing(Caller(MACHINE), handler) == ""


def test_a_handler_without_a_line_takes_everything() -> None:
    assert missing(Caller(MACHINE, parse("system/List.cruds")), "unlisted.search") == "system/*.cruds"
