"""Deposits and acts on documents through the pages: a professional's and the person's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from carnet.ops.demo.patients import ELOISE, JEAN_THE_ELDER, MARCEL
from carnet.wire.cda.write import File
from tests.conftest import Living
from tests.journeys import papers
from tests.portals import lives
from tests.portals.test_keyboard import tab_to
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def test_a_professional_deposits_masks_replaces_and_deletes(walker: Walker, tmp_path: Path) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        papers.open_record(page, MARCEL.identifier.value)
        page.get_by_role("link", name="Déposer un document").click()
        walker.look(page, "deposit")
        page.get_by_role("button", name="Continuer").click()
        expect(page.locator(".summary")).to_be_focused()
        expect(page.get_by_role("alert")).to_contain_text("Choisissez un fichier")
        papers.fill(
            page,
            papers.note(tmp_path / "note.txt", "Tension 14/8, revoir dans un mois."),
            "consultation",
            "Tension suivie",
        )
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("sortes correspondent")
        expect(page.get_by_text("note.txt")).to_be_visible()
        walker.look(page, "deposit-which-kind")
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Relisez avant de déposer")
        expect(page.get_by_role("main")).to_contain_text("Tension suivie")
        walker.look(page, "deposit-preview")
        page.get_by_role("button", name="Corriger").click()
        expect(page.get_by_label("Titre")).to_have_value("Tension suivie")
        page.get_by_label("Titre").fill("Tension suivie au cabinet")
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Déposer", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Document déposé")
        walker.look(page, "deposited")
        page.get_by_role("link", name="Lire le document").click()
        expect(page.get_by_role("article").first).to_contain_text("revoir dans un mois")
        walker.look(page, "pro-document-own")

        page.get_by_role("link", name="Masquer aux professionnels").click()
        walker.look(page, "pro-mask")
        page.get_by_role("button", name="Masquer").click()
        expect(page.get_by_role("status")).to_contain_text("masqué aux professionnels")
        expect(page.locator(".meanings")).to_contain_text("Masqué aux professionnels")
        page.get_by_role("link", name="Démasquer").click()
        page.get_by_role("button", name="Démasquer").click()
        expect(page.get_by_role("status")).to_contain_text("voient de nouveau")

        page.get_by_role("link", name="Déposer une nouvelle version").click()
        expect(page.locator(".notice")).to_contain_text("Tension suivie au cabinet")
        papers.fill(page, papers.note(tmp_path / "two.txt", "Tension 13/8."), "CR de consultation", "Tension corrigée")
        page.get_by_role("button", name="Continuer").click()
        if page.get_by_role("radio").count():
            page.get_by_role("radio").first.check()
            page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("main")).to_contain_text("Tension suivie au cabinet")
        page.get_by_role("button", name="Déposer", exact=True).click()
        page.get_by_role("link", name="Lire le document").click()
        page.get_by_role("link", name="Supprimer").click()
        page.get_by_role("button", name="Supprimer").click()
        expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
        walker.look(page, "pro-delete-refused")
        page.get_by_role("main").get_by_role("checkbox").check()
        page.get_by_role("button", name="Supprimer").click()
        expect(page.get_by_role("status").first).to_have_text("Le document est supprimé.")
        expect(page.get_by_role("main")).not_to_contain_text("Tension corrigée")


def test_a_form_of_another_record_deposits_nothing(walker: Walker, tmp_path: Path) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        first = papers.open_record(page, MARCEL.identifier.value)
        second = papers.open_record(page, JEAN_THE_ELDER.identifier.value)
        assert first != second
        page.goto(f"/pro/dossier/{first}/deposer/")
        papers.fill(page, papers.note(tmp_path / "one.txt", "Pour Marcel."), "11488-4", "Pour Marcel seulement")
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("main")).to_contain_text("DEMO-CHENE")
        # The same form, sent to the record that the other tab has open.
        page.evaluate(
            "([from, to]) => { const form = document.querySelector('main form');"
            " form.action = form.action.replace(from, to); }",
            [first, second],
        )
        page.get_by_role("button", name="Déposer", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Ce formulaire a été ouvert pour un autre carnet")
        walker.look(page, "deposit-wrong-record")
        for record in (first, second):
            page.goto(f"/pro/dossier/{record}/")
            expect(page.get_by_role("main")).not_to_contain_text("Pour Marcel seulement")


def test_a_professional_undoes_and_announces(walker: Walker, tmp_path: Path) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        papers.open_record(page, MARCEL.identifier.value)
        page.get_by_role("link", name="Déposer un document").click()
        papers.fill(page, papers.note(tmp_path / "bad.txt", "Résultat à annoncer."), "11502-2", "Résultat à annoncer")
        page.get_by_label("Ne pas le montrer au patient").check()
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("main")).to_contain_text("non visible par le patient avant l’annonce")
        page.get_by_role("button", name="Déposer", exact=True).click()
        page.get_by_role("link", name="Lire le document").click()
        address = page.url
        page.get_by_role("link", name="Consultation d’annonce faite").click()
        walker.look(page, "pro-announce")
        page.get_by_role("main").get_by_role("checkbox").check()
        page.get_by_role("button", name="Rendre visible").click()
        expect(page.get_by_role("status")).to_have_text("Le patient voit maintenant ce document.")
        page.goto(address.replace("/document/", "/document/").rstrip("/") + "/depose/")
        page.get_by_role("button", name="Annuler ce dépôt").click()
        expect(page.get_by_role("status")).to_have_text("Dépôt annulé")
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Résultat à annoncer")


def test_a_patient_deposits_masks_and_deletes(walker: Walker, living: Living, tmp_path: Path) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/")
        page.get_by_role("link", name="Ajouter un document").click()
        walker.look(page, "patient-deposit")
        page.get_by_label("Fichier").set_input_files(papers.picture(tmp_path / "photo.png"))
        page.get_by_label("De quoi s’agit-il ?").select_option("DOCPAT05")
        page.get_by_label("Titre").fill("Prise de sang de mars")
        page.get_by_label("Date du document").fill("02/03/2026")
        page.get_by_role("button", name="Continuer").click()
        expect(page.locator(".preview img")).to_be_visible()
        walker.look(page, "patient-deposit-preview")
        page.get_by_role("button", name="Ajouter à mon carnet").click()
        expect(page.get_by_role("status")).to_have_text("Document ajouté à votre carnet")
        walker.look(page, "patient-deposited")
        page.get_by_role("link", name="Lire le document").click()
        expect(page.locator(".meanings")).to_contain_text("Ajouté par le patient")
        walker.look(page, "patient-document-own")
        page.get_by_role("link", name="Masquer aux professionnels").click()
        expect(page.get_by_role("main")).to_contain_text("Votre médecin traitant le voit toujours")
        walker.look(page, "patient-mask")
        page.get_by_role("button", name="Masquer").click()
        expect(page.get_by_role("status")).to_contain_text("votre médecin traitant")
        page.get_by_role("link", name="Supprimer").click()
        page.get_by_role("main").get_by_role("checkbox").check()
        page.get_by_role("button", name="Supprimer").click()
        expect(page.get_by_role("status").first).to_have_text("Le document est supprimé.")
        page.goto("/patient/journal/")
        for words in ("avez ajouté", "avez masqué aux professionnels", "avez supprimé"):
            expect(page.get_by_role("main")).to_contain_text(words)


def test_files_that_are_not_deposited(walker: Walker, tmp_path: Path) -> None:
    empty, program = tmp_path / "vide.txt", tmp_path / "jeu.exe"
    large = tmp_path / "film.png"
    empty.write_bytes(b"")
    program.write_bytes(b"MZ\x90\x00" + bytes(range(256)))
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * (20 * 1024 * 1024 + 1))
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        for file, why in (
            (empty, "Le fichier est vide"),
            (program, "ne se dépose pas"),
            (large, "dépasse 20 Mo"),
        ):
            page.goto("/patient/deposer/")
            page.get_by_label("Fichier").set_input_files(file)
            page.get_by_role("button", name="Continuer").click()
            expect(page.get_by_role("alert")).to_contain_text(why)
        walker.look(page, "patient-deposit-refused")


def test_only_signed_in_people_send_files(walker: Walker, living: Living, tmp_path: Path) -> None:
    hostile = lives.letter(ELOISE, "Lettre d’une autre", File("text/plain", b"Une autre personne."))
    path = tmp_path / "cda.xml"
    path.write_bytes(hostile)
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        record = papers.open_record(page, MARCEL.identifier.value)
        page.goto(f"/pro/dossier/{record}/deposer/")
        page.get_by_label("Fichier").set_input_files(path)
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("main")).to_contain_text("Lettre d’une autre")
        page.get_by_role("button", name="Déposer", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("parle d'une autre personne")


@pytest.mark.parametrize("size", [400, 90_000], ids=["in the page", "on disk"])
def test_a_button_pressed_twice_deposits_once(walker: Walker, tmp_path: Path, size: int) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        title = f"Une seule fois {size}"
        page.goto("/patient/deposer/")
        page.get_by_label("Fichier").set_input_files(papers.note(tmp_path / "note.txt", "mot " * (size // 4)))
        page.get_by_label("De quoi s’agit-il ?").select_option("EXPPAT_2")
        page.get_by_label("Titre").fill(title)
        page.get_by_label("Date du document").fill("02/03/2026")
        page.get_by_role("button", name="Continuer").click()
        page.evaluate(
            "async () => { const form = document.querySelector('main form'); const data = new FormData(form);"
            " data.append('etape', 'deposer'); await fetch(form.action, {method: 'POST', body: data}); }"
        )
        page.get_by_role("button", name="Ajouter à mon carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        page.get_by_role("link", name="Tous les documents").click()
        expect(page.locator(".document", has_text=title)).to_have_count(1)
        page.get_by_role("link", name=title).click()
        papers.do(page, "Supprimer", "Supprimer")


def test_a_deposit_with_the_keyboard_alone(walker: Walker, tmp_path: Path) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/")
        tab_to(page, "Ajouter un document")
        page.keyboard.press("Enter")
        page.wait_for_url("**/deposer/")
        # The dialogue of files belongs to the system; its button has the focus.
        tab_to(page, "Fichier")
        page.get_by_label("Fichier").set_input_files(papers.note(tmp_path / "clavier.txt", "Au clavier."))
        tab_to(page, "De quoi")
        page.keyboard.type("Mes vol")
        tab_to(page, "Titre")
        page.keyboard.type("Au clavier")
        tab_to(page, "Date du document")
        page.keyboard.type("02/03/2026")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Relisez avant d’ajouter")
        expect(page.get_by_role("main")).to_contain_text("Mes volontés")
        tab_to(page, "Ajouter à mon carnet")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Document ajouté à votre carnet")
        tab_to(page, "Annuler ce dépôt")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("Dépôt annulé")
