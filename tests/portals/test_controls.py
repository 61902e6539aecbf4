"""A person decides over their record through the pages: who is in, choices, relatives; each page looked at."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from carnet.ops.demo.patients import MARCEL
from tests.portals.walk import Walker, code_at

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
        page.get_by_role("button", name="Mettre fin à l’aide de Marcel").click()
        expect(page.get_by_role("status")).to_have_text("Cette personne n’agit plus pour vous.")
        expect(page.get_by_role("button", name="Mettre fin")).to_have_count(0)


def test_who_sees_a_document_and_the_record_as_somebody_else_sees_it(walker: Walker) -> None:
    with walker.page(walker.person("patients", HELPER)) as page:
        page.goto("/patient/")
        page.locator(".document h3 a").first.click()
        page.get_by_role("link", name="Qui peut le voir").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Qui peut voir ce document")
        seen = page.locator(".person", has_text="Le voit").first
        name = seen.locator("h2").inner_text()
        walker.look(page, "patient-who-sees")
        seen.get_by_role("button", name="Cacher").click()
        # Who deposited it keeps it, and the médecin traitant reads all: the page says so instead of pretending.
        expect(page.locator("[role=status], [role=alert]").first).to_be_visible()
        common = page.get_by_role("button", name=f"Règle commune pour {name}")
        if common.count():
            common.click()
            expect(page.get_by_role("status")).to_contain_text("règle commune")
        page.goto("/patient/acces/")
        page.get_by_role("button", name="Voir mon carnet comme").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Mon carnet vu par")
        walker.look(page, "patient-record-as")


def test_acting_for_somebody(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        page.get_by_role("button", name="Préparer un code").click()
        code = page.locator(".code").inner_text()
    with walker.page(walker.person("patients", HELPER)) as page:
        page.goto("/patient/proches/")
        page.get_by_label("Code reçu").fill(code)
        page.get_by_role("button", name="Accepter d’aider").click()
        page.get_by_role("button", name="Ouvrir son carnet : Noé").click()
        expect(page.locator(".acting-band")).to_contain_text("Noé")
        walker.look(page, "patient-acting")
        # A reader reads: choices are not theirs.
        page.goto("/patient/choix/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Le carnet n’a pas accepté cette demande")
        page.goto("/patient/")
        page.get_by_role("button", name="Revenir à mon carnet").click()
        expect(page.locator(".acting-band")).to_have_count(0)
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/journal/")
        expect(page.get_by_text("a consulté la liste des documents").first).to_be_visible()
        page.goto("/patient/proches/")
        page.get_by_role("button", name="Mettre fin à l’aide de Marcel").click()
    with walker.page(walker.person("patients", HELPER)) as page:
        page.goto("/patient/proches/")
        expect(page.get_by_role("button", name="Ouvrir son carnet")).to_have_count(0)


def test_a_caregiver_without_a_record_enters_their_code(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        page.get_by_role("button", name="Préparer un code").click()
        code = page.locator(".code").inner_text()
    with walker.page(walker.identities["caregivers"][0]) as page:
        # Whatever page of a record is asked for, there is none of their own.
        page.goto("/patient/journal/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Les personnes que j’aide")
        walker.look(page, "caregiver")
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Code reçu").fill("ABCD-EFGH-JKLM")
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.locator(".summary")).to_contain_text("Ce code n'existe pas")
        page.get_by_label("Code reçu").fill(code)
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.get_by_role("status")).to_have_text("Vous pouvez maintenant aider cette personne.")
        walker.look(page, "caregiver-helping")
        page.get_by_role("button", name="Ouvrir son carnet : Noé").click()
        expect(page.locator(".acting-band")).to_contain_text("Noé")
        page.get_by_role("button", name="Quitter ce carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Les personnes que j’aide")
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        expect(page.get_by_role("main")).to_contain_text("Lucienne DEMO-TREMBLE")
        page.get_by_role("button", name="Mettre fin à l’aide de Lucienne").click()
    with walker.page(walker.identities["caregivers"][0]) as page:
        page.goto("/patient/aider/")
        expect(page.get_by_role("button", name="Ouvrir son carnet")).to_have_count(0)


def test_a_code_makes_an_account_for_who_has_none(walker: Walker) -> None:
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        page.get_by_role("button", name="Préparer un code").click()
        code = page.locator(".code").inner_text()
    with walker.page() as page:
        page.goto("/compte/connexion/")
        page.get_by_role("link", name="Aider un proche").click()
        walker.look(page, "caregiver-entry")
        page.get_by_label("Code reçu").fill("ABCD-EFGH-JKLM")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("Écrivez vos prénom et nom.")
        page.get_by_label("Vos prénom et nom").fill("Inès  DEMO-ORME")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce code n'existe pas")
        walker.look(page, "caregiver-entry-refused")
        page.get_by_label("Code reçu").fill(code)
        page.get_by_role("button", name="Continuer").click()
        login = page.locator(".code").inner_text()
        walker.look(page, "caregiver-entry-password")
        page.get_by_label("Votre mot de passe").fill("quatre saisons en barque")
        page.get_by_label("Le même, une seconde fois").fill("quatre saisons en barque")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("button", name="Utiliser les codes de la feuille")).to_have_count(0)
        walker.look(page, "caregiver-entry-confirmation")
        seed = page.locator(".code").inner_text().replace(" ", "")
        page.get_by_label("Code à 6 chiffres").fill(code_at(seed, time.time()))
        page.get_by_role("button", name="Entrer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Les personnes que j’aide")
        expect(page.get_by_role("button", name="Ouvrir son carnet : Noé")).to_be_visible()
        page.get_by_role("button", name="Se déconnecter").click()
        page.goto("/compte/connexion/")
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill("quatre saisons en barque")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Code de vérification")
    with walker.page(walker.person("patients", PERSON)) as page:
        page.goto("/patient/proches/")
        page.get_by_role("button", name="Mettre fin à l’aide de Inès DEMO-ORME").click()
        expect(page.get_by_role("main")).to_contain_text("Ont agi pour vous")


def test_an_emergency_from_the_door_to_its_review(walker: Walker) -> None:
    with walker.page(walker.person("professionals", "ismael.tremblaie")) as page:
        page.goto("/pro/")
        page.get_by_label("Matricule INS du patient").fill(MARCEL.identifier.value)
        page.get_by_role("button", name="Ouvrir").click()
        page.get_by_role("link", name="Accès en urgence").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Accès en urgence")
        page.get_by_role("button", name="Entrer en urgence").click()
        expect(page.locator(".summary")).to_contain_text("Choisissez un motif.")
        walker.look(page, "pro-emergency-refused")
        page.get_by_label("La personne ne peut pas exprimer sa volonté.").check()
        page.get_by_label("Il existe un risque immédiat pour sa santé.").check()
        page.get_by_label("Motif", exact=True).select_option(label="Perte de connaissance ou coma")
        page.get_by_role("button", name="Entrer en urgence").click()
        expect(page.locator(".emergency-band")).to_contain_text("Accès en urgence")
        expect(page.locator(".emergency-band")).to_contain_text("encore")
        walker.look(page, "pro-emergency-record")
        page.locator(".document h3 a").first.click()
        expect(page.locator(".emergency-band")).to_be_visible()
    with walker.page(walker.person("patients", HELPER)) as page:
        page.goto("/patient/")
        expect(page.locator(".notice")).to_contain_text("Un professionnel a consulté votre carnet en urgence")
        expect(page.locator(".notice")).to_contain_text("Ismaël TREMBLAIE")
        walker.look(page, "patient-emergency-notice")
        page.get_by_role("button", name="J’ai lu, voir ce qui a été consulté").click()
        expect(page.locator(".sentence", has_text="accès d’urgence").first).to_be_visible()
        page.goto("/patient/")
        expect(page.locator(".notice")).to_have_count(0)
    with walker.page(walker.person("clerks", "protection.donnees")) as page:
        page.goto("/admission/carnet/")
        page.get_by_role("link", name="Accès d’urgence à contrôler").click()
        walker.look(page, "officer-emergencies")
        page.locator(".person a", has_text="Ismaël TREMBLAIE").first.click()
        expect(page.locator("main")).to_contain_text("Perte de connaissance ou coma")
        expect(page.locator("main")).not_to_contain_text(MARCEL.traits.birth_name)
        page.get_by_role("button", name="Conclure").click()
        expect(page.locator(".summary")).to_contain_text("Choisissez une conclusion.")
        walker.look(page, "officer-emergency")
        page.get_by_label("Justifié").check()
        page.get_by_role("button", name="Conclure").click()
        expect(page.get_by_role("heading", name="Contrôlés récemment")).to_be_visible()
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        page.goto("/admission/urgences/")
        expect(page.locator("main")).to_contain_text("délégués à la protection des données")
