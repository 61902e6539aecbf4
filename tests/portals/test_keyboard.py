"""Whole journeys with the keyboard alone, the focus always visible."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from carnet.ops.demo.patients import MARCEL
from tests.portals.walk import Walker, code_at

pytestmark = pytest.mark.xdist_group("portals")

_FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].innerText : one.innerText;
  const style = getComputedStyle(one);
  return {words: (label || "").trim(), seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the element with these words has the focus; every stop on the way shows it."""
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        met.append(focused["words"])
        if focused["words"]:
            assert focused["seen"], f"no visible focus on {focused['words']!r}"
        if words in focused["words"]:
            return
    pytest.fail(f"{words!r} is not reached by the keyboard; met {met}")


def test_professional_signs_in_and_reads(walker: Walker) -> None:
    person = walker.person("professionals", "odile.noiseraie")
    with walker.page() as page:
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUSED)["words"] == "Aller au contenu"
        page.keyboard.press("Enter")
        tab_to(page, "Professionnel de santé")
        page.keyboard.press("Enter")
        page.wait_for_url("**/compte/connexion/**")
        tab_to(page, "Identifiant")
        page.keyboard.type(person["login"])
        tab_to(page, "Mot de passe")
        page.keyboard.type(person["password"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/compte/code/**")
        tab_to(page, "Code à 6 chiffres")
        page.keyboard.type(code_at(person["totp"], time.time()))
        page.keyboard.press("Enter")
        page.wait_for_url("**/pro/")
        tab_to(page, "Matricule INS du patient")
        page.keyboard.type(MARCEL.identifier.value)
        page.keyboard.press("Enter")
        page.wait_for_url("**/pro/dossier/**")
        tab_to(page, "Lettre de liaison à la sortie")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Lettre de liaison à la sortie")
        tab_to(page, "Télécharger")
        with page.expect_download():
            page.keyboard.press("Enter")


def test_clerk_corrects_a_refused_form(walker: Walker) -> None:
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        page.goto("/admission/")
        # The ways to identify somebody come first, and one of them has the name of the field.
        tab_to(page, "Sans matricule")
        tab_to(page, "Matricule INS")
        page.keyboard.type("184127511600143")
        page.keyboard.press("Enter")
        expect(page.locator(".summary")).to_be_focused()
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUSED)["words"] == "Matricule INS"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Matricule INS").or_(page.get_by_label("Nom de naissance")).first).to_be_visible()
        tab_to(page, "consent")
        page.keyboard.press("Space")
        expect(page.get_by_label("La personne, informée, consent")).to_be_checked()
