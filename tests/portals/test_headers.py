"""Every address of the URL configuration, walked: the headers that it answers with, with a session and without."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.capabilities.conftest import world  # noqa: F401 - the fixture
from tests.capabilities.world import World
from tests.portals.signing_in import fresh_browser, patient
from tests.processes.production import configuration

# A value for each sort of place in an address.
PLACES = {
    "str:digest": "0" * 16,
    "str:name": "carnet.css",
    "str:domain": "fr",
    "provider:name": "psc",
    "record:": "0000000000000001",
    "uuid:": str(uuid4()),
    "int:": "1",
    "slug:": "fermer",
    "str:": "x",
    "name": "x",
    "path:": "x",
}


def addresses(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[str]:
    """Every address, its places filled."""
    for pattern in patterns:
        address = start + re.sub(r"^\^|\$$|\\Z$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield "/" + re.sub(r"<([^>]+)>", lambda place: _filled(place[1]), address)


def _filled(place: str) -> str:
    found = next((value for start, value in PLACES.items() if place.startswith(start)), None)
    assert found is not None, f"PLACES has nothing for <{place}>"
    return found


ADDRESSES = sorted(set(addresses(get_resolver().url_patterns)))


def check(address: str, answer: HttpResponseBase) -> list[str]:
    """What is missing or loose in the headers of one answer."""
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY|SAMEORIGIN",
        "Referrer-Policy": "same-origin|no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": r".*camera=\(\).*geolocation=\(\).*microphone=\(\).*",
        "Content-Security-Policy": "default-src 'none';.*|sandbox.*default-src 'none'.*",
    }
    wrong = [
        f"{address}: {name}: {answer.headers.get(name)}"
        for name, pattern in wanted.items()
        if not re.fullmatch(pattern, answer.headers.get(name, ""))
    ]
    if "unsafe" in answer.headers.get("Content-Security-Policy", ""):
        wrong.append(f"{address}: an unsafe policy")
    if "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
        page = answer.content.decode()
        inline = re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|javascript:", page)
        if inline:
            wrong.append(f"{address}: {inline[0]} in the page")
    return wrong


def test_there_is_something_to_walk() -> None:
    assert len(ADDRESSES) > 60
    for known in ("/", "/compte/connexion/", "/patient/", "/fhir/metadata", "/acces-perdu/codes/"):
        assert known in ADDRESSES


@pytest.mark.django_db
def test_headers_of_every_address_without_a_session() -> None:
    wrong: list[str] = []
    for address in [*ADDRESSES, "/nulle-part/"]:
        answer = fresh_browser().get(address)
        assert answer.status_code != 500, address
        wrong += check(address, answer)
    assert wrong == []


def test_headers_of_every_address_with_a_session(world: World) -> None:  # noqa: F811
    browser = patient(world).sign_in()
    wrong: list[str] = []
    for address in [*ADDRESSES, "/nulle-part/"]:
        answer = browser.get(address)
        assert answer.status_code != 500, address
        wrong += check(address, answer)
        kept = address.startswith("/actifs/")
        if not kept and "no-store" not in answer.headers.get("Cache-Control", ""):
            wrong.append(f"{address}: Cache-Control: {answer.headers.get('Cache-Control')}")
    assert wrong == []


@pytest.mark.parametrize(
    "address", ["/patient/", "/patient/acces/", "/patient/choix/", "/compte/securite/", "/patient/carnet/"]
)
def test_the_way_out_is_on_every_page(world: World, address: str) -> None:  # noqa: F811
    page = patient(world).sign_in().get(address).content.decode()
    (form,) = re.findall(r'<form method="post" action="/compte/deconnexion/">.*?</form>', page, re.DOTALL)
    assert ">Se déconnecter</button>" in form


def test_a_sign_out_clears_what_the_browser_kept(world: World) -> None:  # noqa: F811
    browser = patient(world).sign_in()
    answer = browser.post("/compte/deconnexion/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not answer.cookies[django_settings.SESSION_COOKIE_NAME].value


def test_a_session_cookie_is_for_this_site_only(world: World) -> None:  # noqa: F811
    browser = patient(world).sign_in()
    for name in (django_settings.SESSION_COOKIE_NAME, django_settings.CSRF_COOKIE_NAME):
        assert str(django_settings.CARNET_PORT) in name, "two copies on one machine"
    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
    assert not cookie["max-age"], "it ends with the browser"


@pytest.fixture(scope="module")
def in_production(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of a production instance that bear on browsers."""
    names = [
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "CARNET_DEVICE_COOKIE",
        "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "DEBUG",
    ]  # fmt: skip
    folder: Path = tmp_path_factory.mktemp("production")
    read = f"print(json.dumps({{name: getattr(settings, name) for name in {names}}}))"
    code = f"import json; from carnet.config import settings; {read}"
    # The tree under test, which need not be the one that is installed.
    environment = configuration(folder) | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_production_binds_cookies_to_the_host(in_production: dict[str, Any]) -> None:
    for name in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "CARNET_DEVICE_COOKIE"):
        assert in_production[name].startswith("__Host-carnet_8000_")
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE"):
        assert in_production[name] is True
    assert in_production["SESSION_COOKIE_HTTPONLY"]
    assert in_production["CSRF_COOKIE_HTTPONLY"]
    assert in_production["DEBUG"] is False


def test_production_stays_with_tls(in_production: dict[str, Any], settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = in_production["SECURE_HSTS_SECONDS"]
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = in_production["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    answer = Client(headers={"host": "localhost", "x-forwarded-proto": "https"}).get("/")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
