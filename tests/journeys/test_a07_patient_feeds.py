"""A7: a person adds documents to their own record; professionals see them as the person's, and never take them over."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from carnet.ops.demo.patients import MARCEL
from tests.journeys import papers
from tests.portals.conftest import walker  # noqa: F401 - the fixture
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def test_what_a_person_adds_is_theirs_everywhere(walker: Walker, tmp_path: Path) -> None:  # noqa: F811
    marcel = walker.person("patients", "marcel.demo-chene")
    with walker.page(marcel) as page:
        papers.add(page, papers.picture(tmp_path / "photo.png"), "EXPPAT_3", "Mes directives anticipées")
        papers.add(page, papers.note(tmp_path / "note.txt", "J’ai peur du noir."), "DOCPAT01", "Ma synthèse à moi")
        page.goto("/patient/")
        page.get_by_label("Auteur").select_option("patient")
        page.get_by_role("button", name="Filtrer").click()
        expect(page.locator(".document")).to_have_count(2)
        expect(page.locator(".marker-patient")).to_have_count(2)
        walker.look(page, "a07-own-documents")

    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        papers.open_record(page, MARCEL.identifier.value)
        line = page.locator(".document", has_text="Mes directives anticipées")
        expect(line).to_contain_text("ajouté par le patient")
        walker.look(page, "a07-professional-list")
        line.get_by_role("link").click()
        expect(page.locator(".meanings")).to_contain_text("Ajouté par le patient")
        expect(page.get_by_role("main").locator("img")).to_be_visible()
        walker.look(page, "a07-professional-reads")

    with walker.page(marcel) as page:
        page.goto("/patient/")
        page.get_by_role("link", name="Ma synthèse à moi").click()
        page.get_by_role("link", name="Déposer une nouvelle version").click()
        expect(page.locator(".notice")).to_contain_text("Ma synthèse à moi")
        page.get_by_label("Fichier").set_input_files(papers.note(tmp_path / "two.txt", "Je n’ai plus peur."))
        page.get_by_label("De quoi s’agit-il ?").select_option("DOCPAT01")
        page.get_by_label("Titre").fill("Ma synthèse revue")
        page.get_by_label("Date du document").fill("04/03/2026")
        page.get_by_role("button", name="Continuer").click()
        page.get_by_role("button", name="Ajouter à mon carnet").click()
        page.get_by_role("link", name="Lire le document").click()
        expect(page.get_by_label("Documents liés")).to_contain_text("Remplace « Ma synthèse à moi »")
        page.get_by_role("link", name="Ma synthèse à moi").click()
        expect(page.locator(".meanings")).to_contain_text("Remplacé par une version plus récente")
        expect(page.get_by_label("Documents liés")).to_contain_text("Remplacé par « Ma synthèse revue »")
        walker.look(page, "a07-replaced")
        page.get_by_role("link", name="Ma synthèse revue").click()
        papers.do(page, "Supprimer", "Supprimer")
        expect(page.get_by_role("status").first).to_have_text("Le document est supprimé.")
        page.get_by_role("link", name="Mes directives anticipées").click()
        papers.do(page, "Supprimer", "Supprimer")
        expect(page.locator(".marker-patient")).to_have_count(0)
