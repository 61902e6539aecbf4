"""ebRIM: what is rendered parses back equal; what cannot be read is named."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from registry_objects import associations, entries, folders, sets, submissions

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.ebrim_parse import read_objects, read_submission
from carnet.wire.xds.ebrim_render import (
    render_association,
    render_entry,
    render_folder,
    render_reference,
    render_set,
    render_submission,
)
from carnet.wire.xds.model import Association, Code, DocumentEntry, Folder, Status, Submission, SubmissionSet
from carnet.wire.xml import parse

SET = f'<RegistryPackage id="s"><Classification classificationNode="{names.SUBMISSION_SET}"/></RegistryPackage>'

FOLDER = (
    f'<RegistryPackage id="f"><Classification classificationNode="{names.FOLDER}"/>'
    f'<Classification classificationScheme="{names.FOLDER_CODES}" nodeRepresentation="REFER">'
    '<Slot name="codingScheme"><ValueList><Value>urn:oid:1.2</Value></ValueList></Slot></Classification>'
    f'<ExternalIdentifier identificationScheme="{names.FOLDER_UNIQUE_ID}" value=" 2.25.7 "/></RegistryPackage>'
)


def _list(*objects: str) -> etree._Element:
    return parse(f'<RegistryObjectList xmlns="{names.RIM}">{"".join(objects)}</RegistryObjectList>'.encode())


def _request(*objects: str) -> etree._Element:
    inner = f'<RegistryObjectList xmlns="{names.RIM}">{"".join(objects)}</RegistryObjectList>'
    return parse(f'<l:SubmitObjectsRequest xmlns:l="{names.LCM}">{inner}</l:SubmitObjectsRequest>'.encode())


def _entry(inside: str = "", attributes: str = "") -> str:
    start = f'<ExtrinsicObject id="d" mimeType="text/xml" objectType="{names.STABLE}"{attributes}>'
    return f"{start}{inside}</ExtrinsicObject>"


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entries)
def test_an_entry_parses_back_equal(entry: DocumentEntry) -> None:
    assert read_objects(_list(render_entry(entry))).entries == (entry,)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sets)
def test_a_submission_set_parses_back_equal(submission_set: SubmissionSet) -> None:
    assert read_objects(_list(render_set(submission_set))).submission_sets == (submission_set,)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(folders)
def test_a_folder_parses_back_equal(folder: Folder) -> None:
    assert read_objects(_list(render_folder(folder))).folders == (folder,)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(associations)
def test_an_association_parses_back_equal(association: Association) -> None:
    assert read_objects(_list(render_association(association))).associations == (association,)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(submissions)
def test_a_submission_parses_back_without_what_a_registry_adds(submission: Submission) -> None:
    expected = msgspec.structs.replace(
        submission,
        submission_set=msgspec.structs.replace(submission.submission_set, status=Status.APPROVED),
        entries=tuple(
            msgspec.structs.replace(entry, status=Status.APPROVED, version=1, logical_id="")
            for entry in submission.entries
        ),
        folders=tuple(
            msgspec.structs.replace(folder, status=Status.APPROVED, version=1, logical_id="", last_update_time="")
            for folder in submission.folders
        ),
    )
    assert read_submission(parse(render_submission(submission).encode())) == expected


def test_references_are_listed() -> None:
    assert read_objects(
        _list(render_reference("urn:uuid:1"), render_reference("urn:uuid:2", "urn:oid:1"))
    ).references == (
        "urn:uuid:1",
        "urn:uuid:2",
    )


def test_ids_inside_an_object_differ_and_are_uuids() -> None:
    entry = DocumentEntry(
        entry_uuid="urn:uuid:00000000-0000-8000-8000-abcdefabcdef", unique_id="1", patient_id="2", mime_type=""
    )
    element = parse(render_entry(entry).encode())
    ids = [child.get("id") for child in element if child.get("id")]
    assert len(set(ids)) == len(ids) == 2
    assert all(len(value) == 45 for value in ids)


def test_schemes_lose_the_oid_prefix_and_pieces_of_a_uri_are_joined() -> None:
    inside = (
        '<Slot name="URI"><ValueList><Value>2|/two</Value><Value>1|one</Value></ValueList></Slot>'
        '<Slot name="hash"><ValueList><Value>\n  DA39 \n</Value></ValueList></Slot>'
        f'<Classification classificationScheme="{names.ENTRY_CODES["type_code"]}" nodeRepresentation="1">'
        '<Slot name="codingScheme"><ValueList><Value>urn:oid:2.16</Value></ValueList></Slot></Classification>'
    )
    entry = read_objects(_list(_entry(inside))).entries[0]
    assert (entry.uri, entry.hash) == ("one/two", "da39")
    assert entry.type_code is not None
    assert entry.type_code.scheme == "2.16"


def test_a_package_is_classified_inside_or_beside() -> None:
    node = f'<Classification classifiedObject="s" classificationNode="{names.SUBMISSION_SET}"/>'
    beside = read_submission(_request('<RegistryPackage id="s"/>', node))
    assert beside == read_submission(_request(SET))


def test_a_folder_has_codes_and_names_of_its_own() -> None:
    read = read_submission(_request(SET, FOLDER))
    assert read.folders == (Folder(entry_uuid="f", unique_id="2.25.7", patient_id="", codes=(Code("REFER", "1.2"),)),)


@pytest.mark.parametrize(
    ("objects", "rule"),
    [
        ((), "ebrim-submission-set"),
        ((SET, SET.replace('id="s"', 'id="t"')), "ebrim-submission-set"),
        ((SET, _entry(), _entry()), "ebrim-id-repeated"),
        (('<RegistryPackage id="s"/>',), "ebrim-package"),
        ((SET.replace(names.SUBMISSION_SET, names.FOLDER),), "ebrim-submission-set"),
        ((SET, FOLDER.replace(names.FOLDER, "urn:uuid:0")), "ebrim-package"),
        ((SET, FOLDER.replace('id="f"', 'id="s"')), "ebrim-id-repeated"),
        ((SET, FOLDER.replace("urn:oid:1.2", "")), "ebrim-code"),
        ((SET, FOLDER.replace(names.FOLDER_CODES, names.SET_CONTENT_TYPE)), "ebrim-scheme-unknown"),
        ((SET, "<Person id='p'/>"), "ebrim-object"),
        ((SET, "<x xmlns='urn:x'/>"), "ebrim-object"),
        ((SET, _entry().replace('id="d"', "")), "ebrim-id"),
        ((SET, _entry().replace(names.STABLE, "urn:uuid:0")), "ebrim-object-type"),
        ((SET, _entry(attributes=' status="urn:odd"')), "ebrim-status"),
        ((SET, _entry('<VersionInfo versionName="v2"/>')), "ebrim-version"),
        ((SET, _entry('<VersionInfo versionName="0"/>')), "ebrim-version"),
        ((SET, _entry('<Slot name="odd"><ValueList><Value>1</Value></ValueList></Slot>')), "ebrim-slot-unknown"),
        ((SET, _entry('<Slot name="size"/><Slot name="size"/>')), "ebrim-repeated"),
        ((SET, _entry('<Slot name="size"><ValueList><Value>-1</Value></ValueList></Slot>')), "ebrim-size"),
        ((SET, _entry('<Slot name="size"><ValueList><Value>²</Value></ValueList></Slot>')), "ebrim-size"),
        (
            (SET, _entry('<Slot name="hash"><ValueList><Value>1</Value><Value>2</Value></ValueList></Slot>')),
            "ebrim-slot-values",
        ),
        (
            (SET, _entry('<Slot name="URI"><ValueList><Value>a</Value><Value>b</Value></ValueList></Slot>')),
            "ebrim-slot-values",
        ),
        ((SET, _entry('<Classification classificationScheme="urn:uuid:0"/>')), "ebrim-scheme-unknown"),
        ((SET, _entry('<ExternalIdentifier identificationScheme="urn:uuid:0" value="1"/>')), "ebrim-scheme-unknown"),
        (
            (SET, _entry(f'<Classification classificationScheme="{names.ENTRY_CODES["type_code"]}"/>')),
            "ebrim-code",
        ),
        ((SET, _entry(f'<ExternalIdentifier identificationScheme="{names.ENTRY_UNIQUE_ID}"/>' * 2)), "ebrim-repeated"),
        (
            (SET, '<Association associationType="HasMember" sourceObject="s" targetObject="d"/>'),
            "ebrim-association-type",
        ),
        ((SET, '<Association associationType="urn:x" sourceObject="s"/>'), "ebrim-association-ends"),
    ],
)
def test_what_is_broken_is_named(objects: tuple[str, ...], rule: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_submission(_request(*objects))
    assert caught.value.rule == rule
    assert caught.value.text


def test_a_request_without_a_list_is_named() -> None:
    with pytest.raises(Malformed) as caught:
        read_submission(parse(b"<a/>"))
    assert caught.value.rule == "ebrim-object-list"
