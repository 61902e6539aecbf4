"""Sessions under attack: forged forms, kept cookies, borrowed codes, doors that lead elsewhere."""

from __future__ import annotations

import contextlib
import html
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.attacks.intruder import Intruder, token
from tests.attacks.victim import OTHER, Victim
from tests.portals import lives
from tests.portals.walk import code_at

PATIENT = "anghjulu.demo-castellu"


@pytest.mark.parametrize(
    "address",
    [
        "/compte/connexion/",
        "/compte/code/",
        "/compte/deconnexion/",
        "/pro/",
        "/pro/dossier/{record}/autorisation/",
        "/admission/",
    ],
)
@pytest.mark.parametrize("origin", ["http://intrus.example", "null"])
def test_a_form_from_elsewhere_is_refused(victim: Victim, address: str, origin: str) -> None:
    client = victim.session(OTHER)
    page = client.get("/pro/")
    sent = {"csrfmiddlewaretoken": token(page), "ins": victim.ins, "agreed": "on"}
    place = address.format(record=victim.record)
    assert client.post(place, data=sent, headers={"Origin": origin}).status_code == 403
    del sent["csrfmiddlewaretoken"]
    assert client.post(place, data=sent).status_code == 403


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://intrus.example/",
        "//intrus.example",
        "/\\intrus.example",
        "javascript:alert(1)",
        "http:///intrus.example",
    ],
)
def test_no_door_leads_elsewhere(intruder: Intruder, elsewhere: str) -> None:
    with intruder.people() as client:
        page = client.get("/compte/veille/", params={"suite": elsewhere})
        assert "intrus" not in page.text.replace("suite=", "")
        assert "javascript" not in page.text
        form = client.get("/compte/connexion/", params={"next": elsewhere})
        person = intruder.person("idriss.bourgeon")
        fields = {"login": person["login"], "password": person["password"], "next": elsewhere}
        first = client.post("/compte/connexion/", data=fields | {"csrfmiddlewaretoken": token(form)})
        assert urlsplit(first.headers["location"]).netloc == ""
        left = client.post(
            "/compte/deconnexion/",
            data={"next": elsewhere, "csrfmiddlewaretoken": token(client.get("/compte/code/"))},
        )
        assert left.status_code == 302
        assert left.headers["location"] in ("/", "/compte/connexion/")


def test_a_session_that_was_planted_is_not_the_one_that_opens(intruder: Intruder) -> None:
    person = intruder.person(PATIENT)
    with intruder.people() as client:
        name = next(iter(client.get("/compte/connexion/").cookies)).replace("csrf", "session")
        planted = "p" * 32
        client.cookies.set(name, planted, domain="localhost.local", path="/")
        form = client.get("/compte/connexion/")
        fields = {"login": person["login"], "password": person["password"], "csrfmiddlewaretoken": token(form)}
        first = client.post("/compte/connexion/", data=fields)
        half = first.cookies[name]
        assert half != planted
        assert client.get("/patient/").status_code == 302, "a password alone opens nothing"
        code = code_at(person["totp"], time.time())
        page = client.get("/compte/code/")
        done = client.post("/compte/code/", data={"code": code, "csrfmiddlewaretoken": token(page)})
        whole = done.cookies[name]
        assert whole not in (planted, half)
        assert client.get("/patient/").status_code == 200
        for stale in (planted, half):
            with intruder.people() as thief:
                assert thief.get("/patient/", headers={"Cookie": f"{name}={stale}"}).status_code == 302
        answer = client.post(
            "/compte/deconnexion/", data={"csrfmiddlewaretoken": token(client.get("/compte/deconnexion/"))}
        )
        assert answer.status_code == 302
        with intruder.people() as thief:
            assert thief.get("/patient/", headers={"Cookie": f"{name}={whole}"}).status_code == 302
    with intruder.people() as thief:
        form = thief.get("/compte/connexion/")
        thief.post("/compte/connexion/", data=fields | {"csrfmiddlewaretoken": token(form)})
        page = thief.get("/compte/code/")
        again = thief.post("/compte/code/", data={"code": code, "csrfmiddlewaretoken": token(page)})
        assert thief.get("/patient/").status_code == 302, f"a code served twice ({again.status_code})"


def test_codes_cannot_be_guessed_by_trying(intruder: Intruder) -> None:
    person = intruder.person("lina.demo-acacia")
    with intruder.people() as client:
        form = client.get("/compte/connexion/")
        fields = {"login": person["login"], "password": person["password"], "csrfmiddlewaretoken": token(form)}
        client.post("/compte/connexion/", data=fields)
        for number in range(6):
            page = client.get("/compte/code/")
            client.post("/compte/code/", data={"code": f"{number:06d}", "csrfmiddlewaretoken": token(page)})
        page = client.get("/compte/code/")
        right = code_at(person["totp"], time.time())
        client.post("/compte/code/", data={"code": right, "csrfmiddlewaretoken": token(page)})
        assert client.get("/patient/").status_code == 302


def test_each_portal_is_closed_to_the_others(intruder: Intruder, victim: Victim) -> None:
    uuid = victim.documents[""].entry_uuid.removeprefix("urn:uuid:")
    client = victim.session(OTHER)
    for address in ("/patient/", "/patient/journal/", f"/patient/document/{uuid}/", "/admission/"):
        assert client.get(address).status_code == 403
    clerk = victim.session("accueil.clinique")
    for address in ("/patient/journal/", "/pro/", f"/pro/dossier/{victim.record}/"):
        answer = clerk.get(address)
        assert answer.status_code == 403
        assert "VICTIME" not in answer.text
    assert clerk.get(f"/admission/dossier/{victim.record}/").status_code == 302, "shows what this clerk typed only"
    stranger = victim.session("maia.cormier")
    opened = stranger.get(f"/pro/dossier/{victim.record}/", follow_redirects=True)
    assert "VICTIME" not in opened.text
    assert stranger.get(f"/pro/dossier/{victim.record}/document/{uuid}/").status_code == 404


def whole_journal(client: httpx.Client) -> Iterator[str]:
    """Every page of the journal of who is signed in."""
    address = "/patient/journal/"
    while address:
        page = client.get(address).text
        yield page
        older = re.search(r'href="(\?avant=[^"]+)"', page)
        address = f"/patient/journal/{html.unescape(older[1])}" if older else ""


def test_the_patient_sees_neither_the_document_nor_its_traces(intruder: Intruder, victim: Victim) -> None:
    account = lives.enrol_patient(intruder.living, f"victime.{victim.ins}", victim.record, "Léa DEMO-VICTIME")
    client, _ = intruder.sign_in(account)
    hidden = victim.documents["INVISIBLE_PATIENT"].entry_uuid.removeprefix("urn:uuid:")
    with contextlib.closing(client):
        assert hidden not in client.get("/patient/?remplaces=1").text
        for ending in ("", "contenu/", "fichier/"):
            assert client.get(f"/patient/document/{hidden}/{ending}").status_code == 404
        journal = "".join(whole_journal(client))
        assert hidden not in journal
        told = " ".join(journal.split())
        # Refused attempts, these ones included, name no document and are told; others read what the patient sees too.
        seen = set(re.findall("/patient/document/([0-9a-f-]{36})/", client.get("/patient/?remplaces=1").text))
        counts = re.findall("a (?:ajouté|lu|consulté la fiche de) (un|[0-9]+) document", told)
        assert all(int(count.replace("un", "1")) <= len(seen) for count in counts), counts
        assert "Compte rendu fictif" in journal
