"""Addresses of the FHIR doors; mounted at `/` and at `/d/<domain>/`."""

from __future__ import annotations

from django.urls import path, re_path

from carnet.exchange.fhir import flux03_update_metadata as flux03
from carnet.exchange.fhir import iti20_record_audit_event as iti20
from carnet.exchange.fhir import iti66_find_document_lists as iti66
from carnet.exchange.fhir import iti67_find_document_references as iti67
from carnet.exchange.fhir import iti68_retrieve_document as iti68
from carnet.exchange.fhir import iti81_retrieve_audit_events as iti81
from carnet.exchange.fhir import iti105_simplified_publish as iti105
from carnet.exchange.fhir import metadata
from carnet.exchange.fhir.door import door

urlpatterns = [
    path("fhir", door(POST=iti20.at_base)),
    path("fhir/", door(POST=iti20.at_base)),
    path("fhir/metadata", metadata.view),
    path("fhir/.well-known/smart-configuration", metadata.smart),
    path("fhir/DocumentReference", door(GET=iti67.search, POST=iti105.publish, PATCH=flux03.by_identifier)),
    path("fhir/DocumentReference/_search", door(POST=iti67.search_by_form)),
    path("fhir/DocumentReference/<str:name>", door(GET=iti67.read, PATCH=flux03.by_id)),
    path("fhir/DocumentReference/<str:name>/_history", door(GET=iti67.history)),
    re_path(r"^fhir/DocumentReference/(?P<name>[^/]+/_history/[0-9]{1,9})$", door(GET=iti67.read_version)),
    path("fhir/List", door(GET=iti66.search)),
    path("fhir/List/_search", door(POST=iti66.search_by_form)),
    path("fhir/List/<str:name>", door(GET=iti66.read)),
    path("fhir/AuditEvent", door(GET=iti81.search, POST=iti20.record)),
    path("fhir/AuditEvent/_search", door(POST=iti81.search_by_form)),
    path("fhir/Binary/<str:name>", iti68.view),
    path("fhir/<path:rest>", metadata.unknown),
]
