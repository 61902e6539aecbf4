"""A code by mail, what was lost, proofs that are asked again; in this process."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from carnet.kernel import database
from carnet.portals.frame import mail_codes, sign_in_log
from carnet.portals.frame.session import proof_of
from carnet.record.access import api as access
from tests.capabilities.conftest import world  # noqa: F401 - the fixture
from tests.capabilities.world import CLERK, World
from tests.portals.signing_in import (
    ADDRESS,
    LOGIN,
    PASSWORD,
    SEED,
    Person,
    add_passkey,
    fresh_browser,
    mailed_code,
    mails,
    options,
    patient,
)
from tests.portals.walk import code_at


@pytest.fixture
def person(world: World, settings: Any) -> Person:  # noqa: F811
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow hash is not the point
    return patient(world)


def holder(person: Person) -> str:
    """What the codes of a person's browser are bound to."""
    return person.browser.session["carnet_code_holder"]


def test_an_address_is_verified_before_it_serves(person: Person) -> None:
    browser = person.sign_in()
    assert browser.post("/compte/securite/adresse/", {"address": ADDRESS}).headers["location"].endswith("/code/")
    assert mails()[-1][:2] == (ADDRESS, "code_address")
    assert person.user.email == ""
    wrong = f"{(int(mailed_code()) + 1) % 10**6:06d}"
    assert browser.post("/compte/securite/adresse/code/", {"code": wrong}).status_code == 422
    assert person.user.email == ""
    assert browser.post("/compte/securite/adresse/code/", {"code": mailed_code()}).status_code == 302
    assert person.user.email == ADDRESS
    browser.post("/compte/securite/adresse/", {"address": "autre@example.org"})
    browser.post("/compte/securite/adresse/code/", {"code": mailed_code()})
    assert (ADDRESS, "notice_address_changed") in [one[:2] for one in mails()], "the former address is told"
    browser.post("/compte/securite/adresse/", {"retirer": "1"})
    assert person.user.email == ""
    assert [rule for _, rule, _ in person.journal()] == ["address"] * 3


def test_a_code_by_mail_is_a_second_proof_for_who_chose_it(person: Person) -> None:
    person.give_address()
    browser = fresh_browser()
    person.give_password(browser=browser)
    assert "Recevoir un code" not in browser.get("/compte/code/").content.decode()
    browser.post("/compte/code/", {"courrier": "1"})
    assert not mails()
    person.sign_in()
    person.browser.post("/compte/securite/code-par-messagerie/", {"prendre": "1"})
    browser = fresh_browser()
    person.give_password(browser=browser)
    sent = browser.post("/compte/code/", {"courrier": "1"})
    assert "Un code est parti" in sent.content.decode()
    assert ADDRESS not in sent.content.decode()
    code = mailed_code()
    assert person.give_code(code, browser=browser).headers["location"] == "/compte/portail/"
    assert person.is_inside(browser)
    again = fresh_browser()
    person.give_password(browser=again)
    assert person.give_code(code, browser=again).status_code == 422, "it served"


def test_a_mailed_code_ends_by_itself(person: Person) -> None:
    person.give_address(as_factor=True)
    person.give_password()
    person.browser.post("/compte/code/", {"courrier": "1"})
    database.execute("UPDATE frame_mail_code SET until = now() - interval '1 s'")
    assert person.give_code(mailed_code()).status_code == 422
    person.browser.post("/compte/code/", {"courrier": "1"})
    code = mailed_code()
    for number in range(mail_codes.MOST_ATTEMPTS):
        wrong = f"{(int(code) + 1 + number) % 10**6:06d}"
        assert not mail_codes.spend(account=LOGIN, purpose=mail_codes.SIGN_IN, code=wrong, holder=holder(person))
    cache.clear()
    assert person.give_code(code).status_code == 422, "five wrong tries end a code"


def test_codes_are_neither_readable_nor_of_another_use(person: Person) -> None:
    person.give_address(as_factor=True)
    person.give_password()
    person.browser.post("/compte/code/", {"courrier": "1"})
    code = mailed_code()
    kept = database.row("SELECT encode(account, 'escape') || encode(code, 'escape') FROM frame_mail_code")[0]
    assert code not in kept
    assert LOGIN not in kept
    mine = holder(person)
    for account, purpose, asked in (
        (LOGIN, mail_codes.RECOVERY, mine),
        ("autre", mail_codes.SIGN_IN, mine),
        (LOGIN, mail_codes.SIGN_IN, "another browser"),
    ):
        assert not mail_codes.spend(account=account, purpose=purpose, code=code, holder=asked)
    assert mail_codes.spend(account=LOGIN, purpose=mail_codes.SIGN_IN, code=code, holder=mine)


def test_a_mailed_code_serves_in_the_browser_that_asked(person: Person) -> None:
    person.give_address(as_factor=True)
    person.give_password()
    person.browser.post("/compte/code/", {"courrier": "1"})
    other = fresh_browser()
    person.give_password(browser=other)
    assert person.give_code(mailed_code(), browser=other).status_code == 422
    assert person.give_code(mailed_code()).headers["location"] == "/compte/portail/"


def recovery_codes(person: Person) -> list[str]:
    """Ten codes, made from inside."""
    page = person.browser.post("/compte/securite/codes/").content.decode()
    return re.findall(r">(\d{4} \d{4})<", page)


def recover(login: str, second: str, *, mailed: str | None = None, browser: Client | None = None) -> Any:
    """The two codes of somebody who forgot a password."""
    browser = browser or fresh_browser()
    asked = browser.post("/acces-perdu/", {"login": login})
    assert asked.headers["location"] == "/acces-perdu/codes/"
    return browser.post("/acces-perdu/codes/", {"mailed": mailed or mailed_code(), "second": second})


def sheet_code(person: Person) -> str:
    """A code of a sheet that the desk prints."""
    printed = access.print_codes(actor=CLERK, domain="fr", patient_id=person.world.cx)
    return printed.sheet.codes[0]


@pytest.mark.parametrize("second", ["application", "recovery code", "sheet"])
def test_a_forgotten_password_is_replaced_by_mail_and_a_second_proof(person: Person, second: str) -> None:
    person.give_address()
    old = person.sign_in()
    codes = recovery_codes(person)
    assert len(set(codes)) == 10
    cache.clear()
    proof = {
        "application": lambda: code_at(SEED, time.time()),
        "recovery code": lambda: codes[0],
        "sheet": lambda: sheet_code(person),
    }[second]()
    browser = fresh_browser()
    assert recover(LOGIN, proof, browser=browser).headers["location"] == "/acces-perdu/mot-de-passe/"
    chosen = {"password": "violon ombre mardi", "again": "violon ombre mardi"}
    assert browser.post("/acces-perdu/mot-de-passe/", chosen).headers["location"] == "/acces-perdu/fait/"
    assert not person.is_inside(browser), "the account then opens in the ordinary way"
    assert not person.is_inside(old), "other sessions end"
    assert mails()[-1][:2] == (ADDRESS, "notice_recovered")
    assert ("account.recover", "mail-code+second-proof", "mail-code+second-proof") in person.journal()
    assert person.give_password(browser=fresh_browser()).status_code == 422
    assert person.give_password("violon ombre mardi", browser=fresh_browser()).status_code == 302
    assert browser.post("/acces-perdu/mot-de-passe/", chosen).headers["location"] == "/acces-perdu/"


def test_one_proof_recovers_nothing(person: Person) -> None:
    person.give_address(as_factor=True)
    person.sign_in()
    code = recovery_codes(person)[0]
    assert recover(LOGIN, code, mailed="000000").status_code == 422
    assert recover(LOGIN, "0000 0000").status_code == 422
    browser = fresh_browser()
    browser.post("/acces-perdu/", {"login": LOGIN})
    mailed = mailed_code()
    assert browser.post("/acces-perdu/codes/", {"mailed": mailed, "second": mailed}).status_code == 422
    assert browser.get("/acces-perdu/mot-de-passe/").headers["location"] == "/acces-perdu/"
    cache.clear()
    assert recover(LOGIN, code).status_code == 302, "a stranger's tries spent no code"


def test_nothing_says_whether_a_login_exists(person: Person, django_assert_num_queries: Any) -> None:
    """A login with an address, one without, none at all: the same pages, letter for letter, the same statements."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    get_user_model().objects.create_user(username="sans.adresse", password=PASSWORD)
    person.give_address()

    def seen(login: str) -> tuple[Any, ...]:
        cache.clear()
        browser = fresh_browser()
        pages = []
        for address, sent in (
            ("/acces-perdu/", {"login": login}),
            ("/acces-perdu/codes/", {"mailed": "000000", "second": "12345678"}),
        ):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = browser.post(address, sent)
            statements = [re.sub(r"'[^']*'|\d+", "?", one["sql"])[:60] for one in queries]
            page = re.sub(r'value="[^"]*"', "", answer.content.decode())
            pages.append((answer.status_code, answer.headers.get("location"), page, statements))
        return tuple(pages)

    assert seen(LOGIN) == seen("sans.adresse") == seen("personne.du.tout")
    rows = database.rows("SELECT count(*) FROM kernel_mail")
    assert rows == [(3,)]
    assert [to for to, _, _ in mails()] == [ADDRESS, "", ""]


def test_a_lost_factor_is_replaced_by_a_recovery_code(person: Person) -> None:
    person.give_address()
    old = person.sign_in()
    code = recovery_codes(person)[3]
    other = fresh_browser()
    person.give_password(browser=other)
    assert person.give_code(code, browser=other).headers["location"] == "/compte/portail/"
    assert person.is_inside(other)
    assert not person.is_inside(old), "other sessions end"
    assert mails()[-1][:2] == (ADDRESS, "notice_recovered")
    assert person.journal()[-1] == ("account.recover", "recovery-code", "password+recovery-code")
    again = fresh_browser()
    person.give_password(browser=again)
    assert person.give_code(code, browser=again).status_code == 422, "it served"


def test_new_recovery_codes_end_the_former_ones(person: Person) -> None:
    person.sign_in()
    former = recovery_codes(person)[0]
    recovery_codes(person)
    other = fresh_browser()
    person.give_password(browser=other)
    assert person.give_code(former, browser=other).status_code == 422


def test_a_code_of_the_sheet_is_a_second_proof(person: Person) -> None:
    code = sheet_code(person)
    person.give_password()
    assert person.give_code(code).headers["location"] == "/compte/portail/"
    assert person.is_inside()


@pytest.mark.parametrize(
    ("records", "proof"),
    [
        ([], ""),
        ([{"method": "password"}], ""),
        ([{"method": "mfa", "type": "totp"}], ""),
        ([{"method": "password"}, {"method": "mfa", "type": "webauthn", "reauthenticated": True}], ""),
        ([{"method": "password"}, {"method": "mfa", "type": "totp"}], "password+totp"),
        ([{"method": "password"}, {"method": "mfa", "type": "webauthn"}], "password+passkey"),
        ([{"method": "mfa", "type": "webauthn", "passwordless": True}], "passkey"),
    ],
)
def test_two_proofs_make_an_actor(records: list[dict[str, Any]], proof: str) -> None:
    assert proof_of(records) == proof


@pytest.mark.parametrize(
    "address",
    [
        "/compte/securite/application/",
        "/compte/securite/codes/",
        "/compte/securite/mot-de-passe/",
        "/compte/securite/cle/",
        "/compte/securite/cle/1/",
        "/compte/securite/adresse/",
        "/compte/securite/adresse/code/",
        "/compte/securite/code-par-messagerie/",
        "/patient/carnet/fermer/",
        "/patient/copie/",
        "/patient/journal/copie/",
        "/patient/choix/",
        "/patient/proches/",
    ],
)
def test_what_weighs_asks_again(person: Person, address: str) -> None:
    person.sign_in()
    person.age_proofs()
    for answer in (person.browser.get(address), person.browser.post(address, {"agreed": "on"})):
        if answer.status_code == 405 or address in ("/patient/choix/", "/patient/proches/"):
            continue  # a copy is only read; choices are read without asking
        assert answer.headers["location"].startswith("/compte/confirmer/?suite="), address
    asked = person.browser.post(address, {"agreed": "on"})
    assert asked.status_code == 405 or asked.headers["location"].startswith("/compte/confirmer/")
    confirm = {"suite": address, "password": "faux"}
    assert person.browser.post("/compte/confirmer/", confirm).status_code == 422
    answer = person.browser.post("/compte/confirmer/", confirm | {"password": PASSWORD})
    assert answer.headers["location"] == address
    assert not person.browser.get(address).headers.get("location", "").startswith("/compte/confirmer/")


@pytest.mark.parametrize(
    ("address", "sent", "back"),
    [
        ("/compte/securite/sessions/", {}, "/compte/securite/"),
        ("/patient/acces/autoriser/", {"person": "x"}, "/patient/acces/chercher/"),
        ("/patient/acces/", {"geste": "traitant", "qui": "p:x"}, "/patient/acces/"),
        ("/patient/acces/", {"geste": "debloquer", "qui": "p:x"}, "/patient/acces/"),
    ],
)
def test_what_opens_asks_again_and_leads_back_to_its_page(
    person: Person, address: str, sent: dict[str, str], back: str
) -> None:
    person.sign_in()
    person.age_proofs()
    asked = person.browser.post(address, sent).headers["location"]
    assert asked == "/compte/confirmer/?" + urlencode({"suite": back})
    person.browser.post("/compte/confirmer/", {"suite": back, "password": PASSWORD})
    assert not person.browser.post(address, sent).headers.get("location", "").startswith("/compte/confirmer/")


@pytest.mark.parametrize("act", ["bloquer", "finir", "plus-traitant"])
def test_what_closes_is_done_at_once(person: Person, act: str) -> None:
    person.sign_in()
    person.age_proofs()
    answer = person.browser.post("/patient/acces/", {"geste": act, "qui": "p:x"})
    assert answer.status_code in (302, 422)
    assert not answer.headers.get("location", "").startswith("/compte/confirmer/")


def test_a_passkey_confirms(person: Person) -> None:
    person.sign_in()
    key, _ = add_passkey(person)
    person.age_proofs()
    asked = options(person.browser, "/compte/confirmer/?suite=/compte/securite/codes/")
    sent = {"credential": key.sign(asked), "suite": "https://intrus.example/"}
    assert person.browser.post("/compte/confirmer/", sent).headers["location"] == "/compte/portail/"
    assert person.browser.get("/compte/securite/codes/").status_code == 200


def test_sign_ins_have_their_lines_and_nobody_has_a_name_there(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "carnet")
    person.give_password("pas le bon")
    person.give_password()
    person.give_code("000000")
    person.give_code()
    person.browser.post("/compte/deconnexion/")
    said = [record.getMessage() for record in caplog.records if record.name.startswith("carnet.portals.frame")]
    account = sign_in_log.pseudonym(person.user.pk)
    assert said == [
        f"password refused: login {sign_in_log.pseudonym(LOGIN)}",
        f"tried: code of {account}",
        f"tried: code of {account}",
        f"right: code of {account}",
        f"signed in: account {account} by password+totp",
        f"signed out: account {account}",
    ]
    assert LOGIN not in " ".join(said)


def test_reading_asks_nothing_again(person: Person) -> None:
    person.sign_in()
    person.age_proofs()
    for address in ("/patient/", "/patient/journal/", "/compte/securite/"):
        assert person.browser.get(address).status_code == 200
