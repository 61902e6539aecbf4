"""Machines' doors come before what only people need: sessions, forms, accounts.

A request to a door carries its proof (a client certificate, an assertion, a token) and no cookie; each door answers its
own errors. A browser that another site sends here would bring its certificate without anybody's will: what such a
request asks is refused (W3C Fetch Metadata), whatever its form. Mounted twice: at `/…` for the domain `fr`, at
`/d/<domain>/…` for any other.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.urls import Resolver404, URLPattern, URLResolver, include, path, resolve

from carnet.exchange.login.client_certificate import HEADER

# Fetch Metadata: values of Sec-Fetch-Site by which a browser says that another site asked.
_FROM_ELSEWHERE = ("cross-site", "same-site")
_PLACES = ("/xds/", "/fhir", "/d/", "/oauth/", "/.well-known/")

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(door))
    for prefix in ("", "d/<str:domain>/")
    for door in ("carnet.exchange.xds.urls", "carnet.exchange.fhir.urls")
]
urlpatterns.append(path("", include("carnet.exchange.login.urls")))


class MachineDoors:
    """Middleware: calls the view of a machine's address at once; any other request goes on.

    An answer that is whole says its length: the connection stays readable without chunks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_PLACES):
            try:
                found = resolve(request.path_info, __name__)
            except Resolver404:
                return self.get_response(request)
            if request.META.get(HEADER) and request.headers.get("Sec-Fetch-Site") in _FROM_ELSEWHERE:
                text = "Un autre site a envoyé cette requête avec votre certificat : elle n'est pas servie.\n"
                return HttpResponseForbidden(text, content_type="text/plain; charset=utf-8")
            answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
            if isinstance(answer, HttpResponse) and not answer.has_header("Content-Length"):
                answer["Content-Length"] = str(len(answer.content))
            return answer
        return self.get_response(request)
