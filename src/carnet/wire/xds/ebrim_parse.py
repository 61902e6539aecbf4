"""ebRIM 3.0 registry objects to values (IHE ITI TF-3 §4.2).

Only the encoding is judged here; whether an attribute is required, known or coherent is for the
record to say, with all its reasons at once. An absent attribute is an empty value. Slots whose name
starts with `urn:` are kept as they are; any other unknown slot, scheme or object is refused by name,
never dropped in silence.
"""

from __future__ import annotations

from typing import Any

import msgspec
from lxml import etree

from carnet.wire.xds import names
from carnet.wire.xds.ebrim_content import (
    author_of,
    code_of,
    comments_of,
    content,
    extra_slots,
    id_of,
    one_value,
    repeated,
    status_of,
    title_of,
    unknown_scheme,
    uri_of,
    version_of,
    wrong,
)
from carnet.wire.xds.model import Association, Author, Code, DocumentEntry, Folder, Submission, SubmissionSet

_RIM = f"{{{names.RIM}}}"
_CLASSIFICATION = f"{_RIM}Classification"
_ENTRY_CODES = {scheme: attribute for attribute, scheme in names.ENTRY_CODES.items()}
_ENTRY_CODE_LISTS = {scheme: attribute for attribute, scheme in names.ENTRY_CODE_LISTS.items()}


class RegistryObjects(msgspec.Struct, frozen=True):
    """The content of a RegistryObjectList; `references` are the ids of ObjectRefs."""

    entries: tuple[DocumentEntry, ...] = ()
    submission_sets: tuple[SubmissionSet, ...] = ()
    associations: tuple[Association, ...] = ()
    references: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()


def read_submission(request: etree._Element) -> Submission:
    """An lcm:SubmitObjectsRequest with its one submission set.

    Raises Malformed: `ebrim-…`.
    """
    objects = request.find(f"{_RIM}RegistryObjectList")
    if objects is None:
        raise wrong("ebrim-object-list", "La soumission ne contient pas de RegistryObjectList.", "SubmitObjectsRequest")
    read = read_objects(objects)
    if len(read.submission_sets) != 1:
        raise wrong(
            "ebrim-submission-set",
            "Une soumission porte exactement un lot (SubmissionSet).",
            "RegistryPackage",
            str(len(read.submission_sets)),
            "1",
        )
    return Submission(
        submission_set=read.submission_sets[0],
        entries=read.entries,
        associations=read.associations,
        folders=read.folders,
    )


def read_objects(objects: etree._Element) -> RegistryObjects:
    """Every object of a RegistryObjectList, in its order."""
    packages: list[etree._Element] = []
    entries: list[DocumentEntry] = []
    associations: list[Association] = []
    references: list[str] = []
    nodes: dict[str, str] = {}
    seen: set[str] = set()
    for child in objects:
        kind = etree.QName(child).localname if child.tag.startswith(_RIM) else ""
        if kind == "ExtrinsicObject":
            entries.append(_entry(child))
        elif kind == "Association":
            associations.append(_association(child))
        elif kind == "RegistryPackage":
            packages.append(child)
        elif kind == "ObjectRef":
            references.append(id_of(child))
            continue
        elif kind == "Classification":
            nodes[child.get("classifiedObject", "")] = child.get("classificationNode", "")
            continue
        else:
            raise wrong("ebrim-object", "Ce type d'objet n'est pas connu.", "RegistryObjectList", str(child.tag))
        identifier = child.get("id", "")
        if identifier and identifier in seen:
            raise wrong("ebrim-id-repeated", "Deux objets portent le même identifiant.", "@id", identifier)
        seen.add(identifier)
    sets: list[SubmissionSet] = []
    folders: list[Folder] = []
    for package in packages:
        if _kind(package, nodes) == names.FOLDER:
            folders.append(_folder(package))
        else:
            sets.append(_set(package))
    return RegistryObjects(tuple(entries), tuple(sets), tuple(associations), tuple(references), tuple(folders))


def _entry(element: etree._Element) -> DocumentEntry:
    kind = element.get("objectType", "")
    if kind not in (names.STABLE, names.ON_DEMAND):
        raise wrong(
            "ebrim-object-type", "objectType ne désigne pas une fiche de document.", "@objectType", kind, names.STABLE
        )
    slots, values, identifiers = content(element, "DocumentEntry")
    attributes: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {"authors": [], "confidentiality_codes": [], "event_codes": []}
    for classification in values:
        scheme = classification.get("classificationScheme", "")
        if (attribute := _ENTRY_CODES.get(scheme)) is not None:
            if attribute in attributes:
                raise repeated("DocumentEntry", attribute)
            attributes[attribute] = code_of(classification, attribute)
        elif (several := _ENTRY_CODE_LISTS.get(scheme)) is not None:
            lists[several].append(code_of(classification, several))
        elif scheme == names.ENTRY_AUTHOR:
            lists["authors"].append(author_of(classification))
        else:
            raise unknown_scheme("DocumentEntry", scheme)
    for name, attribute in names.ENTRY_SLOTS.items():
        attributes[attribute] = one_value(slots, name, "DocumentEntry")
    attributes.update((name, tuple(found)) for name, found in lists.items())
    size = one_value(slots, "size", "DocumentEntry")
    if size and not (size.isascii() and size.isdigit() and len(size) < 16):
        raise wrong("ebrim-size", "La taille n'est pas un nombre d'octets.", "DocumentEntry.size", size)
    return DocumentEntry(
        entry_uuid=id_of(element),
        unique_id=identifiers.pop(names.ENTRY_UNIQUE_ID, ""),
        patient_id=identifiers.pop(names.ENTRY_PATIENT_ID, ""),
        mime_type=element.get("mimeType", ""),
        **attributes,
        title=title_of(element),
        comments=comments_of(element),
        source_patient_info=slots.pop("sourcePatientInfo", ()),
        reference_ids=slots.pop(names.REFERENCE_IDS, ()),
        hash=one_value(slots, "hash", "DocumentEntry").lower(),
        size=int(size) if size else None,
        home_community_id=element.get("home", ""),
        uri=uri_of(slots.pop("URI", ())),
        logical_id=element.get("lid", ""),
        version=version_of(element),
        status=status_of(element),
        stable=kind == names.STABLE,
        extra_slots=extra_slots(slots, identifiers, "DocumentEntry"),
    )


def _kind(package: etree._Element, nodes: dict[str, str]) -> str:
    """What a RegistryPackage is: classified inside itself, or beside it by `nodes`."""
    inside = [child.get("classificationNode", "") for child in package.iterchildren(_CLASSIFICATION)]
    kinds = {*inside, nodes.get(package.get("id", ""), "")} - {""}
    if kinds not in ({names.SUBMISSION_SET}, {names.FOLDER}):
        raise wrong(
            "ebrim-package",
            "Un RegistryPackage doit être classé comme lot de soumission ou comme classeur.",
            "Classification/@classificationNode",
            " ".join(sorted(kinds)),
            f"{names.SUBMISSION_SET} ou {names.FOLDER}",
        )
    return kinds.pop()


def _set(element: etree._Element) -> SubmissionSet:
    slots, classifications, identifiers = content(element, "SubmissionSet")
    authors: list[Author] = []
    content_type: Code | None = None
    for classification in classifications:
        scheme = classification.get("classificationScheme", "")
        if scheme == names.SET_AUTHOR:
            authors.append(author_of(classification))
        elif scheme == names.SET_CONTENT_TYPE:
            if content_type is not None:
                raise repeated("SubmissionSet", "content_type_code")
            content_type = code_of(classification, "content_type_code")
        elif not classification.get("classificationNode"):
            raise unknown_scheme("SubmissionSet", scheme)
    return SubmissionSet(
        entry_uuid=id_of(element),
        unique_id=identifiers.pop(names.SET_UNIQUE_ID, ""),
        source_id=identifiers.pop(names.SET_SOURCE_ID, ""),
        patient_id=identifiers.pop(names.SET_PATIENT_ID, ""),
        submission_time=one_value(slots, "submissionTime", "SubmissionSet"),
        content_type_code=content_type,
        authors=tuple(authors),
        intended_recipients=slots.pop("intendedRecipient", ()),
        title=title_of(element),
        comments=comments_of(element),
        home_community_id=element.get("home", ""),
        status=status_of(element),
        extra_slots=extra_slots(slots, identifiers, "SubmissionSet"),
    )


def _folder(element: etree._Element) -> Folder:
    slots, classifications, identifiers = content(element, "Folder")
    codes: list[Code] = []
    for classification in classifications:
        scheme = classification.get("classificationScheme", "")
        if scheme == names.FOLDER_CODES:
            codes.append(code_of(classification, "codeList"))
        elif not classification.get("classificationNode"):
            raise unknown_scheme("Folder", scheme)
    return Folder(
        entry_uuid=id_of(element),
        unique_id=identifiers.pop(names.FOLDER_UNIQUE_ID, ""),
        patient_id=identifiers.pop(names.FOLDER_PATIENT_ID, ""),
        title=title_of(element),
        comments=comments_of(element),
        codes=tuple(codes),
        last_update_time=one_value(slots, "lastUpdateTime", "Folder"),
        logical_id=element.get("lid", ""),
        version=version_of(element),
        status=status_of(element),
        home_community_id=element.get("home", ""),
        extra_slots=extra_slots(slots, identifiers, "Folder"),
    )


def _association(element: etree._Element) -> Association:
    kind = element.get("associationType", "")
    if not kind.startswith("urn:"):
        raise wrong("ebrim-association-type", "Le type d'association n'est pas un URN.", "@associationType", kind)
    source, target = element.get("sourceObject", ""), element.get("targetObject", "")
    if not source or not target:
        raise wrong("ebrim-association-ends", "Une association a une source et une cible.", "Association")
    slots, classifications, _ = content(element, "Association")
    documentation: Code | None = None
    for classification in classifications:
        scheme = classification.get("classificationScheme", "")
        if scheme != names.ASSOCIATION_DOCUMENTATION or documentation is not None:
            raise unknown_scheme("Association", scheme)
        documentation = code_of(classification, "documentation")
    return Association(
        # TF-3 §4.2.1.4: a submitted association may leave its id to the registry.
        entry_uuid=element.get("id", ""),
        type=kind,
        source=source,
        target=target,
        set_status=one_value(slots, "SubmissionSetStatus", "Association"),
        documentation=documentation,
        extra_slots=tuple(slots.items()),
    )
