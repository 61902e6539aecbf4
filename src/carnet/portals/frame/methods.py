"""Which methods a page answers to, and that no cache keeps it: one typed decorator."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.utils.cache import add_never_cache_headers

P = ParamSpec("P")
READING = ("GET", "HEAD")
SENDING = ("GET", "HEAD", "POST")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(*methods: str) -> Callable[[View[P]], View[P]]:
    """405 for other methods; `no-store` on every answer, so that a shared computer keeps nothing."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            allowed = request.method in methods
            response = view(request, *args, **kwargs) if allowed else HttpResponseNotAllowed(methods)
            add_never_cache_headers(response)
            return response

        return answered

    return decorate
