"""HL7 v2 data types inside XDS attributes (TF-3 §4.2.3.1.7): CX, XCN, XON, CXi, XTN to FHIR elements, and back.

What the FHIR elements cannot give back exactly (unusual components, escapes, another type of authority) travels
beside them in the exact-value extension; a reader believes it only if it agrees with the elements themselves,
so nobody can show one person and register another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from carnet.wire.fhir.codes import OID
from carnet.wire.fhir.resources import CodeableConcept, Coding, ContactPoint, Extension, Identifier
from carnet.wire.fhir.times import EXACT

RFC3986 = "urn:ietf:rfc:3986"
PERSON_OID = "1.2.250.1.71.4.2.1"
STRUCTURE_OID = "1.2.250.1.71.4.2.2"
INS_OIDS = frozenset(f"1.2.250.1.213.1.4.{n}" for n in (2, 8, 9, 10, 11))
_V2_0203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_FRENCH_0203 = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_FRENCH_TYPES = frozenset({"IDNPS", "IDNST", "FINEG", "FINEJ", "SIREN", "SIRET", "RPPS", "ADELI", "INS-C"})
_INS_TYPES = frozenset({"INS-NIR", "INS-NIA", "INS-NIR-TEST", "INS-NIR-DEMO", "INS"})
# Bare national numbers of the French directory, as prefixes of PS_IdNat and Struct_IdNat (CI-SIS).
_NATIONAL = {
    "https://rpps.esante.gouv.fr": (PERSON_OID, "8"),
    "http://rpps.fr": (PERSON_OID, "8"),
    "https://adeli.esante.gouv.fr": (PERSON_OID, "0"),
    "https://finess.esante.gouv.fr": (STRUCTURE_OID, "1"),
    "http://finess.sante.gouv.fr": (STRUCTURE_OID, "1"),
}
_DEFAULT_TYPES = {PERSON_OID: "IDNPS", STRUCTURE_OID: "IDNST"} | dict.fromkeys(INS_OIDS, "NH")
_DEFAULT_TYPES["1.2.250.1.213.1.4.2"] = "INS-C"
# CXi.5 (TF-3 §4.2.3.1.7, Appendix Z.9.1.2) for the FHIR identifier types that clients use instead.
_CXI_TYPES = {
    "ACSN": "urn:ihe:iti:xds:2013:accession",
    "PLAC": "urn:ihe:iti:xds:2013:order",
    "FILL": "urn:ihe:iti:xds:2013:order",
    "VN": "urn:ihe:iti:xds:2015:encounterId",
}
_ESCAPES = (("\\", "\\E\\"), ("&", "\\T\\"), ("^", "\\S\\"), ("|", "\\F\\"), ("~", "\\R\\"))
_SIGNS = {written: sign for sign, written in _ESCAPES}
_ESCAPED = re.compile(r"\\[ETSFR]\\")


def escape(text: str) -> str:
    """A component's text with HL7 v2 delimiters escaped."""
    if not any(sign in text for sign in "\\&^|~"):
        return text
    for sign, written in _ESCAPES:
        text = text.replace(sign, written)
    return text


def unescape(text: str) -> str:
    """The reverse of `escape`."""
    return _ESCAPED.sub(lambda match: _SIGNS[match.group()], text) if "\\" in text else text


def said(component: str) -> str:
    """A component as FHIR says it; "" for one of blanks alone, since FHIR has no such string (R4 §2.24.0.1)."""
    text = unescape(component)
    return text if text.strip() else ""


def components(text: str, count: int) -> list[str] | None:
    """The `^` components of a value, filled up to `count`; None when there are more."""
    found = text.split("^")
    return None if len(found) > count else found + [""] * (count - len(found))


def join(*values: str) -> str:
    """Components to a value, without the trailing empty ones."""
    return "^".join(values).rstrip("^")


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as HL7 v2 sees it: value, assigning authority (HD text), type code."""

    value: str = ""
    authority: str = ""
    kind: str = ""

    @property
    def oid(self) -> str:
        """The authority's OID, or empty."""
        return self.authority[1:-4] if self.authority.endswith("&ISO") and self.authority[:1] == "&" else ""


def exact_of(extensions: tuple[Extension, ...]) -> str | None:
    """The exact value kept beside an element, if any."""
    return next((e.valueString for e in extensions if e.url == EXACT), None)


def keep(text: str) -> tuple[Extension, ...]:
    """The exact-value extension."""
    return (Extension(url=EXACT, valueString=text),)


def kind_concept(kind: str) -> CodeableConcept | None:
    """Identifier.type of an HL7 v2 identifier type code."""
    if not kind:
        return None
    v2 = _FRENCH_0203 if kind in _FRENCH_TYPES else _V2_0203
    system = RFC3986 if kind.startswith("urn:") else v2
    return CodeableConcept(coding=(Coding(system=system, code=kind),))


def to_identifier(name: Name) -> Identifier | None:
    """A name as an Identifier; None when it has no value."""
    if not name.value:
        return None
    kind = kind_concept(name.kind)
    if not name.authority:
        if OID.fullmatch(name.value):
            return Identifier(type=kind, system=RFC3986, value="urn:oid:" + name.value)
        return Identifier(type=kind, value=name.value)
    parts = name.authority.split("&")
    if len(parts) == 3 and parts[2] == "URI":
        return Identifier(type=kind, system=unescape(parts[1]) or None, value=name.value)
    oid = parts[1] if len(parts) == 3 else ""
    return Identifier(type=kind, system="urn:oid:" + oid if oid else None, value=name.value)


def read_identifier(identifier: Identifier | None) -> Name:
    """An Identifier as a name; national numbers of the French directory become PS_IdNat or Struct_IdNat."""
    if identifier is None or not identifier.value:
        return Name()
    kind = ""
    if identifier.type is not None:
        kind = next((c.code for c in identifier.type.coding if c.code), "")
    system, value = identifier.system or "", identifier.value
    if system == RFC3986:
        return Name(value[8:] if value.startswith("urn:oid:") else value, "", kind)
    if system in _NATIONAL:
        oid, prefix = _NATIONAL[system]
        return Name(prefix + value, f"&{oid}&ISO", _DEFAULT_TYPES[oid])
    if system.startswith("urn:oid:"):
        oid = system[8:]
        if kind in _INS_TYPES and oid in INS_OIDS:
            kind = "NH"
        return Name(value, f"&{oid}&ISO", kind or _DEFAULT_TYPES.get(oid, ""))
    return Name(value, f"&{escape(system)}&URI" if system else "", kind)


def best_identifier(identifiers: tuple[Identifier, ...]) -> Identifier | None:
    """The identifier that names somebody nationally, else the first that has a value."""
    with_value = [i for i in identifiers if i.value]
    national = INS_OIDS | {PERSON_OID, STRUCTURE_OID}
    return next((i for i in with_value if read_identifier(i).oid in national), with_value[0] if with_value else None)


def cx_text(name: Name) -> str:
    """A name as a CX: `value^^^authority^type`."""
    return join(escape(name.value), "", "", name.authority, name.kind)


def cx_identifier(text: str) -> Identifier:
    """A CX or CXi as an Identifier, with the exact value beside when needed."""
    found = components(text, 5)
    plain = to_identifier(Name(said(found[0]), found[3], found[4])) if found else None
    if plain is None:
        first = said(text.split("^")[0])
        return Identifier(value=first or None, extension=keep(text))
    if cx_text(read_identifier(plain)) != text:
        return Identifier(type=plain.type, system=plain.system, value=plain.value, extension=keep(text))
    return plain


def read_cx(identifier: Identifier | None) -> str:
    """An Identifier as a CX; empty when it has no value."""
    if identifier is None:
        return ""
    exact = exact_of(identifier.extension)
    if exact:
        again = cx_identifier(exact)
        if (again.system, again.value, again.type) == (identifier.system, identifier.value, identifier.type):
            return exact
    name = read_identifier(identifier)
    return cx_text(name) if name.value else ""


def read_cxi(identifier: Identifier | None) -> str:
    """An Identifier as a CXi, FHIR identifier types becoming IHE's."""
    if identifier is not None and identifier.type is not None and not identifier.extension:
        kind = next((c.code for c in identifier.type.coding if c.code), "")
        if kind in _CXI_TYPES:
            name = read_identifier(identifier)
            return cx_text(Name(name.value, name.authority, _CXI_TYPES[kind]))
    return read_cx(identifier)


def contact_point(text: str) -> ContactPoint:
    """An XTN as a ContactPoint (`^^Internet^a@b`, `number^^PH`)."""
    found = text.split("^")
    if len(found) >= 4 and said(found[3]) and found[2] in ("Internet", "X.400"):
        plain = ContactPoint(system="email", value=said(found[3]))
    elif said(found[0]):
        plain = ContactPoint(system="phone", value=said(found[0]))
    else:
        return ContactPoint(system="other", value=text)
    if read_contact_point(plain) != text:
        return ContactPoint(system=plain.system, value=plain.value, extension=keep(text))
    return plain


def read_contact_point(point: ContactPoint) -> str:
    """A ContactPoint as an XTN."""
    value = point.value or ""
    exact = exact_of(point.extension)
    if exact:
        again = contact_point(exact)
        if (again.system, again.value) == (point.system, point.value):
            return exact
    if not value:
        return ""
    if point.system == "email":
        return f"^^Internet^{escape(value)}"
    if point.system in ("phone", "fax", "sms", "pager"):
        return f"{escape(value)}^^{'FX' if point.system == 'fax' else 'PH'}"
    return value
