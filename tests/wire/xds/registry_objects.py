"""Random registry objects, as a sender may write them."""

from __future__ import annotations

from hypothesis import strategies as st

from carnet.wire.xds import names
from carnet.wire.xds.model import (
    Association,
    AssociationType,
    Author,
    Code,
    DocumentEntry,
    Folder,
    Status,
    Submission,
    SubmissionSet,
)

_letters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
# Labels and extra slots keep their white space, other values lose what surrounds them.
loose = st.text(_letters | st.sampled_from("\t\n&<>\"' "), max_size=20)
text = loose.map(str.strip).filter(bool)
maybe = st.just("") | text
_texts = st.lists(text, max_size=3).map(tuple)
_uuid = st.uuids().map(lambda value: f"urn:uuid:{value}")
codes = st.builds(Code, code=text, scheme=text.filter(lambda value: not value.startswith("urn:oid:")), display=loose)
_codes = st.lists(codes, max_size=3).map(tuple)
authors = st.builds(Author, person=maybe, institutions=_texts, roles=_texts, specialties=_texts, telecoms=_texts)
_authors = st.lists(authors, max_size=2).map(tuple)
_homes = st.sampled_from(["", "urn:oid:1.2.3"])
_ids = _uuid | st.sampled_from(["Document01", "Set01"])
_times = st.sampled_from(["", "2024", "202401", "20240131", "20240131235959"])
_extra = st.dictionaries(
    text.map(lambda name: f"urn:x:{name}"), st.lists(loose, max_size=2).map(tuple), max_size=2
).map(lambda slots: tuple(slots.items()))
_optional_code = st.none() | codes

entries = st.builds(
    DocumentEntry,
    entry_uuid=_uuid | st.just("Document01"),
    unique_id=maybe,
    patient_id=maybe,
    mime_type=loose,
    **dict.fromkeys(names.ENTRY_CODES, _optional_code),
    **dict.fromkeys(names.ENTRY_CODE_LISTS, _codes),
    authors=_authors,
    legal_authenticator=maybe,
    title=loose,
    comments=loose,
    language_code=maybe,
    creation_time=_times,
    service_start_time=_times,
    service_stop_time=_times,
    source_patient_id=maybe,
    source_patient_info=_texts,
    reference_ids=_texts,
    hash=st.sampled_from(["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]),
    size=st.none() | st.integers(0, 10**12),
    repository_unique_id=maybe,
    home_community_id=_homes,
    uri=maybe,
    document_availability=st.sampled_from(["", "Online"]),
    logical_id=st.just("") | _uuid,
    version=st.integers(1, 10**6),
    status=st.sampled_from(Status),
    stable=st.booleans(),
    extra_slots=_extra,
)
sets = st.builds(
    SubmissionSet,
    entry_uuid=_uuid | st.just("Set01"),
    unique_id=maybe,
    source_id=maybe,
    patient_id=maybe,
    submission_time=_times,
    content_type_code=_optional_code,
    authors=_authors,
    intended_recipients=_texts,
    title=loose,
    comments=loose,
    home_community_id=_homes,
    status=st.sampled_from(Status),
    extra_slots=_extra,
)
folders = st.builds(
    Folder,
    entry_uuid=_uuid | st.just("Folder01"),
    unique_id=maybe,
    patient_id=maybe,
    title=loose,
    comments=loose,
    codes=_codes,
    last_update_time=_times,
    logical_id=st.just("") | _uuid,
    version=st.integers(1, 10**6),
    status=st.sampled_from(Status),
    home_community_id=_homes,
    extra_slots=_extra,
)
associations = st.builds(
    Association,
    entry_uuid=_uuid,
    type=st.sampled_from([member.value for member in AssociationType]),
    source=_ids,
    target=_ids,
    set_status=st.sampled_from(["", "Original", "Reference"]),
    documentation=_optional_code,
    extra_slots=_extra,
)
submissions = st.builds(
    Submission,
    submission_set=sets,
    entries=st.lists(entries, max_size=3, unique_by=lambda entry: entry.entry_uuid).map(tuple),
    associations=st.lists(associations, max_size=2, unique_by=lambda found: found.entry_uuid).map(tuple),
    folders=st.lists(folders, max_size=2, unique_by=lambda found: found.entry_uuid).map(tuple),
)
