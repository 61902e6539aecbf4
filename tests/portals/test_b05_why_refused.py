"""B5: a software author opens the page of a refused message and learns rule, field, found, expected and section."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from carnet.client import xds
from carnet.client.errors import Refused
from tests.attacks import (
    test_bad_certificates,
    test_bad_fhir,
    test_bad_metadata,
    test_bad_mime,
    test_bad_patients,
    test_bad_soap,
    test_bad_vihf,
    test_bad_xml,
)
from tests.attacks.bad_input import Case, Door
from tests.conftest import Living
from tests.journeys import test_b03_cards_and_certificates as b03
from tests.portals import lives
from tests.portals.walk import Walker

# Name of the picture → the message, and what its page must say besides its rule.
KINDS: dict[str, tuple[Case, tuple[str, ...]]] = {
    "hash": (test_bad_metadata.CASES["hash-wrong"], ("DocumentEntry.hash", "0" * 40, "XDSRepositoryMetadataError")),
    "type-code": (
        test_bad_metadata.CASES["type-code-unknown"],
        ("DocumentEntry.typeCode", "99999-9", "jeu de valeurs"),
    ),
    "date": (test_bad_metadata.CASES["day-that-does-not-exist"], ("creationTime", "20260231", "TF-3")),
    "unique-id": (test_bad_metadata.CASES["unique-id-with-extension"], ("uniqueId", "1.2.250.1.999.1^12")),
    "patient": (test_bad_patients.CASES["patient-of-the-entry-only"], ("XDSPatientIdDoesNotMatch", "patientId")),
    "ins-key": (test_bad_patients.CASES["ins-wrong-key"], ("clé", "INS")),
    "revoked": (test_bad_certificates.CASES["soap-revoked"], ("révoqué", "RFC 5280", "numéro de série")),
    "vihf": (test_bad_vihf.CASES["other-profession"], ("profession", "subject:role")),
    "part": (test_bad_mime.CASES["part-missing"], ("XDSMissingDocument",)),
    "entities": (test_bad_xml.CASES["billion-laughs"], ("DOCTYPE", "OWASP")),
    "action": (test_bad_soap.CASES["unknown-action"], ("wsa:Action", "urn:x", "WS-Addressing")),
    "bundle": (test_bad_fhir.CASES["document-nowhere"], ("Bundle.entry[1]", "dangling-reference")),
}
# One page with a SOAP body, one with a bundle, one without either: the others are made of the same parts.
LOOKED_AT = {"hash", "bundle", "revoked"}


@pytest.fixture(scope="module")
def door(living: Living) -> Iterator[Door]:
    """The doors, for wrong messages."""
    found = Door(living)
    yield found
    found.close()


def last(living: Living, rule: str) -> str:
    """The address of the last exchange kept under a rule, once it is written."""
    for _ in range(60):
        page = httpx.get(f"{living.http}/echanges/", params={"rule": rule}, trust_env=False)
        found = re.search(r'href="(/echanges/[0-9a-f-]{36}/)"', page.text)
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"no exchange was kept under {rule}")


@pytest.mark.parametrize("name", KINDS)
def test_the_page_of_a_refusal_says_why(walker: Walker, living: Living, door: Door, name: str) -> None:
    case, said = KINDS[name]
    case.send(door)
    address = last(living, case.rule)
    with walker.page() as page:
        page.goto(address)
        text = page.locator("main").inner_text()
        for word in (case.rule, case.code, *said):
            assert word in text, (word, text[:1500])
        for label in ("Règle", "Champ", "Trouvé", "Attendu", "Spécification"):
            assert page.locator("dt", has_text=label).count()
        assert page.locator(".lead.why-refused").inner_text().startswith("Refusé")
        assert page.get_by_role("region", name="Requête").is_visible()
        assert page.get_by_role("region", name="Réponse").is_visible()
        assert "curl" in page.locator("#curl").inner_text()
        assert f"{living.http}{address}" in text
        walker.look(page, f"echange-{name}", accessible=name in LOOKED_AT)


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("hash", "hash"),
        ("type-code", "99999-9"),
        ("date", "20260231"),
        ("action", "urn:x"),
        ("bundle", "6f1c1f1e-0000-4000-8000-00000000dead"),
    ],
)
def test_the_faulty_place_is_marked(walker: Walker, living: Living, door: Door, name: str, marked: str) -> None:
    case, _ = KINDS[name]
    case.send(door)
    with walker.page() as page:
        page.goto(last(living, case.rule))
        faulty = page.locator(".side").first.locator("li.faulty").all_inner_texts()
        assert any(marked in line and case.rule in line for line in faulty), faulty
        page.get_by_role("link", name=re.compile(r"^ligne \d+")).first.click()
        assert page.locator("li.faulty:target").count() == 1


def test_the_list_is_filtered_and_masks_the_patient(walker: Walker, living: Living, door: Door) -> None:
    test_bad_patients.CASES["ins-wrong-key"].send(door)
    door.query()
    last(living, "ins-key")
    with walker.page() as page:
        page.goto("/echanges/")
        walker.look(page, "echanges")
        page.get_by_label("Résultat").select_option("refused")
        page.get_by_label("Règle").select_option("ins-key")
        page.get_by_role("button", name="Filtrer").click()
        rows = page.locator(".exchanges tbody tr").all_inner_texts()
        assert rows
        assert all("ins-key" in row and "Refusé" in row for row in rows)
        assert "132034008898135" not in page.content()
        assert "1•••••••••••135" in rows[0]
        page.goto("/echanges/?rule=personne")
        assert page.get_by_role("heading", name="Aucun échange de cette sorte").is_visible()
        page.goto("/echanges/00000000-0000-4000-8000-000000000000/")
        assert page.get_by_role("heading", name="n’est pas gardé").is_visible()
        walker.look(page, "echange-absent")


def test_the_answer_and_the_command_give_the_address(living: Living) -> None:
    with (
        b03.connect(living, b03.spoiled(living, "expired")) as connection,
        pytest.raises(Refused) as refused,
    ):
        xds.query(connection, b03.find(living))
    assert refused.value.exchange.startswith(f"{living.http}/echanges/")
    done = lives.command(living, "find", "132034008898135", "--as", "yann.sarment")
    assert done.returncode == 1
    assert f"{living.http}/echanges/" in done.stderr


def test_private_things_are_not_kept_and_machines_have_no_page(living: Living, door: Door) -> None:
    client = door.client()
    headers = {"Authorization": "Bearer secret-jeton", "Cookie": "a=secret-biscuit"}
    answer = client.get("/fhir/DocumentReference?status=current&couleur=secrete", headers=headers)
    address = answer.headers["x-carnet-exchange"]
    for _ in range(60):
        page = httpx.get(address, trust_env=False)
        if page.status_code == 200:
            break
        time.sleep(0.05)
    assert page.status_code == 200
    assert "Authorization: (retiré)" in page.text
    assert "secret-jeton" not in page.text
    assert "secret-biscuit" not in page.text
    assert "X-Carnet-Client-Cert" not in page.text
    assert client.get("/echanges/").status_code == 404
    raw = httpx.get(f"{address}reponse", trust_env=False)
    assert raw.content == answer.content
    assert raw.headers["content-disposition"].startswith("attachment")
