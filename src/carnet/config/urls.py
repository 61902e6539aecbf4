"""Addresses: health, machines' doors (mounted twice, for the default domain and for named ones), people's pages."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from carnet.config import health, machines

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    *machines.urlpatterns,
    path("", include("carnet.portals.urls")),
]
if settings.CARNET_MODE == "demo":
    urlpatterns.append(path("echanges/", include("carnet.exchange.testbed.urls")))
handler400 = "carnet.portals.frame.errors.bad_request"
handler403 = "carnet.portals.frame.errors.forbidden"
handler404 = "carnet.portals.frame.errors.not_found"
handler500 = "carnet.portals.frame.errors.server_error"
