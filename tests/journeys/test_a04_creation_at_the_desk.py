"""A4: a record is created at the desk, from a card, a typed matricule or nothing, in less than a minute."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.conftest import Living
from tests.journeys import desk
from tests.portals.conftest import walker  # noqa: F401 - the fixture
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")
_SECONDS = 60


def test_card_to_printed_sheet_in_under_a_minute(walker: Walker, living: Living) -> None:  # noqa: F811
    who, child = desk.somebody(), desk.somebody("LÉA", born="03/07/2015")
    serial = desk.insert(living, who, child)
    with desk.at_the_desk(walker) as (page, printed):
        began = time.monotonic()
        desk.create_with_card(page, serial, "PAUL")
        expect(page.get_by_role("main")).to_contain_text("Carnet créé")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{who.name} PAUL")
        sheet = desk.print_sheet(page, printed)
        seconds = time.monotonic() - began
        print(f"card to printed sheet: {seconds:.1f} s")
        assert len(sheet.codes) == 10
        assert seconds < _SECONDS
        address = page.url
        desk.create_with_card(page, serial, "PAUL")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ce carnet existait déjà")
        assert page.url == address, "the same card made a second record"
        desk.create_with_card(page, serial, "LÉA")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{child.name} LÉA")
        assert page.url != address, "two people of one card share a record"


def test_a_card_without_the_number_of_the_person_says_so(walker: Walker, living: Living) -> None:  # noqa: F811
    who, newborn = desk.somebody(), desk.Somebody("DEMO-SANSNUMERO", "ZOÉ", "01/09/2026", "")
    serial = desk.insert(living, who, newborn)
    with desk.at_the_desk(walker) as (page, _):
        desk.create_with_card(page, serial, "ZOÉ")
        expect(page.get_by_role("alert")).to_contain_text("Le carnet n’a pas été créé")
        expect(page.get_by_role("radio", name="ZOÉ")).to_be_checked()
        walker.look(page, "admission-card-refused")


def test_rules_of_2012_compute_the_ins_c_from_the_card(walker: Walker, living: Living) -> None:  # noqa: F811
    who = desk.somebody()
    serial = desk.insert(living, who)
    with desk.at_the_desk(walker) as (page, _):
        desk.create_with_card(page, serial, "PAUL", domain="fr-2012")
        expect(page.get_by_role("main")).to_contain_text("Carnet créé")
        number = page.locator(".ins").inner_text()
        assert re.fullmatch(r"\d{22}", number)
        assert 97 - int(number[:20]) % 97 == int(number[20:])
        page.get_by_role("link", name="Carnet existant").click()
        page.get_by_label("Matricule INS, ou identifiant local").fill(number)
        page.get_by_role("button", name="Retrouver").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")


def test_somebody_who_looks_alike_is_shown_before_creating(walker: Walker, living: Living) -> None:  # noqa: F811
    who = desk.somebody()
    twin = desk.Somebody(who.name, who.given, who.born, desk.somebody().nir)
    with desk.at_the_desk(walker) as (page, _):
        desk.create_typed(page, who)
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{who.name} {who.given}")
        first = page.url
        desk.create_typed(page, twin)
        alike = page.get_by_role("region", name="Ressemble à…")
        expect(alike).to_contain_text("Mêmes nom, prénom et date de naissance")
        assert who.name not in alike.inner_text(), "a desk is shown the start of a name, not a phone book"
        walker.look(page, "admission-alike")
        page.get_by_role("button", name="C’est cette personne").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")
        assert page.url == first.replace("/dossier/", "/carnet/")
        # A likeness is no proof: nothing is done, at any address, before the number is given.
        chosen = page.url
        assert page.get_by_role("link", name="Fermer le carnet").count() == 0
        assert page.get_by_role("button", name="Imprimer").count() == 0
        for place in ("demande/fermer/", "identite/"):
            page.goto(chosen + place)
            assert page.url == chosen
        walker.look(page, "admission-record-alike")
        page.get_by_label("Matricule INS, ou identifiant local").fill(who.nir)
        page.get_by_role("button", name="Continuer avec ce carnet").click()
        assert page.url == chosen
        expect(page.get_by_role("link", name="Fermer le carnet")).to_be_visible()
        desk.create_typed(page, twin)
        page.get_by_role("button", name="C’est une autre personne").click()
        expect(alike).to_be_visible()
        page.get_by_label("Pourquoi c’est une autre personne").select_option(label="Jumeau ou jumelle")
        page.get_by_role("button", name="C’est une autre personne").click()
        expect(page.get_by_role("main")).to_contain_text("Carnet créé")
        assert page.url != first


def test_without_any_matricule_a_local_identifier_is_issued_and_told(walker: Walker, living: Living) -> None:  # noqa: F811
    who = desk.somebody("NOÉ", born="01/09/2026")
    with desk.at_the_desk(walker) as (page, printed):
        page.goto("/admission/")
        page.get_by_role("link", name="Sans matricule").click()
        page.get_by_role("button", name="Créer le carnet").click()
        expect(page.get_by_role("alert")).to_contain_text("Choisissez pourquoi cette personne n’a pas de matricule")
        walker.look(page, "admission-without-ins-refused")
        page.get_by_label("Pourquoi sans matricule").select_option(label="Nouveau-né, pas encore immatriculé")
        page.get_by_label("Nom de naissance").fill(who.name)
        page.get_by_label("Prénoms de naissance").fill(who.given)
        page.get_by_label("Date de naissance").fill(who.born)
        page.get_by_label("Sexe").select_option("M")
        page.get_by_label("consent").check()
        page.get_by_role("button", name="Créer le carnet").click()
        number = page.locator(".local").inner_text()
        assert re.fullmatch(r"[0-9A-Z]{16}", number)
        walker.look(page, "admission-created-local")
        assert desk.print_sheet(page, printed).pages == 1
        page.goto("/admission/carnet/")
        page.get_by_label("Matricule INS, ou identifiant local").fill(number.lower())
        page.get_by_role("button", name="Retrouver").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Carnet ouvert")


def test_a_refusal_is_recorded_and_creates_nothing(walker: Walker, living: Living) -> None:  # noqa: F811
    who = desk.somebody()
    serial = desk.insert(living, who)
    with desk.at_the_desk(walker) as (page, _):
        page.goto("/admission/carte/")
        page.get_by_role("link", name=serial).click()
        page.get_by_role("radio", name="PAUL").check()
        page.get_by_role("button", name="La personne refuse").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Aucun carnet ne sera créé")
        walker.look(page, "admission-refusal")
        page.goto("/admission/carnet/")
        page.get_by_label("Matricule INS, ou identifiant local").fill(who.nir)
        page.get_by_role("button", name="Retrouver").click()
        expect(page.get_by_role("status")).to_contain_text("La personne a refusé un carnet")
        walker.look(page, "admission-opposed")
        desk.create_with_card(page, serial, "PAUL")
        expect(page.get_by_role("main")).to_contain_text("Carnet créé")
