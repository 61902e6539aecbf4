"""The authorization server for software: `POST /oauth/token`, its keys and its metadata.

One grant: client credentials (RFC 6749 §4.4), the client proving itself by an assertion signed with its key
(`private_key_jwt`, RFC 7523) that serves once. With a client certificate the token is bound to it (RFC 8705 §3);
without one only software that the operator registered so gets a token, and never in production.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from carnet.exchange.login import access_tokens
from carnet.exchange.login.bearer import presented, thumbprint
from carnet.exchange.login.client_certificate import HEADER
from carnet.kernel import clock
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.record.directory.api import Client
from carnet.wire.errors import Malformed
from carnet.wire.oidc import access, jose
from carnet.wire.oidc.assertion import ASSERTION_TYPE, client_of, read_assertion
from carnet.wire.oidc.scopes import narrowed

_log = logging.getLogger(__name__)
# RFC 6749 §5.2: error codes of the rules that are not about who the client is.
_CODES = {
    "grant-type": "unsupported_grant_type",
    "token-request": "invalid_request",
    "scope-not-registered": "invalid_scope",
}
_LONGEST_BODY = 64 * 1024


class Refused(Exception):  # noqa: N818 - an answer
    """A token that is not granted: the rule, and a sentence for the vendor."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(rule)
        self.rule, self.text = rule, text


def token(request: HttpRequest) -> HttpResponse:
    """A token, or the error of RFC 6749 §5.2 with the rule that was broken."""
    if request.method != "POST":
        return _only("POST")
    try:
        client, granted = _granted(request)
    except Refused as error:
        _log.info("no token was granted: %s", error.rule)
        return _error(error.rule, error.text)
    except Malformed as error:
        _log.info("no token was granted: %s", error.rule)
        return _error(error.rule, error.text)
    answer = JsonResponse(
        {
            "access_token": access_tokens.grant(granted),
            "token_type": "Bearer",
            "expires_in": access.LIFE,
            "scope": granted.scope,
        }
    )
    answer["Cache-Control"] = "no-store"
    _log.info("a token was granted to %s", client.id)
    return answer


def _granted(request: HttpRequest) -> tuple[Client, access.Granted]:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or int(length) > _LONGEST_BODY or request.content_type != _FORM:
        raise Refused("token-request", f"La demande est un formulaire ({_FORM}) de {_LONGEST_BODY} octets au plus.")
    form = request.POST
    if any(len(form.getlist(name)) > 1 for name in form):
        raise Refused("token-request", "Un paramètre ne se répète pas.")
    if form.get("grant_type") != "client_credentials":
        raise Refused("grant-type", "Un seul mode est servi : grant_type=client_credentials.")
    now = clock.now()
    client = _client(
        form.get("client_assertion_type", ""), form.get("client_assertion", ""), request, int(now.timestamp())
    )
    if form.get("client_id", client.id) != client.id:
        raise Refused("assertion-client", "client_id n’est pas le logiciel de l’assertion.")
    certificate = presented(request.META.get(HEADER, ""), now)
    if isinstance(certificate, Problem):
        raise Refused(certificate.rule, certificate.text)
    mark = thumbprint(certificate)
    _check_certificate(client, mark, certificate[1].structures if certificate else ())
    scope = narrowed(client.scopes, form.get("scope", ""))
    if scope is None:
        raise Refused(
            "scope-not-registered", f"Une portée demandée n’est pas accordée à ce logiciel : {client.scopes}."
        )
    return client, access.Granted(client=client.id, scope=scope, thumbprint=mark)


_FORM = "application/x-www-form-urlencoded"


def _client(kind: str, proof: str, request: HttpRequest, now: int) -> Client:
    """The client of an assertion that was never used."""
    if kind != ASSERTION_TYPE or not proof:
        raise Refused("assertion-missing", "Le logiciel prouve qui il est par une assertion signée (private_key_jwt).")
    client = directory.client(client_of(jose.unverified(proof)))
    if client is None:
        raise Refused("client-unknown", "Ce logiciel n’est pas enregistré ici.")
    names = (
        access_tokens.issuer(),
        f"{access_tokens.issuer()}/oauth/token",
        request.build_absolute_uri("/oauth/token"),
    )
    found = read_assertion(proof, jose.public_keys(client.keys), client=client.id, audiences=names, now=now)
    if not directory.spend_token(kind="assertion", issuer=client.id, jti=found.jti, ends=found.ends + 60):
        raise Refused("assertion-replay", "Cette assertion a déjà servi : chaque demande porte la sienne.")
    return client


def _check_certificate(client: Client, mark: str, structures: tuple[str, ...]) -> None:
    """The certificate of the connection is one that this client may bind its tokens to."""
    if not mark:
        if client.bound or settings.CARNET_MODE == "production":
            raise Refused("certificate-missing", "Les jetons de ce logiciel sont liés à un certificat : présentez-le.")
        return
    if client.thumbprint and mark != client.thumbprint:
        raise Refused("client-certificate", "Ce certificat n’est pas celui qui est enregistré pour ce logiciel.")
    if client.structure not in structures:
        raise Refused("client-structure", "Ce certificat n’est pas celui de la structure de ce logiciel.")


def keys(request: HttpRequest) -> HttpResponse:
    """The public keys of our tokens (RFC 7517)."""
    if request.method != "GET":
        return _only("GET")
    return JsonResponse(access_tokens.published(clock.now()))


def metadata(request: HttpRequest) -> HttpResponse:
    """What this authorization server does (RFC 8414 §3)."""
    if request.method != "GET":
        return _only("GET")
    return JsonResponse(described())


def described() -> dict[str, object]:
    """The metadata, which SMART repeats."""
    issuer = access_tokens.issuer()
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(jose.SIGNATURES),
        "tls_client_certificate_bound_access_tokens": True,
        "mtls_endpoint_aliases": {"token_endpoint": f"{settings.CARNET_TLS_ADDRESS}/oauth/token"},
        "scopes_supported": ["system/DocumentReference.cruds", "system/List.crus", "system/Binary.cr"],
    }


def _error(rule: str, text: str) -> HttpResponse:
    code = _CODES.get(rule, "invalid_client")
    answer = JsonResponse(
        {"error": code, "error_description": text, "rule": rule}, status=401 if code == "invalid_client" else 400
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _only(method: str) -> HttpResponse:
    answer = JsonResponse({"error": "invalid_request", "rule": "method"}, status=405)
    answer["Allow"] = method
    return answer
