"""The provider tells us, server to server, that a session has ended there: ours end too (Back-Channel Logout 1.0)."""

from __future__ import annotations

import logging

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from carnet.portals.frame.methods import page
from carnet.portals.frame.oidc import asking
from carnet.portals.frame.oidc.configured import provider_or_404
from carnet.record.directory import api as directory
from carnet.wire.errors import Malformed
from carnet.wire.oidc.logout import read_logout_token

_log = logging.getLogger(__name__)


@page("POST")
def logout(request: HttpRequest, name: str) -> HttpResponse:
    """200 when the sessions have ended, 400 with the rule for a token that does not hold (§2.8)."""
    provider = provider_or_404(name)
    token = request.POST.get("logout_token", "")
    try:
        told = read_logout_token(
            token,
            asking.keys_for(provider.issuer, token),
            issuer=provider.issuer,
            client=provider.client,
            now=asking.now(),
        )
    except Malformed as error:
        return _refused(provider.name, error.rule, error.text)
    # Spent with what it does: the provider tries a token again whose sessions could not be ended.
    with transaction.atomic():
        if not directory.spend_token(kind="logout", issuer=told.issuer, jti=told.jti, ends=told.ends + 60):
            return _refused(provider.name, "logout-replay", "Ce jeton de déconnexion a déjà servi.")
        ended = directory.end_provider_sessions(issuer=told.issuer, subject=told.subject, sid=told.session)
    _log.info("%s ended %s sessions", provider.name, ended)
    return HttpResponse(status=200)


# The signature of the provider says who calls; no cookie is looked at.
logout.csrf_exempt = True  # type: ignore[attr-defined]


def _refused(provider: str, rule: str, text: str) -> HttpResponse:
    _log.warning("a logout token of %s was refused: %s", provider, rule)
    return JsonResponse({"error": "invalid_request", "rule": rule, "error_description": text}, status=400)
