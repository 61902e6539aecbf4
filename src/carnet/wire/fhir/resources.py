# ruff: noqa: N815 — element names are FHIR's
"""The part of FHIR R4 that document sharing uses, as typed values (FHIR R4 4.0.1; MHD 4.2.3; PDSm 3.1.1).

One set of structures serves both directions. Unknown elements are skipped when reading, absent ones are left
out when writing, and a wrong JSON type is an error that names its place. Elements that may change the meaning
of a resource (`modifierExtension`, `implicitRules`) are kept, so that readers can refuse them.
"""

from __future__ import annotations

import msgspec

ABSENT = msgspec.Raw(b"")


class Element(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Base of every structure: an absent element is None or an empty tuple."""


class Extension(Element):
    """Extension, with the value types used here."""

    url: str = ""
    valueString: str | None = None
    valueBoolean: bool | None = None
    valueCode: str | None = None
    valueOid: str | None = None
    valueUri: str | None = None
    valueIdentifier: Identifier | None = None
    valueReference: Reference | None = None
    valueCodeableConcept: CodeableConcept | None = None
    extension: tuple[Extension, ...] = ()


class Coding(Element):
    """Coding."""

    system: str | None = None
    version: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """CodeableConcept."""

    extension: tuple[Extension, ...] = ()
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Period(Element):
    """Period; `start_` and `end_` are the primitives' own extensions."""

    start: str | None = None
    start_: PrimitiveExtension | None = msgspec.field(default=None, name="_start")
    end: str | None = None
    end_: PrimitiveExtension | None = msgspec.field(default=None, name="_end")


class PrimitiveExtension(Element):
    """What FHIR JSON puts beside a primitive (`_name`, json.html#primitive)."""

    extension: tuple[Extension, ...] = ()


class Identifier(Element):
    """Identifier."""

    extension: tuple[Extension, ...] = ()
    use: str | None = None
    type: CodeableConcept | None = None
    system: str | None = None
    value: str | None = None


class Reference(Element):
    """Reference, literal (`reference`) or logical (`identifier`)."""

    extension: tuple[Extension, ...] = ()
    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class HumanName(Element):
    """HumanName."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()


class ContactPoint(Element):
    """ContactPoint."""

    extension: tuple[Extension, ...] = ()
    system: str | None = None
    value: str | None = None
    use: str | None = None


class Annotation(Element):
    """Annotation."""

    text: str | None = None


class Meta(Element):
    """Meta."""

    versionId: str | None = None
    lastUpdated: str | None = None
    profile: tuple[str, ...] = ()


class Resource(Element, tag_field="resourceType"):
    """Base of resources; the tag is the resource type."""

    id: str | None = None
    implicitRules: str | None = None
    extension: tuple[Extension, ...] = ()
    modifierExtension: tuple[Extension, ...] = ()


class Practitioner(Resource, tag="Practitioner"):
    """A contained person at work."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class PractitionerRole(Resource, tag="PractitionerRole"):
    """A contained person in a structure."""

    identifier: tuple[Identifier, ...] = ()
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: tuple[CodeableConcept, ...] = ()
    specialty: tuple[CodeableConcept, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()


class Organization(Resource, tag="Organization"):
    """A contained structure."""

    identifier: tuple[Identifier, ...] = ()
    name: str | None = None
    telecom: tuple[ContactPoint, ...] = ()


class Patient(Resource, tag="Patient"):
    """A patient, contained (source identity) or in the bundle (identification)."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    gender: str | None = None
    birthDate: str | None = None


class DeviceName(Element):
    """Device.deviceName."""

    name: str | None = None
    type: str | None = None


class Device(Resource, tag="Device"):
    """A contained software or machine."""

    identifier: tuple[Identifier, ...] = ()
    deviceName: tuple[DeviceName, ...] = ()
    modelNumber: str | None = None


Contained = Practitioner | PractitionerRole | Organization | Patient | Device


class RelatesTo(Element):
    """DocumentReference.relatesTo."""

    code: str | None = None
    target: Reference | None = None


class Attachment(Element):
    """Attachment; `hash` is the base64 of a SHA-1."""

    contentType: str | None = None
    language: str | None = None
    data: str | None = None
    url: str | None = None
    size: int | None = None
    hash: str | None = None
    title: str | None = None
    creation: str | None = None
    creation_: PrimitiveExtension | None = msgspec.field(default=None, name="_creation")


class Content(Element):
    """DocumentReference.content."""

    attachment: Attachment | None = None
    format: Coding | None = None


class Context(Element):
    """DocumentReference.context."""

    encounter: tuple[Reference, ...] = ()
    event: tuple[CodeableConcept, ...] = ()
    period: Period | None = None
    facilityType: CodeableConcept | None = None
    practiceSetting: CodeableConcept | None = None
    sourcePatientInfo: Reference | None = None
    related: tuple[Reference, ...] = ()


class DocumentReference(Resource, tag="DocumentReference"):
    """DocumentReference (R4); `contained` stays raw until it is referred to."""

    meta: Meta | None = None
    contained: tuple[msgspec.Raw, ...] = ()
    masterIdentifier: Identifier | None = None
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    docStatus: str | None = None
    type: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    subject: Reference | None = None
    date: str | None = None
    author: tuple[Reference, ...] = ()
    authenticator: Reference | None = None
    custodian: Reference | None = None
    relatesTo: tuple[RelatesTo, ...] = ()
    description: str | None = None
    securityLabel: tuple[CodeableConcept, ...] = ()
    content: tuple[Content, ...] = ()
    context: Context | None = None


class ListEntry(Element):
    """List.entry."""

    item: Reference | None = None


class List(Resource, tag="List"):
    """List used as a submission set (MHD SubmissionSet)."""

    meta: Meta | None = None
    contained: tuple[msgspec.Raw, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    mode: str | None = None
    title: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    date: str | None = None
    date_: PrimitiveExtension | None = msgspec.field(default=None, name="_date")
    source: Reference | None = None
    note: tuple[Annotation, ...] = ()
    entry: tuple[ListEntry, ...] = ()


class Binary(Resource, tag="Binary"):
    """Binary; `data` is decoded while the JSON is read, so that no base64 text is kept."""

    contentType: str | None = None
    data: bytes | None = None


class ParameterPart(Element):
    """Parameters.parameter.part, with the value types of a FHIRPath patch."""

    name: str | None = None
    valueCode: str | None = None
    valueString: str | None = None


class Parameter(Element):
    """Parameters.parameter."""

    name: str | None = None
    part: tuple[ParameterPart, ...] = ()


class Parameters(Resource, tag="Parameters"):
    """Parameters of a FHIRPath patch (MHD UpdateDocumentRefs)."""

    parameter: tuple[Parameter, ...] = ()


class Issue(Element):
    """OperationOutcome.issue; no default is a word FHIR uses, for a default is not written."""

    severity: str = ""
    code: str = ""
    details: CodeableConcept | None = None
    diagnostics: str | None = None
    expression: tuple[str, ...] = ()


class OperationOutcome(Resource, tag="OperationOutcome"):
    """OperationOutcome."""

    issue: tuple[Issue, ...] = ()


class Link(Element):
    """Bundle.link."""

    relation: str = ""
    url: str = ""


class EntryRequest(Element):
    """Bundle.entry.request."""

    method: str | None = None
    url: str | None = None


class EntryResponse(Element):
    """Bundle.entry.response."""

    status: str | None = None
    location: str | None = None
    etag: str | None = None
    outcome: OperationOutcome | None = None


class EntrySearch(Element):
    """Bundle.entry.search."""

    mode: str | None = None


class BundleEntry(Element):
    """Bundle.entry; the resource stays raw until its type is known."""

    fullUrl: str | None = None
    resource: msgspec.Raw = ABSENT
    search: EntrySearch | None = None
    request: EntryRequest | None = None
    response: EntryResponse | None = None


class Bundle(Resource, tag="Bundle"):
    """Bundle: transaction, transaction-response or searchset."""

    meta: Meta | None = None
    type: str | None = None
    total: int | None = None
    link: tuple[Link, ...] = ()
    entry: tuple[BundleEntry, ...] = ()


class Peek(msgspec.Struct):
    """Just enough of a resource to know what it is."""

    resourceType: str = ""
    id: str = ""
