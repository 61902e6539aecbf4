"""Exchanges are kept in a demonstration only, in bounded number, age, size and rate."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from carnet.exchange.testbed import apps, keeping, queries, recorder, showing, words
from carnet.exchange.testbed.cutting import DOCUMENT_BYTES, cut
from carnet.exchange.testbed.marks import KEPT_BYTES, Exchange, Heard
from carnet.exchange.testbed.reading import Problem, masked, outcome_of, transaction_of
from carnet.exchange.testbed.recorder import BURST, Allowance, recorded
from carnet.kernel import clock, database, erasure
from carnet.kernel.errors import Problem as Problem_
from carnet.kernel.errors import Reason
from carnet.record.access import api as access
from carnet.record.journal.api import Action
from tests.capabilities.world import CLERK, World

HOST = {"host": "localhost"}


def exchange(*, status: int = 200, answer: bytes = b"{}", age: timedelta = timedelta()) -> Exchange:
    made = Exchange(
        id=uuid4(),
        at=clock.now() - age,
        began=time.perf_counter(),
        method="GET",
        path="/fhir/DocumentReference",
        query="patient.identifier=urn:oid:1.2|132034008898134",
        headers=(("User-Agent", "Essai/1"),),
        certificate="",
        status=status,
        answer_headers=(("Content-Type", "application/fhir+json"),),
    )
    made.answer.add(answer)
    return made


def test_production_has_no_testbed(settings) -> None:
    settings.CARNET_MODE = "production"
    with pytest.raises(ImproperlyConfigured, match="fictional"):
        apps.TestbedConfig.create("carnet.exchange.testbed").ready()
    with pytest.raises(ImproperlyConfigured):
        recorded(lambda environ, start: [])
    assert Client(headers=HOST).get("/echanges/").status_code == 404


def test_none_are_kept_when_none_are_wanted(settings) -> None:
    def served(environ, start):
        return []

    settings.CARNET_EXCHANGES = 0
    assert recorded(served) is served


def test_what_is_private_stays_out() -> None:
    environ = {
        "PATH_INFO": "/fhir/metadata",
        "REQUEST_METHOD": "GET",
        "wsgi.input": None,
        "HTTP_HOST": "intrus.example",
        "HTTP_COOKIE": "secret",
        "HTTP_AUTHORIZATION": "secret",
        "HTTP_X_CARNET_CLIENT_CERT": "",
        "HTTP_X_FORWARDED_FOR": "1.2.3.4",
    }
    kept: list[Exchange] = []
    heads: list[list[tuple[str, str]]] = []

    def served(environ, start):
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"a", b"b"]

    answer = recorder.Recorder(served, kept.append)(environ, lambda status, headers, *more: heads.append(headers))
    assert b"".join(answer) == b"ab"
    answer.close()
    (one,) = kept
    assert (bytes(one.answer.data), one.status) == (b"ab", 200)
    assert {name for name, _ in one.headers} == {"Host", "Cookie", "Authorization"}
    assert "secret" not in repr(one.headers)
    address = dict(heads[0])["X-Carnet-Exchange"]
    assert address.startswith("http://localhost:"), "a host that is not ours is not repeated"
    assert address.endswith(f"/echanges/{one.id}/")


def test_a_burst_is_kept_in_part() -> None:
    allowance = Allowance()
    taken = sum(allowance.take() for _ in range(BURST * 3))
    assert BURST <= taken <= BURST + 20


def test_bodies_are_cut() -> None:
    heard = Heard()
    for _ in range(10):
        heard.add(b"x" * 100_000)
    assert (heard.size, len(heard.data)) == (1_000_000, KEPT_BYTES)
    part = b"--b\r\nA: 1\r\n\r\n<root/>\r\n--b\r\nB: 2\r\n\r\n" + b"\xff" * 100_000 + b"\r\n--b--"
    shorter = cut('multipart/related; boundary="b"', part)
    assert len(shorter) < DOCUMENT_BYTES + 500
    assert shorter.startswith(part[:40])
    inline = cut("application/soap+xml", b"<d>" + b"QUJD" * 50_000 + b"</d>")
    assert len(inline) < 1000
    assert "octets de document non gardés" in inline.decode()
    began = time.process_time()
    cut("application/soap+xml", (b"A" * 16_000 + b" ") * 16)
    assert time.process_time() - began < 0.5


@pytest.mark.django_db
def test_the_oldest_give_way_and_refusals_stay(settings) -> None:
    settings.CARNET_EXCHANGES, settings.CARNET_EXCHANGES_DAYS = 10, 7
    refusals = [exchange(status=404, age=timedelta(hours=1)) for _ in range(4)]
    for one in [*refusals, *(exchange() for _ in range(30)), exchange(age=timedelta(days=8))]:
        database.execute(keeping._INSERT, keeping.row(one))
    keeping.tidy()
    found, more = queries.recent()
    assert not more
    assert sum(line.outcome == "accepted" for line in found) == 5
    assert {line.id for line in found if line.outcome == "refused"} == {one.id for one in refusals}


@pytest.mark.django_db
def test_an_erasure_removes_what_concerned_its_record() -> None:
    world, stranger = World(), exchange()
    # Refused before anybody looked for a record: the patient it names tells whose it is.
    named = exchange(status=403)
    named.query = f"patient.identifier=urn:oid:{world.identifier.system}|{world.identifier.value}"
    problem = Problem_(reason=Reason.FORBIDDEN, rule="essai", text="Non.")

    def served(environ, start):
        start("403 Forbidden", [])
        access.refuse(problem, actor=CLERK, action=Action.RECORD_OPEN, record_id=world.record_id)
        return [b"{}"]

    heard: list[Exchange] = []
    environ = {"PATH_INFO": "/fhir/Binary/x", "REQUEST_METHOD": "GET", "wsgi.input": None}
    recorder.Recorder(served, heard.append)(environ, lambda *answered: None).close()
    assert heard[0].records == {world.record_id}
    for one in (named, *heard, stranger):
        keeping.insert(one)
    assert queries.one(heard[0].id)
    assert "testbed_concerned" in erasure.tables()
    erasure.erase_rows([world.record_id], kept=("journal_entry",))
    assert [queries.one(one.id) is None for one in (named, *heard, stranger)] == [True, True, False]


@pytest.mark.django_db
def test_the_empty_list_explains_how_to_begin() -> None:
    page = Client(headers=HOST).get("/echanges/").content.decode()
    assert "Aucun échange pour le moment" in page
    assert "carnet feed" in page
    assert "fictives" in page
    assert "413" in page


@pytest.mark.django_db
def test_a_kept_exchange_is_told_in_words() -> None:
    body = (
        b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","details":{"coding":'
        b'[{"code":"date"}],"text":"Cette date n\'existe pas."},"diagnostics":"Trouv\xc3\xa9 : 2026-02-31. Attendu : '
        b'AAAA-MM-JJ. FHIR R4 \xc2\xa72.24.0.1","expression":["date"]}]}'
    )
    one = exchange(status=422, answer=body)
    database.execute(keeping._INSERT, keeping.row(one))
    kept = queries.one(one.id)
    assert kept is not None
    assert kept.problems == (
        Problem(
            code="value",
            rule="date",
            text="Cette date n'existe pas.",
            field="date",
            found="2026-02-31",
            expected="AAAA-MM-JJ",
            source="FHIR R4 §2.24.0.1",
        ),
    )
    assert words.why(kept) == "Refusé (règle date) : Cette date n'existe pas."
    assert (kept.transaction, kept.patient, kept.software) == ("ITI-67", "1•••••••••••134", "Essai/1")
    page = Client(headers=HOST).get(f"/echanges/{one.id}/").content.decode()
    assert "FHIR R4 §2.24.0.1" in page


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        ("POST", "/xds/registry", b"<a>urn:ihe:iti:2007:RegistryStoredQuery</a>", "ITI-18"),
        ("POST", "/d/ihe/xds/repository", b"urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b", "ITI-41"),
        ("POST", "/xds/registry", b"", "SOAP ?"),
        ("POST", "/fhir", b"", "ITI-65"),
        ("POST", "/d/ihe/fhir/DocumentReference/_search", b"", "ITI-67"),
        ("GET", "/fhir/Binary/x", b"", "ITI-68"),
        ("GET", "/fhir/Patient", b"", "FHIR ?"),
    ],
)
def test_transactions_are_named(method: str, path: str, body: bytes, name: str) -> None:
    assert transaction_of(method, path, "", body) == name


def test_identifiers_are_masked() -> None:
    assert masked("132034008898134^^^&1.2&ISO^NH") == "1•••••••••••134"
    assert masked("X12") == "X•••"
    assert masked("") == ""


def test_an_answer_that_is_not_what_it_claims_is_told_as_it_is() -> None:
    assert outcome_of(500, "text/html", b"<h1>")[0] == "refused"
    assert outcome_of(200, "application/fhir+json", b"[")[0] == "accepted"
    assert outcome_of(400, "application/fhir+json", b'{"issue": 3}')[0] == "refused"
    assert outcome_of(200, "multipart/related", b"")[0] == "accepted"


def test_a_place_that_is_not_there_marks_nothing() -> None:
    lines = showing.lines("application/json", b'{"a": 1}', (Problem(rule="x", field="b.c", found="zz"),))
    assert not any(line.rules for line in lines)
    broken = showing.lines("application/soap+xml", b"<a>\n<b>\n", (Problem(rule="s", field="ligne 2, colonne 1"),))
    assert [line.rules for line in broken] == [(), ("s",)]
