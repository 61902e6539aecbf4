"""Addresses of the professional's entrance; a record appears in them by an opaque number only."""

from __future__ import annotations

from django.urls import path

from carnet.portals.professional import emergency, views

app_name = "pro"
urlpatterns = [
    path("", views.find, name="find"),
    path("dossier/<record:record_id>/", views.documents, name="record"),
    path("dossier/<record:record_id>/autorisation/", views.authorise, name="authorise"),
    path("dossier/<record:record_id>/urgence/", emergency.enter, name="emergency"),
    path("dossier/<record:record_id>/classeurs/", views.folders, name="folders"),
    path("dossier/<record:record_id>/deposer/", views.deposit, name="deposit"),
    path("dossier/<record:record_id>/document/<uuid:uuid>/", views.document, name="document"),
    path("dossier/<record:record_id>/document/<uuid:uuid>/contenu/", views.content, name="content"),
    path("dossier/<record:record_id>/document/<uuid:uuid>/fichier/", views.file, name="file"),
    path("dossier/<record:record_id>/document/<uuid:uuid>/depose/", views.deposited, name="deposited"),
    path("dossier/<record:record_id>/document/<uuid:uuid>/<slug:name>/", views.state, name="state"),
]
