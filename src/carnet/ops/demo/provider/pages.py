"""The addresses of a realm: discovery, keys, sign-in page, token, userinfo, introspection, the end of a session."""

from __future__ import annotations

import json
import logging
import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2 import OAuth2Error
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import Context, Engine
from joserfc import jwe

from carnet.ops.demo.provider.clients import Client
from carnet.ops.demo.provider.memory import SESSION_SECONDS, Session, living
from carnet.ops.demo.provider.realm import ALGORITHM, SERVERS, Realm, SignedIn, new_session, now
from carnet.wire.oidc.jose import published
from carnet.wire.oidc.logout import EVENT

_log = logging.getLogger(__name__)
_PAGES = Engine(dirs=[str(Path(__file__).parent / "templates")])
_SHOWN = 20
_POLICY = "default-src 'none'; style-src 'self'; form-action *; base-uri 'none'; frame-ancestors 'none'"
STYLE = (Path(__file__).parent / "templates" / "provider" / "style.css").read_bytes()


def _page(name: str, values: dict[str, Any], status: int = 200) -> HttpResponse:
    response = HttpResponse(
        _PAGES.get_template(f"provider/{name}").render(Context(values, use_l10n=False)), status=status
    )
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    return response


def style(_request: HttpRequest, _realm: Realm) -> HttpResponse:
    """The one style sheet."""
    return HttpResponse(STYLE, content_type="text/css")


def configuration(_request: HttpRequest, realm: Realm) -> HttpResponse:
    """OpenID Connect Discovery 1.0 §3."""
    issuer = realm.issuer
    tls = f"https://localhost:{settings.CARNET_TLS_PORT}/{realm.path}"
    return JsonResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "introspection_endpoint": f"{issuer}/introspect",
            "end_session_endpoint": f"{issuer}/logout",
            "jwks_uri": f"{issuer}/jwks",
            # Tokens bound to a certificate are fetched where a certificate is shown (RFC 8705 §5).
            "mtls_endpoint_aliases": {"token_endpoint": f"{tls}/token"},
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "userinfo_signing_alg_values_supported": [ALGORITHM],
            "userinfo_encryption_alg_values_supported": ["RSA-OAEP-256"],
            "userinfo_encryption_enc_values_supported": ["A256GCM"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256"],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": ["eidas1"],
            "scopes_supported": ["openid", "scope_all", "identite_pivot"],
            "tls_client_certificate_bound_access_tokens": True,
            "authorization_response_iss_parameter_supported": True,
            "backchannel_logout_supported": True,
            "backchannel_logout_session_supported": True,
        }
    )


def keys(_request: HttpRequest, realm: Realm) -> HttpResponse:
    """The published keys (RFC 7517)."""
    return JsonResponse({"keys": [published(key, algorithm=ALGORITHM) for key in realm.keys]})


def _session(request: HttpRequest, realm: Realm) -> Session | None:
    return realm.memory.sessions.get(request.COOKIES.get(_cookie(realm), ""))


def _cookie(realm: Realm) -> str:
    return f"carnet_{settings.CARNET_PORT}_{realm.path}"


def authorize(request: HttpRequest, realm: Realm) -> HttpResponse:
    """The sign-in page: whoever is there chooses which fictional person they are."""
    if not _is_here(request):
        text = "Ces identités fictives ne se prêtent qu’aux navigateurs de la machine où la démonstration tourne."
        return _page("error.html", {"realm": realm, "text": text}, 403)
    server, session = SERVERS[realm.path], _session(request, realm)
    asked = request.GET if request.method == "GET" else request.POST
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return _page("error.html", {"realm": realm, "text": "La demande ne porte pas de code_challenge S256."}, 400)
    try:
        grant = server.get_consent_grant(request)
    except OAuth2Error as error:
        return _page("error.html", {"realm": realm, "text": f"{error.error} : {error.description}"}, 400)
    identifier = request.POST.get("person", "") if request.method == "POST" else ""
    person = realm.person(identifier) if identifier else None
    if person is None and session is not None and request.method == "GET" and asked.get("prompt") == "none":
        person = realm.person(session.person)
    if request.method == "POST" and "refuse" in request.POST:
        return server.create_authorization_response(request, grant_user=None, grant=grant)
    if person is None:
        return _people(request, realm, grant)
    cookie = ""
    if session is None or session.person != person.id:
        cookie, session = new_session(person.id, realm)
    session.clients.add(grant.client.client_id)
    signed_in = SignedIn(person, session.sid, session.since)
    response: HttpResponse = server.create_authorization_response(request, grant_user=signed_in, grant=grant)
    if response.status_code == 302:
        separator = "&" if "?" in response["Location"] else "?"
        response["Location"] += f"{separator}{urlencode({'iss': realm.issuer})}"
    if cookie:
        response.set_cookie(
            _cookie(realm), cookie, max_age=SESSION_SECONDS, path=f"/{realm.path}", httponly=True, samesite="Lax"
        )
    return response


def _is_here(request: HttpRequest) -> bool:
    """Whether the browser is on this machine: a demonstration shown to a network keeps its identities to itself."""
    address = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _people(request: HttpRequest, realm: Realm, grant: Any) -> HttpResponse:
    wanted = request.GET.get("chercher", "").strip().lower()
    everybody = list(realm.people(settings.CARNET_HOME).values())
    found = [one for one in everybody if wanted in f"{one.name} {one.detail}".lower()]
    kept = {name: value for name, value in request.GET.items() if name != "chercher"}
    return _page(
        "authorize.html",
        {
            "realm": realm,
            "client": grant.client.client_id,
            "people": found[:_SHOWN],
            "more": max(0, len(found) - _SHOWN),
            "kept": kept,
            "wanted": request.GET.get("chercher", ""),
        },
    )


def token(request: HttpRequest, realm: Realm) -> HttpResponse:
    """A code becomes tokens."""
    response: HttpResponse = SERVERS[realm.path].create_token_response(request)
    return response


def userinfo(request: HttpRequest, realm: Realm) -> HttpResponse:
    """What is known of the person, signed, and encrypted for a client that can decrypt (OpenID Connect Core §5.3.2)."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = living(realm.memory, given)
    person = realm.person(found.person) if found else None
    client = realm.client(found.client_id) if found else None
    if found is None or person is None or client is None:
        response = JsonResponse({"error": "invalid_token"}, status=401)
        response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response
    moment = now()
    claims = {"iss": realm.issuer, "aud": client.client_id, "iat": moment, "exp": moment + 60, **person.claims}
    text = realm.sign(claims, kind="JWT")
    if client.encrypts and realm.page == "psc":
        text = _encrypted(text, client)
    return HttpResponse(text, content_type="application/jwt")


def _encrypted(text: str, client: Client) -> str:
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"}
    return jwe.encrypt_compact(header, text, client.public_keys.keys[0], algorithms=["RSA-OAEP-256", "A256GCM"])


def introspect(request: HttpRequest, realm: Realm) -> HttpResponse:
    """Whether a token still opens something, and who it speaks of (RFC 7662)."""
    server = SERVERS[realm.path]
    try:
        server.authenticate_client(server.create_oauth2_request(request), ["client_assertion_jwt"], "introspection")
    except OAuth2Error as error:
        return JsonResponse({"error": error.error}, status=401)
    found = living(realm.memory, request.POST.get("token", ""))
    person = realm.person(found.person) if found else None
    if found is None or person is None:
        return JsonResponse({"active": False})
    binding = {"cnf": {"x5t#S256": found.thumbprint}} if found.thumbprint else {}
    return JsonResponse(
        {
            "active": True,
            "iss": realm.issuer,
            "client_id": found.client_id,
            "scope": found.scope,
            "acr": "eidas1",
            **person.claims,
            **binding,
        }
    )


def logout(request: HttpRequest, realm: Realm) -> HttpResponse:
    """The end of the session here, told to the clients that took part in it (Back-Channel Logout 1.0)."""
    session = _session(request, realm)
    if request.method != "POST":
        return _page("logout.html", {"realm": realm, "session": session})
    told = []
    if session is not None:
        realm.memory.sessions.take(request.COOKIES.get(_cookie(realm), ""))
        realm.memory.ended.add(session.sid)
        told = [client_id for client_id in sorted(session.clients) if _tell(realm, client_id, session)]
    response = _page("logged_out.html", {"realm": realm, "told": told})
    response.delete_cookie(_cookie(realm), path=f"/{realm.path}")
    return response


def _tell(realm: Realm, client_id: str, session: Session) -> bool:
    client, person = realm.client(client_id), realm.person(session.person)
    if client is None or not client.logout or person is None:
        return False
    moment = now()
    claims = {
        "iss": realm.issuer,
        "aud": client_id,
        "iat": moment,
        "exp": moment + 120,
        "jti": secrets.token_hex(16),
        "sub": person.claims["sub"],
        "sid": session.sid,
        "events": {EVENT: {}},
    }
    try:
        text = realm.sign(claims, kind="logout+jwt")
        answer = httpx.post(client.logout, data={"logout_token": text}, timeout=5, trust_env=False)
    except httpx.HTTPError:
        _log.warning("a client did not hear of the end of a session")
        return False
    return answer.status_code == httpx.codes.OK


def home(_request: HttpRequest, realm: Realm) -> HttpResponse:
    """What this is."""
    return _page("home.html", {"realm": realm, "example": json.dumps({"issuer": realm.issuer})})
