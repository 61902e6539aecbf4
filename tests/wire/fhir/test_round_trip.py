"""XDS to FHIR to XDS gives the same values: nothing a registry holds is lost on the FHIR face."""

from __future__ import annotations

import msgspec
import pytest
from fhir_entries import entries, submission_sets
from hypothesis import given, settings

from carnet.wire.fhir import list as fhir_list
from carnet.wire.fhir import people
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


@pytest.mark.parametrize("kind", ["D^^^IDNPS", "D^^^NH", "U^^^RI"])
def test_a_name_of_blanks_alone_is_kept_and_not_shown(kind: str) -> None:
    xcn = f"899900000011^ ^\u2003^^ ^^^&1.2.250.1.71.4.2.1&ISO^{kind}"
    shown = people.person(xcn, "a")
    assert not getattr(shown, "name", ())
    assert not getattr(shown, "deviceName", ())
    assert people.read_person(msgspec.json.decode(msgspec.json.encode(shown), type=fhir.Contained)) == xcn
