"""Signing in by a provider, attacked from the browser, from the network and by the provider itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from django.conf import settings as django_settings
from django.test import Client
from joserfc import jwe
from joserfc.jwk import RSAKey

from carnet.kernel import providers
from carnet.ops.demo import professionals as people
from carnet.ops.demo import structures as at
from carnet.ops.demo.region import LOADER
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.identity import api as identity
from carnet.wire.oidc import jose
from carnet.wire.oidc.logout import EVENT
from tests.attacks.false_provider import CLIENT, SECOND_KEY, FalseProvider, now
from tests.capabilities.world import World

PERSON, OTHER, STRANGER = people.GENERALIST.id, people.SECOND_GENERALIST.id, people.CARDIOLOGIST.id
PRACTICE, HOSPITAL, ELSEWHERE = at.PRACTICE.id, at.UNIVERSITY_HOSPITAL.id, at.CLINIC.id
OURS = RSAKey.generate_key(2048)
HOST = {"HTTP_HOST": "localhost:8000"}


@pytest.fixture
def provider(db: None, settings: Any, tmp_path: Path) -> Iterator[FalseProvider]:
    """A provider that Carnet was configured for, and a directory of two people."""
    false = FalseProvider()
    key = tmp_path / "carnet.key"
    key.write_bytes(
        OURS.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    one = {"issuer": false.issuer, "client": CLIENT, "key": key, "acr": ("eidas1",)}
    settings.CARNET_PROVIDERS = {"psc": one, "franceconnect": one}
    providers.forget()
    for place in (PRACTICE, HOSPITAL):
        assert not directory.enrol_structure(
            actor=LOADER, structure=Structure(id=place, name=f"Cabinet {place}", sector="SA07", kind="Cabinet")
        )
    for person, structures in ((PERSON, (PRACTICE,)), (OTHER, (PRACTICE, HOSPITAL))):
        assert not directory.enrol_professional(
            actor=LOADER,
            professional=Professional(
                id=person, family="DÉMO", given="Camille", profession="10", specialty="SM54", structures=structures
            ),
        )
    tell(false, PERSON, PRACTICE)
    yield false
    false.close()


def tell(provider: FalseProvider, person: str, *structures: str) -> None:
    """What userinfo says of a professional."""
    places = [{"identifiantTechniqueDeLaStructure": one} for one in structures]
    provider.told = {"SubjectNameID": person, "SubjectRefPro": {"exercices": [{"activities": places}]}}


def leave(client: Client, provider: FalseProvider, target: str = "") -> dict[str, str]:
    """Start a sign-in; what the browser carries to the provider."""
    response = client.get("/compte/psc/", {"next": target} if target else {}, **HOST)
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(f"{provider.issuer}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}
    provider.nonce = asked["nonce"]
    return asked


def come_back(client: Client, provider: FalseProvider, asked: dict[str, str], **changes: str | None) -> Any:
    """The answer of the provider, through the browser; None leaves a parameter out."""
    answer = {"code": "c-1", "state": asked["state"], "iss": provider.issuer} | changes
    return client.get("/compte/psc/retour/", {n: v for n, v in answer.items() if v is not None}, **HOST)


def sign_in(client: Client, provider: FalseProvider, **changes: str | None) -> Any:
    """There and back."""
    return come_back(client, provider, leave(client, provider), **changes)


def rule_of(response: Any) -> str:
    """The rule that a page of refusal carries."""
    found = re.search(r'data-rule="([^"]*)"', response.content.decode())
    return found[1] if found else ""


def is_in(client: Client) -> bool:
    """Whether the professional portal opens."""
    return client.get("/pro/", **HOST).status_code == 200


def test_a_right_answer_opens_a_session_of_its_own(client: Client, provider: FalseProvider) -> None:
    asked = leave(client, provider)
    before = client.session.session_key
    response = come_back(client, provider, asked)
    assert (response.status_code, response["Location"]) == (302, "/compte/portail/")
    assert is_in(client)
    assert client.session.session_key != before
    assert asked["code_challenge_method"] == "S256"
    token_form = next(form for word, form in provider.asked if word == "token")
    digest = hashlib.sha256(token_form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert "client_secret" not in token_form
    assert jose.unverified(token_form["client_assertion"])["aud"] == provider.issuer


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{_b64(json.dumps({'alg': 'none', 'typ': 'JWT'}).encode())}.{_b64(json.dumps(claims).encode())}."


def _under_the_public_key(provider: FalseProvider, claims: dict[str, Any]) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": provider.key.kid}
    body = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{body}.{_b64(hmac.digest(provider.key.as_pem(private=False), body.encode(), 'sha256'))}"


def _another_key(provider: FalseProvider, kid: str | None) -> RSAKey:
    return RSAKey.import_key({**SECOND_KEY.as_dict(private=True), "kid": kid or "unknown"})


# What the provider (or whoever stands for it) does, and the rule that refuses it.
TWISTS: dict[str, tuple[Callable[[FalseProvider], None], str]] = {
    "no signature": (lambda p: setattr(p, "forge", _unsigned), "jose-algorithm"),
    "HMAC under the public key": (
        lambda p: setattr(p, "forge", lambda claims: _under_the_public_key(p, claims)),
        "jose-algorithm",
    ),
    "another key under the same name": (
        lambda p: setattr(p, "forge", lambda claims: p.sign(claims, _another_key(p, p.key.kid))),
        "jose-signature",
    ),
    "a key that is not published": (
        lambda p: setattr(p, "forge", lambda claims: p.sign(claims, _another_key(p, None))),
        "jose-key",
    ),
    "two published keys of one name": (
        lambda p: setattr(p, "published", [jose.published(p.key), jose.published(_another_key(p, p.key.kid))]),
        "jose-key-set",
    ),
    "a symmetric key published": (
        lambda p: setattr(p, "published", [{"kty": "oct", "k": "c2VjcmV0", "kid": p.key.kid}]),
        "jose-key",
    ),
    "another issuer in the token": (lambda p: p.claims.update(iss="https://evil.test"), "token-issuer"),
    "another audience": (lambda p: p.claims.update(aud="another-client"), "token-audience"),
    "another party": (lambda p: p.claims.update(azp="another-client"), "oidc-azp"),
    "another nonce": (lambda p: p.claims.update(nonce="guessed"), "oidc-nonce"),
    "no nonce": (lambda p: p.claims.update(nonce=None), "oidc-nonce"),
    "expired": (lambda p: p.claims.update(iat=now() - 500, exp=now() - 200), "token-expired"),
    "of tomorrow": (lambda p: p.claims.update(iat=now() + 500, exp=now() + 700), "token-early"),
    "another access token": (lambda p: p.claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "oidc-at-hash"),
    "a weaker level": (lambda p: p.claims.update(acr="eidas0"), "oidc-acr"),
    "userinfo of somebody else": (lambda p: p.told.update(sub="f:1:another"), "oidc-subject"),
    "userinfo for another client": (lambda p: p.told.update(aud="another-client"), "token-audience"),
    "userinfo without a person": (lambda p: p.told.update(SubjectNameID=""), "token-claim"),
    "activities that are no list": (lambda p: p.told.update(SubjectRefPro={"exercices": "x"}), "token-claim"),
    "another name in the metadata": (lambda p: p.said.update(issuer="https://evil.test"), "provider-metadata"),
    "keys by a file address": (lambda p: p.said.update(jwks_uri="file:///etc/passwd"), "provider-metadata"),
    "a stranger to the directory": (lambda p: tell(p, STRANGER, PRACTICE), "professional-unknown"),
    "no activity in common": (lambda p: tell(p, PERSON, ELSEWHERE), "activity-ended"),
    "no activity at all": (lambda p: tell(p, PERSON), "activity-ended"),
}


@pytest.mark.parametrize("name", TWISTS)
def test_a_twisted_answer_lets_nobody_in(client: Client, provider: FalseProvider, name: str) -> None:
    twist, rule = TWISTS[name]
    if rule == "provider-metadata":
        twist(provider)
        response = client.get("/compte/psc/", **HOST)
    else:
        asked = leave(client, provider)
        twist(provider)
        providers.forget()
        response = come_back(client, provider, asked)
    assert (response.status_code, rule_of(response)) == (403, rule)
    assert not is_in(client)


def test_userinfo_that_is_not_signed_is_refused(client: Client, provider: FalseProvider) -> None:
    plain = provider.answer

    def unsigned(path: str, form: dict[str, str]) -> tuple[str, str]:
        if path.endswith("/userinfo"):
            return "application/json", json.dumps({"sub": provider.subject} | provider.told)
        return plain(path, form)

    provider.answer = unsigned  # type: ignore[method-assign]
    assert rule_of(sign_in(client, provider)) == "oidc-userinfo"
    assert not is_in(client)


def test_userinfo_encrypted_for_another_is_refused(client: Client, provider: FalseProvider) -> None:
    plain, other = provider.answer, SECOND_KEY

    def sealed(path: str, form: dict[str, str]) -> tuple[str, str]:
        kind, text = plain(path, form)
        if path.endswith("/userinfo"):
            header = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
            text = jwe.encrypt_compact(header, text, other, algorithms=["RSA-OAEP-256", "A256GCM"])
        return kind, text

    provider.answer = sealed  # type: ignore[method-assign]
    assert rule_of(sign_in(client, provider)) == "jose-encryption"


def test_a_state_serves_once_in_the_browser_that_asked(client: Client, provider: FalseProvider) -> None:
    asked = leave(client, provider)
    victim = Client()
    assert rule_of(come_back(victim, provider, asked)) == "oidc-state"
    assert not is_in(victim)
    for state in ("", "guessed", asked["state"][:-1]):
        assert rule_of(come_back(client, provider, asked, state=state)) == "oidc-state"
    assert rule_of(client.get("/compte/franceconnect/retour/", {"code": "c", "state": asked["state"]}, **HOST)) == (
        "oidc-state"
    ), "another provider's address takes no answer of this one"
    asked = leave(client, provider)
    assert come_back(client, provider, asked).status_code == 302
    assert rule_of(come_back(client, provider, asked)) == "oidc-state"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "https://evil.test"}, "oidc-mix-up"),
        ({"iss": None}, "oidc-mix-up"),
        ({"code": None}, "oidc-code"),
        ({"code": None, "error": "access_denied"}, "oidc-refused"),
    ],
)
def test_an_answer_of_another_kind_is_refused(
    client: Client, provider: FalseProvider, changes: dict[str, str | None], rule: str
) -> None:
    asked_before = len(provider.asked)
    assert rule_of(sign_in(client, provider, **changes)) == rule
    assert "token" not in [word for word, _ in provider.asked[asked_before:]], "the code never leaves for another"


def test_a_code_that_served_is_refused(client: Client, provider: FalseProvider) -> None:
    plain = provider.answer

    def spent(path: str, form: dict[str, str]) -> tuple[str, str]:
        return ("application/json", '{"error": "invalid_grant"}') if path.endswith("/token") else plain(path, form)

    provider.answer = spent  # type: ignore[method-assign]
    assert rule_of(sign_in(client, provider)) == "oidc-code"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "\\\\evil.test",
        "http:evil.test",
        "javascript:alert(1)",
        "/\t/evil.test",
        " //evil.test",
    ],
)
def test_nobody_is_sent_elsewhere(client: Client, provider: FalseProvider, target: str) -> None:
    response = come_back(client, provider, leave(client, provider, target))
    assert response["Location"] == "/compte/portail/"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_signed_in_by_another_site(client: Client, provider: FalseProvider, site: str) -> None:
    response = client.get("/compte/psc/", {"next": "/pro/"}, headers={"sec-fetch-site": site}, **HOST)
    assert response["Location"] == "/compte/connexion/?next=%2Fpro%2F"
    assert provider.issuer in client.get("/compte/psc/", headers={"sec-fetch-site": "same-origin"}, **HOST)["Location"]


def test_one_goes_where_one_was_going(client: Client, provider: FalseProvider) -> None:
    response = come_back(client, provider, leave(client, provider, "/pro/?a=1"))
    assert response["Location"] == "/pro/?a=1"


def test_a_signing_key_that_rotates_is_found(client: Client, provider: FalseProvider) -> None:
    assert sign_in(client, provider).status_code == 302
    provider.key = SECOND_KEY
    assert rule_of(sign_in(Client(), provider)) == "jose-key", "not more often than every half minute"
    providers._kept[provider.issuer].asked_at -= 60
    assert sign_in(Client(), provider).status_code == 302


def test_who_works_in_two_places_says_where(client: Client, provider: FalseProvider) -> None:
    tell(provider, OTHER, PRACTICE, HOSPITAL)
    assert sign_in(client, provider)["Location"].startswith("/compte/activite/")
    assert client.get("/pro/", **HOST)["Location"] == "/compte/activite/"
    refused = client.post("/compte/activite/", {"structure": ELSEWHERE}, **HOST)
    assert refused.status_code == 422
    assert client.get("/pro/", **HOST).status_code == 302
    for place in (HOSPITAL, PRACTICE):
        assert client.post("/compte/activite/", {"structure": place}, **HOST).status_code == 302
        assert f"Cabinet {place}" in client.get("/pro/", **HOST).content.decode()


def test_the_provider_narrows_the_places(client: Client, provider: FalseProvider) -> None:
    tell(provider, OTHER, HOSPITAL, ELSEWHERE)
    assert sign_in(client, provider)["Location"] == "/compte/portail/"
    assert client.post("/compte/activite/", {"structure": PRACTICE}, **HOST).status_code == 422
    assert f"Cabinet {HOSPITAL}" in client.get("/pro/", **HOST).content.decode()


def test_an_activity_that_ends_closes_the_portal(client: Client, provider: FalseProvider) -> None:
    sign_in(client, provider)
    known = directory.professional(PERSON)
    assert known is not None
    ended = Professional(id=PERSON, family=known.family, given=known.given, profession="10", structures=(HOSPITAL,))
    directory.enrol_professional(actor=LOADER, professional=ended)
    assert not is_in(client)
    assert "activity-ended" in rule_of(client.get("/compte/activite/", **HOST))


def test_a_disabled_account_stays_out(client: Client, provider: FalseProvider, django_user_model: Any) -> None:
    sign_in(client, provider)
    django_user_model.objects.update(is_active=False)
    other = Client()
    assert sign_in(other, provider).status_code == 403
    assert not is_in(other)


def test_a_patient_whom_nobody_linked_stays_out(client: Client, provider: FalseProvider) -> None:
    """Five right traits find nobody: there is no search of people by the provider's word."""
    provider.told = {
        "family_name": "DÉMO",
        "given_name": "Camille",
        "birthdate": "1980-05-03",
        "gender": "female",
        "birthplace": "33063",
    }
    response = client.get("/compte/franceconnect/", **HOST)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}
    provider.nonce = asked["nonce"]
    answer = {"code": "c", "state": asked["state"], "iss": provider.issuer}
    refused = client.get("/compte/franceconnect/retour/", answer, **HOST)
    assert refused.status_code == 403
    assert "n’est liée à aucun carnet" in refused.content.decode()
    assert client.get("/patient/", **HOST).status_code == 302


def logout_token(provider: FalseProvider, **changes: Any) -> str:
    """A right logout token, and the test's changes; None removes a claim."""
    claims = {
        "iss": provider.issuer,
        "aud": CLIENT,
        "iat": now(),
        "exp": now() + 60,
        "jti": "jti-1",
        "sid": provider.sid,
        "sub": provider.subject,
        "events": {EVENT: {}},
    } | changes
    kind = claims.pop("typ", "logout+jwt")
    return provider.sign({name: value for name, value in claims.items() if value is not None}, kind=kind)


def end(provider: FalseProvider, token: str) -> tuple[int, str]:
    """Send a logout token, as the provider's server does; the status and the rule."""
    response = Client(enforce_csrf_checks=True).post("/compte/psc/deconnexion/", {"logout_token": token}, **HOST)
    return response.status_code, response.json()["rule"] if response.content else ""


def test_a_logout_token_ends_the_session_it_names_once(client: Client, provider: FalseProvider) -> None:
    sign_in(client, provider)
    other = Client()
    provider.sid, first = "session-2", provider.sid
    sign_in(other, provider)
    assert end(provider, logout_token(provider, sid=first)) == (200, "")
    assert (is_in(client), is_in(other)) == (False, True)
    assert end(provider, logout_token(provider, sid=first)) == (400, "logout-replay")
    assert end(provider, logout_token(provider, sid=None, jti="jti-2")) == (200, "")
    assert not is_in(other)


LOGOUTS: dict[str, tuple[dict[str, Any], str]] = {
    "another session": ({"sid": "another", "sub": None}, ""),
    "no event": ({"events": None}, "logout-event"),
    "an id_token's nonce": ({"nonce": "n"}, "logout-nonce"),
    "nobody": ({"sid": None, "sub": None}, "logout-subject"),
    "no jti": ({"jti": None}, "token-claim"),
    "another issuer": ({"iss": "https://evil.test"}, "token-issuer"),
    "another client": ({"aud": "another"}, "token-audience"),
    "expired": ({"iat": now() - 900, "exp": now() - 600}, "token-expired"),
    "an access token": ({"typ": "at+jwt"}, "jose-type"),
}


@pytest.mark.parametrize("name", LOGOUTS)
def test_a_wrong_logout_token_ends_nothing(client: Client, provider: FalseProvider, name: str) -> None:
    sign_in(client, provider)
    changes, rule = LOGOUTS[name]
    assert end(provider, logout_token(provider, **changes))[1] == rule
    assert is_in(client)


def test_a_logout_token_by_another_key_ends_nothing(client: Client, provider: FalseProvider) -> None:
    sign_in(client, provider)
    forged = FalseProvider.sign(provider, {"sub": provider.subject}, _another_key(provider, provider.key.kid))
    assert end(provider, forged) == (400, "jose-signature")
    assert end(provider, "") == (400, "jose-unreadable")
    assert is_in(client)


def test_no_provider_no_page(client: Client, db: None, settings: Any) -> None:
    settings.CARNET_PROVIDERS = {
        name: {"issuer": "", "client": "", "key": None, "acr": ()} for name in django_settings.CARNET_PROVIDERS
    }
    for path in ("/compte/psc/", "/compte/psc/retour/", "/compte/franceconnect/"):
        assert client.get(path, **HOST).status_code == 404
    assert "Pro Santé Connect" not in client.get("/compte/connexion/", **HOST).content.decode()


def _franceconnect(client: Client, provider: FalseProvider, response: Any) -> Any:
    """The way there has begun: the provider's answer comes back."""
    if response.status_code == 200:
        # A form is answered by a page: a redirect of it to another origin would be stopped by its own policy.
        address = html.unescape(
            re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', response.content.decode())[1]
        )
    else:
        assert response.status_code == 302, response.content
        address = response["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    provider.nonce = asked["nonce"]
    answer = {"code": "c", "state": asked["state"], "iss": provider.issuer}
    return client.get("/compte/franceconnect/retour/", answer, **HOST)


def test_a_patient_enters_by_the_identity_they_linked(
    client: Client, provider: FalseProvider, django_user_model: Any
) -> None:
    world = World()
    patient = identity.patient_of(actor=LOADER, record_id=world.record_id)
    assert patient is not None
    traits = patient.traits
    directory.enrol_patient_account(actor=LOADER, login="patiente", record_id=world.record_id, name="P")
    user = django_user_model.objects.create_user("patiente")
    client.force_login(user)
    session = client.session
    at = float(now())
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": at, "username": "patiente"},
        {"method": "mfa", "at": at, "type": "totp"},
    ]
    session.save()
    right = {
        "family_name": traits.birth_name,
        "given_name": traits.given_names,
        "birthdate": traits.birth_date.isoformat() if traits.birth_date else "",
        "gender": {"M": "male", "F": "female"}[traits.sex],
        "birthplace": traits.birth_place,
    }
    for name, wrong in (
        ("family_name", "AUTRE"),
        ("given_name", "Autre"),
        ("birthdate", "1901-01-01"),
        ("gender", "male" if traits.sex == "F" else "female"),
        ("birthplace", "2A004"),
    ):
        provider.told = right | {name: wrong}
        refused = _franceconnect(client, provider, client.post("/compte/lien/", {}, **HOST))
        assert refused.status_code == 403, name
    assert directory.login_by_provider(issuer=provider.issuer, subject=provider.subject) is None
    provider.told = right
    assert _franceconnect(client, provider, client.post("/compte/lien/", {}, **HOST)).status_code == 302
    browser = Client()
    assert _franceconnect(browser, provider, browser.get("/compte/franceconnect/", **HOST)).status_code == 302
    assert browser.get("/patient/", **HOST).status_code == 200
    provider.told = right | {"family_name": "AUTRE"}
    other = Client()
    assert _franceconnect(other, provider, other.get("/compte/franceconnect/", **HOST)).status_code == 403
    assert other.get("/patient/", **HOST).status_code == 302
