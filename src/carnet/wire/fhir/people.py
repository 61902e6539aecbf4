"""Authors, legal authenticators and recipients: XDS Author, XCN and XON to contained resources, and back.

A person alone is a Practitioner; with structures, roles, specialties or telecoms a PractitionerRole that refers to
a Practitioner and an Organization; a patient (XCN.13 = NH) a Patient; a software (XCN.10 = U or XCN.13 = RI) a
Device; a structure alone an Organization. What these resources have no place for (a second structure, roles of
a Patient or Device) is written as extensions of them. MHD asks for contained resources (TF-2 §3.65.4.1.2).
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from carnet.wire.fhir.codes import OID, scheme_of, system_of
from carnet.wire.fhir.datatypes import (
    INS_OIDS,
    PERSON_OID,
    Name,
    best_identifier,
    components,
    contact_point,
    escape,
    exact_of,
    join,
    keep,
    read_contact_point,
    read_identifier,
    said,
    to_identifier,
)
from carnet.wire.fhir.resources import (
    CodeableConcept,
    Coding,
    Contained,
    Device,
    DeviceName,
    Extension,
    HumanName,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
)
from carnet.wire.xds.model import Author

BASE = "https://carnet.example/fhir/StructureDefinition/"
INSTITUTION = BASE + "xds-author-institution"
ROLE = BASE + "xds-author-role"
SPECIALTY = BASE + "xds-author-specialty"
TELECOM = BASE + "xds-author-telecom"


class Pool:
    """The contained resources of one resource, by local id."""

    def __init__(self, contained: tuple[msgspec.Raw, ...] = ()) -> None:
        self.resources: dict[str, Contained] = {}
        self.broken: list[tuple[int, str]] = []
        for number, raw in enumerate(contained):
            try:
                resource = msgspec.json.decode(raw, type=Contained)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self.broken.append((number, str(error)))
                continue
            if resource.id:
                self.resources[resource.id] = resource

    def resolve(self, reference: Reference | None) -> Contained | None:
        """The contained resource a `#…` reference names."""
        text = reference.reference if reference else None
        return self.resources.get(text[1:]) if text and text.startswith("#") else None


# --- persons: XCN -----------------------------------------------------------------------------------------------


def person(xcn: str, anchor: str) -> Practitioner | Patient | Device:
    """An XCN as a contained resource whose id is `anchor`."""
    plain = _person(xcn, anchor)
    if read_person(plain) != xcn:
        plain.extension = keep(xcn)
    return plain


def _person(xcn: str, anchor: str) -> Practitioner | Patient | Device:
    found = xcn.split("^") + [""] * 13
    identifier = to_identifier(Name(said(found[0]), found[8], found[12]))
    identifiers = (identifier,) if identifier else ()
    family, given, second, suffix, prefix = (said(part) for part in found[1:6])
    if found[9] == "U" or found[12] == "RI":
        called = (DeviceName(name=family, type="user-friendly-name"),) if family else ()
        return Device(id=anchor, identifier=identifiers, deviceName=called, modelNumber=given or None)
    name = HumanName(
        family=family or None,
        given=tuple(part for part in (given, second) if part),
        suffix=(suffix,) if suffix else (),
        prefix=(prefix,) if prefix else (),
    )
    names = (name,) if any((family, given, second, suffix, prefix)) else ()
    if found[12] == "NH":
        return Patient(id=anchor, identifier=identifiers, name=names)
    return Practitioner(id=anchor, identifier=identifiers, name=names)


def read_person(resource: Contained) -> str:
    """A contained Practitioner, Patient, Device or (for an authenticator) Organization as an XCN."""
    exact = exact_of(resource.extension)
    plain = _read_person(resource)
    if exact and _read_person(_person(exact, resource.id or "")) == plain:
        return exact
    return plain


def _read_person(resource: Contained) -> str:
    name = read_identifier(best_identifier(resource.identifier))
    if isinstance(resource, Device):
        device = next((n.name for n in resource.deviceName if n.name), "")
        return _xcn(name, (device, resource.modelNumber or "", "", "", ""), "U", "RI")
    if isinstance(resource, Organization):
        return _xcn(name, (resource.name or "", "", "", "", ""), "", name.kind)
    if isinstance(resource, PractitionerRole):
        return _xcn(name, ("", "", "", "", ""), "", name.kind)
    human = next((n for n in resource.name if n.family or n.given or n.prefix or n.suffix), HumanName())
    first, *others = human.given or ("",)
    parts = (human.family or "", first, " ".join(others), " ".join(human.suffix), " ".join(human.prefix))
    return _xcn(name, parts, "D", "NH" if isinstance(resource, Patient) else name.kind)


def _xcn(name: Name, parts: tuple[str, str, str, str, str], sort: str, kind: str) -> str:
    french = name.oid == PERSON_OID or name.oid in INS_OIDS
    if sort == "D" and not (french and any(parts)):
        sort = ""
    named = tuple(escape(part) for part in parts)
    return join(escape(name.value), *named, "", "", name.authority, sort, "", "", kind)


# --- structures: XON --------------------------------------------------------------------------------------------


def organization(xon: str, anchor: str) -> Organization:
    """An XON as a contained Organization whose id is `anchor`."""
    plain = _organization(xon, anchor)
    if read_organization(plain) != xon:
        plain.extension = keep(xon)
    return plain


def _organization(xon: str, anchor: str) -> Organization:
    found = components(xon, 10) or xon.split("^")
    identifier = to_identifier(Name(said(found[9]), found[5], found[6]))
    return Organization(id=anchor, identifier=(identifier,) if identifier else (), name=said(found[0]) or None)


def read_organization(resource: Contained) -> str:
    """A contained Organization as an XON."""
    exact = exact_of(resource.extension)
    plain = _read_organization(resource)
    if exact and _read_organization(_organization(exact, resource.id or "")) == plain:
        return exact
    return plain


def _read_organization(resource: Contained) -> str:
    name = read_identifier(best_identifier(resource.identifier))
    title = resource.name if isinstance(resource, Organization) else None
    return join(escape(title or ""), "", "", "", "", name.authority, name.kind, "", "", escape(name.value))


# --- roles and specialties --------------------------------------------------------------------------------------


def qualifier(text: str) -> CodeableConcept:
    """An authorRole or authorSpecialty: `code^label^OID` as a coding, anything else as text.

    FHIR's `code` (R4 §2.24.0.1) has single spaces, inside only: a code that is none is told as text.
    """
    found = text.split("^")
    code = said(found[0])
    if len(found) == 3 and code and code == " ".join(code.split()) and OID.fullmatch(found[2]):
        display = said(found[1]) or None
        concept = CodeableConcept(coding=(Coding(system=system_of(found[2]), code=code, display=display),))
        if read_qualifier(concept) == text:
            return concept
    return CodeableConcept(text=text)


def read_qualifier(concept: CodeableConcept) -> str:
    """The reverse of `qualifier`."""
    coding = next((c for c in concept.coding if c.code), None)
    if coding is None:
        return concept.text or ""
    scheme = scheme_of(coding.system)
    if not scheme:
        return concept.text or coding.display or coding.code or ""
    return f"{escape(coding.code or '')}^{escape(coding.display or '')}^{scheme}"


# --- authors ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def contain_author(author: Author, anchor: str) -> tuple[msgspec.Raw, ...]:
    """An author as contained resources, already JSON; the one that `#anchor` names comes first."""
    return tuple(msgspec.Raw(msgspec.json.encode(resource)) for resource in author_resources(author, anchor))


@lru_cache(maxsize=4096)
def contain_person(xcn: str, anchor: str) -> msgspec.Raw:
    """An XCN as one contained resource, already JSON."""
    return msgspec.Raw(msgspec.json.encode(person(xcn, anchor)))


def author_resources(author: Author, anchor: str) -> list[Contained]:
    """An author as contained resources; the one that `#anchor` names comes first."""
    structures = author.institutions
    bare = not (author.roles or author.specialties or author.telecoms)
    who = person(author.person, anchor) if author.person else None
    if who is not None and bare and not structures:
        return [who]
    if who is None and bare and len(structures) == 1:
        return [organization(structures[0], anchor)]
    organizations: list[Contained] = [organization(xon, f"{anchor}-org{n}") for n, xon in enumerate(structures, 1)]
    more = [_at(INSTITUTION, f"#{anchor}-org{n}") for n in range(1, len(structures) + 1)]
    if isinstance(who, Patient | Device):
        more += [Extension(url=ROLE, valueString=text) for text in author.roles]
        more += [Extension(url=SPECIALTY, valueString=text) for text in author.specialties]
        more += [Extension(url=TELECOM, valueString=text) for text in author.telecoms]
        who.extension = (*who.extension, *more)
        return [who, *organizations]
    role = PractitionerRole(
        id=anchor,
        extension=tuple(more[1:]),
        practitioner=Reference(reference=f"#{anchor}-person") if who else None,
        organization=Reference(reference=f"#{anchor}-org1") if structures else None,
        code=tuple(qualifier(text) for text in author.roles),
        specialty=tuple(qualifier(text) for text in author.specialties),
        telecom=tuple(contact_point(text) for text in author.telecoms),
    )
    if who is not None:
        who.id = f"{anchor}-person"
        return [role, who, *organizations]
    return [role, *organizations]


def _at(url: str, reference: str) -> Extension:
    return Extension(url=url, valueReference=Reference(reference=reference))


def read_author(resource: Contained, pool: Pool) -> Author:
    """A contained author as an Author."""
    structures = [_structure(e.valueReference, pool) for e in resource.extension if e.url == INSTITUTION]
    if isinstance(resource, Organization):
        return Author(
            institutions=(read_organization(resource),), telecoms=tuple(map(read_contact_point, resource.telecom))
        )
    if isinstance(resource, PractitionerRole):
        who = pool.resolve(resource.practitioner)
        xcn = read_person(who) if who else ""
        if not xcn and resource.practitioner is not None and resource.practitioner.identifier is not None:
            logical = resource.practitioner
            name = HumanName(family=logical.display) if logical.display else None
            identifier = (logical.identifier,) if logical.identifier else ()
            xcn = read_person(Practitioner(identifier=identifier, name=(name,) if name else ()))
        telecoms = tuple(read_contact_point(point) for point in resource.telecom)
        if not telecoms and isinstance(who, Practitioner):
            telecoms = tuple(read_contact_point(point) for point in who.telecom)
        return Author(
            person=xcn or _read_person(resource),
            institutions=tuple(filter(None, (_structure(resource.organization, pool), *structures))),
            roles=tuple(filter(None, map(read_qualifier, resource.code))),
            specialties=tuple(filter(None, map(read_qualifier, resource.specialty))),
            telecoms=tuple(filter(None, telecoms)),
        )
    telecoms = tuple(e.valueString for e in resource.extension if e.url == TELECOM and e.valueString)
    if isinstance(resource, Practitioner):
        telecoms = tuple(filter(None, map(read_contact_point, resource.telecom)))
    return Author(
        person=read_person(resource),
        institutions=tuple(filter(None, structures)),
        roles=tuple(e.valueString for e in resource.extension if e.url == ROLE and e.valueString),
        specialties=tuple(e.valueString for e in resource.extension if e.url == SPECIALTY and e.valueString),
        telecoms=telecoms,
    )


def _structure(reference: Reference | None, pool: Pool) -> str:
    resource = pool.resolve(reference)
    if resource is not None:
        return read_organization(resource)
    if reference is not None and reference.identifier is not None:
        return read_organization(Organization(identifier=(reference.identifier,), name=reference.display))
    return ""
