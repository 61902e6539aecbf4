"""Addresses of the FHIR doors; mounted at `/` and at `/d/<domain>/`."""

from __future__ import annotations

from django.urls import path

from carnet.exchange.fhir import iti65_provide_document_bundle as iti65
from carnet.exchange.fhir import iti67_find_document_references as iti67
from carnet.exchange.fhir import iti68_retrieve_document as iti68
from carnet.exchange.fhir import metadata

urlpatterns = [
    path("fhir", iti65.view),
    path("fhir/", iti65.view),
    path("fhir/metadata", metadata.view),
    path("fhir/DocumentReference", iti67.search_view),
    path("fhir/DocumentReference/_search", iti67.post_search_view),
    path("fhir/DocumentReference/<str:name>", iti67.read_view),
    path("fhir/Binary/<str:name>", iti68.view),
    path("fhir/<path:rest>", metadata.unknown),
]
