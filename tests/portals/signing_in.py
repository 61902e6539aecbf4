"""A patient with a portal account, in this process, and the hands that sign in: no browser, no living server."""

from __future__ import annotations

import html
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from carnet.kernel import database, keys, mail
from carnet.record.directory import api as directory
from tests.capabilities.world import CLERK, World
from tests.portals.key import Key
from tests.portals.walk import code_at

PASSWORD = "girafe tambour lundi"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = "marcel.essai"
ADDRESS = "marcel@example.org"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Person:
    """An account and the browser of its person."""

    world: World
    login: str = LOGIN
    browser: Client = field(default_factory=lambda: fresh_browser())

    @property
    def user(self) -> Any:
        """The account as the database has it at this moment."""
        return get_user_model().objects.get(username=self.login)

    def give_password(self, password: str = PASSWORD, *, browser: Client | None = None) -> Any:
        """The first step."""
        sent = {"login": self.login, "password": password}
        return (browser or self.browser).post("/compte/connexion/", sent)

    def give_code(self, code: str | None = None, *, browser: Client | None = None, **more: str) -> Any:
        """The second step; the application's code of the moment by default, whether it served or not."""
        if code is None:
            cache.clear()
            code = code_at(SEED, time.time())
        return (browser or self.browser).post("/compte/code/", {"code": code} | more)

    def sign_in(self, *, browser: Client | None = None) -> Client:
        """Both steps."""
        assert self.give_password(browser=browser).status_code == 302
        assert self.give_code(browser=browser).headers["location"] == "/compte/portail/"
        (browser or self.browser).get("/patient/")
        return browser or self.browser

    def is_inside(self, browser: Client | None = None) -> bool:
        """Whether the browser is inside the record."""
        return (browser or self.browser).get("/patient/identite/").status_code == 200

    def give_address(self, *, as_factor: bool = False) -> None:
        """A verified address, chosen or not as the second factor."""
        user = self.user
        user.email = ADDRESS
        user.save()
        if as_factor:
            database.execute("INSERT INTO frame_mail_factor VALUES (%s)", (user.pk,))

    def journal(self) -> list[tuple[str, str, str]]:
        """Acts on the account in the journal of the record: action, rule, proof."""
        return database.rows(
            "SELECT action, rule, proof FROM journal_entry"
            " WHERE record_id = %s AND action = ANY('{account.change,account.recover}') ORDER BY at",
            (self.world.record_id,),
        )

    def age_proofs(self, seconds: int = 600) -> None:
        """The proofs of this browser's session become older."""
        session = self.browser.session
        for record in session["account_authentication_methods"]:
            record["at"] -= seconds
        session.save()


def patient(world: World) -> Person:
    """The person of a fresh record, with a password and an application."""
    cache.clear()
    user = get_user_model().objects.create_user(username=LOGIN, password=PASSWORD)
    TOTP.activate(user, SEED)
    directory.enrol_patient_account(actor=CLERK, login=LOGIN, record_id=world.record_id, name="Marcel ESSAI")
    return Person(world)


def fresh_browser(**options: Any) -> Client:
    """A browser that nobody used."""
    return Client(headers={"host": "localhost", "user-agent": FIREFOX, "x-forwarded-for": "192.0.2.7"}, **options)


def mails() -> list[tuple[str, str, dict[str, str]]]:
    """What waits to leave, first asked first: address, letter, values."""
    found = database.rows("SELECT id, sealed FROM kernel_mail ORDER BY at, id")
    opened = [json.loads(keys.open_object(mail._key(), name, bytes(sealed))) for name, sealed in found]
    return [(one["to"], one["template"], one["about"]) for one in opened]


def mailed_code() -> str:
    """The code of the last mail that holds one."""
    return [about["code"] for _, _, about in mails() if "code" in about][-1]


def errors(answer: Any) -> str:
    """The words of a page's error summary."""
    found = re.search(r'<div class="summary".*?</div>', answer.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def totp(user: Any) -> Authenticator:
    """The application of an account."""
    return Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)


def options(browser: Client, address: str) -> dict[str, Any]:
    """What a page asks of a passkey."""
    page = browser.get(address).content.decode()
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, page
    return json.loads(html.unescape(found[1]))


def add_passkey(person: Person, name: str = "Téléphone", **how: Any) -> tuple[Key, Any]:
    """A passkey added from inside."""
    key = Key(**how)
    asked = options(person.browser, "/compte/securite/cle/")
    sent = {"credential": key.make(asked), "name": name}
    return key, person.browser.post("/compte/securite/cle/", sent)


def another(person: Person) -> Client:
    """Somebody else, inside another record."""
    elsewhere = World()
    user = get_user_model().objects.create_user(username="autre.essai", password=PASSWORD)
    TOTP.activate(user, SEED)
    directory.enrol_patient_account(actor=CLERK, login="autre.essai", record_id=elsewhere.record_id, name="Autre")
    return Person(elsewhere, "autre.essai").sign_in()
