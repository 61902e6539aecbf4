"""A5: codes printed at the desk let the person in from home, once each, for thirty days."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.conftest import Living
from tests.journeys import desk
from tests.portals import lives
from tests.portals.conftest import walker  # noqa: F401 - the fixture
from tests.portals.walk import Walker, code_at

pytestmark = pytest.mark.xdist_group("portals")
_OWN = "girafe tambour lundi"


def choose_password(page) -> None:
    page.get_by_label("Votre mot de passe").fill(_OWN)
    page.get_by_label("Le même, une seconde fois").fill(_OWN)
    page.get_by_role("button", name="Continuer").click()


def test_a_code_works_once_and_the_person_is_inside(walker: Walker, living: Living) -> None:  # noqa: F811
    who = desk.somebody()
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, who), "PAUL")
        sheet = desk.print_sheet(page, printed)
        large = desk.read(printed[-1])
    assert sheet.pages == large.pages == 1
    assert "CHU de la Dune" in sheet.text
    assert who.nir not in sheet.text
    assert who.name not in sheet.text
    with walker.page() as page:
        desk.enter(page, sheet, "0000 0000")
        expect(page.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
        walker.look(page, "first-entry-refused")
        desk.enter(page, sheet, sheet.codes[0])
        walker.look(page, "first-entry-password")
        page.get_by_label("Votre mot de passe").fill("court")
        page.get_by_label("Le même, une seconde fois").fill("autre")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("trop court")
        walker.look(page, "first-entry-password-refused")
        choose_password(page)
        walker.look(page, "first-entry-confirmation")
        page.get_by_label("Code à 6 chiffres").fill("000000")
        page.get_by_role("button", name="Entrer dans mon carnet").click()
        expect(page.get_by_role("alert")).to_contain_text("n’est pas celui de ce moment")
        seed = page.locator(".code").inner_text().replace(" ", "")
        page.get_by_label("Code à 6 chiffres").fill(code_at(seed, time.time()))
        page.get_by_role("button", name="Entrer dans mon carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")
        page.get_by_role("link", name="Qui a consulté").click()
        for told in ("a imprimé une feuille de codes d’accès", "êtes entré avec un code", "a essayé un code imprimé"):
            expect(page.get_by_role("main")).to_contain_text(told)
    with walker.page() as page:
        desk.enter(page, sheet, sheet.codes[0])
        expect(page.get_by_role("alert")).to_contain_text("Ce code a déjà servi")
        page.goto("/premiere-connexion/mot-de-passe/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Première connexion")


def test_without_a_telephone_the_other_codes_confirm_each_entry(walker: Walker, living: Living) -> None:  # noqa: F811
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, desk.somebody()), "PAUL")
        sheet = desk.print_sheet(page, printed, large=True)
    with walker.page() as page:
        desk.enter(page, sheet, sheet.codes[0])
        choose_password(page)
        page.get_by_role("button", name="Utiliser les codes de la feuille").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")
    for code, heading in ((sheet.codes[1], "Mes documents"), (sheet.codes[1], "Code de vérification")):
        with walker.page() as page:
            page.goto("/compte/connexion/")
            page.get_by_label("Identifiant").fill(sheet.login)
            page.get_by_label("Mot de passe").fill(_OWN)
            page.get_by_role("button", name="Continuer").click()
            page.get_by_label("Code à 6 chiffres").fill(code)
            page.get_by_role("button", name="Se connecter").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def test_another_print_revokes_and_thirty_days_end_it(walker: Walker, living: Living) -> None:  # noqa: F811
    """In the domain of 2012, whose clock no other story reads."""
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, desk.somebody()), "PAUL", domain="fr-2012")
        first = desk.print_sheet(page, printed)
        page.get_by_role("link", name="Suivre ce carnet").click()
        expect(page.get_by_role("region", name="Feuille de codes")).to_contain_text("en imprimer une autre l’annule")
        second = desk.print_sheet(page, printed)
    assert first.login == second.login
    with walker.page() as page:
        desk.enter(page, first, first.codes[0])
        expect(page.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
        desk.enter(page, second, second.codes[0])
        choose_password(page)
        page.get_by_role("button", name="Utiliser les codes de la feuille").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")
    until = re.search(r"Valable jusqu’au ([^.]+)\.", second.text)
    assert until is not None
    moved = lives.command(living, "demo", "advance", "31d", "--domain", "fr-2012")
    assert moved.returncode == 0, moved.stderr
    time.sleep(1.1)  # a process reads the clock of a domain at most once a second
    with walker.page() as page:
        desk.enter(page, second, second.codes[1])
        expect(page.get_by_role("alert")).to_contain_text("plus valable : sa date est passée")


def test_attempts_on_a_sheet_are_limited(walker: Walker, living: Living) -> None:  # noqa: F811
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, desk.somebody()), "PAUL")
        sheet = desk.print_sheet(page, printed)
    with walker.page() as page:
        for number in range(5):
            desk.enter(page, sheet, f"0000 000{number}")
        desk.enter(page, sheet, sheet.codes[0])
        expect(page.get_by_role("alert")).to_contain_text("suspendu quelques minutes")
