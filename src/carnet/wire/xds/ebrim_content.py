"""What the objects of ebRIM 3.0 are made of: slots, classifications, identifiers, labels (IHE ITI TF-3 §4.2.3.1).

Each function reads one part or raises Malformed (`ebrim-…`) with the attribute's name.
"""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.model import Author, Code, Status

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
_AUTHOR_SLOTS = {
    "authorInstitution": "institutions",
    "authorRole": "roles",
    "authorSpecialty": "specialties",
    "authorTelecommunication": "telecoms",
}
_SOURCE = "IHE ITI TF-3 §4.2"

Slots = dict[str, tuple[str, ...]]


def content(element: etree._Element, kind: str) -> tuple[Slots, list[etree._Element], dict[str, str]]:
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
                raise repeated(kind, scheme)
            identifiers[scheme] = child.get("value", "").strip()
    return slots, classifications, identifiers


def _add_slot(slots: Slots, element: etree._Element, kind: str) -> None:
    name = element.get("name", "")
    if name in slots:
        raise repeated(kind, name)
    # Extra slots are kept to the letter; the white space around ours is indentation.
    extra = name.startswith("urn:") and name != names.REFERENCE_IDS
    found = [value.text or "" for values in element.iterchildren(_VALUES) for value in values]
    slots[name] = tuple(found) if extra else tuple(text for value in found if (text := value.strip()))


def one_value(slots: Slots, name: str, kind: str) -> str:
    """The value of a slot that has one at most, taken out of `slots`; "" without it."""
    values = slots.pop(name, ())
    if len(values) > 1:
        raise wrong("ebrim-slot-values", "Cet attribut n'admet qu'une valeur.", f"{kind}.{name}", str(len(values)), "1")
    return values[0] if values else ""


def code_of(classification: etree._Element, attribute: str) -> Code:
    """A coded value: nodeRepresentation, codingScheme, label."""
    slots, _, _ = content(classification, attribute)
    scheme = one_value(slots, "codingScheme", attribute).removeprefix("urn:oid:")
    code = classification.get("nodeRepresentation", "").strip()
    if not code or not scheme:
        raise wrong(
            "ebrim-code",
            "Une valeur codée porte un code (nodeRepresentation) et son système (codingScheme).",
            attribute,
            f"code « {code} », système « {scheme} »",
            source="IHE ITI TF-3 §4.2.3.1.2",
        )
    return Code(code, scheme, title_of(classification))


def author_of(classification: etree._Element) -> Author:
    """An author classification."""
    slots, _, _ = content(classification, "author")
    person = one_value(slots, "authorPerson", "author")
    several = {attribute: slots.pop(name, ()) for name, attribute in _AUTHOR_SLOTS.items()}
    if slots:
        raise unknown_slot("author", next(iter(slots)))
    return Author(person, **several)


def title_of(element: etree._Element) -> str:
    """The Name of an object, the label of a code."""
    return _localized(element, _NAME)


def comments_of(element: etree._Element) -> str:
    """The Description of an object."""
    return _localized(element, _DESCRIPTION)


def _localized(element: etree._Element, tag: str) -> str:
    """The value of the first LocalizedString: one language is stored (TF-3 §4.2.3.1.5)."""
    found = element.find(tag)
    if found is None:
        return ""
    text = found.find(_LOCALIZED)
    return "" if text is None else text.get("value", "")


def uri_of(values: Iterable[str]) -> str:
    """URI, possibly cut in numbered pieces `1|…` (TF-3 §4.2.3.2.27)."""
    pieces = list(values)
    if len(pieces) < 2:
        return pieces[0] if pieces else ""
    numbered = [piece.partition("|") for piece in pieces]
    if not all(number.isdigit() and bar for number, bar, _ in numbered):
        raise wrong("ebrim-slot-values", "L'URI en plusieurs valeurs n'est pas numérotée.", "DocumentEntry.URI")
    return "".join(text for _, _, text in sorted(numbered, key=lambda piece: int(piece[0])))


def version_of(element: etree._Element) -> int:
    """VersionInfo as a number, 1 when absent."""
    found = element.find(_VERSION)
    name = "1" if found is None else found.get("versionName", "1")
    # Toolkits write -1 on an object that no registry has numbered.
    if name == "-1":
        return 1
    if not (name.isascii() and name.isdigit() and len(name) < 9 and int(name)):
        raise wrong("ebrim-version", "La version n'est pas un nombre.", "VersionInfo/@versionName", name)
    return int(name)


def status_of(element: etree._Element) -> Status:
    """availabilityStatus, Approved when absent."""
    value = element.get("status", Status.APPROVED)
    # ebRIM's own word for an object that is being submitted (NIST tools write it).
    if value.endswith(":Submitted"):
        return Status.APPROVED
    try:
        return Status(value)
    except ValueError:
        raise wrong("ebrim-status", "Ce statut n'est pas connu.", "@status", value) from None


def id_of(element: etree._Element) -> str:
    """The id that an object must have."""
    value = element.get("id", "")
    if not value:
        kind = etree.QName(element).localname
        raise wrong("ebrim-id", f"Un objet {kind} n'a pas d'identifiant.", f"{kind}/@id")
    return value


def extra_slots(slots: Slots, identifiers: dict[str, str], kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What no attribute took: extension slots; anything else is refused by name."""
    if identifiers:
        raise unknown_scheme(kind, next(iter(identifiers)))
    for name in slots:
        if not name.startswith("urn:"):
            raise unknown_slot(kind, name)
    return tuple(slots.items())


def unknown_slot(kind: str, name: str) -> Malformed:
    """A slot that is no attribute and no extension."""
    return wrong(
        "ebrim-slot-unknown",
        "Ce nom de Slot n'est pas connu ; une extension doit être nommée par un URN.",
        kind,
        name,
        "urn:…",
        "IHE ITI TF-3 §4.2.3.1.6",
    )


def unknown_scheme(kind: str, scheme: str) -> Malformed:
    """A classification or identification scheme that is none of the object's."""
    return wrong("ebrim-scheme-unknown", "Ce schéma n'est pas un attribut de cet objet.", kind, scheme)


def repeated(kind: str, attribute: str) -> Malformed:
    """An attribute given twice."""
    return wrong("ebrim-repeated", "Cet attribut est donné deux fois.", f"{kind}.{attribute}"[:200], "2", "1")


def wrong(rule: str, text: str, field: str, found: str = "", expected: str = "", source: str = _SOURCE) -> Malformed:
    """What cannot be read, with its rule."""
    return Malformed(rule, text, field=field, found=found[:200], expected=expected, source=source)
