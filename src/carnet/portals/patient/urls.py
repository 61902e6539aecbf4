"""Addresses of the patient's entrance: one's own record, so no record in the address."""

from __future__ import annotations

from django.urls import path

from carnet.portals.patient import copy, record, views

app_name = "patient"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("classeurs/", views.folders, name="folders"),
    path("deposer/", views.deposit, name="deposit"),
    path("document/<uuid:uuid>/", views.document, name="document"),
    path("document/<uuid:uuid>/contenu/", views.content, name="content"),
    path("document/<uuid:uuid>/fichier/", views.file, name="file"),
    path("document/<uuid:uuid>/depose/", views.deposited, name="deposited"),
    path("document/<uuid:uuid>/<slug:name>/", views.state, name="state"),
    path("journal/", views.who_looked, name="journal"),
    path("carnet/", record.own_record, name="record"),
    path("carnet/<slug:name>/", record.act, name="act"),
    path("copie/", copy.whole_record, name="copy"),
    path("identite/", views.own_identity, name="identity"),
]
