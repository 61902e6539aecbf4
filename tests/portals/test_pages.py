"""Every page at 360 and 1280 px: no sideways scroll, no axe violation, no policy violation; pictures kept in build/."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from carnet.ops.demo.patients import MARCEL
from carnet.wire.cda.write import Section, Table
from carnet.wire.xds.model import Code
from tests.conftest import Living
from tests.portals import lives
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def open_record(page, ins: str) -> None:
    page.goto("/pro/")
    page.get_by_label("Matricule INS du patient").fill(ins)
    page.get_by_role("button", name="Ouvrir").click()


def test_public_pages(walker: Walker) -> None:
    with walker.page() as page:
        for address, name, heading in (
            ("/", "home", "Le carnet de santé partagé"),
            ("/demonstration/", "demonstration", "Comptes de démonstration"),
            ("/compte/connexion/", "login", "Connexion"),
            ("/compte/veille/", "session-ended", "Votre session est terminée"),
            ("/nulle-part/", "error-404", "Cette page n’existe pas"),
        ):
            page.goto(address)
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            walker.look(page, name)
        page.goto("/compte/connexion/")
        page.get_by_role("button", name="Continuer").click()
        expect(page.locator(".summary")).to_be_focused()
        walker.look(page, "login-refused")
        person = walker.person("patients", "noe.demo-tilleul")
        page.get_by_label("Identifiant").fill(person["login"])
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        walker.look(page, "code")
        page.get_by_label("Code à 6 chiffres").fill("000000")
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
        walker.look(page, "code-refused")


def test_pages_that_are_seldom_opened(walker: Walker) -> None:
    """Reporting an access, folders, another identity provider from either side, what an officer examines."""
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/classeurs/")
        walker.look(page, "patient-folders")
        page.goto("/patient/journal/")
        page.get_by_role("link", name="Signaler cet accès").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Signaler un accès")
        walker.look(page, "patient-report")
        page.goto("/compte/lien/")
        walker.look(page, "oidc-link")
        page.get_by_role("button", name="Lier mon compte").click()
        # Another origin in real life: the page between them is not a redirect, which `form-action` would stop.
        page.wait_for_url("**/authorize?**")
        walker.look(page, "provider-authorize")
        page.get_by_role("button", name="Refuser").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        walker.look(page, "oidc-refused")
    with walker.page(walker.person("clerks", "protection.donnees")) as page:
        page.goto("/admission/signalements/")
        walker.look(page, "officer-concerns")
    with walker.page(walker.person("professionals", "idriss.bourgeon")) as page:
        page.goto("/compte/activite/")
        walker.look(page, "activity")


def test_patient_pages(walker: Walker) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.goto("/patient/")
        expect(page.locator(".document")).to_have_count(7)
        walker.look(page, "patient-documents")
        page.get_by_label("Montrer aussi les versions remplacées").check()
        page.get_by_role("button", name="Filtrer").click()
        expect(page.locator(".document.is-replaced")).to_have_count(1)
        expect(page.locator(".document.is-replaced")).to_contain_text("remplacé")
        walker.look(page, "patient-documents-replaced")
        announced = page.locator("#famille option", has_text="Compte rendu").inner_text()
        page.get_by_label("Catégorie").select_option(label=announced)
        page.get_by_role("button", name="Filtrer").click()
        expect(page.get_by_role("status")).to_contain_text("documents sur 8")
        count = page.locator(".document").count()
        assert announced == f"Compte rendu ({count})"
        assert 0 < count < 8
        expect(page.get_by_role("status")).to_contain_text(f"{count} documents sur 8")
        page.get_by_role("link", name="Tout afficher").click()
        page.locator(".document h3 a").first.click()
        page.wait_for_url("**/document/**")
        walker.look(page, "patient-document")
        page.goto("/patient/journal/")
        walker.look(page, "patient-journal")
        page.goto("/patient/identite/")
        walker.look(page, "patient-identity")
        page.goto("/pro/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Cette page n’est pas la vôtre")
        walker.look(page, "error-403")
        page.goto("/compte/deconnexion/")
        walker.look(page, "logout")


def test_professional_pages(walker: Walker) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        page.goto("/pro/")
        walker.look(page, "pro-find")
        wrong = MARCEL.identifier.value[:13] + f"{(int(MARCEL.identifier.value[13:]) + 1) % 97:02d}"
        open_record(page, wrong)
        expect(page.get_by_role("alert")).to_contain_text("La clé (les deux derniers chiffres) ne correspond pas")
        expect(page.get_by_label("Matricule INS du patient")).to_have_value(wrong)
        walker.look(page, "pro-find-wrong-key")
        open_record(page, "1 84 12 75 116 001 97"[:-3])
        expect(page.get_by_role("alert")).to_contain_text("15 caractères, vous en avez saisi 13")
        open_record(page, lives.invented("1841275116001", lives.datetime(1984, 12, 1), "X", "Y").identifier.value)
        expect(page.get_by_role("alert")).to_contain_text("Aucun carnet pour ce matricule")
        walker.look(page, "pro-find-unknown")
        open_record(page, MARCEL.identifier.value)
        expect(page.locator(".document")).to_have_count(7)
        walker.look(page, "pro-record")
        page.locator(".document h3 a", has_text="Lettre de liaison").click()
        page.wait_for_url("**/document/**")
        walker.look(page, "pro-document")
        page.emulate_media(color_scheme="dark")
        walker.look(page, "pro-document-dark")
    with walker.page(walker.person("professionals", "quitterie.bosquet")) as page:
        open_record(page, MARCEL.identifier.value)
        walker.look(page, "pro-authorise")


def test_admission_pages(walker: Walker) -> None:
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        page.goto("/admission/")
        assert page.locator("main input:visible").count() == 5
        walker.look(page, "admission")
        page.get_by_label("Matricule INS").fill("184127511600143")
        page.get_by_label("Nom de naissance").fill("Demo-Fleuve")
        page.get_by_label("Date de naissance").fill("31/02/1984")
        page.get_by_role("button", name="Créer le carnet").click()
        summary = page.locator(".summary")
        expect(summary).to_be_focused()
        for reason in ("La clé", "au moins un prénom", "Cette date n’existe pas", "Sans le consentement"):
            expect(summary).to_contain_text(reason)
        expect(page.get_by_label("Nom de naissance")).to_have_value("Demo-Fleuve")
        expect(page.get_by_label("Matricule INS")).to_have_value("184127511600143")
        walker.look(page, "admission-refused")


def test_empty_record_says_why(walker: Walker, living: Living, tmp_path: Path) -> None:
    person = lives.invented("1840375116002", lives.datetime(1984, 3, 2), "DEMO-OSIER", "PAUL")
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        page.goto("/admission/")
        page.get_by_label("Matricule INS").fill(person.identifier.value)
        page.get_by_label("Nom de naissance").fill("Demo-Osier")
        page.get_by_label("Prénoms de naissance").fill("Paul")
        page.get_by_label("Date de naissance").fill("02/03/1984")
        page.get_by_label("consent").check()
        page.get_by_role("button", name="Créer le carnet").click()
    with walker.page(walker.person("professionals", "helene.liege")) as page:
        open_record(page, person.identifier.value)
        expect(page.get_by_role("main")).to_contain_text("Aucun document connu ici")
        walker.look(page, "pro-record-empty")


def test_long_names_fit(walker: Walker, living: Living, tmp_path: Path) -> None:
    """Names and titles as long as life makes them, one without a place to break, wrap at every width."""
    name = "DEMO-BOUTEILLER-DE-LA-FONTAINE-SAINT-MARTIN"
    given = "MARIE-ANTOINETTE CHARLOTTE-ÉLISABETH GUILLEMETTE APOLLINE"
    person = lives.invented("2770124322004", lives.datetime(1977, 1, 9), name, given)
    created = lives.command(
        living,
        "record",
        "create",
        person.identifier.value,
        name,
        given,
        "1977-01-09",
        "--consent",
        "--as",
        "accueil.chu",
    )
    assert created.returncode == 0, created.stderr
    title = "Électroencéphalogramme-polysomnographie-vidéosurveillance_2026-03-03_version-définitive.relue.signée"
    table = Table(
        ("Analyse", "Résultat", "Unité", "Valeurs de référence"),
        (("Immunoélectrophorèse", "1" * 60, "mmol/L", "de 0,0000001 à 0,0000002"),),
        "Dosages",
    )
    body = (Section(title="Conclusion", code=Code("55110-1", "2.16.840.1.113883.6.1", ""), blocks=(table,)),)
    lives.feed(living, tmp_path, "camille.aubier", lives.letter(person, title, body))
    with walker.page(walker.person("professionals", "helene.liege")) as page:
        open_record(page, person.identifier.value)
        walker.look(page, "pro-record-long")
        record = page.url.rstrip("/").rsplit("/", 1)[1]
        page.get_by_role("link", name=title).click()
        expect(page.get_by_role("article").first).to_contain_text("1" * 60)
        walker.look(page, "pro-document-long")
    with walker.page(
        lives.enrol_patient(living, "marie-antoinette.demo-bouteiller", record, f"{given} {name}")
    ) as page:
        page.goto("/patient/journal/")
        expect(page.get_by_role("main")).to_contain_text("a lu «")
        walker.look(page, "patient-journal-long")
        page.goto("/patient/identite/")
        walker.look(page, "patient-identity-long")


def test_works_without_javascript(walker: Walker) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene"), java_script_enabled=False) as page:
        page.goto("/patient/")
        page.get_by_label("Année").select_option("2024")
        page.get_by_role("button", name="Filtrer").click()
        expect(page.locator(".document")).to_have_count(1)
        page.locator(".document h3 a").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Consultation de diabétologie")
        refresh = page.locator('meta[http-equiv="refresh"]').get_attribute("content")
        assert refresh.startswith("1205; url=/compte/veille/?suite="), refresh


def test_print_shows_identity_and_stamp(walker: Walker) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        open_record(page, MARCEL.identifier.value)
        page.locator(".document h3 a").first.click()
        page.emulate_media(media="print")
        expect(page.get_by_label("Patient", exact=True)).to_be_visible()
        expect(page.locator(".stamp")).to_contain_text("par Dr Yann SARMENT")
        expect(page.locator(".top")).to_be_hidden()
        expect(page.get_by_role("link", name="Télécharger")).to_be_hidden()
