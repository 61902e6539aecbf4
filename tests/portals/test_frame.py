"""The frame without a browser: sessions that end, errors that explain, assets, and who may enter which door."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from allauth.account.internal.userkit import user_id_to_str
from allauth.core import context
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.urls import get_resolver

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import assets, errors
from carnet.portals.frame.accounts import SecondFactorAdapter
from carnet.portals.frame.second_step import check_code
from carnet.portals.frame.session import GUARDED
from carnet.record.directory import api as directory
from tests.portals.walk import code_at

HOST = {"host": "localhost"}
OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator", proof="process")


def signed_in(*methods: str) -> Client:
    """A browser with a session of the clerk `accueil`, who proved themselves by these methods."""
    directory.enrol_structure(
        actor=OPERATOR, structure=directory.Structure(id="1330999012", name="CHU", sector="SA01", kind="CHU")
    )
    directory.enrol_clerk_account(
        actor=OPERATOR, login="accueil", person="3330999012/0101", structure="1330999012", name="Accueil"
    )
    user = get_user_model().objects.create_user("accueil", password="une phrase de passe")
    client = Client(headers=HOST)
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time()} for method in methods]
    session["account_authentication_methods_user"] = user_id_to_str(user)
    session.save()
    return client


@pytest.mark.django_db
def test_password_and_code_together_make_an_actor() -> None:
    client = signed_in("password", "mfa")
    assert client.get("/admission/").status_code == 200
    assert client.get("/pro/").status_code == 403
    assert client.get("/compte/portail/").headers["Location"] == "/admission/"


@pytest.mark.django_db
@pytest.mark.parametrize("methods", [(), ("password",), ("mfa",)])
def test_one_proof_alone_makes_no_actor(methods: tuple[str, ...]) -> None:
    client = signed_in(*methods)
    assert client.get("/admission/").status_code == 403
    assert client.get("/compte/portail/").status_code == 403
    assert client.get("/compte/active/").status_code == 403, "a session that opens nothing is ended"


@pytest.mark.django_db
@pytest.mark.parametrize(("key", "age"), [("carnet_seen", 20 * 60 + 5), ("carnet_since", 10 * 3600 + 5)])
def test_session_ends_after_idleness_and_after_a_day(key: str, age: int) -> None:
    client = signed_in("password", "mfa")
    assert client.get("/admission/").status_code == 200
    session = client.session
    session[key] = int(time.time()) - age
    session.save()
    answer = client.get("/admission/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/compte/veille/?suite=%2Fadmission%2F"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Votre session est terminée" in client.get(answer.headers["Location"]).content.decode()
    assert client.get("/compte/active/").status_code == 403


@pytest.mark.django_db
def test_activity_prolongs_and_the_idle_page_does_not() -> None:
    client = signed_in("password", "mfa")
    client.get("/admission/")
    session = client.session
    session["carnet_seen"] = seen = int(time.time()) - 600
    session.save()
    assert "continue dans un autre onglet" in client.get("/compte/veille/?suite=/admission/").content.decode()
    assert client.session["carnet_seen"] == seen
    assert client.get("/compte/active/").status_code == 204
    assert client.session["carnet_seen"] > seen


def test_idle_page_leads_nowhere_else() -> None:
    for target in ("https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)", "\\\\ailleurs"):
        page = Client(headers=HOST).get("/compte/veille/", {"suite": target}).content.decode()
        assert "ailleurs" not in page
        assert "javascript:" not in page


@pytest.mark.django_db
def test_forged_form_is_refused_and_explained() -> None:
    client = signed_in("password", "mfa")
    strict = Client(enforce_csrf_checks=True, headers=HOST)
    strict.cookies = client.cookies
    answer = strict.post("/admission/", {"ins": "155012432298741"})
    assert answer.status_code == 403
    assert "Ce formulaire n’est plus valable" in answer.content.decode()


@pytest.mark.django_db
def test_form_reaches_its_door_by_post_only() -> None:
    client = signed_in("password", "mfa")
    assert client.put("/admission/").status_code == 405


def test_lost_database_is_503_with_a_delay(rf) -> None:
    try:
        raise OperationalError("the database is away")
    except OperationalError:
        answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert errors.server_error(rf.get("/")).status_code == 500


def test_pages_of_errors_say_what_to_do(rf) -> None:
    for view, status in ((errors.bad_request, 400), (errors.forbidden, 403), (errors.not_found, 404)):
        answer = view(rf.get("/"))
        assert answer.status_code == status
        assert "Revenir à l’accueil" in answer.content.decode()
    assert errors.too_large(rf.get("/")).status_code == 413


def test_assets_are_named_by_their_content() -> None:
    client = Client(headers=HOST)
    address = assets.address("carnet.css")
    kept = client.get(address)
    assert kept.status_code == 200
    assert "immutable" in kept.headers["Cache-Control"]
    stale = client.get("/actifs/0000000000000000/carnet.css")
    assert stale.content == kept.content
    assert stale.headers["Cache-Control"] == "no-cache"
    for name in ("..%2Fassets.py", "assets.py", "inconnu.css", "%2e%2e%2fsettings.py"):
        assert client.get(f"/actifs/0000000000000000/{name}").status_code == 404


def test_nothing_foreign_in_the_assets() -> None:
    folder = Path(assets.__file__).parent / "assets"
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_no_inline_script_or_style_in_any_template() -> None:
    portals = Path(assets.__file__).parents[1]
    templates = list(portals.rglob("*.html"))
    assert len(templates) > 20
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert "<style" not in text, path
        assert " style=" not in text, path
        assert "|safe" not in text, path
        assert "<script>" not in text, path
        for handler in ("onclick", "onload", "onerror", "onsubmit"):
            assert handler not in text, path


@pytest.mark.django_db
def test_seeds_are_encrypted_at_rest() -> None:
    adapter = SecondFactorAdapter()
    sealed = adapter.encrypt("GEZDGNBVGY3TQOJQ")
    assert "GEZDGNBVGY3TQOJQ" not in sealed
    assert adapter.decrypt(sealed) == "GEZDGNBVGY3TQOJQ"


@pytest.mark.django_db
def test_code_serves_once_for_as_long_as_it_is_right(rf) -> None:
    user = get_user_model().objects.create_user("quelqu-un")
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    TOTP.activate(user, seed)
    code = code_at(seed, time.time())

    def answered() -> bool:
        with context.request_context(rf.post("/compte/code/")):
            return check_code(context.request, user, code) == "totp"

    assert answered()
    # allauth forgets a code after 30 seconds, while the tolerance on clocks accepts it for 90.
    cache.delete(f"allauth.mfa.totp.used?user={user.pk}&code={code}")
    assert not answered()


def test_every_view_of_a_person_is_guarded() -> None:
    unguarded = []
    for prefix in ("pro/", "patient/", "admission/"):
        (resolver,) = [one for one in get_resolver().url_patterns if _leads_to(one, prefix)][:1]
        found = _below(resolver, prefix)
        assert found, prefix
        unguarded += [name for view in found if (name := f"{view.__module__}.{view.__qualname__}") not in GUARDED]
    assert unguarded == []


def _leads_to(resolver: object, prefix: str) -> bool:
    return bool(_below(resolver, prefix))


def _below(resolver: object, prefix: str, path: str = "") -> list:
    here = path + str(getattr(resolver, "pattern", ""))
    if hasattr(resolver, "url_patterns"):
        return [view for one in resolver.url_patterns for view in _below(one, prefix, here)]
    return [resolver.callback] if here.startswith(prefix) else []
