"""Documents made from others (B2): RPLC, XFRM, APND, XFRM_RPLC and signs (IHE ITI TF-3 §4.2.2.2)."""

from __future__ import annotations

import msgspec
import pytest

from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry, Status
from tests.capabilities.documents.shelves import accepted, link, renamed, replaced, submission, view
from tests.capabilities.world import AUTHOR, LEVELS, MASKS, OTHER, World, rules_of

REPLACE, TRANSFORM = AssociationType.REPLACE, AssociationType.TRANSFORM
APPEND, TRANSFORM_REPLACE, SIGNS = AssociationType.APPEND, AssociationType.TRANSFORM_REPLACE, AssociationType.SIGNS
UNKNOWN = "urn:uuid:3a1c7a52-0000-4000-8000-000000000000"
URN = "URN"


def related(world: World, kind: str, target: str, entry: DocumentEntry | None = None) -> documents.Provided:
    """A set whose one entry has one relation."""
    entry = entry or world.entry()
    return accepted(world, submission(world, entry, links=(link(entry.entry_uuid, target, kind),)))


def signature(world: World, **more: object) -> DocumentEntry:
    """The signature document of a signed set (DMP metadata §4.6)."""
    return world.entry(
        "signature",
        class_code=Code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", URN, "Digital Signature"),
        type_code=Code("E1762", "ASTM", "Full Document"),
        format_code=Code("http://www.w3.org/2000/09/xmldsig#", URN, "Default signature style"),
        language_code="art",
        event_codes=(Code("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source"),),
        confidentiality_codes=(Code("N", LEVELS), Code("MASQUE_PS", MASKS), Code("INVISIBLE_PATIENT", MASKS)),
        title="Signature du lot",
        **more,
    )


@pytest.mark.parametrize("domain", ["fr", "ihe"])
@pytest.mark.parametrize("kind", [REPLACE, TRANSFORM, APPEND, TRANSFORM_REPLACE])
def test_a_relation_is_stored_and_only_a_replacement_deprecates(
    transactional_db: None, domain: str, kind: AssociationType
) -> None:
    world = World(domain=domain)
    parent = world.fed()
    child = related(world, kind, parent.entry_uuid).submission.entries[0]
    assert view(world).ends(kind) == {(child.entry_uuid, parent.entry_uuid)}
    found = world.found(AUTHOR, statuses=(Status.DEPRECATED,))
    assert isinstance(found, documents.Found)
    replacing = kind in (REPLACE, TRANSFORM_REPLACE)
    assert [entry.entry_uuid for entry in found.entries] == ([parent.entry_uuid] if replacing else [])
    assert child.unique_id in world.seen(AUTHOR)


def test_documents_of_one_set_may_be_related(world: World) -> None:
    sent = submission(world, world.entry(), renamed(world.entry(), "pdf"), links=(link("pdf", "document", TRANSFORM),))
    first, second = accepted(world, sent).submission.entries
    assert view(world).ends(TRANSFORM) == {(second.entry_uuid, first.entry_uuid)}


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (REPLACE, "replace-deprecated"),
        (TRANSFORM_REPLACE, "replace-deprecated"),
        (TRANSFORM, "target-deprecated"),
        (APPEND, "target-deprecated"),
    ],
)
def test_what_is_no_longer_in_force_is_not_built_upon(world: World, kind: AssociationType, rule: str) -> None:
    parent = world.fed()
    replaced(world, parent)
    sent = submission(world, world.entry(), links=(link("document", parent.entry_uuid, kind),))
    assert rules_of(world.provide(sent)) == [rule]


def test_a_document_is_replaced_once(world: World) -> None:
    parent = world.fed()
    links = (link("document", parent.entry_uuid, REPLACE), link("second", parent.entry_uuid, TRANSFORM_REPLACE))
    sent = submission(world, world.entry(), world.entry("second"), links=links)
    assert rules_of(world.provide(sent)) == ["replace-twice"]
    within = submission(world, world.entry(), world.entry("second"), links=(link("second", "document", REPLACE),))
    assert rules_of(world.provide(within)) == ["association-end"]


def test_an_unknown_parent_is_a_warning_and_an_unknown_origin_a_refusal(world: World) -> None:
    answer = related(world, TRANSFORM_REPLACE, UNKNOWN)
    assert [warning.rule for warning in answer.warnings] == ["replace-unknown"]
    assert view(world).ends(TRANSFORM_REPLACE) == set()
    for kind in (TRANSFORM, APPEND):
        sent = submission(world, world.entry(), links=(link("document", UNKNOWN, kind),))
        assert rules_of(world.provide(sent)) == ["association-target"]


def test_a_transformation_is_hidden_like_its_original_and_an_addition_is_not(world: World) -> None:
    hidden = world.fed("MASQUE_PS")
    world.authorise(OTHER)
    same = related(world, TRANSFORM, hidden.entry_uuid).submission.entries[0]
    more = related(world, APPEND, hidden.entry_uuid).submission.entries[0]
    assert world.seen(OTHER) == {more.unique_id}
    assert {hidden.unique_id, same.unique_id} < world.seen(AUTHOR)
    (found,) = [entry for entry in _all(world) if entry.unique_id == same.unique_id]
    assert "MASQUE_PS" in {code.code for code in found.confidentiality_codes}


def _all(world: World) -> tuple[DocumentEntry, ...]:
    found = world.found(AUTHOR)
    assert isinstance(found, documents.Found)
    return found.entries


@pytest.mark.parametrize("target", ["document", "set"])
def test_a_set_is_signed(world: World, target: str) -> None:
    sent = submission(world, world.entry(), signature(world), links=(link("signature", target, SIGNS),))
    made = accepted(world, sent).submission
    signed = made.entries[0].entry_uuid if target == "document" else made.submission_set.entry_uuid
    assert view(world).ends(SIGNS) == {(made.entries[1].entry_uuid, signed)}
    world.authorise(OTHER)
    assert world.seen(OTHER) == {made.entries[0].unique_id}
    assert view(world, OTHER).ends(SIGNS) == view(world, world.patient).ends(SIGNS) == set()


def test_a_document_that_is_there_is_signed(world: World) -> None:
    parent = world.fed()
    replaced(world, parent)
    made = related(world, SIGNS, parent.entry_uuid, signature(world)).submission
    assert view(world).ends(SIGNS) == {(made.entries[0].entry_uuid, parent.entry_uuid)}


def test_only_a_signature_signs_in_fr(world: World, plain: World) -> None:
    for where, rules in ((world, ["signs-source"]), (plain, [])):
        sent = submission(where, where.entry(), where.entry("other"), links=(link("other", "document", SIGNS),))
        answer = where.provide(sent)
        assert isinstance(answer, documents.Provided) if not rules else rules_of(answer) == rules


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"mime_type": "application/pdf"}, "signature-mime-type"),
        ({"language_code": "fr-FR"}, "signature-language"),
        ({"event_codes": ()}, "signature-purpose"),
        ({"confidentiality_codes": (Code("N", LEVELS), Code("MASQUE_PS", MASKS))}, "signature-masks"),
        ({"format_code": Code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3")}, "signature-format"),
    ],
)
def test_what_a_signature_must_be(world: World, change: dict[str, object], rule: str) -> None:
    sent = submission(world, world.entry(), msgspec.structs.replace(signature(world), **change))
    assert rules_of(world.provide(sent)) == [rule]


KOS = {
    "class_code": Code("31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale"),
    "type_code": Code("IMG-KOS", "1.2.250.1.213.1.1.4.12", "Reference d'objets d'un examen d'imagerie"),
    "format_code": Code("1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.2.6.1"),
    "mime_type": "application/dicom",
    "reference_ids": ("1.2.3^^^^urn:ihe:iti:xds:2016:studyInstanceUID",),
}


def test_a_manifest_of_images_is_accepted(world: World) -> None:
    made = accepted(world, submission(world, world.entry(**KOS))).submission.entries[0]
    assert (made.mime_type, made.type_code) == (KOS["mime_type"], KOS["type_code"])
    assert world.read(AUTHOR, made.unique_id) == b"<ClinicalDocument/>"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"mime_type": "text/xml"}, "kos-mime-type"),
        ({"format_code": Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3")}, "kos-format"),
        ({"type_code": Code("18748-4", "2.16.840.1.113883.6.1")}, "kos-type"),
    ],
)
def test_a_manifest_is_one_by_type_format_and_mime_together(world: World, change: dict[str, object], rule: str) -> None:
    assert rules_of(world.provide(submission(world, world.entry(**(KOS | change))))) == [rule]
