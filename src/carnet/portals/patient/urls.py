"""Addresses of the patient's entrance: one's own record, so no record in the address."""

from __future__ import annotations

from django.urls import path

from carnet.portals.patient import (
    access_pages,
    choice_pages,
    copy,
    proof,
    record,
    relative_pages,
    reporting,
    seen_as,
    views,
)

app_name = "patient"
urlpatterns = [
    path("", views.documents, name="documents"),
    path("classeurs/", views.folders, name="folders"),
    path("deposer/", views.deposit, name="deposit"),
    path("document/<uuid:uuid>/", views.document, name="document"),
    path("document/<uuid:uuid>/contenu/", views.content, name="content"),
    path("document/<uuid:uuid>/fichier/", views.file, name="file"),
    path("document/<uuid:uuid>/depose/", views.deposited, name="deposited"),
    path("document/<uuid:uuid>/acces/", seen_as.who_sees, name="who_sees"),
    path("document/<uuid:uuid>/<slug:name>/", views.state, name="state"),
    path("journal/", views.who_looked, name="journal"),
    path("acces/", access_pages.people, name="access"),
    path("acces/comme/", seen_as.record_as, name="record_as"),
    path("acces/chercher/", access_pages.search, name="search"),
    path("acces/autoriser/", access_pages.allow, name="allow"),
    path("choix/", choice_pages.choices, name="choices"),
    path("proches/", relative_pages.relatives, name="relatives"),
    path("journal/verifier/", proof.explained, name="verify"),
    path("journal/signaler/<str:line>/", reporting.report, name="report"),
    path("journal/copie/", proof.copy, name="journal-copy"),
    path("aider/", relative_pages.caregiver, name="caregiver"),
    path("proches/agir/", relative_pages.act_for, name="act_for"),
    path("urgences/vues/", views.emergencies_seen, name="emergencies_seen"),
    path("carnet/", record.own_record, name="record"),
    path("carnet/<slug:name>/", record.act, name="act"),
    path("copie/", copy.whole_record, name="copy"),
    path("identite/", views.own_identity, name="identity"),
]
