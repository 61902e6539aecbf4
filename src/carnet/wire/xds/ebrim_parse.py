"""ebRIM 3.0 registry objects to values (IHE ITI TF-3 §4.2).

Only the encoding is judged here; whether an attribute is required, known or coherent is for the
record to say, with all its reasons at once. An absent attribute is an empty value. Slots whose name
starts with `urn:` are kept as they are; any other unknown slot, scheme or object is refused by name,
never dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.model import Association, Author, Code, DocumentEntry, Status, Submission, SubmissionSet

_RIM = f"{{{names.RIM}}}"
_SLOT, _VALUES, _NAME, _DESCRIPTION, _VERSION, _CLASSIFICATION, _IDENTIFIER, _LOCALIZED = (
    _RIM + name
    for name in (
        "Slot",
        "ValueList",
        "Name",
        "Description",
        "VersionInfo",
        "Classification",
        "ExternalIdentifier",
        "LocalizedString",
    )
)
_ENTRY_CODES = {scheme: attribute for attribute, scheme in names.ENTRY_CODES.items()}
_ENTRY_CODE_LISTS = {scheme: attribute for attribute, scheme in names.ENTRY_CODE_LISTS.items()}
_AUTHOR_SLOTS = {
    "authorInstitution": "institutions",
    "authorRole": "roles",
    "authorSpecialty": "specialties",
    "authorTelecommunication": "telecoms",
}
_SOURCE = "IHE ITI TF-3 §4.2"

Slots = dict[str, tuple[str, ...]]


class RegistryObjects(msgspec.Struct, frozen=True):
    """The content of a RegistryObjectList; `references` are the ids of ObjectRefs."""

    entries: tuple[DocumentEntry, ...] = ()
    submission_sets: tuple[SubmissionSet, ...] = ()
    associations: tuple[Association, ...] = ()
    references: tuple[str, ...] = ()


def read_submission(request: etree._Element) -> Submission:
    """An lcm:SubmitObjectsRequest with its one submission set.

    Raises Malformed: `ebrim-…`, `folder-unsupported`.
    """
    objects = request.find(f"{_RIM}RegistryObjectList")
    if objects is None:
        raise _wrong(
            "ebrim-object-list", "La soumission ne contient pas de RegistryObjectList.", "SubmitObjectsRequest"
        )
    read = read_objects(objects)
    if len(read.submission_sets) != 1:
        raise _wrong(
            "ebrim-submission-set",
            "Une soumission porte exactement un lot (SubmissionSet).",
            "RegistryPackage",
            str(len(read.submission_sets)),
            "1",
        )
    return Submission(submission_set=read.submission_sets[0], entries=read.entries, associations=read.associations)


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
            references.append(_id(child))
            continue
        elif kind == "Classification":
            nodes[child.get("classifiedObject", "")] = child.get("classificationNode", "")
            continue
        else:
            raise _wrong("ebrim-object", "Ce type d'objet n'est pas connu.", "RegistryObjectList", str(child.tag))
        identifier = child.get("id", "")
        if identifier and identifier in seen:
            raise _wrong("ebrim-id-repeated", "Deux objets portent le même identifiant.", "@id", identifier)
        seen.add(identifier)
    sets = tuple(_package(package, nodes) for package in packages)
    return RegistryObjects(tuple(entries), sets, tuple(associations), tuple(references))


def _entry(element: etree._Element) -> DocumentEntry:
    kind = element.get("objectType", "")
    if kind not in (names.STABLE, names.ON_DEMAND):
        raise _wrong(
            "ebrim-object-type", "objectType ne désigne pas une fiche de document.", "@objectType", kind, names.STABLE
        )
    slots, values, identifiers = _content(element, "DocumentEntry")
    attributes: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {"authors": [], "confidentiality_codes": [], "event_codes": []}
    for classification in values:
        scheme = classification.get("classificationScheme", "")
        if (attribute := _ENTRY_CODES.get(scheme)) is not None:
            if attribute in attributes:
                raise _repeated("DocumentEntry", attribute)
            attributes[attribute] = _code(classification, attribute)
        elif (several := _ENTRY_CODE_LISTS.get(scheme)) is not None:
            lists[several].append(_code(classification, several))
        elif scheme == names.ENTRY_AUTHOR:
            lists["authors"].append(_author(classification))
        else:
            raise _unknown_scheme("DocumentEntry", scheme)
    for name, attribute in names.ENTRY_SLOTS.items():
        attributes[attribute] = _one(slots, name, "DocumentEntry")
    attributes.update((name, tuple(found)) for name, found in lists.items())
    size = _one(slots, "size", "DocumentEntry")
    if size and not (size.isascii() and size.isdigit() and len(size) < 16):
        raise _wrong("ebrim-size", "La taille n'est pas un nombre d'octets.", "DocumentEntry.size", size)
    return DocumentEntry(
        entry_uuid=_id(element),
        unique_id=identifiers.pop(names.ENTRY_UNIQUE_ID, ""),
        patient_id=identifiers.pop(names.ENTRY_PATIENT_ID, ""),
        mime_type=element.get("mimeType", ""),
        **attributes,
        title=_localized(element, _NAME),
        comments=_localized(element, _DESCRIPTION),
        source_patient_info=slots.pop("sourcePatientInfo", ()),
        reference_ids=slots.pop(names.REFERENCE_IDS, ()),
        hash=_one(slots, "hash", "DocumentEntry").lower(),
        size=int(size) if size else None,
        home_community_id=element.get("home", ""),
        uri=_uri(slots.pop("URI", ())),
        logical_id=element.get("lid", ""),
        version=_version(element),
        status=_status(element),
        stable=kind == names.STABLE,
        extra_slots=_rest(slots, identifiers, "DocumentEntry"),
    )


def _package(element: etree._Element, nodes: dict[str, str]) -> SubmissionSet:
    inside = [child.get("classificationNode", "") for child in element.iterchildren(_CLASSIFICATION)]
    kinds = {*inside, nodes.get(element.get("id", ""), "")} - {""}
    if names.FOLDER in kinds:
        raise _wrong(
            "folder-unsupported",
            "Les classeurs (Folder) ne sont pas acceptés.",
            "RegistryPackage",
            "Folder",
            "SubmissionSet",
            "IHE ITI TF-3 §4.2.1.3",
        )
    if kinds != {names.SUBMISSION_SET}:
        raise _wrong(
            "ebrim-package",
            "Un RegistryPackage doit être classé comme lot de soumission.",
            "Classification/@classificationNode",
            " ".join(sorted(kinds)),
            names.SUBMISSION_SET,
        )
    slots, classifications, identifiers = _content(element, "SubmissionSet")
    authors: list[Author] = []
    content_type: Code | None = None
    for classification in classifications:
        scheme = classification.get("classificationScheme", "")
        if scheme == names.SET_AUTHOR:
            authors.append(_author(classification))
        elif scheme == names.SET_CONTENT_TYPE:
            if content_type is not None:
                raise _repeated("SubmissionSet", "content_type_code")
            content_type = _code(classification, "content_type_code")
        elif not classification.get("classificationNode"):
            raise _unknown_scheme("SubmissionSet", scheme)
    return SubmissionSet(
        entry_uuid=_id(element),
        unique_id=identifiers.pop(names.SET_UNIQUE_ID, ""),
        source_id=identifiers.pop(names.SET_SOURCE_ID, ""),
        patient_id=identifiers.pop(names.SET_PATIENT_ID, ""),
        submission_time=_one(slots, "submissionTime", "SubmissionSet"),
        content_type_code=content_type,
        authors=tuple(authors),
        intended_recipients=slots.pop("intendedRecipient", ()),
        title=_localized(element, _NAME),
        comments=_localized(element, _DESCRIPTION),
        home_community_id=element.get("home", ""),
        status=_status(element),
        extra_slots=_rest(slots, identifiers, "SubmissionSet"),
    )


def _association(element: etree._Element) -> Association:
    kind = element.get("associationType", "")
    if not kind.startswith("urn:"):
        raise _wrong("ebrim-association-type", "Le type d'association n'est pas un URN.", "@associationType", kind)
    source, target = element.get("sourceObject", ""), element.get("targetObject", "")
    if not source or not target:
        raise _wrong("ebrim-association-ends", "Une association a une source et une cible.", "Association")
    slots, classifications, _ = _content(element, "Association")
    documentation: Code | None = None
    for classification in classifications:
        scheme = classification.get("classificationScheme", "")
        if scheme != names.ASSOCIATION_DOCUMENTATION or documentation is not None:
            raise _unknown_scheme("Association", scheme)
        documentation = _code(classification, "documentation")
    return Association(
        # TF-3 §4.2.1.4: a submitted association may leave its id to the registry.
        entry_uuid=element.get("id", ""),
        type=kind,
        source=source,
        target=target,
        set_status=_one(slots, "SubmissionSetStatus", "Association"),
        documentation=documentation,
        extra_slots=tuple(slots.items()),
    )


def _content(element: etree._Element, kind: str) -> tuple[Slots, list[etree._Element], dict[str, str]]:
    """Slots, classifications and external identifiers (scheme → value) of an object."""
    slots: Slots = {}
    classifications: list[etree._Element] = []
    identifiers: dict[str, str] = {}
    for child in element:
        tag = child.tag
        if tag == _SLOT:
            _add_slot(slots, child, kind)
        elif tag == _CLASSIFICATION:
            classifications.append(child)
        elif tag == _IDENTIFIER:
            scheme = child.get("identificationScheme", "")
            if scheme in identifiers:
                raise _repeated(kind, scheme)
            identifiers[scheme] = child.get("value", "").strip()
    return slots, classifications, identifiers


def _add_slot(slots: Slots, element: etree._Element, kind: str) -> None:
    name = element.get("name", "")
    if name in slots:
        raise _repeated(kind, name)
    # Extra slots are kept to the letter; the white space around ours is indentation.
    extra = name.startswith("urn:") and name != names.REFERENCE_IDS
    found = [value.text or "" for values in element.iterchildren(_VALUES) for value in values]
    slots[name] = tuple(found) if extra else tuple(text for value in found if (text := value.strip()))


def _one(slots: Slots, name: str, kind: str) -> str:
    values = slots.pop(name, ())
    if len(values) > 1:
        raise _wrong(
            "ebrim-slot-values", "Cet attribut n'admet qu'une valeur.", f"{kind}.{name}", str(len(values)), "1"
        )
    return values[0] if values else ""


def _code(classification: etree._Element, attribute: str) -> Code:
    slots, _, _ = _content(classification, attribute)
    scheme = _one(slots, "codingScheme", attribute).removeprefix("urn:oid:")
    code = classification.get("nodeRepresentation", "").strip()
    if not code or not scheme:
        raise _wrong(
            "ebrim-code",
            "Une valeur codée porte un code (nodeRepresentation) et son système (codingScheme).",
            attribute,
            f"code « {code} », système « {scheme} »",
            source="IHE ITI TF-3 §4.2.3.1.2",
        )
    return Code(code, scheme, _localized(classification, _NAME))


def _author(classification: etree._Element) -> Author:
    slots, _, _ = _content(classification, "author")
    person = _one(slots, "authorPerson", "author")
    several = {attribute: slots.pop(name, ()) for name, attribute in _AUTHOR_SLOTS.items()}
    if slots:
        raise _unknown_slot("author", next(iter(slots)))
    return Author(person, **several)


def _localized(element: etree._Element, tag: str) -> str:
    """The value of the first LocalizedString: one language is stored (TF-3 §4.2.3.1.5)."""
    found = element.find(tag)
    if found is None:
        return ""
    text = found.find(_LOCALIZED)
    return "" if text is None else text.get("value", "")


def _uri(values: Iterable[str]) -> str:
    """URI, possibly cut in numbered pieces `1|…` (TF-3 §4.2.3.2.27)."""
    pieces = list(values)
    if len(pieces) < 2:
        return pieces[0] if pieces else ""
    numbered = [piece.partition("|") for piece in pieces]
    if not all(number.isdigit() and bar for number, bar, _ in numbered):
        raise _wrong("ebrim-slot-values", "L'URI en plusieurs valeurs n'est pas numérotée.", "DocumentEntry.URI")
    return "".join(text for _, _, text in sorted(numbered, key=lambda piece: int(piece[0])))


def _version(element: etree._Element) -> int:
    found = element.find(_VERSION)
    name = "1" if found is None else found.get("versionName", "1")
    # Toolkits write -1 on an object that no registry has numbered.
    if name == "-1":
        return 1
    if not (name.isascii() and name.isdigit() and len(name) < 9 and int(name)):
        raise _wrong("ebrim-version", "La version n'est pas un nombre.", "VersionInfo/@versionName", name)
    return int(name)


def _status(element: etree._Element) -> Status:
    value = element.get("status", Status.APPROVED)
    # ebRIM's own word for an object that is being submitted (NIST tools write it).
    if value.endswith(":Submitted"):
        return Status.APPROVED
    try:
        return Status(value)
    except ValueError:
        raise _wrong("ebrim-status", "Ce statut n'est pas connu.", "@status", value) from None


def _id(element: etree._Element) -> str:
    value = element.get("id", "")
    if not value:
        kind = etree.QName(element).localname
        raise _wrong("ebrim-id", f"Un objet {kind} n'a pas d'identifiant.", f"{kind}/@id")
    return value


def _rest(slots: Slots, identifiers: dict[str, str], kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if identifiers:
        raise _unknown_scheme(kind, next(iter(identifiers)))
    for name in slots:
        if not name.startswith("urn:"):
            raise _unknown_slot(kind, name)
    return tuple(slots.items())


def _unknown_slot(kind: str, name: str) -> Malformed:
    return _wrong(
        "ebrim-slot-unknown",
        "Ce nom de Slot n'est pas connu ; une extension doit être nommée par un URN.",
        kind,
        name,
        "urn:…",
        "IHE ITI TF-3 §4.2.3.1.6",
    )


def _unknown_scheme(kind: str, scheme: str) -> Malformed:
    return _wrong("ebrim-scheme-unknown", "Ce schéma n'est pas un attribut de cet objet.", kind, scheme)


def _repeated(kind: str, attribute: str) -> Malformed:
    return _wrong("ebrim-repeated", "Cet attribut est donné deux fois.", f"{kind}.{attribute}"[:200], "2", "1")


def _wrong(rule: str, text: str, field: str, found: str = "", expected: str = "", source: str = _SOURCE) -> Malformed:
    return Malformed(rule, text, field=field, found=found[:200], expected=expected, source=source)
