"""Bad metadata and bad documents by ITI-41: hash, size, codes, dates, identifiers, associations."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from carnet.wire.xds.model import Association, AssociationType, Code, DocumentEntry, Submission
from tests.attacks.bad_input import Case, Door, refuses
from tests.conformance.xds.xds_requests import CONTENT, entry

METADATA, REPOSITORY, MISSING = "XDSRegistryMetadataError", "XDSRepositoryMetadataError", "XDSMissingDocument"
UNRESOLVED = "UnresolvedReferenceException"
_AGAIN = f'<x:Document id="document">{base64.b64encode(CONTENT).decode()}</x:Document>'
_UNKNOWN = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"


def of_entry(**values: Any) -> Callable[[Submission], Submission]:
    """Values of the entry."""
    return lambda sent: msgspec.structs.replace(
        sent, entries=tuple(msgspec.structs.replace(one, **values) for one in sent.entries)
    )


def of_set(**values: Any) -> Callable[[Submission], Submission]:
    """Values of the submission set."""
    return lambda sent: msgspec.structs.replace(
        sent, submission_set=msgspec.structs.replace(sent.submission_set, **values)
    )


def _value(rule: str, code: str = METADATA, *, domain: str = "ihe", **values: Any) -> Case:
    return Case(lambda door: door.provide(of_entry(**values), domain=domain), code, rule, 200)


def _set(rule: str, code: str = METADATA, **values: Any) -> Case:
    return Case(lambda door: door.provide(of_set(**values)), code, rule, 200)


def _text(rule: str, found: str, put: str, code: str = METADATA, status: int = 200) -> Case:
    def spoil(body: str) -> str:
        assert found in body, found
        return body.replace(found, put, 1)

    return Case(lambda door: door.provide(text=spoil), code, rule, status)


def _contents(rule: str, code: str, **contents: str | bytes) -> Case:
    return Case(lambda door: door.provide(contents=contents), code, rule, 200)


def _linked(
    kind: AssociationType, target: str, *, source: str = "document", name: str = "lien"
) -> Callable[[Submission], Submission]:
    link = Association(entry_uuid=name, type=kind, source=source, target=target)
    return lambda sent: msgspec.structs.replace(sent, associations=(*sent.associations, link))


def _association(rule: str, code: str, target: Callable[[Door], str], **more: Any) -> Case:
    kind = more.pop("kind", AssociationType.REPLACE)
    return Case(lambda door: door.provide(_linked(kind, target(door), **more)), code, rule, 200)


def _two_of_one_name(sent: Submission) -> Submission:
    first: DocumentEntry = sent.entries[0]
    second = entry(first.patient_id, entry_uuid="second", unique_id=first.unique_id)
    return msgspec.structs.replace(sent, entries=(first, second))


CASES: dict[str, Case] = {
    "hash-wrong": _value("hash", REPOSITORY, hash="0" * 40),
    "hash-not-a-hash": _value("hash", REPOSITORY, hash="zz"),
    "size-wrong": _value("size", REPOSITORY, size=1),
    "size-negative": _text("ebrim-size", f"<Value>{len(CONTENT)}</Value>", "<Value>-1</Value>"),
    "size-not-a-number": _text("ebrim-size", f"<Value>{len(CONTENT)}</Value>", "<Value>1e3</Value>"),
    "size-beyond-any": _text("ebrim-size", f"<Value>{len(CONTENT)}</Value>", f"<Value>{'9' * 40}</Value>"),
    "size-in-other-digits": _text("ebrim-size", f"<Value>{len(CONTENT)}</Value>", "<Value>٦٧</Value>"),
    "title-too-long": _value("text-too-long", title="é" * 1025),
    "comments-too-long": _value("text-too-long", comments="x" * 1025),
    "type-code-missing": _value("type-code-missing", type_code=None),
    "type-code-unknown": _value("type-code", domain="fr", type_code=Code("99999-9", "2.16.840.1.113883.6.1", "?")),
    "class-code-unknown": _value("class-code", domain="fr", class_code=Code("999", "1.2.250.1.213.1.1.4.1", "?")),
    "class-of-another-type": _value("class-of-type", domain="fr", class_code=Code("11", "1.2.250.1.213.1.1.4.1", "?")),
    "format-code-unknown": _value("format-code", domain="fr", format_code=Code("x", "1.3.6.1.4.1.19376.1.2.3", "?")),
    "confidentiality-unknown": _value(
        "confidentiality-code", domain="fr", confidentiality_codes=(Code("X", "2.16.840.1.113883.5.25", "?"),)
    ),
    "confidentiality-missing": _value("confidentiality-code-missing", confidentiality_codes=()),
    "language-missing": _value("language-code-missing", language_code=""),
    "unique-id-missing": _value("unique-id-missing", unique_id=""),
    "unique-id-with-extension": _value("unique-id-extension", domain="fr", unique_id="1.2.250.1.999.1^12"),
    "unique-id-not-an-oid": _value("unique-id-oid", unique_id="mon-document"),
    "unique-id-with-spaces-of-unicode": _value("unique-id-oid", unique_id="1.2.250\u200b.1"),
    "unique-id-in-other-digits": _value("unique-id-oid", unique_id="١.٢.٢٥٠"),
    "unique-id-endless": _value("unique-id-oid", unique_id="1." + "2" * 5000),
    "day-that-does-not-exist": _value("date", creation_time="20260231"),
    "month-that-does-not-exist": _value("date", service_start_time="20261301"),
    "hour-that-does-not-exist": _value("date", creation_time="20260101256161"),
    "date-in-words": _value("date", creation_time="hier"),
    "mime-type-with-a-newline": _value("mime-type", mime_type="text/xml\r\nX-Injecte: 1"),
    "type-on-demand": _text(
        "entry-on-demand", "7edca82f-054d-47f2-a032-9b2a5b5186c1", "34268e47-fdf5-41a6-ba33-82133c465248"
    ),
    "set-unique-id-missing": _set("unique-id-missing", unique_id=""),
    "set-source-missing": _set("source-id-missing", source_id=""),
    "set-time-that-does-not-exist": _set("date", submission_time="20260230"),
    "slot-unknown": _text("ebrim-slot-unknown", "urn:example:slot", "exemple"),
    "slot-twice": _text(
        "ebrim-repeated",
        '<Slot name="hash">',
        '<Slot name="hash"><ValueList><Value>0</Value></ValueList></Slot><Slot name="hash">',
    ),
    "object-unknown": _text("ebrim-object", "</RegistryObjectList>", "<Service id='x'/></RegistryObjectList>"),
    "no-object-list": Case(
        lambda door: door.provide(text=lambda body: body.replace("RegistryObjectList", "RegistryList")),
        METADATA,
        "ebrim-object-list",
        200,
    ),
    "id-twice": _text("ebrim-id-repeated", 'id="m0"', 'id="document"'),
    "two-documents-of-one-name": Case(
        lambda door: door.provide(_two_of_one_name, contents={"document": CONTENT, "second": CONTENT}),
        METADATA,
        "unique-id-twice",
        200,
    ),
    "document-missing": _contents("document-missing", MISSING),
    "document-without-metadata": _contents(
        "metadata-missing", "XDSMissingDocumentMetadata", document=CONTENT, other=b"x"
    ),
    "document-empty": Case(
        lambda door: door.provide(
            of_entry(size=0, hash="da39a3ee5e6b4b0d3255bfef95601890afd80709"), contents={"document": b""}
        ),
        METADATA,
        "document-empty",
        200,
    ),
    "document-in-broken-base64": _text("mime-base64", base64.b64encode(CONTENT).decode(), "Zm9v*", "Sender", 400),
    "document-twice": _text("provide-document-repeated", "<x:Document ", f"{_AGAIN}<x:Document ", REPOSITORY),
    "association-kind-unknown": _text("association-type", "AssociationType:HasMember", "AssociationType:Aime"),
    "association-without-ends": _text("ebrim-association-ends", 'targetObject="document"', ""),
    "append-to-nothing": _association(
        "association-target", UNRESOLVED, lambda door: _UNKNOWN, kind=AssociationType.APPEND
    ),
    "member-unknown": _association(
        "member-unknown", UNRESOLVED, lambda door: "personne", kind=AssociationType.HAS_MEMBER, source="set"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_metadata_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
