"""The WSGI application that both lanes serve."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carnet.config.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, with bodies of unknown length readable.

    Django reads no more than CONTENT_LENGTH bytes, hence nothing of a chunked body. Such a body is read to its end,
    at most as far as the limit that the proxy enforces.
    """
    if not environ.get("CONTENT_LENGTH") and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["CONTENT_LENGTH"] = str(settings.CARNET_MAX_BODY)
    answer: Iterable[bytes] = _django(environ, start_response)
    return answer
