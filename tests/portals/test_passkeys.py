"""Passkeys: what opens, and everything that is not quite one; in this process."""

from __future__ import annotations

from typing import Any

import pytest

from carnet.kernel import database
from tests.capabilities.conftest import world  # noqa: F401 - the fixture
from tests.capabilities.world import World
from tests.portals.key import Key
from tests.portals.signing_in import (
    ADDRESS,
    Person,
    add_passkey,
    another,
    errors,
    fresh_browser,
    mails,
    options,
    patient,
)


@pytest.fixture
def person(world: World, settings: Any) -> Person:  # noqa: F811
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash is not the point
    return patient(world)


def test_a_passkey_alone_opens_the_record(person: Person) -> None:
    person.sign_in()
    key, added = add_passkey(person)
    assert added.headers["location"] == "/compte/securite/"
    assert "Téléphone" in person.browser.get("/compte/securite/").content.decode()
    other = fresh_browser()
    asked = options(other, "/compte/cle/?next=/patient/journal/")
    assert asked["publicKey"]["userVerification"] == "required"
    assert not asked["publicKey"].get("allowCredentials"), "the page names no account"
    answer = other.post("/compte/cle/", {"credential": key.sign(asked), "next": "/patient/journal/"})
    assert answer.headers["location"] == "/patient/journal/"
    assert person.is_inside(other)
    assert ("account.change", "passkey", "password+totp") in person.journal()


def test_a_passkey_is_a_second_proof(person: Person) -> None:
    person.sign_in()
    key, _ = add_passkey(person)
    other = fresh_browser()
    person.give_password(browser=other)
    assert not person.is_inside(other)
    answer = other.post("/compte/code/", {"credential": key.sign(options(other, "/compte/code/"))})
    assert answer.headers["location"] == "/compte/portail/"
    assert person.is_inside(other)


def test_a_challenge_serves_once(person: Person) -> None:
    person.sign_in()
    key, _ = add_passkey(person)
    one, two = fresh_browser(), fresh_browser()
    signed = key.sign(options(one, "/compte/cle/"))
    assert two.post("/compte/cle/", {"credential": signed}).status_code == 422, "another browser's challenge"
    options(two, "/compte/cle/")
    assert two.post("/compte/cle/", {"credential": signed}).status_code == 422
    assert one.post("/compte/cle/", {"credential": signed}).status_code == 302
    one.post("/compte/deconnexion/")
    options(one, "/compte/cle/")
    assert one.post("/compte/cle/", {"credential": signed}).status_code == 422, "it served"


@pytest.mark.parametrize(
    "spoil",
    [
        {"verifies": False},
        {"origin": "https://intrus.example"},
        {"host": "intrus.example"},
        {"identifier": b"x" * 32},
        {"handle": b"zz"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_what_is_not_the_passkey_is_refused(person: Person, spoil: dict[str, Any]) -> None:
    person.sign_in()
    key, _ = add_passkey(person)
    for name, value in spoil.items():
        setattr(key, name, value)
    other = fresh_browser()
    answer = other.post("/compte/cle/", {"credential": key.sign(options(other, "/compte/cle/"))})
    assert answer.status_code == 422
    assert "n’a pas été reconnue" in errors(answer)
    assert not person.is_inside(other)


def test_another_key_under_the_same_name_is_refused(person: Person) -> None:
    person.sign_in()
    key, _ = add_passkey(person)
    forged = Key(identifier=key.identifier, handle=key.handle)
    other = fresh_browser()
    assert other.post("/compte/cle/", {"credential": forged.sign(options(other, "/compte/cle/"))}).status_code == 422


def test_a_passkey_that_does_not_count_on_is_refused_and_told(person: Person) -> None:
    person.give_address()
    person.sign_in()
    key, _ = add_passkey(person)

    def enter(signed: int) -> Any:
        key.signed = signed - 1
        browser = fresh_browser()
        return browser.post("/compte/cle/", {"credential": key.sign(options(browser, "/compte/cle/"))})

    assert enter(1).status_code == 422, "the number that it was registered with"
    assert enter(7).status_code == 302
    for copied in (7, 3):
        answer = enter(copied)
        assert answer.status_code == 422
        assert "peut-être une copie" in errors(answer)
        assert mails()[-1][:2] == (ADDRESS, "notice_passkey_refused")
    assert enter(8).status_code == 302


def test_a_passkey_that_never_counts_is_taken(person: Person) -> None:
    person.sign_in()
    key, _ = add_passkey(person, counts=False)
    for _ in range(2):
        browser = fresh_browser()
        sent = {"credential": key.sign(options(browser, "/compte/cle/"))}
        assert browser.post("/compte/cle/", sent).status_code == 302


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "null", '"x"', "{", '{"id": 3}', '{"response": []}', "1" * 9])
def test_nonsense_is_refused_without_an_accident(person: Person, nonsense: str) -> None:
    for address in ("/compte/cle/", "/compte/code/", "/compte/securite/cle/", "/compte/confirmer/"):
        browser = fresh_browser()
        if address == "/compte/code/":
            person.give_password(browser=browser)
        elif address != "/compte/cle/":
            person.sign_in(browser=browser)
        browser.get(address)
        assert browser.post(address, {"credential": nonsense, "name": "x"}).status_code == 422, address


def test_a_key_that_verifies_nobody_is_not_added(person: Person) -> None:
    person.sign_in()
    _, answer = add_passkey(person, verifies=False)
    assert answer.status_code == 422
    assert "Aucune. Une clé" in person.browser.get("/compte/securite/").content.decode()


def test_passkeys_are_named_and_removed_by_their_person_only(person: Person, world: World) -> None:  # noqa: F811
    person.sign_in()
    key, _ = add_passkey(person)
    number = database.row("SELECT id FROM mfa_authenticator WHERE type = 'webauthn'")[0]
    address = f"/compte/securite/cle/{number}/"
    assert person.browser.get(f"/compte/securite/cle/{number + 1}/").status_code == 404
    person.browser.post(address, {"name": "Clé <b>bleue</b>"})
    assert "Clé &lt;b&gt;bleue&lt;/b&gt;" in person.browser.get("/compte/securite/").content.decode()
    stranger = another(person)
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"retirer": "1"}).status_code == 404
    person.browser.post(address, {"retirer": "1"})
    other = fresh_browser()
    assert other.post("/compte/cle/", {"credential": key.sign(options(other, "/compte/cle/"))}).status_code == 422
