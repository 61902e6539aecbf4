"""The whole story: a clerk creates, software feeds, a professional reads, the patient sees who looked."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from carnet.wire.cda.pdf import text_pdf
from carnet.wire.cda.write import File
from tests.conftest import Living
from tests.portals import lives
from tests.portals.walk import Walker, check_accessibility

pytestmark = pytest.mark.xdist_group("portals")

PERSON = lives.invented("2960533063121", datetime(1996, 5, 14, tzinfo=lives.PARIS), "DEMO-ROSIER", "JEANNE MARIE")


def fill_creation(page: Page) -> None:
    """What a clerk types for `PERSON`."""
    page.goto("/admission/")
    page.get_by_label("Matricule INS").fill(PERSON.identifier.value)
    page.get_by_label("Nom de naissance").fill("Demo-Rosier")
    page.get_by_label("Prénoms de naissance").fill("Jeanne Marie")
    page.get_by_label("Date de naissance").fill("14/05/1996")
    page.get_by_label("consent").check()
    page.get_by_role("button", name="Créer le carnet").click()


def test_story(walker: Walker, living: Living, tmp_path: Path) -> None:
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        fill_creation(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("DEMO-ROSIER Jeanne Marie")
        assert PERSON.identifier.value not in page.url
        walker.look(page, "admission-created")
        record = page.url.rstrip("/").rsplit("/", 1)[1]

        fill_creation(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Ce carnet existait déjà")
        assert page.url.rstrip("/").endswith(record), "a second creation makes no second record"
        walker.look(page, "admission-existing")

    pdf = File("application/pdf", text_pdf("Courrier", ["Document fictif de démonstration."]))
    lives.feed(
        living,
        tmp_path,
        "camille.aubier",
        lives.letter(PERSON, "Consultation de printemps", lives.paragraph("Tension à 12/8, tout va bien.")),
    )
    lives.feed(living, tmp_path, "camille.aubier", lives.letter(PERSON, "Courrier signé", pdf, day=4), via="iti65")

    with walker.page(walker.person("professionals", "helene.liege")) as page:
        page.goto("/pro/")
        page.get_by_label("Matricule INS du patient").fill(PERSON.identifier.value)
        page.get_by_role("button", name="Ouvrir").click()
        # Her hospital created the record with the person's consent: she is in the care team already.
        expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
        assert PERSON.identifier.value not in page.url
        banner = page.get_by_label("Patient", exact=True)
        for word in ("DEMO-ROSIER", "Jeanne Marie", "féminin", "14 mai 1996", "identité qualifiée"):
            expect(banner).to_contain_text(word)
        titles = page.locator(".document h3")
        expect(titles).to_have_text(["Courrier signé", "Consultation de printemps"])
        page.get_by_role("link", name="Consultation de printemps").click()
        expect(page.get_by_role("article").first).to_contain_text("Tension à 12/8, tout va bien.")
        expect(banner).to_contain_text("DEMO-ROSIER")
        with page.expect_download() as started:
            page.get_by_role("link", name="Télécharger").click()
        downloaded = Path(started.value.path()).read_bytes()
        assert downloaded == (tmp_path / "iti41-0.xml").read_bytes()
        assert "ROSIER" not in started.value.suggested_filename.upper()

        page.get_by_role("link", name="Tous les documents").click()
        with page.expect_response(re.compile("/contenu/")) as framed:
            page.get_by_role("link", name="Courrier signé").click()
        alone = page.request.get(framed.value.url)
        assert alone.body().startswith(b"%PDF-")
        assert alone.headers["content-type"] == "application/pdf"
        assert alone.headers["content-security-policy"].startswith("sandbox;")
        assert "no-store" in alone.headers["cache-control"]
        assert alone.headers["x-content-type-options"] == "nosniff"
        walker.look(page, "pro-document-pdf")

    with walker.page(walker.person("professionals", "zoe.laurier")) as page:
        page.goto("/pro/")
        page.get_by_label("Matricule INS du patient").fill(PERSON.identifier.value)
        page.get_by_role("button", name="Ouvrir").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("vous n’y avez pas encore accès")
        assert "ROSIER" not in page.content().upper(), "no identity before the record has said yes"
        expect(page.get_by_label("médecin traitant")).to_have_count(0)
        page.goto(f"/pro/dossier/{record}/")
        assert "ROSIER" not in page.content().upper()
        page.get_by_role("button", name="Déclarer et ouvrir").click()
        expect(page.get_by_role("alert")).to_contain_text("Sinon, n’ouvrez pas")
        page.get_by_label("La personne, informée").check()
        page.get_by_role("button", name="Déclarer et ouvrir").click()
        expect(page.get_by_label("Patient", exact=True)).to_contain_text("DEMO-ROSIER")
        expect(page.locator(".document h3")).to_have_text(["Courrier signé", "Consultation de printemps"])
        page.get_by_role("link", name="Consultation de printemps").click()
        expect(page.get_by_role("article").first).to_contain_text("Tension à 12/8, tout va bien.")
        page.get_by_role("link", name="Tous les documents").click()
        with page.expect_response(re.compile("/contenu/")) as framed:
            page.get_by_role("link", name="Courrier signé").click()
        assert page.request.get(framed.value.url).body().startswith(b"%PDF-")

    patient = lives.enrol_patient(living, "jeanne.demo-rosier", record, "Jeanne DEMO-ROSIER")
    with walker.page(patient) as page:
        page.goto("/patient/")
        expect(page.locator(".document h3")).to_have_text(["Courrier signé", "Consultation de printemps"])
        page.get_by_role("link", name="Consultation de printemps").click()
        expect(page.get_by_role("article").first).to_contain_text("tout va bien")
        page.get_by_role("link", name="Qui a consulté").click()
        told = [" ".join(text.split()) for text in page.locator(".sentence .what").all_inner_texts()]
        for expected in (
            "Vous avez lu « Consultation de printemps ».",
            "Dr Hélène LIÈGE, médecin, CHU de la Dune (démonstration), a lu « Consultation de printemps »",
            "Zoé LAURIER, chirurgien-dentiste, Cabinet médical de la Source (démonstration), s’est déclaré autorisé",
            "Zoé LAURIER, chirurgien-dentiste, Cabinet médical de la Source (démonstration), a lu « Courrier signé »",
            "Dr Camille AUBIER, médecin, Cabinet médical de la Source (démonstration), a ajouté « Courrier signé »",
            "Jeanne PERRON, accueil, CHU de la Dune (démonstration), a créé le carnet.",
        ):
            assert any(expected in line.replace("\xa0", " ") for line in told), (expected, told)
        refused = page.locator(".sentence.is-refused", has_text="LAURIER")
        expect(refused.first).to_contain_text("refusé")
        check_accessibility(page, "the patient's journal")
        page.get_by_role("link", name="Identité").click()
        expect(page.get_by_role("main")).to_contain_text("DEMO-ROSIER")
