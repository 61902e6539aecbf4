"""A8: without the person's authorisation a professional learns that a record exists and no more; with it, reads."""

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


def test_existence_first_then_reading_with_consent(walker: Walker, living: Living, tmp_path: Path) -> None:  # noqa: F811
    letter = lives.letter(MARCEL, "Lettre pour l’équipe", lives.paragraph("À lire avec accord."))
    lives.feed(living, tmp_path, "yann.sarment", letter)
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        record = papers.open_record(page, MARCEL.identifier.value)
        page.get_by_role("link", name="Lettre pour l’équipe").click()
        document = page.url
    with walker.page(walker.person("professionals", "maia.cormier")) as page:
        papers.open_record(page, MARCEL.identifier.value)
        expect(page.get_by_role("heading", level=1)).to_have_text("Un carnet existe, vous n’y avez pas encore accès")
        for address in (
            f"/pro/dossier/{record}/",
            f"/pro/dossier/{record}/deposer/",
            f"/pro/dossier/{record}/classeurs/",
            document,
            document + "fichier/",
            document + "masquer/",
            document + "depose/",
        ):
            page.goto(address)
            content = page.content()
            for secret in ("DEMO-CHENE", "Lettre pour l’équipe", "À lire avec accord"):
                assert secret not in content, f"{secret} is told at {address}"
        papers.open_record(page, MARCEL.identifier.value)
        page.get_by_role("button", name="Déclarer et ouvrir").click()
        expect(page.get_by_role("alert")).to_contain_text("Cochez la case si la personne vous a donné son accord")
        page.get_by_label("La personne, informée, est d’accord").check()
        page.get_by_role("button", name="Déclarer et ouvrir").click()
        expect(page.locator(".identity")).to_contain_text("DEMO-CHENE")
        page.get_by_role("link", name="Lettre pour l’équipe").click()
        expect(page.get_by_role("article").first).to_contain_text("À lire avec accord")
        expect(page.get_by_role("link", name="Supprimer")).to_have_count(0)
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/journal/")
        main = page.get_by_role("main")
        expect(main).to_contain_text("a vérifié que le carnet existe")
        expect(main).to_contain_text("s’est déclaré autorisé, avec votre accord")
        expect(main).to_contain_text("refusé")
