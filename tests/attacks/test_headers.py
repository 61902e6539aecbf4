"""Headers and cookies of every kind of answer, and logs without words, checked without a server."""

from __future__ import annotations

import io
import logging

import pytest
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


def test_a_logged_address_is_its_pattern(client: Client) -> None:
    request = client.get("/patient/document/28005331234567880/").wsgi_request
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, "Not Found: %s", (request.path,), None)
    record.request, record.status_code = request, 404
    assert "28005331234567880" not in _written(record)
