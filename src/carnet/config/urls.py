"""Addresses: health, machines' doors (mounted twice, for the default domain and for named ones), people's pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from carnet.config import health
from carnet.config.rooms import present


def _doors() -> list[URLPattern | URLResolver]:
    """The machines' doors that exist, at `/…` (domain `fr`) and at `/d/<domain>/…`."""
    doors = [name for name in ("carnet.exchange.xds.urls", "carnet.exchange.fhir.urls") if present(name)]
    return [path(prefix, include(door)) for prefix in ("", "d/<str:domain>/") for door in doors]


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    *_doors(),
]
if present("carnet.portals.urls"):
    urlpatterns.append(path("", include("carnet.portals.urls")))
    handler400 = "carnet.portals.frame.errors.bad_request"
    handler403 = "carnet.portals.frame.errors.forbidden"
    handler404 = "carnet.portals.frame.errors.not_found"
    handler500 = "carnet.portals.frame.errors.server_error"
