"""XDS to FHIR to XDS gives the same values: nothing a registry holds is lost on the FHIR face."""

from __future__ import annotations

import msgspec
from fhir_entries import entries, submission_sets
from hypothesis import given, settings

from carnet.wire.fhir import list as fhir_list
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import Profile, encode, render
from carnet.wire.fhir.documentreference_read import read
from carnet.wire.xds.model import DocumentEntry, SubmissionSet


@settings(max_examples=150, deadline=None)
@given(entries)
def test_an_entry_survives_fhir(entry: DocumentEntry) -> None:
    body = encode(render(entry, base="https://carnet.example/fhir", profile=Profile.PDSM))
    assert read(msgspec.json.decode(body, type=fhir.DocumentReference)) == entry


@settings(max_examples=100, deadline=None)
@given(submission_sets)
def test_a_submission_set_survives_fhir(submission_set: SubmissionSet) -> None:
    body = encode(fhir_list.render(submission_set, ["urn:uuid:00000000-0000-4000-8000-000000000000"]))
    assert fhir_list.read(msgspec.json.decode(body, type=fhir.List)) == submission_set
