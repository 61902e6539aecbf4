"""Addresses of the authorization server."""

from __future__ import annotations

from django.urls import path

from carnet.exchange.login import token_endpoint

urlpatterns = [
    path("oauth/token", token_endpoint.token),
    path("oauth/jwks", token_endpoint.keys),
    path(".well-known/oauth-authorization-server", token_endpoint.metadata),
]
