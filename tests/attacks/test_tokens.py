"""Tokens and cards before a living Carnet: what was granted to one serves nobody else, and reaches no further."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from carnet.wire.oidc import assertion, jose, sign_in
from tests.conftest import Living

BOUND, OTHER, UNBOUND = "logiciel-cabinet", "lecture-hopital", "essai-sans-certificat"


@dataclass
class Software:
    """The demonstration's software, before the doors: what it holds, and what it asks."""

    living: Living
    seen: list[str] = field(default_factory=list)
    browsers: list[httpx.Client] = field(default_factory=list)
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        identities = self.living.identities
        self.clients = {one["client_id"]: one for one in identities["clients"]}
        self.professionals = identities["professionals"]
        patient = identities["patients"][0]
        self.search = f"/fhir/DocumentReference?patient.identifier=urn:oid:{patient['oid']}|{patient['ins']}"

    def key(self, client: str) -> Any:
        return jose.private_key((self.living.home / self.clients[client]["private_key"]).read_bytes())

    def http(self, certificate: str = "", key: str = "") -> httpx.Client:
        """A connection with a certificate of the home, or none."""
        if certificate not in self._contexts:
            context = ssl.create_default_context(cafile=str(self.living.home / "demo/pki/ca.pem"))
            if certificate:
                context.load_cert_chain(self.living.home / certificate, self.living.home / key)
            self._contexts[certificate] = context
        return httpx.Client(verify=self._contexts[certificate], timeout=30, trust_env=False)

    def of(self, client: str) -> httpx.Client:
        """A connection with the certificate of a client's structure."""
        one = self.clients[client]
        return self.http(one.get("tls_certificate", ""), one.get("tls_key", ""))

    def claims(self, client: str, **changes: Any) -> dict[str, Any]:
        """A right assertion; None removes a claim."""
        now = int(time.time())
        claims = {
            "iss": client,
            "sub": client,
            "aud": self.living.http,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(12),
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def ask(self, client: str, proof: str = "", *, by: str = "", **form: str) -> httpx.Response:
        """Ask for a token; over TLS with the certificate of `by` when there is one."""
        proof = proof or jose.signed(self.claims(client), self.key(client), kind="JWT")
        self.seen.append(proof)
        asked = {
            "grant_type": "client_credentials",
            "client_assertion_type": assertion.ASSERTION_TYPE,
            "client_assertion": proof,
        } | form
        base = self.living.tls if by else self.living.http
        with self.of(by or UNBOUND) as http:
            return http.post(f"{base}/oauth/token", data=asked)

    def token(self, client: str, *, by: str = "", scope: str = "") -> str:
        """A token that is granted."""
        response = self.ask(client, by=by, **({"scope": scope} if scope else {}))
        assert response.status_code == 200, response.text
        token: str = response.json()["access_token"]
        self.seen.append(token)
        return token

    def use(self, token: str, path: str = "", *, by: str = "", method: str = "GET") -> httpx.Response:
        """Use a token."""
        base = self.living.tls if by else self.living.http
        with self.of(by or UNBOUND) as http:
            return http.request(method, f"{base}{path or self.search}", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def software(living: Living) -> Iterator[Software]:
    """The demonstration's software."""
    found = Software(living)
    yield found
    for browser in found.browsers:
        browser.close()


def rule_of(response: httpx.Response) -> tuple[int, str]:
    """Status and rule of an answer, of the token endpoint or of FHIR."""
    body = response.json()
    if "rule" in body:
        return response.status_code, body["rule"]
    return response.status_code, body["issue"][0]["details"]["coding"][0]["code"]


def test_software_reads_with_its_token(software: Software) -> None:
    assert software.use(software.token(UNBOUND)).json()["resourceType"] == "Bundle"
    assert software.use(software.token(BOUND, by=BOUND), by=BOUND).json()["resourceType"] == "Bundle"


def test_a_foreign_client_gets_a_token(software: Software) -> None:
    address = f"{software.living.http}/oauth/token"
    client = OAuth2Client(
        UNBOUND,
        software.key(UNBOUND),
        token_endpoint_auth_method=PrivateKeyJWT(address, claims={"exp": int(time.time()) + 240}, alg="ES256"),
        scope="system/DocumentReference.s",
    )
    found = client.fetch_token(address, grant_type="client_credentials")
    client.close()
    assert found["scope"] == "system/DocumentReference.s"
    assert software.use(found["access_token"]).status_code == 200


def test_what_is_announced_is_served(software: Software) -> None:
    said = httpx.get(f"{software.living.http}/.well-known/oauth-authorization-server").json()
    smart = httpx.get(f"{software.living.http}/fhir/.well-known/smart-configuration").json()
    assert said["issuer"] == software.living.http
    assert said["token_endpoint"] == smart["token_endpoint"]
    keys = jose.public_keys(httpx.get(said["jwks_uri"]).json())
    assert jose.verified(software.token(UNBOUND), keys)["iss"] == said["issuer"]
    statement = httpx.get(f"{software.living.http}/fhir/metadata").json()
    codes = {one["code"] for one in statement["rest"][0]["security"]["service"][0]["coding"]}
    assert codes == {"SMART-on-FHIR", "Certificates"}


def test_a_bound_token_serves_its_certificate_only(software: Software) -> None:
    token = software.token(BOUND, by=BOUND)
    assert software.use(token, by=BOUND).status_code == 200
    assert rule_of(software.use(token, by=OTHER)) == (401, "token-certificate")
    assert rule_of(software.use(token)) == (401, "token-certificate")


def test_a_token_is_not_bound_to_the_certificate_of_another(software: Software) -> None:
    assert rule_of(software.ask(BOUND)) == (401, "certificate-missing")
    assert rule_of(software.ask(BOUND, by=OTHER)) == (401, "client-structure")
    assert rule_of(software.ask(UNBOUND, by=OTHER)) == (401, "client-structure")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    body = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{body}.{_b64(hmac.digest(key, body.encode(), 'sha256')) if key else ''}"


def test_a_forged_assertion_proves_nothing(software: Software) -> None:
    key, claims = software.key(UNBOUND), software.claims(UNBOUND)
    forged = {
        "jose-algorithm": [
            _by_hand({"alg": "none"}, claims),
            _by_hand({"alg": "HS256", "kid": key.kid}, claims, key.as_pem(private=False)),
        ],
        "jose-signature": [
            jose.signed(
                claims,
                ECKey.import_key({**ECKey.generate_key("P-256").as_dict(private=True), "kid": key.kid}),
                kind="JWT",
            )
        ],
        "jose-key": [jose.signed(claims, software.key(OTHER), kind="JWT")],
        "jose-type": [software.token(UNBOUND), jose.signed(claims, key, kind="at+jwt")],
        "jose-unreadable": ["x", "a.b.c"],
        "assertion-client": [jose.signed(software.claims(UNBOUND, iss=OTHER), key, kind="JWT")],
        "client-unknown": [jose.signed(software.claims("nobody"), key, kind="JWT")],
        "token-audience": [
            jose.signed(software.claims(UNBOUND, aud=aud), key, kind="JWT")
            for aud in ("https://evil.test", [software.living.http, "https://evil.test"], None)
        ],
        "token-expired": [jose.signed(software.claims(UNBOUND, iat=1_700_000_000, exp=1_700_000_060), key, kind="JWT")],
        "token-too-long": [jose.signed(software.claims(UNBOUND, exp=int(time.time()) + 86400), key, kind="JWT")],
        "token-claim": [
            jose.signed(software.claims(UNBOUND, **{name: None}), key, kind="JWT") for name in ("jti", "exp", "iat")
        ],
    }
    # A token of ours names its client as an assertion does; its kind refuses it, once its signature is ours to check.
    for rule, proofs in forged.items():
        for proof in proofs:
            status, found = rule_of(software.ask(UNBOUND, proof))
            assert (status, found) in {(401, rule), (401, "jose-key" if rule == "jose-type" else rule)}, rule


def test_an_assertion_serves_once(software: Software) -> None:
    proof = jose.signed(software.claims(UNBOUND), software.key(UNBOUND), kind="JWT")
    assert software.ask(UNBOUND, proof).status_code == 200
    assert rule_of(software.ask(UNBOUND, proof)) == (401, "assertion-replay")


def test_another_grant_is_refused(software: Software) -> None:
    assert rule_of(software.ask(UNBOUND, grant_type="password")) == (400, "grant-type")
    assert rule_of(software.ask(UNBOUND, client_id=OTHER)) == (401, "assertion-client")
    assert rule_of(software.ask(UNBOUND, client_assertion_type="none")) == (401, "assertion-missing")


def test_a_scope_is_never_widened(software: Software) -> None:
    for wider in (
        "system/*.rs",
        "system/DocumentReference.c",
        "user/DocumentReference.rs",
        "openid",
        "system/List.rsc",
    ):
        assert rule_of(software.ask(UNBOUND, scope=wider)) == (400, "scope-not-registered"), wider
    token = software.token(UNBOUND, scope="system/DocumentReference.s")
    assert software.use(token).status_code == 200
    for method, path, scope in (
        ("GET", "/fhir/DocumentReference/x", "system/DocumentReference.r"),
        ("GET", software.search.replace("DocumentReference", "List"), "system/List.s"),
        ("GET", "/fhir/Binary/x", "system/Binary.r"),
        ("POST", "/fhir", "system/DocumentReference.c"),
        ("POST", "/fhir/DocumentReference", "system/DocumentReference.c"),
        ("PATCH", "/fhir/DocumentReference/x", "system/DocumentReference.u"),
    ):
        response = software.use(token, path, method=method)
        assert rule_of(response) == (403, "scope-missing"), path
        assert scope in response.json()["issue"][0]["details"]["text"]
        assert f'scope="{scope}"' in response.headers["WWW-Authenticate"]


def test_a_forged_token_opens_nothing(software: Software) -> None:
    token = software.token(UNBOUND)
    header, payload, signature = token.split(".")
    claims = jose.unverified(token)
    wider = _b64(json.dumps(claims | {"scope": "system/*.cruds"}).encode())
    kid = jose.header_of(token)["kid"]
    other = ECKey.import_key({**ECKey.generate_key("P-256").as_dict(private=True), "kid": kid})
    ours = json.dumps(httpx.get(f"{software.living.http}/oauth/jwks").json()["keys"][0]).encode()
    for forged, rule in (
        (f"{header}.{wider}.{signature}", "jose-signature"),
        (_by_hand({"alg": "none", "typ": "at+jwt"}, claims), "jose-algorithm"),
        (_by_hand({"alg": "HS256", "typ": "at+jwt", "kid": kid}, claims, ours), "jose-algorithm"),
        (jose.signed(claims, other, kind="at+jwt"), "jose-signature"),
        (jose.signed(claims, software.key(UNBOUND), kind="at+jwt"), "jose-key"),
        (jose.signed(software.claims(UNBOUND), software.key(UNBOUND), kind="JWT"), "jose-type"),
        (f"{header}.{payload}.", "jose-signature"),
        ("nothing", "jose-unreadable"),
    ):
        assert rule_of(software.use(forged)) == (401, rule), forged[:40]
    with httpx.Client(base_url=software.living.http) as http:
        for value in ("Basic dXNlcjpwYXNz", "Bearer", "Bearer a b", f"Token {token}"):
            response = http.get(software.search, headers={"Authorization": value})
            assert rule_of(response) == (401, "token-missing"), value


@dataclass
class Connected:
    """A professional's token of the demonstration's Pro Santé Connect, as software gets it."""

    access: str
    id_token: str
    browser: httpx.Client
    issuer: str

    def sign_out(self) -> None:
        """End the session at the provider."""
        assert self.browser.post(f"{self.issuer}/logout").status_code == 200


def connect(software: Software, person: str, client: str, *, bound: bool = True) -> Connected:
    """A browser signs in for a piece of software that listens on this machine; its server fetches the tokens."""
    issuer = f"{software.living.http}/demo-psc"
    said = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    redirect, verifier = "http://127.0.0.1:4711/callback", secrets.token_urlsafe(48)
    address = sign_in.request_address(
        said["authorization_endpoint"],
        client=client,
        redirect=redirect,
        scope="openid scope_all",
        state="s",
        nonce=secrets.token_hex(8),
        verifier=verifier,
        acr="eidas1",
    )
    browser = httpx.Client(timeout=30)
    software.browsers.append(browser)
    form = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()} | {"person": person}
    answer = browser.post(said["authorization_endpoint"], data=form)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    proof = assertion.make_assertion(
        client=client, audience=issuer, key=software.key(client), jti=secrets.token_hex(8), now=int(time.time())
    )
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "code_verifier": verifier,
        "client_assertion_type": assertion.ASSERTION_TYPE,
        "client_assertion": proof,
    }
    place = said["mtls_endpoint_aliases"]["token_endpoint"] if bound else said["token_endpoint"]
    with software.of(client if bound else UNBOUND) as http:
        found = http.post(place, data=asked).json()
    software.seen += [found["access_token"], found["id_token"]]
    return Connected(found["access_token"], found["id_token"], browser, issuer)


@pytest.fixture(scope="module")
def doctor(software: Software) -> dict[str, Any]:
    """Somebody of the practice whose software has a certificate."""
    place = software.clients[BOUND]["structure"]
    return next(one for one in software.professionals if one["structures"] == [place])


def kept(address: str) -> str:
    """The page of an exchange, which is written down shortly after it was answered."""
    for _ in range(100):
        page = httpx.get(address)
        if page.status_code == 200:
            return page.text
        time.sleep(0.1)
    raise AssertionError(page.text)


def test_a_connected_professional_reads_through_software(software: Software, doctor: dict[str, Any]) -> None:
    token = connect(software, doctor["id"], BOUND)
    response = software.use(token.access, by=BOUND)
    assert response.status_code in (200, 403), response.text
    assert rule_of(response)[1] != "token-certificate" if response.status_code == 403 else True
    exchange = response.headers.get("X-Carnet-Exchange", "")
    assert exchange, "the demonstration shows who called"
    page = kept(exchange if exchange.startswith("http") else software.living.http + exchange)
    assert doctor["family"] in page
    assert token.access not in page
    assert rule_of(software.use(token.access, by=OTHER)) == (401, "token-certificate")
    assert rule_of(software.use(token.access)) == (401, "token-certificate")
    # An id_token is the provider's too, and bound to nothing.
    assert rule_of(software.use(token.id_token, by=BOUND)) == (401, "token-unbound")


def test_a_token_that_is_not_bound_is_no_api_token(software: Software, doctor: dict[str, Any]) -> None:
    token = connect(software, doctor["id"], BOUND, bound=False)
    assert rule_of(software.use(token.access, by=BOUND)) == (401, "token-unbound")


def test_a_professional_of_elsewhere_does_not_act_in_the_structure(software: Software) -> None:
    place = software.clients[BOUND]["structure"]
    stranger = next(one for one in software.professionals if place not in one["structures"])
    token = connect(software, stranger["id"], BOUND)
    assert rule_of(software.use(token.access, by=BOUND)) == (403, "activity-absent")


def test_a_session_that_ended_ends_its_tokens(software: Software, doctor: dict[str, Any]) -> None:
    token = connect(software, doctor["id"], BOUND)
    token.sign_out()
    assert rule_of(software.use(token.access, by=BOUND)) == (401, "token-inactive")


def test_the_provider_refuses_what_is_not_proven(software: Software) -> None:
    issuer = f"{software.living.http}/demo-psc"
    asked = {
        "response_type": "code",
        "client_id": BOUND,
        "redirect_uri": "http://127.0.0.1:4711/callback",
        "scope": "openid",
        "nonce": "n",
        "state": "s",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    for change in (
        {"redirect_uri": "https://evil.test/callback"},
        {"redirect_uri": "http://127.0.0.1:4711/callback/../x"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"client_id": "../../secrets/master_key"},
        {"client_id": "nobody"},
    ):
        assert httpx.get(f"{issuer}/authorize", params=asked | change).status_code == 400, change
    assert httpx.get(f"{issuer}/authorize", params=asked).status_code == 200
    assert httpx.get(f"{issuer}/userinfo").status_code == 401
    assert httpx.post(f"{issuer}/introspect", data={"token": "x"}).status_code == 401


@pytest.fixture
def card(software: Software, doctor: dict[str, Any]) -> Iterator[httpx.Client]:
    """A browser that presents the doctor's card."""
    with software.http(doctor["certificate"], doctor["key"]) as browser:
        yield browser


def _enter(browser: httpx.Client, base: str) -> httpx.Response:
    page = browser.get(f"{base}/compte/carte/")
    form = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert form, page.text
    return browser.post(
        f"{base}/compte/carte/", data={"csrfmiddlewaretoken": form[1]}, headers={"Referer": f"{base}/compte/carte/"}
    )


def test_a_card_enters_and_its_session_goes_with_it(
    software: Software, card: httpx.Client, doctor: dict[str, Any]
) -> None:
    base = software.living.tls
    assert card.get(f"{base}/pro/").status_code == 302
    assert card.post(f"{base}/compte/carte/").status_code == 403, "no other site presses the button"
    assert _enter(card, base).status_code == 302
    assert doctor["family"] in card.get(f"{base}/pro/").text
    cookies = dict(card.cookies)
    with software.http() as without, software.of(BOUND) as organisation:
        for stolen in (without, organisation):
            stolen.cookies.update(cookies)
            response = stolen.get(f"{base}/pro/")
            assert (response.status_code, "n’est plus présentée" in response.text) == (403, True)
            assert stolen.get(f"{base}/compte/activite/").status_code == 302


def test_other_certificates_open_no_portal(software: Software) -> None:
    base = software.living.tls
    with software.of(BOUND) as organisation:
        response = organisation.get(f"{base}/compte/carte/")
        assert (response.status_code, "certificate-card" in response.text) == (403, True)
    for kind in ("revoked", "expired", "not_yet_valid", "self_signed", "foreign_authority", "wrong_usage"):
        for one in software.living.identities[kind]:
            with software.http(one["certificate"], one["key"]) as browser:
                page = browser.get(f"{base}/compte/carte/")
                assert page.status_code == 403, kind
                assert ("a expiré le" in page.text) == (kind == "expired"), kind
    with software.http() as nobody:
        page = nobody.get(f"{software.living.http}/compte/carte/")
        assert f"{base}/compte/carte/" in page.text


def test_the_logs_hold_no_token(software: Software) -> None:
    """Last: everything above has passed through them."""
    assert len(software.seen) > 20
    text = "".join(path.read_text(errors="replace") for path in (software.living.home / "logs").glob("*.log*"))
    for token in software.seen:
        signature = token.rpartition(".")[2]
        if len(signature) > 40:
            assert signature[:40] not in text
