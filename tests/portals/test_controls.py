"""A person decides over their record through the pages: who is in, choices, relatives; each page looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")

PERSON, HELPER = "noe.demo-tilleul", "marcel.demo-chene"


def line(page: Page, name: str) -> object:
    """Somebody in a list."""
    return page.locator(".person", has_text=name)


def test_who_has_access(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/")
        page.get_by_role("link", name="Qui a accès").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Qui a accès à mon carnet")
        page.get_by_role("link", name="Autoriser ou bloquer quelqu’un").click()
        page.get_by_role("button", name="Chercher").click()
        expect(page.locator(".summary")).to_contain_text("Saisissez un nom.")
        page.get_by_label("Nom du professionnel").fill("zzzz")
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_role("heading", name="Personne à ce nom")).to_be_visible()
        page.get_by_label("Nom du professionnel").fill("liege hel")
        page.get_by_role("button", name="Chercher").click()
        walker.look(page, "patient-search")
        page.get_by_role("button", name="Autoriser Dr Hélène LIÈGE").click()
        page.get_by_label("Jusqu’au (facultatif)").fill("31/02/2030")
        page.get_by_role("button", name="Autoriser").click()
        expect(page.locator(".summary")).to_contain_text("Cette date n’existe pas")
        page.get_by_label("Jusqu’au (facultatif)").fill("31/12/2030")
        walker.look(page, "patient-allow")
        page.get_by_role("button", name="Autoriser").click()
        expect(page.get_by_role("status")).to_have_text("Dr Hélène LIÈGE peut lire votre carnet.")
        expect(line(page, "LIÈGE")).to_contain_text("jusqu’au 31 décembre 2030")
        page.get_by_role("button", name="C’est mon médecin traitant : Dr Hélène LIÈGE").click()
        expect(line(page, "LIÈGE").locator(".marker")).to_have_text("médecin traitant")
        walker.look(page, "patient-access")
        page.get_by_role("button", name="Bloquer Dr Hélène LIÈGE").click()
        expect(page.get_by_role("status")).to_contain_text("est bloqué")
        walker.look(page, "patient-access-blocked")
        page.get_by_role("button", name="Débloquer Dr Hélène LIÈGE").click()
        expect(page.get_by_role("region", name="N’ont plus accès")).to_contain_text("LIÈGE")
        page.goto("/patient/journal/")
        expect(page.get_by_text("Vous avez bloqué un accès : Dr Hélène LIÈGE.")).to_be_visible()


def test_choices(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/choix/")
        walker.look(page, "patient-choices")
        page.get_by_label("Les autres professionnels de santé").uncheck()
        page.get_by_role("button", name="Enregistrer mes choix pour les urgences").click()
        expect(page.get_by_role("status")).to_have_text("Vos choix pour les urgences sont enregistrés.")
        expect(page.get_by_label("Les autres professionnels de santé")).not_to_be_checked()
        page.get_by_label("Les autres professionnels de santé").check()
        page.get_by_role("button", name="Enregistrer mes choix pour les urgences").click()
        page.get_by_label("Mon adresse électronique").fill("noe")
        page.get_by_role("button", name="Enregistrer mes choix de messages").click()
        expect(page.locator(".summary")).to_contain_text("n'est pas bien formée")
        page.get_by_role("button", name="M’opposer").click()
        expect(page.locator(".summary")).to_contain_text("La loi demande un motif")
        walker.look(page, "patient-choices-refused")
        page.get_by_label("Votre motif").fill("Un proche travaille au laboratoire.")
        page.get_by_role("button", name="M’opposer").click()
        expect(page.locator(".notice")).to_contain_text("Un proche travaille au laboratoire.")
        page.get_by_role("button", name="Lever mon opposition").click()
        expect(page.get_by_label("Votre motif")).to_be_visible()


def test_relatives(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        walker.look(page, "patient-relatives")
        page.get_by_role("button", name="Préparer un code").click()
        code = page.locator(".code").inner_text()
        walker.look(page, "patient-invitation")
    with walker.page(walker.person("patients", HELPER)) as page:
        page.goto("/patient/proches/")
        page.get_by_label("Code reçu").fill("ABCD-EFGH-JKLM")
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.locator(".summary")).to_contain_text("Ce code n'existe pas")
        page.get_by_label("Code reçu").fill(code.lower())
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.get_by_role("status")).to_have_text("Vous pouvez maintenant aider cette personne.")
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        expect(page.locator(".person")).to_have_count(1)
        page.locator(".person").get_by_role("button").click()
        expect(page.get_by_role("heading", name="Personne n’agit pour vous")).to_be_visible()
