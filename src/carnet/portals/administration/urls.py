"""Addresses of the admission desk."""

from __future__ import annotations

from django.urls import path

from carnet.portals.administration import concern_pages, creation, emergencies, identities, merging, records

app_name = "admission"
urlpatterns = [
    path("", creation.create, name="create"),
    path("carte/", creation.cards, name="cards"),
    path("carte/<slug:reference>/", creation.card, name="card"),
    path("sans-matricule/", creation.without_ins, name="without_ins"),
    path("refus/", creation.refused, name="refused"),
    path("dossier/<record:record_id>/", creation.created, name="created"),
    path("signalements/", concern_pages.waiting, name="concerns"),
    path("urgences/", emergencies.waiting, name="emergencies"),
    path("urgences/<record:record_id>/<uuid:entrance>/", emergencies.review, name="emergency"),
    path("reunir/", merging.merge, name="merge"),
    path("separer/", merging.separate, name="separate"),
    path("carnet/", records.find, name="find"),
    path("carnet/<record:record_id>/", records.record, name="record"),
    path("carnet/<record:record_id>/codes/", records.codes, name="codes"),
    path("carnet/<record:record_id>/identite/", identities.tend, name="identity"),
    path("carnet/<record:record_id>/demande/<slug:name>/", records.act, name="act"),
]
