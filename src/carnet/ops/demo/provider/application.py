"""The WSGI application of the demonstration providers: its own addresses, no middleware, no database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.utils.log import configure_logging

from carnet.ops.demo.provider import pages
from carnet.ops.demo.provider.realm import REALMS, Realm

# Without Django's applications, yet with the logs that quote nobody.
configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
_log = logging.getLogger(__name__)

View = Callable[[HttpRequest, Realm], HttpResponse]
_READ, _SEND, _BOTH = ("GET",), ("POST",), ("GET", "POST")

ADDRESSES: dict[str, tuple[tuple[str, ...], View]] = {
    "": (_READ, pages.home),
    "style.css": (_READ, pages.style),
    ".well-known/openid-configuration": (_READ, pages.configuration),
    "jwks": (_READ, pages.keys),
    "authorize": (_BOTH, pages.authorize),
    "token": (_SEND, pages.token),
    "userinfo": (_BOTH, pages.userinfo),
    "introspect": (_SEND, pages.introspect),
    "logout": (_BOTH, pages.logout),
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One request."""
    request = WSGIRequest(environ)
    try:
        response = _answer(request)
    except Exception:
        _log.exception("unexpected error at the demonstration provider")
        response = HttpResponse("Erreur inattendue.", status=500, content_type="text/plain; charset=utf-8")
    headers = list(response.items())
    headers += [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [response.content]


def _answer(request: HttpRequest) -> HttpResponse:
    _, path, *rest = request.path_info.split("/", 2)
    realm = REALMS.get(path)
    found = ADDRESSES.get(rest[0] if rest else "")
    if realm is None or found is None:
        return HttpResponseNotFound("Rien n’est servi à cette adresse.", content_type="text/plain; charset=utf-8")
    methods, view = found
    if request.method not in methods:
        return HttpResponseNotAllowed(methods)
    return view(request, realm)
