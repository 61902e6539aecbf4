"""A realm: one OpenID provider with its name, its keys, its people and its memory, on the server parts of Authlib."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authlib.integrations.django_oauth2.requests import DjangoOAuth2Request
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from joserfc.jwk import KeySet, RSAKey

from carnet.kernel import clock
from carnet.ops.demo.provider import clients
from carnet.ops.demo.provider.memory import TOKEN_SECONDS, Code, Memory, Session, Token, name
from carnet.ops.demo.provider.people import Person, patients, professionals
from carnet.wire.oidc import access, jose
from carnet.wire.oidc.claims import certificate_thumbprint

ALGORITHM = "PS256"


def now() -> int:
    """Seconds since 1970."""
    return int(clock.now().timestamp())


@dataclass(slots=True)
class Realm:
    """One provider. `path` is the first word of its addresses, `page` the word Carnet's own addresses have for it."""

    path: str
    page: str
    title: str
    people: Callable[[Path], dict[str, Person]]
    memory: Memory = field(default_factory=Memory)
    _keys: tuple[tuple[str, ...], list[RSAKey]] = ((), [])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def issuer(self) -> str:
        """Its name, on the people's port of this copy."""
        return f"http://localhost:{settings.CARNET_PORT}/{self.path}"

    def person(self, identifier: str) -> Person | None:
        """One of its people."""
        return self.people(settings.CARNET_HOME).get(identifier)

    def client(self, client_id: str) -> clients.Client | None:
        """Software that may ask."""
        return clients.find(client_id, self.page)

    @property
    def keys(self) -> list[RSAKey]:
        """Its signing keys, the one that signs first: the last file of its folder, made when there is none.

        A key is rotated by adding a file (PEM); the former ones stay published until their file goes.
        """
        folder: Path = settings.CARNET_HOME / "demo" / "providers" / self.path
        with self._lock:
            names = tuple(sorted((path.name for path in folder.glob("*.pem")), reverse=True))
            if not names:
                names = (_make_key(folder),)
            if names != self._keys[0]:
                made = [jose.private_key((folder / one).read_bytes()) for one in names]
                self._keys = names, [key for key in made if isinstance(key, RSAKey)]
            return self._keys[1]

    def sign(self, claims: dict[str, Any], *, kind: str) -> str:
        """Claims under the key in force."""
        return jose.signed(claims, self.keys[0], kind=kind, algorithm=ALGORITHM)

    def access_token(self, token: Token) -> str:
        """A signed access token, remembered so that it can be introspected and ended."""
        person = self.person(token.person)
        moment, jti = now(), name()
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": person.claims["sub"] if person else "",
            "aud": [token.client_id, "account"],
            "azp": token.client_id,
            "client_id": token.client_id,
            "sid": token.sid,
            "scope": token.scope,
            "acr": "eidas1",
            "iat": moment,
            "exp": moment + TOKEN_SECONDS,
            "jti": jti,
        }
        if token.thumbprint:
            claims["cnf"] = {"x5t#S256": token.thumbprint}
        text = self.sign(claims, kind=access.KIND)
        self.memory.tokens.put(text, token)
        return text


def _make_key(folder: Path) -> str:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{clock.now():%Y%m%d%H%M%S}.pem"
    text = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(text)
    return path.name


REALMS = {
    realm.path: realm
    for realm in (
        Realm("demo-psc", "psc", "Professionnels de santé : identité de démonstration", professionals),
        Realm("demo-franceconnect", "franceconnect", "Particuliers : identité de démonstration", patients),
    )
}


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    def __init__(self, realm: Realm) -> None:
        super().__init__(validate_jti=True, leeway=30)
        self.realm = realm

    def get_audiences(self) -> list[str]:
        return [self.realm.issuer, f"{self.realm.issuer}/token"]

    def validate_jti(self, claims: dict[str, Any], jti: str) -> bool:
        return self.realm.memory.assertions.add(f"{claims['sub']} {jti}")

    def resolve_client_public_key(self, client: clients.Client) -> KeySet:
        return client.public_keys


class _Server(AuthorizationServer):  # type: ignore[misc]
    def __init__(self, realm: Realm) -> None:
        super().__init__()
        self.realm = realm
        self.register_client_auth_method("client_assertion_jwt", _Assertion(realm))
        self.register_token_generator(
            "default", BearerTokenGenerator(self._access_token, None, lambda *_: TOKEN_SECONDS)
        )
        self.register_grant(_CodeGrant, [CodeChallenge(required=True), _IdToken(realm)])

    def _access_token(self, client: clients.Client, grant_type: str, user: Any, scope: str) -> str:
        return self.realm.access_token(Token(client.client_id, user.person.id, user.sid, scope, user.thumbprint))

    def query_client(self, client_id: str) -> clients.Client | None:
        return self.realm.client(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Kept when it was made."""

    def create_oauth2_request(self, request: HttpRequest) -> DjangoOAuth2Request:
        return request if isinstance(request, DjangoOAuth2Request) else DjangoOAuth2Request(request)

    def handle_response(self, status: int, payload: Any, headers: list[tuple[str, str]]) -> HttpResponse:
        response = (
            JsonResponse(payload, status=status) if isinstance(payload, dict) else HttpResponse(payload, status=status)
        )
        for key, value in headers:
            response[key] = value
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person in a session of the provider, and the certificate of the connection that fetches the token."""

    person: Person
    sid: str
    since: int
    thumbprint: str = ""

    def get_user_id(self) -> str:
        """What Authlib calls the person."""
        return self.person.id


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_assertion_jwt"]

    def save_authorization_code(self, code: str, request: Any) -> None:
        data, user = request.payload.data, request.user
        self.server.realm.memory.codes.put(
            code,
            Code(
                code=code,
                client_id=request.client.client_id,
                redirect_uri=request.payload.redirect_uri,
                scope=request.payload.scope,
                nonce=data.get("nonce", ""),
                code_challenge=data.get("code_challenge", ""),
                code_challenge_method=data.get("code_challenge_method", ""),
                person=user.person.id,
                sid=user.sid,
                auth_time=user.since,
            ),
        )

    def query_authorization_code(self, code: str, client: clients.Client) -> Code | None:
        # Taken at the first question: a code that was tried is spent, whatever came of it.
        found: Code | None = self.server.realm.memory.codes.take(code)
        return found if found and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Taken already."""

    def authenticate_user(self, authorization_code: Code) -> SignedIn | None:
        person = self.server.realm.person(authorization_code.person)
        der = certificate(self.request._request)
        thumbprint = certificate_thumbprint(der) if der else ""
        if person is None:
            return None
        return SignedIn(person, authorization_code.sid, authorization_code.auth_time, thumbprint)


class _IdToken(OpenIDCode):  # type: ignore[misc]
    def __init__(self, realm: Realm) -> None:
        super().__init__(require_nonce=True)
        self.realm = realm

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        # Asked twice in one sign-in, before the page and after it; the client is who must find it fresh.
        return False

    def resolve_client_private_key(self, client: clients.Client) -> RSAKey:
        return self.realm.keys[0]

    def get_encode_header(self, client: clients.Client) -> dict[str, str]:
        return {"alg": ALGORITHM, "kid": self.realm.keys[0].kid or ""}

    def get_client_claims(self, client: clients.Client) -> dict[str, Any]:
        return {"iss": self.realm.issuer, "aud": client.client_id, "azp": client.client_id, "exp": now() + 120}

    def generate_user_info(self, user: SignedIn, scope: str) -> UserInfo:
        return UserInfo(sub=user.person.claims["sub"], sid=user.sid)


def certificate(request: HttpRequest) -> bytes | None:
    """The client certificate of the connection, as the proxy saw it: the provider binds tokens to it unverified
    (RFC 8705 §2.2.2: what counts is that the same key comes back)."""
    header = request.META.get("HTTP_X_CARNET_CLIENT_CERT", "")
    return base64.b64decode(header) if header else None


SERVERS = {path: _Server(realm) for path, realm in REALMS.items()}


def new_session(person: str, realm: Realm) -> tuple[str, Session]:
    """A session of the provider: its cookie, and what is remembered of it."""
    cookie, session = name(), Session(secrets.token_hex(16), person, now())
    realm.memory.sessions.put(cookie, session)
    return cookie, session
