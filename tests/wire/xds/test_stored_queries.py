"""Every stored query of ITI-18: what is rendered parses back, what is wrong is named (IHE ITI TF-2 §3.18.4.1.2.3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import names
from carnet.wire.xds.model import AssociationType, Code, Status
from carnet.wire.xml import parse

APPROVED = Status.APPROVED.value
_simple = st.from_regex(r"[A-Za-z0-9' ]{1,9}[A-Za-z0-9']", fullmatch=True)
_values = st.lists(_simple, min_size=1, max_size=3).map(tuple)
_statuses = st.lists(st.sampled_from(Status), min_size=1, max_size=2).map(tuple)
_codes = st.lists(st.builds(Code, code=_simple, scheme=st.from_regex(r"[0-9.]{1,9}", fullmatch=True)), min_size=1).map(
    tuple
)
_any = st.lists(_codes, max_size=1).map(tuple)
_all = st.lists(_codes, max_size=3).map(tuple)
_pair = st.tuples(st.sampled_from(["", "2024"]), st.sampled_from(["", "20250131"]))
_types = st.sampled_from([(names.STABLE,), (names.ON_DEMAND,), (names.STABLE, names.ON_DEMAND)])
_contents = st.builds(iti18.Contents, format_codes=_any, confidentiality_codes=_all, entry_types=_types)
_return = {"return_type": st.sampled_from([iti18.LEAF_CLASS, iti18.OBJECT_REF])}
_updates = _return | {"association_statuses": _statuses | st.just(())}
_associations = st.lists(st.sampled_from([kind.value for kind in AssociationType]), min_size=1).map(tuple)


def _named(kind: Any, *attributes: str, value: Any = _simple, **more: Any) -> Any:
    """The queries of a kind by each of its names."""
    return st.one_of(*(st.builds(kind, **{attribute: value}, **more, **_return) for attribute in attributes))


_QUERIES = st.one_of(
    st.builds(
        iti18.FindSubmissionSets,
        patient_id=_simple,
        statuses=_statuses,
        source_ids=_values | st.just(()),
        submission_time=_pair,
        author_person=_simple | st.just(""),
        content_types=_any,
        **_return,
    ),
    st.builds(iti18.FindFolders, patient_id=_simple, statuses=_statuses, last_update_time=_pair, codes=_all, **_return),
    st.builds(
        iti18.GetAll,
        patient_id=_simple,
        entry_statuses=_statuses,
        set_statuses=_statuses,
        folder_statuses=_statuses,
        contents=_contents,
        **_return,
    ),
    st.builds(iti18.GetAssociations, uuids=_values, **_updates),
    st.builds(iti18.GetSubmissionSets, uuids=_values, **_updates),
    _named(iti18.GetFolders, "entry_uuids", "unique_ids", "logical_ids", value=_values),
    _named(iti18.GetDocumentsAndAssociations, "entry_uuids", "unique_ids", value=_values),
    _named(iti18.GetSubmissionSetAndContents, "entry_uuid", "unique_id", contents=_contents),
    _named(iti18.GetFolderAndContents, "entry_uuid", "unique_id", contents=_contents),
    _named(iti18.GetFoldersForDocument, "entry_uuid", "unique_id"),
    _named(iti18.GetRelatedDocuments, "entry_uuid", "unique_id", association_types=_associations, entry_types=_types),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_QUERIES)
def test_a_query_parses_back(query: iti18.StoredQuery) -> None:
    assert iti18.read_request(parse(iti18.render_request(query).encode())) == query


def test_the_standards_queries_are_all_there() -> None:
    assert [form.name for form in iti18.FORMS.values()] == [
        "FindDocuments",
        "FindDocumentsByReferenceId",
        "GetDocuments",
        "FindSubmissionSets",
        "GetAll",
        "GetSubmissionSets",
        "GetSubmissionSetAndContents",
        "FindFolders",
        "GetFolders",
        "GetFolderAndContents",
        "GetFoldersForDocument",
        "GetAssociations",
        "GetDocumentsAndAssociations",
        "GetRelatedDocuments",
    ]


def _slot(name: str, value: str) -> str:
    return f'<Slot name="{name}"><ValueList><Value>{value}</Value></ValueList></Slot>'


def _query(query_id: str, slots: dict[str, str] | str, attributes: str = "") -> bytes:
    written = slots if isinstance(slots, str) else "".join(_slot(*item) for item in slots.items())
    return (
        f'<q:AdhocQueryRequest xmlns:q="{names.QUERY}" xmlns="{names.RIM}"><q:ResponseOption returnType="LeafClass"/>'
        f'<AdhocQuery id="{query_id}"{attributes}>{written}</AdhocQuery></q:AdhocQueryRequest>'
    ).encode()


# A right request of each query, by its name.
_RIGHT: dict[str, dict[str, str]] = {
    "FindDocuments": {"$XDSDocumentEntryPatientId": "'1'", "$XDSDocumentEntryStatus": f"('{APPROVED}')"},
    "FindDocumentsByReferenceId": {
        "$XDSDocumentEntryPatientId": "'1'",
        "$XDSDocumentEntryStatus": f"('{APPROVED}')",
        "$XDSDocumentEntryReferenceIdList": "('7')",
    },
    "GetDocuments": {"$XDSDocumentEntryUniqueId": "('1.2')"},
    "FindSubmissionSets": {"$XDSSubmissionSetPatientId": "'1'", "$XDSSubmissionSetStatus": f"('{APPROVED}')"},
    "GetAll": {
        "$patientId": "'1'",
        "$XDSDocumentEntryStatus": f"('{APPROVED}')",
        "$XDSSubmissionSetStatus": f"('{APPROVED}')",
        "$XDSFolderStatus": f"('{APPROVED}')",
    },
    "GetSubmissionSets": {"$uuid": "('urn:uuid:1')"},
    "GetSubmissionSetAndContents": {"$XDSSubmissionSetUniqueId": "'1.2'"},
    "FindFolders": {"$XDSFolderPatientId": "'1'", "$XDSFolderStatus": f"('{APPROVED}')"},
    "GetFolders": {"$XDSFolderUniqueId": "('1.2')"},
    "GetFolderAndContents": {"$XDSFolderUniqueId": "'1.2'"},
    "GetFoldersForDocument": {"$XDSDocumentEntryUniqueId": "'1.2'"},
    "GetAssociations": {"$uuid": "('urn:uuid:1')"},
    "GetDocumentsAndAssociations": {"$XDSDocumentEntryUniqueId": "('1.2')"},
    "GetRelatedDocuments": {
        "$XDSDocumentEntryUniqueId": "'1.2'",
        "$AssociationTypes": "('urn:ihe:iti:2007:AssociationType:RPLC')",
    },
}
_EACH = pytest.mark.parametrize("form", iti18.FORMS.values(), ids=lambda form: form.name)


def _rule(request: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        iti18.read_request(parse(request))
    assert caught.value.field
    assert caught.value.source
    return caught.value.rule


@_EACH
def test_level_and_community_are_tolerated_everywhere(form: Any) -> None:
    slots = _RIGHT[form.name] | {"$MetadataLevel": "2", "$homeCommunityId": "'urn:oid:1.1.1'"}
    alone = iti18.read_request(parse(_query(form.id, _RIGHT[form.name])))
    assert iti18.read_request(parse(_query(form.id, slots, ' home="urn:oid:1.1.1"'))) == alone
    assert isinstance(alone, form.kind)


@_EACH
def test_each_required_parameter_is_missed(form: Any) -> None:
    right = _RIGHT[form.name]
    for name in right:
        assert _rule(_query(form.id, {other: right[other] for other in right if other != name})) == (
            "query-parameter-missing"
        )


@_EACH
def test_an_unknown_parameter_is_not_ignored(form: Any) -> None:
    assert _rule(_query(form.id, _RIGHT[form.name] | {"$XDSOdd": "'1'"})) == "query-parameter-unknown"


@_EACH
def test_a_parameter_of_one_value_takes_one(form: Any) -> None:
    for name in form.single & set(_RIGHT[form.name]):
        slots = _RIGHT[form.name] | {name: "('1','2')"}
        assert _rule(_query(form.id, slots)) == "query-parameter-number"


@_EACH
def test_slots_are_repeated_for_some_parameters_only(form: Any) -> None:
    for name, value in _RIGHT[form.name].items():
        request = _query(form.id, "".join(_slot(*item) for item in _RIGHT[form.name].items()) + _slot(name, value))
        if name in form.both:
            iti18.read_request(parse(request))
        else:
            assert _rule(request) == "query-parameter-and"


@pytest.mark.parametrize("text", ["(", "('a'", "''a'", "('a',)", "('a' 'b')", "a", "('a';'b')", "('a'),('b')"])
def test_broken_values_are_named(text: str) -> None:
    assert _rule(_query(iti18.GET_ASSOCIATIONS, {"$uuid": text})) == "query-value"


@pytest.mark.parametrize(
    ("query_id", "more"),
    [
        (iti18.FIND_SUBMISSION_SETS, {"$XDSSubmissionSetSubmissionTimeFrom": "'hier'"}),
        (iti18.FIND_SUBMISSION_SETS, {"$XDSSubmissionSetSubmissionTimeTo": "'2024-01-01'"}),
        (iti18.FIND_SUBMISSION_SETS, {"$XDSSubmissionSetContentType": "('03')"}),
        (iti18.FIND_SUBMISSION_SETS, {"$XDSSubmissionSetStatus": "('Approved')"}),
        (iti18.FIND_FOLDERS, {"$XDSFolderLastUpdateTimeFrom": "'20240'"}),
        (iti18.FIND_FOLDERS, {"$XDSFolderCodeList": "('^^1.2')"}),
        (iti18.GET_ALL, {"$XDSFolderStatus": "('odd')"}),
    ],
)
def test_values_of_another_sort_are_named(query_id: str, more: dict[str, str]) -> None:
    assert _rule(_query(query_id, _RIGHT[iti18.FORMS[query_id].name] | more)) == "query-value"


@pytest.mark.parametrize(
    ("query_id", "given"),
    [
        (iti18.GET_FOLDERS, ("$XDSFolderEntryUUID", "$XDSFolderUniqueId")),
        (iti18.GET_FOLDER_AND_CONTENTS, ("$XDSFolderEntryUUID", "$XDSFolderUniqueId")),
        (iti18.GET_SUBMISSION_SET_AND_CONTENTS, ("$XDSSubmissionSetEntryUUID", "$XDSSubmissionSetUniqueId")),
        (iti18.GET_FOLDERS_FOR_DOCUMENT, ("$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId")),
        (iti18.GET_DOCUMENTS_AND_ASSOCIATIONS, ("$XDSDocumentEntryEntryUUID", "$XDSDocumentEntryUniqueId")),
    ],
)
def test_two_sorts_of_identifiers_are_one_too_many(query_id: str, given: tuple[str, str]) -> None:
    assert _rule(_query(query_id, dict.fromkeys(given, "'a'"))) == "query-parameter-number"


def test_lists_are_alternatives_and_repeated_slots_ask_for_both() -> None:
    slots = _RIGHT["FindFolders"] | {"$XDSFolderCodeList": "('a^^1','b^^1')"}
    written = "".join(_slot(*item) for item in slots.items()) + _slot("$XDSFolderCodeList", "('c^^urn:oid:2')")
    query = iti18.read_request(parse(_query(iti18.FIND_FOLDERS, written)))
    assert isinstance(query, iti18.FindFolders)
    assert query.codes == ((Code("a", "1"), Code("b", "1")), (Code("c", "2"),))
