"""Addresses of the admission desk."""

from __future__ import annotations

from django.urls import path

from carnet.portals.administration import views

app_name = "admission"
urlpatterns = [
    path("", views.create, name="create"),
    path("dossier/<record:record_id>/", views.created, name="created"),
]
