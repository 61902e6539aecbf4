"""Headers and cookies of every kind of answer, and logs without words, checked without a server."""

from __future__ import annotations

import io
import logging
import math
import time

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from carnet.config.logs import Placeless, SoberFormatter

pytestmark = pytest.mark.django_db
ANSWERS = ["/compte/connexion/", "/nulle/part", "/health/live", "/fhir/metadata", "/xds/registry?wsdl", "/pro/"]


@pytest.fixture
def client() -> Client:
    """A browser that says which host it asks for."""
    return Client(headers={"host": "localhost"})


@pytest.mark.parametrize("address", ANSWERS)
@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Content-Security-Policy", "default-src 'none'"),
        ("Content-Security-Policy", "frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "geolocation=()"),
    ],
)
def test_every_answer_carries(client: Client, address: str, header: str, wanted: str) -> None:
    assert wanted in client.get(address).headers.get(header, "")


def test_no_policy_lets_a_script_of_the_page_run(client: Client) -> None:
    policy = client.get("/compte/connexion/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("address", ANSWERS)
def test_no_answer_is_for_other_origins(client: Client, address: str) -> None:
    answer = client.get(address, headers={"origin": "https://ailleurs.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("address", ["/fhir/DocumentReference", "/xds/registry", "/d/ihe/fhir/List/_search"])
def test_a_certificate_that_another_site_sends_is_not_looked_at(client: Client, address: str) -> None:
    sent = {"x-carnet-client-cert": "MII", "x-carnet-port": "machines"}
    for site in ("cross-site", "same-site"):
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = client.post(address, "x", content_type=kind, headers=sent | {"sec-fetch-site": site})
            assert answer.status_code == 403
            assert "Un autre site" in answer.content.decode()
    for headers in (sent, sent | {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "cross-site"}):
        assert (
            "Un autre site"
            not in client.post(address, "x", content_type="text/plain", headers=headers).content.decode()
        )


def test_a_repeated_parameter_gets_no_token(client: Client) -> None:
    form = "application/x-www-form-urlencoded"
    answer = client.post("/oauth/token", "grant_type=client_credentials&grant_type=password", content_type=form)
    assert answer.json()["rule"] == "token-request"
    once = client.post("/oauth/token", "grant_type=client_credentials", content_type=form)
    assert once.json()["rule"] == "assertion-missing"


def test_pages_are_kept_by_nobody(client: Client) -> None:
    assert "no-store" in client.get("/compte/connexion/").headers["Cache-Control"]


def test_cookies_are_for_this_site_and_no_script(client: Client) -> None:
    answer = client.get("/compte/connexion/")
    assert answer.cookies
    for cookie in answer.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] in ("Lax", "Strict")


def test_the_session_cookie_is_for_this_site_and_no_script(settings) -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE in ("Lax", "Strict")
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_a_session_is_named_by_more_than_128_random_bits() -> None:
    names = {SessionStore()._get_new_session_key() for _ in range(100)}
    assert len(names) == 100
    assert min(len(name) * math.log2(36) for name in names) > 128
    assert len(set("".join(names))) == 36


@pytest.mark.parametrize("method", ["trace", "put", "delete", "patch"])
def test_methods_that_no_page_has_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)("/compte/connexion/").status_code == 405


def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    assert client.get("/compte/connexion/", headers={"host": "ailleurs.example"}).status_code == 400


def _written(record: logging.LogRecord) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SoberFormatter())
    handler.addFilter(Placeless())
    handler.handle(record)
    return stream.getvalue()


def test_a_logged_exception_keeps_its_place_and_loses_its_words() -> None:
    try:
        raise ValueError("DEMO-VICTIME 280053312345678")
    except ValueError as error:
        found = (type(error), error, error.__traceback__)
    text = _written(logging.LogRecord("carnet", logging.ERROR, __file__, 1, "unexpected", (), found))
    assert "builtins.ValueError" in text
    assert "test_headers.py" in text
    assert "DEMO-VICTIME" not in text
    assert "280053312345678" not in text


def test_a_logged_line_is_one_line_in_universal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    told = ("x\n2026-01-01T00:00:00Z INFO carnet signed in: account 1\r\x1b[2J\u2028",)
    record = logging.LogRecord("carnet", logging.INFO, __file__, 1, "no token for %s", told, None)
    record.created = 0
    text = _written(record)
    monkeypatch.undo()
    time.tzset()
    assert text.startswith("1970-01-01T00:00:00Z INFO carnet no token for x\\x0a2026")
    assert text.count("\n") == 1
    assert all(one.isprintable() for one in text.rstrip("\n"))


def test_a_logged_address_is_its_pattern(client: Client) -> None:
    request = client.get("/patient/document/28005331234567880/").wsgi_request
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Not Found: %s", (request.path,), None)
    record.request, record.status_code = request, 404
    assert "28005331234567880" not in _written(record)


def test_what_a_caller_did_wrong_tells_no_place_of_our_code(client: Client) -> None:
    request = client.get("/health/live").wsgi_request
    for level, told in ((logging.WARNING, False), (logging.ERROR, True)):
        try:
            raise ValueError
        except ValueError as error:
            found = (type(error), error, error.__traceback__)
        record = logging.LogRecord("django.request", level, __file__, 1, "Bad Request: %s", ("/",), found)
        record.request, record.status_code = request, 400
        assert ("test_headers.py" in _written(record)) is told
