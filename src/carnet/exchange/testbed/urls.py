"""Addresses of the testbed, on the people's port of a demonstration."""

from __future__ import annotations

from django.urls import path

from carnet.exchange.testbed import views

app_name = "testbed"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<uuid:identity>/", views.exchange, name="exchange"),
    path("<uuid:identity>/requete", views.raw, {"side": "requete"}, name="request"),
    path("<uuid:identity>/reponse", views.raw, {"side": "reponse"}, name="answer"),
]
