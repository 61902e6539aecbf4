"""Generated DocumentEntry and SubmissionSet values: what a registry may hold, as hypothesis strategies."""

from __future__ import annotations

from hypothesis import strategies as st

from carnet.wire.fhir.codes import scheme_of, system_of
from carnet.wire.xds.model import (
    Author,
    Code,
    DocumentEntry,
    Status,
    SubmissionSet,
)

# XML and PostgreSQL hold neither control characters nor surrogates, so no entry contains them.
_LETTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
text = st.text(_LETTERS, min_size=1, max_size=20).filter(str.strip)
component = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="^|~\ufffe\uffff"), max_size=12)
oid = st.lists(st.integers(0, 99999), min_size=2, max_size=6).map(lambda n: "1." + ".".join(map(str, n)))
known_oid = st.sampled_from(
    [
        "1.2.250.1.71.4.2.1",
        "1.2.250.1.71.4.2.2",
        "1.2.250.1.213.1.4.10",
        "2.16.840.1.113883.6.1",
        "1.2.250.1.213.1.1.4.13",
    ]
)
any_oid = oid | known_oid
uuid = st.uuids().map(lambda value: f"urn:uuid:{value}")
authority = st.just("") | any_oid.map(lambda o: f"&{o}&ISO") | component
codes = st.builds(
    Code,
    code=text,
    scheme=st.just("") | any_oid | text | st.just("http://example.org/codes") | st.just("urn:example:codes"),
    display=st.just("") | text,
)
dtm = st.one_of(
    st.just(""),
    st.builds(
        lambda at, size: at.strftime("%Y%m%d%H%M%S").rjust(14, "0")[:size],
        st.datetimes(),
        st.sampled_from([4, 6, 8, 10, 12, 14]),
    ),
)


def _joined(*parts: object) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("^".join).filter(str.strip)  # type: ignore[arg-type]


empty = st.just("")
xcn = st.one_of(
    _joined(
        component, component, component, component, component, component, empty, empty, authority,
        st.sampled_from(["", "D", "U", "L"]), empty, empty, st.sampled_from(["", "IDNPS", "RI", "NH", "PI"]),
    ),
    st.just("899900063480^LIBRE^Max^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"),
    st.just("279035121518989^PATIENTE^Jeanne^^^^^^&1.2.250.1.213.1.4.10&ISO^D^^^NH"),
    st.just("1.2.250.1.999^Logiciel^Modele^^^^^^&1.2.250.1.999.2&ISO^U^^^RI"),
    text,
)  # fmt: skip
xon = st.one_of(
    _joined(component, empty, empty, empty, empty, authority, st.sampled_from(["", "IDNST"]), empty, empty, component),
    _joined(component, empty, empty, empty, empty, empty, empty, empty, empty, oid),
    text,
)
qualifier = text | _joined(component, component, any_oid)
xtn = text | st.just("^^Internet^max.libre@example.org") | st.just("0102030405^^PH") | st.just("0102^WPN^FX")
authors = st.builds(
    Author,
    person=empty | xcn,
    institutions=st.lists(xon, max_size=2).map(tuple),
    roles=st.lists(qualifier, max_size=2).map(tuple),
    specialties=st.lists(qualifier, max_size=2).map(tuple),
    telecoms=st.lists(xtn, max_size=2).map(tuple),
).filter(lambda author: author.person or author.institutions)
cx = st.one_of(
    st.just("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"),
    st.builds(lambda value, o: f"{value}^^^&{o}&ISO", st.integers(1, 99999), oid),
    _joined(component.filter(str.strip), empty, empty, authority, st.sampled_from(["", "PI", "NH"])),
    text,
)
cxi = cx | _joined(text, empty, empty, oid.map(lambda o: f"&{o}&ISO"), st.just("urn:ihe:iti:xds:2013:order"))
pid_line = st.one_of(
    st.just("PID-3|123^^^&1.2.3.4&ISO^PI"),
    st.just("PID-5|PATIENTE^Jeanne^^^^^L"),
    st.just("PID-5|PATIENTE^Jeanne^^^^^D"),
    st.just("PID-7|19790328"),
    st.just("PID-8|F"),
    st.builds(lambda number, value: f"PID-{number}|{value}", st.integers(3, 30), component),
)
unique_id = oid | st.builds(lambda root, ext: f"{root}^{ext}", oid, component.filter(str.strip)) | text
slots = st.lists(
    st.tuples(text.map(lambda name: "urn:example:" + name), st.lists(text, min_size=1, max_size=2).map(tuple)),
    max_size=2,
).map(tuple)


def _some(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


entries = st.builds(
    DocumentEntry,
    entry_uuid=uuid,
    unique_id=unique_id,
    patient_id=cx,
    mime_type=st.sampled_from(["text/xml", "application/pdf", "application/dicom", "text/plain;charset=utf-8"]),
    class_code=st.none() | codes,
    type_code=st.none() | codes,
    format_code=st.none() | codes,
    healthcare_facility_type_code=st.none() | codes,
    practice_setting_code=st.none() | codes,
    confidentiality_codes=st.lists(codes, max_size=3).map(tuple),
    event_codes=st.lists(codes, max_size=2).map(tuple),
    authors=st.lists(authors, max_size=3).map(tuple),
    legal_authenticator=empty | xcn,
    title=empty | text,
    comments=empty | text,
    language_code=st.sampled_from(["", "fr-FR", "art"]),
    creation_time=dtm,
    service_start_time=dtm,
    service_stop_time=dtm,
    source_patient_id=empty | cx,
    source_patient_info=_some(pid_line),
    reference_ids=_some(cxi),
    hash=empty | st.binary(min_size=20, max_size=20).map(bytes.hex),
    size=st.none() | st.integers(0, 2**31 - 1),
    repository_unique_id=empty | oid,
    home_community_id=empty | oid.map(lambda o: "urn:oid:" + o),
    uri=empty | text,
    document_availability=st.sampled_from(["", "Online", "Offline"]),
    logical_id=uuid,
    version=st.integers(1, 999),
    status=st.sampled_from(Status),
    stable=st.booleans(),
    extra_slots=slots,
)
submission_sets = st.builds(
    SubmissionSet,
    entry_uuid=uuid,
    unique_id=oid,
    source_id=oid,
    patient_id=cx,
    submission_time=dtm,
    content_type_code=st.none() | codes,
    authors=st.lists(authors, max_size=2).map(tuple),
    intended_recipients=_some(
        st.builds(lambda a, b, c: f"{a}|{b}|{c}", empty | xon, empty | xcn, empty | xtn).filter(lambda t: t != "||")
        | text
    ),
    title=empty | text,
    comments=empty | text,
    home_community_id=empty | oid.map(lambda o: "urn:oid:" + o),
    extra_slots=slots,
)


def plain_code(code: Code) -> Code:
    """The stated normalisation of a code: its scheme in the form FHIR gives back."""
    return Code(code=code.code, scheme=scheme_of(system_of(code.scheme)), display=code.display)
