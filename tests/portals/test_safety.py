"""What must never happen on a page: a document's script, another patient's document, a session without end."""

from __future__ import annotations

import base64
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from carnet.ops.demo.patients import ELOISE, FRANCOISE, JEAN_THE_ELDER, MARCEL
from carnet.wire.cda.write import File
from tests.conftest import Living
from tests.portals import lives
from tests.portals.walk import Walker, code_at

pytestmark = pytest.mark.xdist_group("portals")

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def open_record(page, ins: str) -> str:
    """Open a record by its INS; the record's part of the address."""
    page.goto("/pro/")
    page.get_by_label("Matricule INS du patient").fill(ins)
    page.get_by_role("button", name="Ouvrir").click()
    return re.search("/pro/dossier/([0-9a-f]{16})/", page.url)[1]


def test_hostile_documents_do_nothing(walker: Walker, living: Living, tmp_path: Path) -> None:
    person = JEAN_THE_ELDER
    hostile = lives.letter(
        person,
        "<script>alert(1)</script>",
        lives.paragraph("</p><script>document.title='pris'</script><img src=x onerror=alert(2)>"),
    )
    html = File("application/pdf", b"<html><script>parent.document.title='pris'</script></html>")
    picture = File("image/png", _PNG)
    lives.feed(
        living,
        tmp_path,
        "yann.sarment",
        hostile,
        lives.letter(person, "Page déguisée", html, day=5),
        lives.letter(person, "Image", picture, day=6),
    )
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        page.on("dialog", lambda dialog: pytest.fail(f"a document opened a dialog: {dialog.message}"))
        open_record(page, person.identifier.value)
        page.get_by_role("link", name="<script>alert(1)</script>").click()
        expect(page.get_by_role("article").first).to_contain_text("<script>document.title='pris'</script>")
        expect(page).to_have_title(re.compile("^<script>alert"))
        assert page.locator("main script").count() == 0
        page.get_by_role("link", name="Tous les documents").click()
        page.get_by_role("link", name="Page déguisée").click()
        assert page.locator("iframe").count() == 0, "bytes that are not a PDF are never framed"
        page.get_by_role("link", name="Tous les documents").click()
        page.get_by_role("link", name="Image", exact=True).click()
        image = page.locator(".sheet img")
        expect(image).to_be_visible()
        assert image.evaluate("image => image.naturalWidth") == 1


def test_two_patients_in_two_tabs_never_mix(walker: Walker) -> None:
    with walker.page(walker.person("professionals", "camille.aubier")) as page:
        first = open_record(page, ELOISE.identifier.value)
        address = page.locator(".document h3 a").first.get_attribute("href")
        other = page.context.new_page()
        second = open_record(other, "172092A00498391")
        assert first != second
        expect(page.get_by_label("Patient", exact=True)).to_contain_text("DEMO-BRUYERE")
        page.reload()
        expect(page.get_by_label("Patient", exact=True)).to_contain_text("DEMO-BRUYERE")
        for ending in ("", "contenu/", "fichier/"):
            crossed = page.request.get(address.replace(first, second) + ending)
            assert crossed.status == 404, f"{ending}: a document of one record under the address of another"
        assert page.request.get(address).status == 200


def test_masked_is_said_in_words_to_those_who_may_see_it(walker: Walker) -> None:
    with walker.page(walker.person("patients", "francoise.demo-genet")) as page:
        page.goto("/patient/")
        masked = page.locator(".document", has_text="Consultation de suivi")
        expect(masked).to_contain_text("masqué aux professionnels")
        masked.get_by_role("link").click()
        expect(page.get_by_label("Mentions")).to_contain_text("visible par le patient, son médecin traitant")
    with walker.page(walker.person("professionals", "idriss.bourgeon")) as page:
        open_record(page, FRANCOISE.identifier.value)
        assert "Consultation de suivi" not in page.content()


def test_code_serves_once_and_password_alone_opens_nothing(walker: Walker) -> None:
    person = walker.person("patients", "maelys.demo-sorbier")
    with walker.page() as page:
        page.goto("/compte/connexion/")
        page.get_by_label("Identifiant").fill(person["login"])
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_label("Code à 6 chiffres")).to_be_visible()
        page.goto("/patient/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Code de vérification")
        page.get_by_role("button", name="recommencer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
        page.goto("/patient/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    code = code_at(person["totp"], time.time())
    for expected in ("Mes documents", "Code de vérification"):
        with walker.page() as page:
            page.goto("/compte/connexion/")
            page.get_by_label("Identifiant").fill(person["login"])
            page.get_by_label("Mot de passe").fill(person["password"])
            page.get_by_role("button", name="Continuer").click()
            page.get_by_label("Code à 6 chiffres").fill(code)
            page.get_by_role("button", name="Se connecter").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(expected)


def test_attempts_are_limited(walker: Walker) -> None:
    person = walker.person("professionals", "loic.roseau")
    with walker.page() as page:
        for _ in range(6):
            page.goto("/compte/connexion/")
            page.get_by_label("Identifiant").fill(person["login"])
            page.get_by_label("Mot de passe").fill("pas le bon")
            page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("alert")).to_contain_text("suspendu quelques minutes")
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_signing_out_leaves_nothing(walker: Walker) -> None:
    person = walker.person("patients", "lisandra.demo-castellu")
    with walker.page() as page:
        walker.sign_in(page, person)
        expect(page.get_by_role("heading", level=1)).to_have_text("Mes documents")
        kept = page.context.cookies()
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Le carnet de santé partagé")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Mes documents")
        page.context.add_cookies(kept)
        page.goto("/patient/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_warns_before_an_idle_session_ends(walker: Walker) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        page.clock.install(time=datetime(2026, 3, 1, 10, 0, tzinfo=UTC))
        page.goto("/patient/")
        page.clock.run_for(17 * 60 * 1000)
        expect(page.get_by_role("alertdialog")).to_be_hidden()
        page.clock.run_for(90 * 1000)
        expect(page.get_by_role("button", name="Rester connecté")).to_be_focused()
        page.get_by_role("button", name="Rester connecté").click()
        expect(page.get_by_role("alertdialog")).to_be_hidden()
        page.clock.run_for(21 * 60 * 1000)
        expect(page.get_by_role("heading", level=1)).to_have_text("Cette page a été mise à l’abri")


def test_no_identifier_in_any_log_or_address(walker: Walker, living: Living) -> None:
    with walker.page(walker.person("professionals", "yann.sarment")) as page:
        open_record(page, MARCEL.identifier.value)
        page.locator(".document h3 a").first.click()
    written = "".join(path.read_text(errors="replace") for path in (living.home / "logs").rglob("*") if path.is_file())
    for secret in (MARCEL.identifier.value, "DEMO-CHENE"):
        assert secret not in written


def test_headers_of_every_answer(walker: Walker, living: Living) -> None:
    for address in ("/", "/compte/connexion/", "/nulle-part/", "/pro/"):
        headers = httpx.get(living.http + address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"
        assert "camera=()" in headers["permissions-policy"]
    with walker.page(walker.person("patients", "marcel.demo-chene")) as page:
        answer = page.goto("/patient/")
        assert "no-store" in answer.headers["cache-control"]
