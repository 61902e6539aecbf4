"""One way in: every public function of the record says who acts, by a keyword-only `actor`."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import pytest

# Functions that reach nobody's record. `*` = the whole api.
WITHOUT_ACTOR = {
    "carnet.record.terminology.api": {"*": "code lists and domains belong to nobody"},
    "carnet.record.identity.api": {
        "calculate_ins_c": "arithmetic on what a card says",
        "ins_c_of": "arithmetic on what a card says",
        "is_ins": "what an authority is",
        "parse_cx": "text to value",
        "read_card": "text to value",
        "check_validity": "the last day of a card",
        "format_cx": "value to text",
        "check_identifier": "a value against the rules of a domain",
        "check_traits": "a value against the rules of a domain",
        "implied_by_ins": "what the digits of an INS say",
        "ins_key": "arithmetic on the digits of an INS",
    },
    "carnet.record.directory.api": {
        "actor_of_delegate": "makes the actor",
        "actor_of_login": "makes the actor",
        "actor_of_professional": "makes the actor",
        "actor_of_employee": "makes the actor",
        "actor_of_structure": "makes the actor",
        "begin_provider_session": "the provider opened it, the person is in it",
        "check_person_id": "a value against the rules of identifiers",
        "check_structure_id": "a value against the rules of identifiers",
        "client": "the registry of software holds no person",
        "end_provider_sessions": "the provider says so, under its signature",
        "enter_by_codes": "makes the actor",
        "login_by_provider": "makes the actor",
        "login_of_professional": "makes the actor",
        "is_regulation_centre": "the directory of structures is public",
        "plain_login": "text to value",
        "professional": "the directory of professionals is public",
        "spend_token": "before anybody is recognised",
        "structure": "the directory of structures is public",
    },
    "carnet.record.journal.api": {"make_partitions": "prepares empty tables, at start and every day"},
    "carnet.record.documents.api": {
        "is_signature": "what an entry says of itself",
        "patient_authored": "what an entry says of itself",
        "sweep": "removes files that belong to no record, every day",
    },
    "carnet.record.life.api": {"check_copy": "a file against itself"},
    "carnet.record.access.api": {
        "enter_by_codes": "makes the actor, and journals who was let in",
        "closed_domain": "a refusal before any record is looked for",
        "check_grantee": "a name against the directory, which is public",
        "check_until": "an instant against another",
        "tell_of_document": "a listener's: nobody acts, and nothing is read but where to write",
        "explain": "a rule's name to its words",
        "for_the_person": "what an actor's kind says",
        "opening": "a deposit to the day on which it opens",
        "owner_of": "an actor to the names that a deposit is kept under",
        "unknown_domain": "a refusal before any record is looked for",
        "untold_parameters": "an instant to the value that a filter names",
    },
}


def anonymous(module: ModuleType, excepted: dict[str, str]) -> list[str]:
    """Public functions of an api without a keyword-only `actor`, the excepted ones left out."""
    found = []
    for name in module.__all__:
        member = getattr(module, name)
        if not inspect.isroutine(member) or name in excepted or "*" in excepted:
            continue
        actor = inspect.signature(member).parameters.get("actor")
        if actor is None or actor.kind is not inspect.Parameter.KEYWORD_ONLY:
            found.append(f"{module.__name__}.{name}")
    return found


def _apis(house) -> list[ModuleType]:
    return [
        importlib.import_module(f"carnet.record.{c.name}.api")
        for c in house.capabilities()
        if c.parent.name == "record"
    ]


def test_every_public_function_of_the_record_names_its_actor(house) -> None:
    found = [line for api in _apis(house) for line in anonymous(api, WITHOUT_ACTOR.get(api.__name__, {}))]
    assert not found, (
        "A function of the record takes `*, actor: Actor`: without it nothing can be decided nor traced. A function "
        "over plain values that reaches no record is listed in WITHOUT_ACTOR with its reason.\n" + "\n".join(found)
    )


def test_no_exception_is_left_without_its_function(house) -> None:
    apis = {api.__name__: api for api in _apis(house)}
    for name, excepted in WITHOUT_ACTOR.items():
        for function in excepted.keys() - {"*"}:
            assert function in apis[name].__all__, f"{name}.{function} is excepted but does not exist"
            assert anonymous(apis[name], excepted.keys() - {function}), f"{name}.{function} takes an actor: drop it"


def _with_actor(*, actor: object, record_id: int) -> None: ...


def _positional(actor: object, record_id: int) -> None: ...


def _nobody(*, record_id: int) -> None: ...


@pytest.mark.parametrize(("function", "reported"), [(_with_actor, False), (_positional, True), (_nobody, True)])
def test_an_anonymous_function_is_reported(function, reported: bool) -> None:
    api = ModuleType("carnet.record.example.api")
    api.__all__ = ["read"]  # type: ignore[attr-defined]
    api.read = function  # type: ignore[attr-defined]
    assert bool(anonymous(api, {})) is reported
    assert anonymous(api, {"read": "reaches no record"}) == []
