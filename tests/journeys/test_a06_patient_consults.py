"""A6: a person reads their own record: documents, filters, who looked; masks, and is told who still sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from carnet.ops.demo.patients import MARCEL
from tests.conftest import Living
from tests.journeys import papers
from tests.portals import lives
from tests.portals.conftest import walker  # noqa: F401 - the fixture
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def test_a_person_reads_masks_and_sees_who_looked(walker: Walker, living: Living, tmp_path: Path) -> None:  # noqa: F811
    lives.feed(living, tmp_path, "yann.sarment", lives.letter(MARCEL, "Avis de dermatologie", lives.paragraph("Rien.")))
    marcel = walker.person("patients", "marcel.demo-chene")
    with walker.page(marcel) as page:
        page.goto("/patient/")
        page.get_by_label("Mots du titre").fill("dermato")
        page.get_by_role("button", name="Filtrer").click()
        assert "dermato" not in page.url, "words of a search stand in an address"
        expect(page.locator(".document")).to_have_count(1)
        walker.look(page, "a06-filtered")
        page.get_by_role("link", name="Avis de dermatologie").click()
        expect(page.get_by_role("link", name="Supprimer")).to_have_count(0)
        page.get_by_role("link", name="Masquer aux professionnels").click()
        for words in ("Vous le voyez toujours", "Votre médecin traitant le voit toujours", "qui l’a déposé"):
            expect(page.get_by_role("main")).to_contain_text(words)
        page.get_by_role("button", name="Masquer").click()
        expect(page.locator(".meanings")).to_contain_text("Masqué aux professionnels")

    for login, sees in (("yann.sarment", True), ("helene.liege", False)):
        with walker.page(walker.person("professionals", login)) as page:
            papers.open_record(page, MARCEL.identifier.value)
            if page.get_by_role("button", name="Déclarer et ouvrir").count():
                page.get_by_role("main").get_by_role("checkbox").first.check()
                page.get_by_role("button", name="Déclarer et ouvrir").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
            expect(page.get_by_role("link", name="Avis de dermatologie")).to_have_count(1 if sees else 0)

    with walker.page(marcel) as page:
        page.goto("/patient/journal/")
        main = page.get_by_role("main")
        expect(main).to_contain_text("Vous avez masqué aux professionnels « Avis de dermatologie »")
        expect(main).to_contain_text("a consulté la liste des documents")
        walker.look(page, "a06-journal")
        page.get_by_role("link", name="Avis de dermatologie").first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Télécharger").click()
        assert b"ClinicalDocument" in Path(download.value.path()).read_bytes()
        page.get_by_role("link", name="Vie du carnet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Mon carnet est ouvert")
