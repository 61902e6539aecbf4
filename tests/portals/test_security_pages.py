"""« Ma sécurité » in a browser: a passkey made and used, an address, a code by mail, a device that is trusted."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")
WHO = "anghjulu.demo-castellu"
ADDRESS = "anghjulu@example.org"


@contextmanager
def key_in(page: Page) -> Iterator[None]:
    """A key of the machine itself that verifies who uses it (WebAuthn virtual authenticator, by CDP)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


def last_code(page: Page) -> str:
    """The code of the last message to the address, as the demonstration's mailbox shows it."""
    deadline = time.monotonic() + 30
    before = page.url
    while True:
        page.goto("/demonstration/courrier/")
        box = page.get_by_role("link", name=ADDRESS)
        if box.count():
            box.click()
            found = re.findall(r"\b\d{6}\b", page.locator("article").first.inner_text())
            if found and found[0] not in _SEEN:
                _SEEN.add(found[0])
                page.goto(before)
                return found[0]
        assert time.monotonic() < deadline, "no mail in thirty seconds"
        time.sleep(0.5)


_SEEN: set[str] = set()


def title(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def leave(page: Page) -> None:
    page.goto("/compte/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    title(page, "Le carnet de santé partagé")


def test_a_person_tends_their_own_security(walker: Walker) -> None:
    person = walker.person("patients", WHO)
    with walker.page() as page:
        page.goto("/compte/cle/")
        walker.look(page, "passkey-sign-in")
        page.goto("/acces-perdu/")
        walker.look(page, "recovery")
        page.get_by_label("Identifiant").fill("personne.du.tout")
        page.get_by_role("button", name="Recevoir un code").click()
        title(page, "Deux codes")
        walker.look(page, "recovery-codes")
        walker.sign_in(page, person)
        with key_in(page):
            page.get_by_role("link", name="Ma sécurité").click()
            title(page, "Ma sécurité")
            page.get_by_role("link", name="Ajouter une clé d’accès").click()
            walker.look(page, "passkey-add")
            page.get_by_label("Nom de la clé").fill("Ordinateur")
            page.get_by_role("button", name="Créer la clé d’accès").click()
            title(page, "Ma sécurité")
            expect(page.get_by_role("main")).to_contain_text("Ordinateur, ajoutée le")
            leave(page)
            page.goto("/compte/connexion/")
            page.get_by_role("link", name="Se connecter avec une clé d’accès").click()
            page.get_by_role("button", name="Utiliser ma clé d’accès").click()
            title(page, "Mes documents")
        page.goto("/compte/confirmer/?suite=/compte/securite/codes/")
        walker.look(page, "confirm")
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Confirmer").click()
        title(page, "Codes de secours")
        page.get_by_role("button", name="Faire dix codes").click()
        walker.look(page, "recovery-codes-made")
        page.goto("/compte/securite/application/")
        walker.look(page, "application")
        page.goto("/compte/securite/mot-de-passe/")
        walker.look(page, "password")


def test_an_address_receives_codes_within_seconds(walker: Walker) -> None:
    person = walker.person("patients", WHO)
    with walker.page(person) as page:
        page.goto("/compte/securite/adresse/")
        walker.look(page, "address")
        page.get_by_label("Adresse de messagerie").fill(ADDRESS)
        page.get_by_role("button", name="Recevoir un code").click()
        title(page, "Confirmez l’adresse")
        code = last_code(page)
        page.get_by_label("Code reçu par messagerie").fill(code)
        walker.look(page, "address-code")
        page.get_by_role("button", name="Confirmer").click()
        title(page, "Ma sécurité")
        page.get_by_role("button", name="Le proposer").click()
        walker.look(page, "security")
    with walker.page() as page:
        page.goto("/compte/connexion/")
        walker.look(page, "sign-in-with-passkey")
        page.get_by_label("Identifiant").fill(person["login"])
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Recevoir un code par messagerie").click()
        expect(page.get_by_role("status")).to_contain_text("Un code est parti")
        walker.look(page, "second-step")
        page.get_by_label("Code à 6 chiffres").fill(last_code(page))
        page.get_by_label("Se fier à cet appareil").check()
        page.get_by_role("button", name="Se connecter").click()
        title(page, "Mes documents")
        page.get_by_role("link", name="Ma sécurité").click()
        walker.look(page, "security-trusted")
        leave(page)
        page.goto("/compte/connexion/")
        page.get_by_label("Identifiant").fill(person["login"])
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        title(page, "Mes documents")
        page.goto("/demonstration/courrier/")
        page.get_by_role("link", name=ADDRESS).click()
        walker.look(page, "mailbox")
