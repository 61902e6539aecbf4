"""The desk's pages about a record that exists, and the patient's page about their own: life and identity."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from carnet.record.identity.api import ins_key
from tests.conftest import Living
from tests.journeys import desk
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def confirm(page: Page, link: str, button: str) -> None:
    """Choose an act, read what it means, tick, and do it."""
    page.get_by_role("link", name=link).click()
    page.get_by_role("main").get_by_role("checkbox").check()
    page.get_by_role("button", name=button).click()


def find(page: Page, number: str) -> None:
    page.goto("/admission/carnet/")
    page.get_by_label("Matricule INS, ou identifiant local").fill(number)
    page.get_by_role("button", name="Retrouver").click()


def test_life_of_a_record_at_the_desk(walker: Walker, living: Living) -> None:
    who = desk.somebody()
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, who), "PAUL")
        walker.look(page, "admission-created")
        desk.print_sheet(page, printed)
        find(page, who.nir[:14] + ("1" if who.nir[14] == "0" else "0"))
        expect(page.get_by_role("alert")).to_be_visible()
        walker.look(page, "admission-find-refused")
        find(page, who.nir)
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")
        assert who.name not in page.get_by_role("main").inner_text()
        walker.look(page, "admission-record")
        page.get_by_role("link", name="Fermer le carnet").click()
        page.get_by_role("button", name="Fermer le carnet").click()
        expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
        walker.look(page, "admission-act-refused")
        page.get_by_role("link", name="Ne rien changer").click()
        confirm(page, "Fermer le carnet", "Fermer le carnet")
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet fermé")
        assert page.get_by_role("button", name="Imprimer").count() == 0
        walker.look(page, "admission-record-closed")
        confirm(page, "Rouvrir le carnet", "Rouvrir le carnet")
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")
        confirm(page, "Demander l’effacement", "Demander l’effacement")
        expect(page.get_by_role("main")).to_contain_text("Sera effacé le")
        assert page.get_by_role("link", name="Demander l’effacement").count() == 0


def test_after_a_death_an_heir_reads_what_they_need(walker: Walker, living: Living) -> None:
    who = desk.somebody()
    with desk.at_the_desk(walker) as (page, _):
        desk.create_with_card(page, desk.insert(living, who), "PAUL")
        page.get_by_role("link", name="Suivre ce carnet").click()
        page.get_by_role("link", name="Identité").click()
        page.get_by_label("Date du décès").fill("01/01/1970")
        page.get_by_label("L’acte de décès a été présenté").check()
        page.get_by_role("button", name="Déclarer le décès").click()
        expect(page.get_by_role("alert")).to_contain_text("précède la naissance")
        page.get_by_label("Date du décès").fill("14/03/2024")
        page.get_by_label("L’acte de décès a été présenté").check()
        page.get_by_role("button", name="Déclarer le décès").click()
        expect(page.get_by_role("status")).to_contain_text("Décès enregistré")
        expect(page.get_by_role("main")).to_contain_text("La cellule d’identitovigilance voit leurs papiers")
    with walker.page(walker.person("clerks", "identito.chu")) as page:
        find(page, who.nir)
        page.get_by_role("link", name="Identité").click()
        page.get_by_role("button", name="Préparer un code").click()
        expect(page.get_by_role("alert")).to_contain_text("Cochez la case si vous avez vu")
        walker.look(page, "admission-heir-refused")
        page.get_by_label("Pour quoi").select_option("memory")
        page.get_by_label("ses papiers ont été présentés").check()
        page.get_by_label("Rien ne dit que la personne").check()
        page.get_by_role("button", name="Préparer un code").click()
        code = page.locator(".code").inner_text()
        walker.look(page, "admission-heir-code")
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/proches/")
        page.get_by_label("Code reçu").fill(code)
        page.get_by_role("button", name="Accepter d’aider").click()
        expect(page.get_by_role("main")).to_contain_text("Ayant droit : vous pouvez lire son carnet")
        page.get_by_role("button", name=f"Ouvrir son carnet : Paul {who.name}").click()
        expect(page.locator(".acting-band")).to_contain_text(who.name)
        expect(page.get_by_role("link", name="Ajouter un document")).to_have_count(0)
        # An heir reads, and decides nothing in the person's place: what would refuse them is not offered.
        links = page.get_by_role("navigation", name="Mon carnet").get_by_role("link")
        expect(links).to_have_text(["Documents", "Mes proches", "Identité"])
        expect(page.get_by_role("main")).to_contain_text("Aucun document ne vous est ouvert")
        expect(page.get_by_role("link", name="Tout télécharger")).to_have_count(0)
        walker.look(page, "patient-as-heir")
        page.get_by_role("button", name="Revenir à mon carnet").click()
    with desk.at_the_desk(walker) as (page, _):
        find(page, who.nir)
        page.get_by_role("link", name="Identité").click()
        page.get_by_label("La personne est vivante").check()
        page.get_by_role("button", name="Annuler la déclaration").click()
        expect(page.get_by_role("status")).to_have_text("Déclaration de décès annulée")


def test_a_desk_elsewhere_sees_the_state_and_nothing_more(walker: Walker, living: Living) -> None:
    who = desk.somebody()
    with desk.at_the_desk(walker) as (page, _):
        desk.create_with_card(page, desk.insert(living, who), "PAUL")
        page.get_by_role("link", name="Suivre ce carnet").click()
        address = page.url
    others = [one for one in walker.identities["clerks"] if one["login"] != "accueil.chu"]
    elsewhere = next(one for one in others if one["structure"] != walker.person("clerks", "accueil.chu")["structure"])
    with walker.page(elsewhere) as page:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("Retrouver un carnet")
        find(page, who.nir)
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")
        assert page.get_by_role("button", name="Imprimer").count() == 0
        page.goto(address + "identite/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Cette identité se tient ailleurs")
        assert who.name not in page.content()


def test_identity_at_the_desk(walker: Walker, living: Living) -> None:
    who = desk.somebody("NOÉ", born="01/09/2026")
    with desk.at_the_desk(walker) as (page, _):
        page.goto("/admission/sans-matricule/")
        page.get_by_label("Pourquoi sans matricule").select_option("newborn")
        page.get_by_label("Nom de naissance").fill(who.name)
        page.get_by_label("Prénoms de naissance").fill(who.given)
        page.get_by_label("Date de naissance").fill(who.born)
        page.get_by_label("Sexe").select_option("M")
        page.get_by_label("consent").check()
        page.get_by_role("button", name="Créer le carnet").click()
        local = page.locator(".local").inner_text()
        page.get_by_role("link", name="Suivre ce carnet").click()
        page.get_by_role("link", name="Identité").click()
        walker.look(page, "admission-identity")
        page.get_by_role("button", name="Déclarer le représentant").click()
        expect(page.get_by_role("alert")).to_contain_text("Saisissez le nom du représentant")
        walker.look(page, "admission-identity-refused")
        page.get_by_label("Nom et prénom du représentant").fill("DEMO-MÈRE Jeanne")
        page.get_by_label("Précision").fill("mère")
        page.get_by_label("Depuis le").fill(who.born)
        page.get_by_role("button", name="Déclarer le représentant").click()
        expect(page.get_by_role("status")).to_have_text("Représentant enregistré")
        expect(page.get_by_role("main")).to_contain_text("DEMO-MÈRE Jeanne")
        page.get_by_label("Représentant", exact=True).select_option(index=0)
        page.get_by_label("Dernier jour").fill(who.born)
        page.get_by_role("button", name="Enregistrer la fin").click()
        expect(page.get_by_role("status")).to_have_text("Fin de la représentation enregistrée")
        page.get_by_label("Nouvel état").select_option("QUAL")
        page.get_by_role("button", name="Enregistrer l’état").click()
        expect(page.get_by_role("alert")).to_contain_text("qu'avec un INS")
        page.get_by_label("Nouvel état").select_option("VALI")
        page.get_by_label("Pièce d’identité vue").select_option("acte-naissance")
        page.get_by_role("button", name="Enregistrer l’état").click()
        expect(page.get_by_role("main")).to_contain_text("identité validée")
        page.get_by_label("Numéro dans votre logiciel").fill("0042-7")
        page.get_by_label("OID de la numérotation").fill("1.2.250.1.999.7")
        page.get_by_role("button", name="Ajouter le numéro").click()
        expect(page.get_by_role("main")).to_contain_text("0042-7")
        page.get_by_label("Matricule INS").fill(who.nir)
        page.get_by_label("Le téléservice INSi l’a rendu et").check()
        page.get_by_role("button", name="Enregistrer le matricule").click()
        expect(page.get_by_role("status")).to_contain_text("Matricule enregistré")
        expect(page.get_by_role("main")).to_contain_text("identité qualifiée")
        walker.look(page, "admission-identity-numbered")
        for number in (who.nir, local):
            find(page, number)
            expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")


def test_two_records_of_one_person_become_one_and_two_again(walker: Walker, living: Living) -> None:
    one, other = desk.somebody(), desk.somebody("JEANNE")
    with desk.at_the_desk(walker) as (page, _):
        for who in (one, other):
            desk.create_with_card(page, desk.insert(living, who), who.given)
        page.goto("/admission/reunir/")
        expect(page.get_by_role("heading", level=1)).to_contain_text("identitovigilance")
    with walker.page(walker.person("clerks", "identito.chu")) as page:
        page.goto("/admission/carnet/")
        page.get_by_role("link", name="Identitovigilance").click()
        page.get_by_role("button", name="Comparer").click()
        expect(page.get_by_role("alert")).to_contain_text("Saisissez un numéro")
        walker.look(page, "admission-merge-refused")
        page.get_by_label("Carnet conservé").fill(other.nir)
        page.get_by_label("Carnet à réunir au premier").fill(one.nir)
        # The keyboard alone leads from the numbers to the end.
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Les deux identités")).to_be_visible()
        names = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Prénoms de naissance"))
        expect(names).to_contain_text("différent")
        walker.look(page, "admission-merge")
        page.get_by_role("button", name="Inverser").click()
        expect(names.get_by_role("cell").first).to_have_text(one.given)
        page.get_by_role("button", name="Réunir les deux carnets").click()
        expect(page.get_by_role("alert")).to_contain_text("Écrivez la preuve")
        page.get_by_label("Ce qui prouve").fill("passeport vu")
        page.get_by_label("J’ai comparé").check()
        page.get_by_role("button", name="Réunir les deux carnets").click()
        expect(page.get_by_role("main")).to_contain_text("répond aux numéros des deux")
        merged = page.url
        find(page, other.nir)
        assert page.url == merged
        page.goto("/admission/separer/")
        page.get_by_label("Numéro du carnet").fill(other.nir)
        page.get_by_label("C’étaient deux personnes").check()
        walker.look(page, "admission-separate")
        page.get_by_role("button", name="Séparer les carnets").click()
        expect(page.get_by_role("main")).to_contain_text("répond de nouveau à son numéro")
        assert page.url != merged


def test_patient_closes_and_reopens_their_record(walker: Walker, living: Living) -> None:
    who = desk.somebody()
    with desk.at_the_desk(walker) as (page, printed):
        desk.create_with_card(page, desk.insert(living, who), "PAUL")
        sheet = desk.print_sheet(page, printed)
    with walker.page() as page:
        desk.enter(page, sheet, sheet.codes[0])
        for label in ("Votre mot de passe", "Le même, une seconde fois"):
            page.get_by_label(label).fill("girafe tambour lundi")
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Utiliser les codes de la feuille").click()
        page.get_by_role("link", name="Vie du carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon carnet est ouvert")
        walker.look(page, "patient-record")
        page.get_by_role("link", name="Fermer mon carnet").click()
        walker.look(page, "patient-close")
        page.get_by_role("button", name="Fermer mon carnet").click()
        expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
        page.get_by_label("J’ai compris").check()
        page.get_by_role("button", name="Fermer mon carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon carnet est fermé")
        walker.look(page, "patient-record-closed")
        page.get_by_role("link", name="Documents").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon carnet est fermé")
        confirm(page, "Effacer mon carnet", "Demander l’effacement")
        expect(page.get_by_role("main")).to_contain_text("Sera effacé le")
        confirm(page, "Rouvrir mon carnet", "Rouvrir mon carnet")
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon carnet est ouvert")
        page.get_by_role("link", name="Qui a consulté").click()
        for told in ("avez fermé votre carnet", "avez demandé l’effacement", "avez rouvert votre carnet"):
            expect(page.get_by_role("main")).to_contain_text(told)


def test_numbers_of_people_are_never_in_an_address(walker: Walker, living: Living) -> None:
    who = desk.somebody()
    assert who.nir[13:] == ins_key(who.nir[:13])
    seen: list[str] = []
    with desk.at_the_desk(walker) as (page, printed):
        page.on("request", lambda request: seen.append(request.url))
        serial = desk.insert(living, who)
        desk.create_with_card(page, serial, "PAUL")
        desk.print_sheet(page, printed)
        find(page, who.nir)
    assert seen
    assert not [url for url in seen if who.nir in url or serial in url or who.name in url]
