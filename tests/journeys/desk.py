"""An admission desk in these stories: cards in its reader, a clerk at a browser, sheets out of the printer."""

from __future__ import annotations

import io
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, Route
from pypdf import PdfReader

from carnet.record.identity.api import ins_key
from tests.conftest import Living
from tests.portals.walk import Walker


@dataclass(frozen=True)
class Somebody:
    """A person who is nobody, with their own certified NIR."""

    name: str
    given: str
    born: str  # DD/MM/YYYY
    nir: str

    @property
    def card_date(self) -> str:
        """The birth date as cards write it."""
        day, month, year = self.born.split("/")
        return year + month + day


@dataclass(frozen=True)
class Sheet:
    """What the paper says."""

    login: str
    password: str
    codes: tuple[str, ...]
    text: str
    pages: int


def somebody(given: str = "PAUL", *, born: str = "12/02/1980") -> Somebody:
    """Another person at each call: the family name and the end of the NIR are drawn."""
    _, month, year = born.split("/")
    number = f"1{year[2:]}{month}75{secrets.randbelow(10**6):06d}"
    letters = "".join(secrets.choice("BCDFGLMNPRST") for _ in range(6))
    return Somebody(f"DEMO-{letters}", given, born, number + ins_key(number))


def insert(living: Living, *people: Somebody) -> str:
    """Put a test card in the simulated reader, the first person being its holder; its serial number."""
    serial = f"80{secrets.randbelow(10**14):014d}"
    folder = living.home / "demo" / "vitale"
    folder.mkdir(parents=True, exist_ok=True)
    beneficiaries = [
        {"birth_name": one.name, "given_name": one.given, "birth_date": one.card_date, "nir": one.nir} for one in people
    ]
    card = {"serial": serial, "kind": "test", "holder": people[0].nir, "beneficiaries": beneficiaries}
    (folder / f"essai-{serial}.json").write_text(json.dumps(card), encoding="utf-8")
    return serial


@contextmanager
def at_the_desk(walker: Walker) -> Iterator[tuple[Page, list[bytes]]]:
    """A clerk's page, and what its printer gave, newest last."""
    with walker.page(walker.person("clerks", "accueil.chu")) as page:
        printed: list[bytes] = []

        def keep(route: Route) -> None:
            answer = route.fetch()
            printed.append(answer.body())
            route.fulfill(response=answer)

        page.context.route("**/codes/", keep)
        yield page, printed


def create_with_card(page: Page, serial: str, given: str, *, domain: str = "") -> None:
    """From the desk's first page to the created record, by its buttons."""
    page.goto("/admission/")
    page.get_by_role("link", name="Carte Vitale").click()
    page.get_by_role("link", name=serial).click()
    page.get_by_role("radio", name=given).check()
    if domain:
        page.get_by_label("Règles du carnet").select_option(domain)
    page.get_by_label("consent").check()
    page.get_by_role("button", name="Créer le carnet").click()


def create_typed(page: Page, who: Somebody) -> None:
    """The same with the matricule, typed."""
    page.goto("/admission/")
    page.get_by_label("Matricule INS").fill(who.nir)
    page.get_by_label("Nom de naissance").fill(who.name)
    page.get_by_label("Prénoms de naissance").fill(who.given)
    page.get_by_label("Date de naissance").fill(who.born)
    page.get_by_label("consent").check()
    page.get_by_role("button", name="Créer le carnet").click()


def print_sheet(page: Page, printed: list[bytes], *, large: bool = False) -> Sheet:
    """One click; the sheet that comes out."""
    before = len(printed)
    with page.expect_popup() as popup:
        page.get_by_role("button", name="En gros caractères" if large else "Imprimer la feuille de codes").click()
    for _ in range(100):
        if len(printed) > before:
            break
        page.wait_for_timeout(50)
    popup.value.close()
    return read(printed[-1])


def read(pdf: bytes) -> Sheet:
    """A sheet from its bytes, as a person reads it."""
    document = PdfReader(io.BytesIO(pdf))
    text = "\n".join(page.extract_text() for page in document.pages)
    return Sheet(
        login=re.search(r"Identifiant ([\d ]{14})", text)[1],
        password=re.search(r"Mot de passe (\S{14})", text)[1],
        codes=tuple(re.findall(r"\b\d{4} \d{4}\b", text)),
        text=text,
        pages=len(document.pages),
    )


def enter(page: Page, sheet: Sheet, code: str) -> None:
    """The first page of the first entry."""
    page.goto("/premiere-connexion/")
    page.get_by_label("Identifiant").fill(sheet.login)
    page.get_by_label("Mot de passe de la feuille").fill(sheet.password)
    page.get_by_label("Un code de la feuille").fill(code)
    page.get_by_role("button", name="Continuer").click()
