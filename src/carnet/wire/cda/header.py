"""The header of a CDA R2 document as values (CI-SIS "Structuration minimale" v1.16.8).

The reader takes what is there: an absent part is an empty value and never a guess, so that a rule
elsewhere can say what is missing. Only what makes the bytes something other than a CDA document is
`Malformed`: unreadable XML, no ClinicalDocument, no id. Times stay as written (HL7 TS, normally
`YYYYMMDDhhmmss+ZZzz`); `metadata.utc` checks them.
"""

from __future__ import annotations

import msgspec
from lxml import etree

from carnet.wire.cda.opening import SDTC, V3, open_document
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import Code

_SOURCE = "CI-SIS Structuration minimale §3.5"


class Identifier(msgspec.Struct, frozen=True):
    """An II: `root` (OID or UUID) and `extension` ("" when the root alone identifies)."""

    root: str
    extension: str = ""


class Organization(msgspec.Struct, frozen=True):
    """A structure: its first identifier, its name, its practice setting (standardIndustryClassCode)."""

    identifier: Identifier | None = None
    name: str = ""
    practice_setting: Code | None = None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or a device, that had a part in the document.

    `role` is the functionCode (JDV_J47), `specialty` the profession (JDV_J01); for a device `family` is
    the software's name and `given` its model.
    """

    identifier: Identifier | None = None
    family: str = ""
    given: str = ""
    prefix: str = ""
    suffix: str = ""
    device: bool = False
    role: Code | None = None
    specialty: Code | None = None
    organization: Organization | None = None
    time: str = ""

    @property
    def name(self) -> str:
        """The name as people read it."""
        parts = (self.suffix or self.prefix, self.given if not self.device else "", self.family)
        return " ".join(part for part in parts if part and part != ".")


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """recordTarget: identifiers as written, and the identity traits (Structuration minimale §3.5.5)."""

    identifiers: tuple[Identifier, ...] = ()
    birth_name: str = ""
    used_name: str = ""
    given_names: str = ""
    first_given: str = ""
    used_given: str = ""
    sex: str = ""
    birth_time: str = ""
    birth_place: str = ""
    birth_city: str = ""
    deceased_time: str = ""


class ServiceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One documented act: its code, period and first performer."""

    code: Code | None = None
    start: str = ""
    stop: str = ""
    performer: Participant | None = None


class Related(msgspec.Struct, frozen=True):
    """relatedDocument: `type` RPLC, APND or XFRM, and the parent's identifiers."""

    type: str
    identifier: Identifier
    set_id: Identifier | None = None


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of the header that sharing and reading need; see the module for absent parts."""

    identifier: Identifier
    set_id: Identifier | None = None
    version: int | None = None
    code: Code | None = None
    title: str = ""
    effective_time: str = ""
    confidentiality: Code | None = None
    language: str = ""
    realm: str = ""
    templates: tuple[Identifier, ...] = ()
    patient: Patient | None = None
    authors: tuple[Participant, ...] = ()
    legal_authenticator: Participant | None = None
    custodian: Organization | None = None
    recipients: tuple[Participant, ...] = ()
    participants: tuple[Participant, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    facility: Code | None = None
    encounter: Code | None = None
    encounter_start: str = ""
    encounter_stop: str = ""
    related: tuple[Related, ...] = ()
    orders: tuple[Identifier, ...] = ()
    level: str = ""
    body_media_type: str = ""
    self_presenting: bool = False

    @property
    def main_event(self) -> ServiceEvent | None:
        """The principal act: the first whose performer has a practice setting, else the first (§3.5.16)."""
        for event in self.events:
            organization = event.performer.organization if event.performer else None
            if organization is not None and organization.practice_setting is not None:
                return event
        return self.events[0] if self.events else None


def read_header(document: bytes) -> Header:
    """The header of `document`; raises Malformed (`xml-*`, `cda-root`, `cda-id`)."""
    opened = open_document(document)
    return header_of(opened.root, self_presenting=opened.self_presenting)


def header_of(root: etree._Element, *, self_presenting: bool = False) -> Header:
    """The header of a ClinicalDocument element; raises as `read_header`."""
    identifier = _identifier(root.find(V3 + "id"))
    if identifier is None:
        raise Malformed(
            "cda-id",
            "Le document n'a pas d'identifiant (ClinicalDocument/id).",
            field="ClinicalDocument/id",
            expected="une racine OID ou UUID",
            source=_SOURCE,
        )
    version = _attribute(root, "versionNumber", "value")
    encounter = _at(root, "componentOf", "encompassingEncounter")
    body = _at(root, "component", "nonXMLBody")
    return Header(
        identifier=identifier,
        set_id=_identifier(root.find(V3 + "setId")),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 7 else None,
        code=_code(root.find(V3 + "code")),
        title=_words(root.find(V3 + "title")),
        effective_time=_attribute(root, "effectiveTime", "value"),
        confidentiality=_code(root.find(V3 + "confidentialityCode")),
        language=_attribute(root, "languageCode", "code"),
        realm=_attribute(root, "realmCode", "code"),
        templates=_identifiers(root, "templateId"),
        patient=_patient(_at(root, "recordTarget", "patientRole")),
        authors=tuple(_participant(found, "assignedAuthor") for found in root.findall(V3 + "author")),
        legal_authenticator=next(
            (_participant(found, "assignedEntity") for found in root.findall(V3 + "legalAuthenticator")), None
        ),
        custodian=_organization(_at(root, "custodian", "assignedCustodian", "representedCustodianOrganization")),
        recipients=tuple(
            _participant(found, "intendedRecipient") for found in root.findall(V3 + "informationRecipient")
        ),
        participants=tuple(_participant(found, "associatedEntity") for found in root.findall(V3 + "participant")),
        events=tuple(
            _event(found)
            for documented in root.findall(V3 + "documentationOf")
            for found in documented.findall(V3 + "serviceEvent")
        ),
        facility=_code(_at(encounter, "location", "healthCareFacility", "code")),
        encounter=_code(_at(encounter, "code")),
        encounter_start=_period(encounter)[0],
        encounter_stop=_period(encounter)[1],
        related=tuple(_related(root)),
        orders=tuple(
            identifier
            for fulfilled in root.findall(V3 + "inFulfillmentOf")
            for order in fulfilled.findall(V3 + "order")
            for identifier in _identifiers(order, "id")
        ),
        level="N1" if body is not None else "N3" if _at(root, "component", "structuredBody") is not None else "",
        body_media_type=_attribute(body, "text", "mediaType").strip().lower(),
        self_presenting=self_presenting,
    )


def _patient(role: etree._Element | None) -> Patient | None:
    if role is None:
        return None
    person = _at(role, "patient")
    names: dict[tuple[str, str], str] = {}
    name = _at(person, "name")
    for part in name.iterchildren(V3 + "family", V3 + "given") if name is not None else ():
        kind = etree.QName(part).localname
        qualifier = part.get("qualifier", "")
        if _words(part):
            key = (kind, qualifier if qualifier in ("BR", "CL") else "SP" if qualifier == "SP" else "")
            # Several elements of one kind without qualifier are successive names (HL7 v3 EN).
            names[key] = f"{names[key]} {_words(part)}" if key in names else _words(part)
    deceased = person.find(SDTC + "deceasedTime") if person is not None else None
    born = _at(person, "birthplace", "place", "addr")
    first_given = names.get(("given", "BR"), "")
    return Patient(
        identifiers=_identifiers(role, "id"),
        birth_name=names.get(("family", "BR"), names.get(("family", ""), "")),
        used_name=names.get(("family", "CL"), names.get(("family", "SP"), "")),
        given_names=names.get(("given", ""), first_given),
        first_given=first_given,
        used_given=names.get(("given", "CL"), ""),
        sex=_attribute(person, "administrativeGenderCode", "code"),
        birth_time=_attribute(person, "birthTime", "value"),
        birth_place=_words(_at(born, "county")),
        birth_city=_words(_at(born, "city")),
        deceased_time=(deceased.get("value") or "").strip() if deceased is not None else "",
    )


def _participant(element: etree._Element, inside: str) -> Participant:
    entity = _at(element, inside)
    person = None
    for place in ("assignedPerson", "informationRecipient", "associatedPerson"):
        person = person if person is not None else _at(entity, place)
    name = _at(person, "name")
    device = _at(entity, "assignedAuthoringDevice")
    given, family = _words(_at(name, "given")), _words(_at(name, "family"))
    if name is not None and not family and not given:
        family = _words(name)
    if device is not None:
        family, given = _words(_at(device, "softwareName")), _words(_at(device, "manufacturerModelName"))
    organization = None
    for place in ("representedOrganization", "receivedOrganization", "scopingOrganization"):
        organization = organization if organization is not None else _organization(_at(entity, place))
    identifiers = _identifiers(entity, "id")
    return Participant(
        identifier=identifiers[0] if identifiers else None,
        family=family,
        given=given,
        prefix=_words(_at(name, "prefix")),
        suffix=_words(_at(name, "suffix")),
        device=device is not None,
        role=_code(element.find(V3 + "functionCode")),
        specialty=_code(_at(entity, "code")),
        organization=organization,
        time=_attribute(element, "time", "value"),
    )


def _organization(element: etree._Element | None) -> Organization | None:
    if element is None:
        return None
    identifiers = _identifiers(element, "id")
    return Organization(
        identifiers[0] if identifiers else None,
        _words(_at(element, "name")),
        _code(_at(element, "standardIndustryClassCode")),
    )


def _event(element: etree._Element) -> ServiceEvent:
    start, stop = _period(element)
    performer = element.find(V3 + "performer")
    return ServiceEvent(
        code=_code(element.find(V3 + "code")),
        start=start,
        stop=stop,
        performer=_participant(performer, "assignedEntity") if performer is not None else None,
    )


def _related(root: etree._Element) -> list[Related]:
    found = []
    for related in root.findall(V3 + "relatedDocument"):
        parent = _at(related, "parentDocument")
        for identifier in _identifiers(parent, "id"):
            found.append(Related(related.get("typeCode", ""), identifier, _identifier(_at(parent, "setId"))))
    return found


def _at(element: etree._Element | None, *path: str) -> etree._Element | None:
    for name in path:
        if element is None:
            return None
        element = element.find(V3 + name)
    return element


def _attribute(element: etree._Element | None, child: str, name: str) -> str:
    found = _at(element, child)
    return (found.get(name) or "").strip() if found is not None else ""


def _words(element: etree._Element | None) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split()) if element is not None else ""


def _identifier(element: etree._Element | None) -> Identifier | None:
    root = (element.get("root") or "").strip() if element is not None else ""
    if element is None or not root:
        return None
    return Identifier(root, (element.get("extension") or "").strip())


def _identifiers(element: etree._Element | None, name: str) -> tuple[Identifier, ...]:
    if element is None:
        return ()
    found = (_identifier(one) for one in element.findall(V3 + name))
    return tuple(one for one in found if one is not None)


def _code(element: etree._Element | None) -> Code | None:
    value = (element.get("code") or "").strip() if element is not None else ""
    if element is None or not value:
        return None
    return Code(value, (element.get("codeSystem") or "").strip(), " ".join((element.get("displayName") or "").split()))


def _period(element: etree._Element | None) -> tuple[str, str]:
    """Both ends of an IVL_TS; a single `value` is the instant at which the act took place."""
    period = _at(element, "effectiveTime")
    if period is None:
        return "", ""
    return _attribute(period, "low", "value") or (period.get("value") or "").strip(), _attribute(
        period, "high", "value"
    )
