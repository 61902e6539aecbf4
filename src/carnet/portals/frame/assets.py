"""Our stylesheet, script and icon: read once, served under an address that carries their content's hash.

Nothing to collect, nothing to configure: a changed file has another address, so caches never lie.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

_FOLDER = Path(__file__).resolve().parent / "assets"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@cache
def _assets() -> dict[str, tuple[str, bytes, str]]:
    """Hash, content and media type of each of our files, by name; nothing else can be asked for."""
    found = {}
    for path in _FOLDER.iterdir():
        if path.suffix in _TYPES:
            content = path.read_bytes()
            found[path.name] = (hashlib.sha256(content).hexdigest()[:16], content, _TYPES[path.suffix])
    return found


def address(name: str) -> str:
    """The address of an asset for a page."""
    found: str = reverse("asset", args=[_assets()[name][0], name])
    return found


def serve(_request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """GET one asset; a page of another version gets the present file, not to be kept."""
    if name not in _assets():
        raise Http404
    present, content, media_type = _assets()[name]
    response = HttpResponse(content, content_type=media_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if digest == present else "no-cache"
    return response
