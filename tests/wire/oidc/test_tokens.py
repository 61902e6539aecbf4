"""Tokens: what is believed comes back as a value, everything else is refused by name."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwe, jws
from joserfc.jwk import ECKey, RSAKey

from carnet.wire.errors import Malformed
from carnet.wire.oidc import access, assertion, jose, logout, sign_in
from carnet.wire.oidc.claims import certificate_thumbprint, half_hash

NOW = 1_790_000_000
ISSUER = "https://provider.test"
CLIENT = "carnet-test"
NONCE = "n-0S6_WzA2Mj"
ACCESS = "an-opaque-access-token"

RSA = jose.named(RSAKey.generate_key(2048))
EC = jose.named(ECKey.generate_key("P-256"))
OTHER_EC = jose.named(ECKey.generate_key("P-256"))
OTHER = jose.named(RSAKey.generate_key(2048))
KEYS = jose.public_keys({"keys": [jose.published(RSA), jose.published(EC)]})


def id_claims(**changes: Any) -> dict[str, Any]:
    """A right id_token; None removes a claim."""
    claims = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "f:550dc1c8:899700218896",
        "sid": "s-1",
        "nonce": NONCE,
        "acr": "eidas1",
        "iat": NOW,
        "exp": NOW + 300,
        "auth_time": NOW - 5,
        "at_hash": half_hash(ACCESS, "RS256"),
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def read(token: str, **changes: Any) -> sign_in.Signed:
    """The reading of an id_token as the portal does it."""
    expected: dict[str, Any] = {
        "issuer": ISSUER,
        "client": CLIENT,
        "nonce": NONCE,
        "access_token": ACCESS,
        "acr": ("eidas1",),
        "now": NOW + 1,
    } | changes
    return sign_in.read_id_token(token, KEYS, **expected)


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], claims: dict[str, Any], mac_key: bytes | None = None) -> str:
    """A token that no library would write."""
    body = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{body}.{b64(hmac.digest(mac_key, body.encode(), 'sha256')) if mac_key else ''}"


@pytest.mark.parametrize("key", [RSA, EC])
def test_a_right_id_token_says_who_signed_in(key: Any) -> None:
    claims = id_claims(at_hash=half_hash(ACCESS, jose.algorithm_of(key)))
    found = read(jose.signed(claims, key, kind="JWT"))
    assert (found.subject, found.session, found.acr) == ("f:550dc1c8:899700218896", "s-1", "eidas1")
    assert found.authenticated_at == NOW - 5


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "https://provider.test.evil"}, "token-issuer"),
        ({"iss": None}, "token-issuer"),
        ({"aud": "somebody-else"}, "token-audience"),
        ({"aud": None}, "token-audience"),
        ({"aud": [CLIENT, "somebody-else"]}, "oidc-azp"),
        ({"azp": "somebody-else"}, "oidc-azp"),
        ({"exp": NOW - 60}, "token-expired"),
        ({"exp": None}, "token-claim"),
        ({"exp": "tomorrow"}, "token-claim"),
        ({"exp": True}, "token-claim"),
        ({"iat": NOW + 600, "exp": NOW + 700}, "token-early"),
        ({"nbf": NOW + 600}, "token-early"),
        ({"exp": NOW + 90 * 86400}, "token-too-long"),
        ({"nonce": "another"}, "oidc-nonce"),
        ({"nonce": None}, "oidc-nonce"),
        ({"nonce": [NONCE]}, "oidc-nonce"),
        ({"at_hash": half_hash("another", "RS256")}, "oidc-at-hash"),
        ({"acr": "eidas0"}, "oidc-acr"),
        ({"acr": None}, "oidc-acr"),
        ({"sub": ""}, "token-claim"),
        ({"sub": None}, "token-claim"),
    ],
)
def test_a_wrong_claim_is_refused_by_its_rule(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(jose.signed(id_claims(**changes), RSA, kind="JWT"))
    assert refused.value.rule == rule


def _renamed(key: Any, kid: str) -> RSAKey:
    """A key that claims another name."""
    return RSAKey.import_key({**key.as_dict(private=True), "kid": kid})


def public_pem() -> bytes:
    """What an attacker knows of the provider's key."""
    return RSA.as_pem(private=False)


FORGERIES: dict[str, tuple[Callable[[], str], str]] = {
    "alg none": (lambda: by_hand({"alg": "none", "typ": "JWT"}, id_claims()), "jose-algorithm"),
    "alg None": (lambda: by_hand({"alg": "None", "typ": "JWT"}, id_claims()), "jose-algorithm"),
    "no alg": (lambda: by_hand({"typ": "JWT"}, id_claims()), "jose-unreadable"),
    "HMAC under the public key": (
        lambda: by_hand({"alg": "HS256", "typ": "JWT", "kid": RSA.kid}, id_claims(), public_pem()),
        "jose-algorithm",
    ),
    "HMAC under an empty key": (
        lambda: by_hand({"alg": "HS256", "typ": "JWT"}, id_claims(), b"\0"),
        "jose-algorithm",
    ),
    "another key under the same kid": (
        lambda: jose.signed(id_claims(), _renamed(OTHER, RSA.kid), kind="JWT"),
        "jose-signature",
    ),
    "an unknown kid": (lambda: jose.signed(id_claims(), OTHER, kind="JWT"), "jose-key"),
    "the kid of a key of another family": (
        lambda: jose.signed(id_claims(), _renamed(RSA, EC.kid), kind="JWT"),
        "jose-key",
    ),
    "a kid that is a path": (
        lambda: jose.signed(id_claims(), _renamed(RSA, "../../dev/null"), kind="JWT"),
        "jose-key",
    ),
    "its own key in the header": (
        lambda: _signed_bytes(
            json.dumps(id_claims()).encode(), OTHER_EC, alg="ES256", kid=EC.kid, jwk=OTHER_EC.as_dict(private=False)
        ),
        "jose-signature",
    ),
    "another algorithm than the one its key is published for": (
        lambda: jose.signed(id_claims(), RSA, kind="JWT", algorithm="PS256"),
        "jose-key",
    ),
    "no signature": (
        lambda: jose.signed(id_claims(), RSA, kind="JWT").rpartition(".")[0] + ".",
        "jose-signature",
    ),
    "other claims under the same signature": (
        lambda: _swapped(jose.signed(id_claims(), RSA, kind="JWT"), id_claims(sub="another")),
        "jose-signature",
    ),
    "another kind of token": (lambda: jose.signed(id_claims(), RSA, kind="logout+jwt"), "jose-type"),
    "an access token": (lambda: jose.signed(id_claims(), RSA, kind="at+jwt"), "jose-type"),
    "not base64": (lambda: "é.é.é", "jose-unreadable"),
    "one part": (lambda: "abc", "jose-unreadable"),
    "a list": (lambda: _signed_bytes(b"[]"), "jose-unreadable"),
    "much too long": (lambda: "a" * 70_000, "jose-unreadable"),
}


def _swapped(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{b64(json.dumps(claims).encode())}.{signature}"


def _signed_bytes(payload: bytes, key: Any = RSA, **header: Any) -> str:
    header = {"alg": "RS256", "typ": "JWT", "kid": RSA.kid} | header
    return jws.serialize_compact(header, payload, key, algorithms=["RS256", "ES256"])


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(name: str) -> None:
    forge, rule = FORGERIES[name]
    with pytest.raises(Malformed) as refused:
        read(forge())
    assert refused.value.rule == rule


def test_keys_that_verify_nothing_are_left_out_of_a_set() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: S505 - too small
    n = small.public_numbers().n.to_bytes(128, "big")
    found = jose.public_keys(
        {
            "keys": [
                {"kty": "oct", "k": b64(public_pem()), "kid": "hmac"},
                {**OTHER.as_dict(private=True), "kid": "private"},
                {"kty": "RSA", "n": b64(n), "e": "AQAB", "kid": "small"},
                {**OTHER.as_dict(private=False), "kid": "encryption", "use": "enc"},
                {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32)), "kid": "edwards"},
                "not a key",
                {**OTHER.as_dict(private=False), "kid": "good", "use": "sig"},
            ]
        }
    )
    assert [name for name, _ in found.keys] == ["good"]


@pytest.mark.parametrize("document", [{}, {"keys": "none"}, {"keys": [jose.published(RSA), jose.published(RSA)]}])
def test_what_is_no_key_set_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        jose.public_keys(document)
    assert refused.value.rule == "jose-key-set"


def test_a_challenge_is_the_one_of_the_standard() -> None:
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert sign_in.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("answer", "announced", "rule"),
    [
        ({"code": "c", "iss": "https://other.test"}, False, "oidc-mix-up"),
        ({"code": "c"}, True, "oidc-mix-up"),
        ({"error": "access_denied", "iss": ISSUER}, True, "oidc-refused"),
        ({"iss": ISSUER}, True, "oidc-code"),
    ],
)
def test_an_answer_of_another_provider_is_refused(answer: dict[str, str], announced: bool, rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        sign_in.check_answer(answer, issuer=ISSUER, announced=announced)
    assert refused.value.rule == rule


def userinfo(**changes: Any) -> str:
    """A signed userinfo answer."""
    return jose.signed({"iss": ISSUER, "aud": CLIENT, "sub": "s"} | changes, RSA, kind="JWT")


def test_userinfo_is_about_who_signed_in() -> None:
    about = {"issuer": ISSUER, "client": CLIENT, "subject": "s", "now": NOW}
    assert sign_in.read_userinfo(userinfo(), KEYS, **about)["sub"] == "s"
    for changes, rule in (
        ({"sub": "t"}, "oidc-subject"),
        ({"aud": "x"}, "token-audience"),
        ({"iss": "x"}, "token-issuer"),
        ({"exp": NOW - 100}, "token-expired"),
    ):
        with pytest.raises(Malformed) as refused:
            sign_in.read_userinfo(userinfo(**changes), KEYS, **about)
        assert refused.value.rule == rule


@pytest.mark.parametrize(("wrapping", "encryption"), [("RSA-OAEP-256", "A256GCM"), ("RSA-OAEP", "A128CBC-HS256")])
def test_encrypted_userinfo_opens_with_our_key_only(wrapping: str, encryption: str) -> None:
    inner = userinfo()
    header = {"alg": wrapping, "enc": encryption, "cty": "JWT"}
    sealed = jwe.encrypt_compact(header, inner, OTHER, algorithms=[wrapping, encryption])
    assert jose.decrypted(sealed, OTHER) == inner
    for wrong in (sealed[:-4] + "AAAA", inner, "a.b.c.d.e"):
        with pytest.raises(Malformed) as refused:
            jose.decrypted(wrong, OTHER)
        assert refused.value.rule == "jose-encryption"
    with pytest.raises(Malformed) as refused:
        jose.decrypted(sealed, RSA)
    assert refused.value.rule == "jose-encryption"


def test_a_compressed_or_weakly_wrapped_token_is_not_opened() -> None:
    zipped = jwe.encrypt_compact(
        {"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF"}, "x", OTHER, algorithms=["RSA-OAEP", "A256GCM", "DEF"]
    )
    with pytest.raises(Malformed) as refused:
        jose.decrypted(zipped, OTHER)
    assert refused.value.rule == "jose-encryption"


def test_keys_are_wrapped_by_no_weak_padding() -> None:
    assert not [one for one in jose.KEY_WRAPPINGS if "1_5" in one or one in ("dir", "none")]
    assert all("GCM" in one or "HS" in one for one in jose.ENCRYPTIONS), "authenticated ones only"


def logout_claims(**changes: Any) -> dict[str, Any]:
    """A right logout token; None removes a claim."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": CLIENT,
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "j-1",
        "sid": "s-1",
        "events": {logout.EVENT: {}},
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def test_a_logout_token_says_which_session_ends() -> None:
    token = jose.signed(logout_claims(), RSA, kind="logout+jwt")
    found = logout.read_logout_token(token, KEYS, issuer=ISSUER, client=CLIENT, now=NOW)
    assert (found.session, found.jti) == ("s-1", "j-1")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"events": None}, "logout-event"),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, "logout-event"),
        ({"events": {logout.EVENT: None}}, "logout-event"),
        ({"nonce": NONCE}, "logout-nonce"),
        ({"sid": None}, "logout-subject"),
        ({"jti": None}, "token-claim"),
        ({"aud": "x"}, "token-audience"),
        ({"iss": "x"}, "token-issuer"),
        ({"exp": NOW - 100, "iat": NOW - 200}, "token-expired"),
        ({"exp": NOW + 7200}, "token-too-long"),
    ],
)
def test_a_wrong_logout_token_is_refused(changes: dict[str, Any], rule: str) -> None:
    token = jose.signed(logout_claims(**changes), RSA, kind="logout+jwt")
    with pytest.raises(Malformed) as refused:
        logout.read_logout_token(token, KEYS, issuer=ISSUER, client=CLIENT, now=NOW)
    assert refused.value.rule == rule


def test_an_id_token_ends_no_session() -> None:
    token = jose.signed(id_claims(), RSA, kind="JWT")
    with pytest.raises(Malformed) as refused:
        logout.read_logout_token(token, KEYS, issuer=ISSUER, client=CLIENT, now=NOW)
    assert refused.value.rule == "logout-event"


AUDIENCE = "https://carnet.test/oauth/token"


def asserted(**changes: Any) -> str:
    """A client's assertion; None removes a claim."""
    claims = {"iss": CLIENT, "sub": CLIENT, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 60, "jti": "a-1"} | changes
    return jose.signed({name: value for name, value in claims.items() if value is not None}, EC, kind="JWT")


def test_an_assertion_proves_its_client() -> None:
    made = assertion.make_assertion(client=CLIENT, audience=AUDIENCE, key=EC, jti="a-1", now=NOW)
    for token in (asserted(), made):
        found = assertion.read_assertion(token, KEYS, client=CLIENT, audiences=(AUDIENCE,), now=NOW)
        assert (found.client, found.jti, found.ends) == (CLIENT, "a-1", NOW + 60)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "x"}, "assertion-client"),
        ({"sub": "x"}, "assertion-client"),
        ({"aud": "https://other.test/token"}, "token-audience"),
        ({"aud": [AUDIENCE, "https://other.test/token"]}, "token-audience"),
        ({"exp": NOW + 3600}, "token-too-long"),
        ({"exp": NOW - 100, "iat": NOW - 200}, "token-expired"),
        ({"exp": None}, "token-claim"),
        ({"iat": None}, "token-claim"),
        ({"jti": None}, "token-claim"),
    ],
)
def test_a_wrong_assertion_proves_nothing(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        assertion.read_assertion(asserted(**changes), KEYS, client=CLIENT, audiences=(AUDIENCE,), now=NOW)
    assert refused.value.rule == rule


GRANTED = access.Granted(client=CLIENT, scope="system/DocumentReference.rs", thumbprint=certificate_thumbprint(b"der"))


def granted_token(granted: access.Granted = GRANTED, now: int = NOW) -> str:
    """A token of ours."""
    return access.make_access_token(granted, issuer=ISSUER, audience=AUDIENCE, key=EC, jti="t", now=now)


def test_an_access_token_comes_back_as_it_was_granted() -> None:
    assert access.read_access_token(granted_token(), KEYS, issuer=ISSUER, audience=AUDIENCE, now=NOW) == GRANTED
    for place, rule in (
        ({"issuer": "x", "audience": AUDIENCE, "now": NOW}, "token-issuer"),
        ({"issuer": ISSUER, "audience": "x", "now": NOW}, "token-audience"),
        ({"issuer": ISSUER, "audience": AUDIENCE, "now": NOW + access.LIFE}, "token-expired"),
    ):
        with pytest.raises(Malformed) as refused:
            access.read_access_token(granted_token(), KEYS, **place)
        assert refused.value.rule == rule


def test_an_assertion_or_an_id_token_is_no_access_token() -> None:
    for token in (asserted(), jose.signed(id_claims(), RSA, kind="JWT")):
        with pytest.raises(Malformed) as refused:
            access.read_access_token(token, KEYS, issuer=ISSUER, audience=AUDIENCE, now=NOW)
        assert refused.value.rule == "jose-type"


def test_a_bound_token_serves_with_its_certificate_only() -> None:
    access.check_binding(GRANTED.thumbprint, b"der", required=True)
    access.check_binding("", None, required=False)
    for thumbprint, der, rule in (
        (GRANTED.thumbprint, b"another", "token-certificate"),
        (GRANTED.thumbprint, None, "token-certificate"),
        ("", b"der", "token-unbound"),
    ):
        with pytest.raises(Malformed) as refused:
            access.check_binding(thumbprint, der, required=True)
        assert refused.value.rule == rule


@pytest.mark.parametrize("binding", ["text", {}, {"x5t#S256": 3}, {"jkt": "x"}])
def test_a_binding_that_is_not_understood_does_not_pass_for_none(binding: object) -> None:
    with pytest.raises(Malformed):
        access.thumbprint_of({"cnf": binding})
