"""Where an account is open, what it trusts, how often one may try; in this process."""

from __future__ import annotations

import argparse
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from carnet.kernel import database
from carnet.ops import accounts
from carnet.portals.frame import devices
from carnet.record.directory import api as directory
from tests.capabilities.conftest import world  # noqa: F401 - the fixture
from tests.capabilities.world import CLERK, World
from tests.portals.signing_in import (
    ADDRESS,
    LOGIN,
    PASSWORD,
    SEED,
    Person,
    another,
    errors,
    fresh_browser,
    mails,
    patient,
)
from tests.portals.walk import code_at


@pytest.fixture
def person(world: World, settings: Any) -> Person:  # noqa: F811
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash is not the point
    return patient(world)


def test_sessions_are_told_in_words_and_ended(person: Person) -> None:
    person.sign_in()
    others = [fresh_browser(), fresh_browser()]
    for browser in others:
        person.sign_in(browser=browser)
    page = person.browser.get("/compte/securite/").content.decode()
    assert page.count("Firefox sur Linux") >= 3
    assert page.count(">Ici<") == 1
    assert "rv:140" not in page
    assert "192.0.2.7" not in page
    kept = str(database.rows("SELECT * FROM frame_session"))
    assert "140" not in kept
    assert "192.0.2.7" not in kept
    one = re.search(r'name="lequel" value="([^"]+)"', page)
    person.browser.post("/compte/securite/sessions/", {"lequel": one[1]})
    assert sum(person.is_inside(browser) for browser in others) == 1
    person.browser.post("/compte/securite/sessions/")
    assert not any(person.is_inside(browser) for browser in others)
    assert person.is_inside()
    assert person.browser.post("/compte/securite/sessions/", {"lequel": "x"}).status_code == 404


def test_an_account_is_open_in_ten_places_at_most(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_SESSIONS", 3)
    browsers = [fresh_browser() for _ in range(4)]
    for browser in browsers:
        person.sign_in(browser=browser)
    assert [person.is_inside(browser) for browser in browsers] == [False, True, True, True]


def test_an_operator_ends_sessions_and_closes_an_account(person: Person) -> None:
    parser = argparse.ArgumentParser()
    accounts.add_arguments(parser)

    def operate(*words: str) -> int:
        return accounts.run(parser.parse_args(words))

    stranger = another(person)
    person.sign_in()
    assert operate("end", "nobody") == 1
    assert operate("end", person.login) == 0
    assert not person.is_inside()
    assert stranger.get("/patient/identite/").status_code == 200
    person.sign_in()
    assert operate("disable", person.login) == 0
    assert not person.is_inside()
    answer = person.give_password()
    assert answer.status_code == 403
    assert "Ce compte est désactivé" in answer.content.decode()
    assert operate("enable", person.login) == 0
    person.sign_in()
    assert operate("end", "--everybody") == 0
    assert not person.is_inside()
    assert stranger.get("/patient/identite/").status_code != 200


def test_nobody_ends_the_session_of_another(person: Person) -> None:
    person.sign_in()
    mine = database.row("SELECT id FROM frame_session")[0]
    stranger = another(person)
    stranger.post("/compte/securite/sessions/", {"lequel": str(mine)})
    stranger.post("/compte/securite/sessions/")
    assert person.is_inside()


def test_a_password_that_changes_ends_the_other_sessions(person: Person) -> None:
    person.give_address()
    other = fresh_browser()
    person.sign_in(browser=other)
    person.sign_in()
    chosen = {"password": "violon ombre mardi", "again": "violon ombre mardi"}
    assert person.browser.post("/compte/securite/mot-de-passe/", chosen).status_code == 302
    assert person.is_inside()
    assert not person.is_inside(other)
    assert mails()[-1][:2] == (ADDRESS, "notice_security_changed")


def trusting(person: Person) -> Client:
    """A browser that the person told to trust, and signed out."""
    browser = fresh_browser()
    person.give_password(browser=browser)
    person.give_code(browser=browser, appareil="on")
    assert person.is_inside(browser)
    browser.post("/compte/deconnexion/")
    return browser


def test_a_trusted_device_skips_the_second_proof(person: Person, settings: Any) -> None:
    browser = trusting(person)
    cookie = browser.cookies[settings.CARNET_DEVICE_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert int(cookie["max-age"]) == timedelta(days=30).total_seconds()
    assert person.give_password(browser=browser).headers["location"] == "/compte/portail/"
    assert person.is_inside(browser)
    assert not person.is_inside(fresh_browser())
    assert "Ne plus se fier à Firefox sur Linux" in browser.get("/compte/securite/").content.decode()
    assert person.give_password("faux", browser=fresh_browser()).status_code == 422


@pytest.mark.parametrize("ending", ["one", "all", "password", "late", "forged"])
def test_a_trust_ends(person: Person, settings: Any, ending: str) -> None:
    browser = trusting(person)
    person.sign_in()
    if ending == "one":
        page = person.browser.get("/compte/securite/").content.decode()
        found = re.search(r'appareils/">.*?name="lequel" value="([^"]+)"', page, re.DOTALL)
        person.browser.post("/compte/securite/appareils/", {"lequel": found[1]})
    elif ending == "all":
        person.browser.post("/compte/securite/appareils/")
    elif ending == "password":
        chosen = {"password": "violon ombre mardi", "again": "violon ombre mardi"}
        person.browser.post("/compte/securite/mot-de-passe/", chosen)
    elif ending == "late":
        database.execute("UPDATE frame_trusted_device SET until = now() - interval '1 s'")
    else:
        name = settings.CARNET_DEVICE_COOKIE
        value = browser.cookies[name].value
        browser.cookies[name] = "x" + value[1:]
    password = "violon ombre mardi" if ending == "password" else PASSWORD
    assert person.give_password(password, browser=browser).headers["location"] == "/compte/code/"
    assert not person.is_inside(browser)


def test_a_trust_is_for_one_account(person: Person) -> None:
    browser = trusting(person)
    another(person)
    sent = {"login": "autre.essai", "password": PASSWORD}
    assert browser.post("/compte/connexion/", sent).headers["location"] == "/compte/code/"


def test_words_of_a_browser() -> None:
    from django.test import RequestFactory

    for agent, told in (
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", ("Edge", "Windows")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", ("Chrome", "Android")),
        ("<script>", ("Navigateur inconnu", "système inconnu")),
    ):
        assert devices.words(RequestFactory().get("/", headers={"user-agent": agent})) == told


def tries(person: Person, sort: str, browser: Client) -> Any:
    """One wrong try of a sort of proof."""
    if sort == "password":
        return person.give_password("faux", browser=browser)
    if sort == "code":
        return browser.post("/compte/code/", {"code": "000000"})
    if sort == "mailed code":
        return browser.post("/compte/securite/adresse/code/", {"code": "000000"})
    if sort == "passkey":
        browser.get("/compte/cle/")
        return browser.post("/compte/cle/", {"credential": "{}"})
    if sort == "sheet":
        sent = {"login": LOGIN, "password": "aaaa-bbbb-cccc", "code": "0000 0000"}
        return browser.post("/premiere-connexion/", sent)
    if sort == "recovery":
        return browser.post("/acces-perdu/codes/", {"mailed": "000000", "second": "000000"})
    if sort == "confirm":
        return browser.post("/compte/confirmer/", {"password": "faux"})
    return browser.post("/acces-perdu/", {"login": LOGIN})


@pytest.mark.parametrize(
    "sort", ["password", "code", "mailed code", "passkey", "sheet", "recovery", "confirm", "mails"]
)
def test_attempts_are_limited_per_account(person: Person, sort: str, caplog: pytest.LogCaptureFixture) -> None:
    browser = fresh_browser()
    if sort == "code":
        person.give_password(browser=browser)
    elif sort in ("mailed code", "confirm"):
        person.sign_in(browser=browser)
        browser.post("/compte/securite/adresse/", {"address": ADDRESS})
    elif sort == "recovery":
        browser.post("/acces-perdu/", {"login": LOGIN})
    allowed = 3 if sort == "mails" else 5
    for number in range(allowed):
        answer = tries(person, sort, browser)
        assert not re.search("Trop d", errors(answer)), (number, errors(answer))
    refused = tries(person, sort, browser)
    assert re.search("Trop d", errors(refused)), errors(refused)
    # Of passwords, allauth keeps the count; each wrong one has its line.
    assert sort == "password" or "too many tries" in caplog.text
    elsewhere = fresh_browser() if sort in ("password", "sheet", "mails") else browser
    elsewhere.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.99"
    again = tries(person, sort, elsewhere)
    assert ("Trop d" in errors(again)) is (sort != "passkey"), "an account is closed to every address"


def test_attempts_are_limited_per_address(person: Person) -> None:
    browser = fresh_browser()
    for number in range(20):
        sent = {"login": f"personne.{number}", "password": "aaaa", "code": "0000 0000"}
        assert "Trop d" not in errors(browser.post("/premiere-connexion/", sent))
    assert "Trop d" in errors(tries(person, "sheet", browser))
    other = fresh_browser()
    other.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.99"
    assert "Trop d" not in errors(tries(person, "sheet", other))


def test_success_does_not_wipe_the_count_of_an_address(person: Person) -> None:
    """Whoever has an account of their own may not use it to try others for ever."""
    attacker = fresh_browser()
    for number in range(19):
        attacker.post("/premiere-connexion/", {"login": f"p{number}", "password": "aaaa", "code": "0000 0000"})
    person.give_password(browser=attacker)
    code = code_at(SEED, time.time())
    assert attacker.post("/compte/code/", {"code": code}).headers["location"] == "/compte/portail/"
    other = fresh_browser()
    other.post("/premiere-connexion/", {"login": "p20", "password": "aaaa", "code": "0000 0000"})
    assert "Trop d" in errors(tries(person, "sheet", other))


def test_whoever_is_erased_leaves_no_session_nor_device(person: Person) -> None:
    person.give_address(as_factor=True)
    browser = trusting(person)
    person.sign_in(browser=browser)
    directory.forget_logins(actor=CLERK, record_ids=[person.world.record_id])
    for table in ("frame_session", "frame_trusted_device", "frame_mail_factor", "mfa_authenticator", "auth_user"):
        assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - names above
    assert not person.is_inside(browser)
