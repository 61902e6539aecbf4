"""The VIHF (vecteur d'identification et d'habilitation formelles): a SAML 2.0 assertion with the DMP's attributes.

Source: CI-SIS, volet "Transport synchrone pour client lourd" (VIHF); DMP TD0.1; IHE XUA ITI-40; SAML 2.0 core.
`build` writes one, `read` reads one: neither checks a signature (`verify.py`) nor a date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.saml import names
from carnet.wire.saml.names import HL7V3, SAML, XS, XSI

SOURCE = "VIHF, TD0.1 (SAML 2.0 core §2)"
# `None` is how lxml writes a default namespace; its types do not know.
_HL7V3_DEFAULT: Any = {None: HL7V3}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PURPOSE_LABELS = {
    "normal": "Accès normal",
    "bris_de_glace": "Accès en bris de glace",
    "centre_15": "Accès par un centre de régulation médicale",
}


class Mode(StrEnum):
    """Authentification_Mode: who is proven by the certificate, the user or the structure."""

    DIRECT = "DIRECTE"
    INDIRECT = "INDIRECTE"
    REINFORCED = "INDIRECTE_RENFORCEE"


class Role(msgspec.Struct, frozen=True):
    """A coded role: profession (G15), then savoir-faire (R01), section (G05) or role in care (R85)."""

    code: str
    system: str
    display: str = ""


class Vihf(msgspec.Struct, frozen=True, kw_only=True):
    """What an assertion states. Times are aware; an absent optional value is an empty string or None.

    `issuer` is the DN of the signing certificate, `subject` the PS_IdNat of the user, `structure` a
    Struct_IdNat, `sector` a SAxx code (TRE_R02), `patient` a CX, `purpose` a TRE_R248 code;
    `confidentiality` asks for a secret connection (INVISIBLE_REPRESENTANTS_LEGAUX). `authentication_declared` is the
    AuthnContextDecl of the reinforced mode: how the structure proved its user. `audiences` are the groups of
    AudienceRestriction: the reader must be named in each of them.
    """

    id: str
    issuer: str
    subject: str
    issued_at: datetime
    authenticated_at: datetime
    not_before: datetime | None = None
    not_on_or_after: datetime | None = None
    authentication_class: str
    authentication_declared: str = ""
    audiences: tuple[tuple[str, ...], ...] = ()
    version: str = "3.0"
    mode: Mode
    structure: str
    sector: str
    subject_name: str = ""
    roles: tuple[Role, ...]
    patient: str = ""
    purpose: str = "normal"
    confidentiality: str = ""
    software_id: str = ""
    software_name: str
    software_version: str
    homologation: str


def build(vihf: Vihf) -> bytes:
    """The assertion, unsigned, as UTF-8 bytes without declaration."""
    assertion = etree.Element(
        f"{{{SAML}}}Assertion",
        nsmap={"saml2": SAML, "xs": XS, "xsi": XSI},
        ID=vihf.id,
        IssueInstant=_format(vihf.issued_at),
        Version="2.0",
    )
    _text(assertion, "Issuer", vihf.issuer).set("Format", names.X509_SUBJECT_NAME)
    _text(etree.SubElement(assertion, f"{{{SAML}}}Subject"), "NameID", vihf.subject)
    limits = {"NotBefore": vihf.not_before, "NotOnOrAfter": vihf.not_on_or_after}
    if any(limits.values()) or vihf.audiences:
        conditions = etree.SubElement(assertion, f"{{{SAML}}}Conditions")
        for name, limit in limits.items():
            if limit is not None:
                conditions.set(name, _format(limit))
        for group in vihf.audiences:
            restriction = etree.SubElement(conditions, f"{{{SAML}}}AudienceRestriction")
            for audience in group:
                _text(restriction, "Audience", audience)
    authentication = etree.SubElement(
        assertion, f"{{{SAML}}}AuthnStatement", AuthnInstant=_format(vihf.authenticated_at)
    )
    context = etree.SubElement(authentication, f"{{{SAML}}}AuthnContext")
    _text(context, "AuthnContextClassRef", vihf.authentication_class)
    if vihf.authentication_declared:
        _text(context, "AuthnContextDecl", vihf.authentication_declared)
    _build_attributes(etree.SubElement(assertion, f"{{{SAML}}}AttributeStatement"), vihf)
    return etree.tostring(assertion, encoding="UTF-8", xml_declaration=False)


def read(signed: etree._Element) -> Vihf:
    """The values of an assertion. Give it only the canonical form of what a signature covers (`verify.py`).

    Raises Malformed: `vihf-structure`, `vihf-condition`, `vihf-time`, `vihf-subject`, `vihf-attribute-missing`,
    `vihf-attribute-twice`, `vihf-value`, `vihf-mode`, `vihf-confidentiality`.
    """
    if signed.tag != f"{{{SAML}}}Assertion" or signed.get("Version") != "2.0":
        raise Malformed(
            "vihf-structure",
            "L'élément de sécurité n'est pas une assertion SAML 2.0.",
            field="Assertion",
            found=f"{signed.tag} version {signed.get('Version', '')}",
            expected="saml2:Assertion, Version 2.0",
            source=SOURCE,
        )
    subject_element = _child(signed, "Subject")
    subject = _child_text(subject_element, "NameID")
    if not subject:
        raise _wrong("vihf-subject", "L'assertion ne nomme personne.", "Subject/NameID", "", "PS_IdNat")
    statement = _child(signed, "AuthnStatement")
    context = _child(statement, "AuthnContext")
    conditions = _conditions(signed)
    not_before, not_on_or_after = _limits(conditions, subject_element, statement)
    attributes = _Attributes(_child(signed, "AttributeStatement"))
    mode = attributes.text(names.MODE, names.MODE_2019)
    if mode not in set(Mode):
        raise _wrong("vihf-mode", "Le mode d'authentification est inconnu.", names.MODE, mode, " ou ".join(Mode))
    sector, _, sector_system = attributes.text(names.SECTOR).partition("^")
    if sector_system != names.SECTOR_SYSTEM:
        raise _wrong(
            "vihf-value",
            "Le secteur d'activité doit porter sa nomenclature.",
            names.SECTOR,
            sector_system,
            f"SAxx^{names.SECTOR_SYSTEM}",
        )
    if attributes.text(names.RESOURCE) != names.RESOURCE_DMP:
        raise _wrong(
            "vihf-value",
            "La ressource demandée n'est pas un DMP.",
            names.RESOURCE,
            attributes.text(names.RESOURCE),
            names.RESOURCE_DMP,
        )
    purpose = attributes.codes(names.PURPOSE)
    if len(purpose) != 1 or purpose[0].code not in _PURPOSE_LABELS or purpose[0].system != names.PURPOSE_SYSTEM:
        raise _wrong(
            "vihf-value",
            "Le mode d'accès est inconnu.",
            names.PURPOSE,
            " ".join(f"{code.code}^{code.system}" for code in purpose),
            f"{' | '.join(_PURPOSE_LABELS)} ({names.PURPOSE_SYSTEM})",
        )
    return Vihf(
        id=signed.get("ID", ""),
        issuer=_child_text(signed, "Issuer"),
        subject=subject,
        issued_at=_time(signed, "IssueInstant"),
        authenticated_at=_time(statement, "AuthnInstant"),
        not_before=not_before,
        not_on_or_after=not_on_or_after,
        authentication_class=_child_text(context, "AuthnContextClassRef"),
        authentication_declared=_declared(context),
        audiences=_audiences(conditions, subject_element),
        version=attributes.text(names.VERSION),
        mode=Mode(mode),
        structure=attributes.text(names.STRUCTURE),
        sector=sector,
        subject_name=attributes.text(names.SUBJECT_NAME, required=mode != Mode.DIRECT),
        roles=attributes.codes(names.ROLE),
        patient=attributes.text(names.PATIENT, required=False),
        purpose=purpose[0].code,
        confidentiality=_confidentiality(attributes),
        software_id=attributes.text(names.SOFTWARE_ID, required=False),
        software_name=attributes.text(names.SOFTWARE_NAME),
        software_version=attributes.text(names.SOFTWARE_VERSION),
        homologation=attributes.text(names.HOMOLOGATION),
    )


class _Attributes:
    """The AttributeStatement by name; each name once, except roles, which may come as several attributes."""

    def __init__(self, statement: etree._Element) -> None:
        values: dict[str, list[etree._Element]] = {}
        for attribute in statement.iterchildren(f"{{{SAML}}}Attribute"):
            name = attribute.get("Name", "")
            if name in values and name != names.ROLE:
                raise _wrong("vihf-attribute-twice", "Un attribut figure deux fois.", name, "2", "1")
            values.setdefault(name, []).extend(attribute.iterchildren(f"{{{SAML}}}AttributeValue"))
        self._values: Mapping[str, list[etree._Element]] = values

    def text(self, *spellings: str, required: bool = True) -> str:
        """The text of an attribute, under the first of its spellings that is there."""
        for name in spellings:
            values = self._values.get(name, [])
            if len(values) > 1:
                raise _wrong("vihf-attribute-twice", "Un attribut a deux valeurs.", name, str(len(values)), "1")
            if values:
                if len(values[0]):
                    raise _wrong("vihf-value", "Cet attribut est un texte.", name, "un élément", "un texte")
                text = (values[0].text or "").strip()
                if text:
                    return text
        if required:
            raise _missing(spellings[0])
        return ""

    def codes(self, name: str, *, required: bool = True) -> tuple[Role, ...]:
        """The coded values of an attribute: an HL7 v3 element with code and codeSystem each."""
        codes = []
        for value in self._values.get(name, []):
            children = list(value)
            if len(children) != 1 or etree.QName(children[0]).namespace != HL7V3 or not children[0].get("code"):
                raise _wrong(
                    "vihf-value", "Cet attribut est un code HL7 v3.", name, "", "un élément avec code et codeSystem"
                )
            coded = children[0]
            codes.append(Role(coded.get("code", ""), coded.get("codeSystem", ""), coded.get("displayName", "")))
        if required and not codes:
            raise _missing(name)
        return tuple(codes)


def _confidentiality(attributes: _Attributes) -> str:
    found = attributes.codes(names.CONFIDENTIALITY, required=False)
    if not found:
        return ""
    secret = names.HIDDEN_FROM_REPRESENTATIVES, names.CONFIDENTIALITY_SYSTEM
    if [(code.code, code.system) for code in found] != [secret]:
        raise _wrong(
            "vihf-confidentiality",
            "La confidentialité demandée n'est pas celle d'une connexion secrète.",
            names.CONFIDENTIALITY,
            " ".join(f"{code.code}^{code.system}" for code in found),
            f"{names.HIDDEN_FROM_REPRESENTATIVES} ({names.CONFIDENTIALITY_SYSTEM}), une seule fois",
        )
    return names.HIDDEN_FROM_REPRESENTATIVES


def _conditions(assertion: etree._Element) -> etree._Element | None:
    conditions = list(assertion.iterchildren(f"{{{SAML}}}Conditions"))
    if len(conditions) > 1:
        raise _wrong("vihf-structure", "Un élément figure deux fois.", "Conditions", "2", "0 ou 1")
    for condition in conditions[0] if conditions else ():
        # An unknown condition makes an assertion's validity indeterminate (SAML core §2.5.1.1): refused too.
        if condition.tag != f"{{{SAML}}}AudienceRestriction":
            raise _wrong(
                "vihf-condition",
                "Le VIHF porte une condition que le serveur ne sait pas tenir.",
                "Conditions",
                etree.QName(condition).localname,
                "NotBefore et NotOnOrAfter seulement",
            )
    return conditions[0] if conditions else None


def _limits(
    conditions: etree._Element | None, subject: etree._Element, statement: etree._Element
) -> tuple[datetime | None, datetime | None]:
    """The latest beginning and the earliest end of all that is said (Conditions, confirmation, session)."""
    starts, ends = [], [_optional_time(statement, "SessionNotOnOrAfter")]
    for element in (conditions, *subject.iterdescendants(f"{{{SAML}}}SubjectConfirmationData")):
        if element is not None:
            starts.append(_optional_time(element, "NotBefore"))
            ends.append(_optional_time(element, "NotOnOrAfter"))
    start = max((one for one in starts if one is not None), default=None)
    end = min((one for one in ends if one is not None), default=None)
    if start is not None and end is not None and start >= end:
        raise _wrong(
            "vihf-time",
            "Les dates de validité du VIHF se contredisent.",
            "Conditions",
            f"{start.isoformat()} à {end.isoformat()}",
            "NotBefore avant NotOnOrAfter",
        )
    return start, end


def _audiences(conditions: etree._Element | None, subject: etree._Element) -> tuple[tuple[str, ...], ...]:
    """Whom the assertion is for; the Recipient of a confirmation is a group of one."""
    groups = [
        tuple((audience.text or "").strip() for audience in restriction.iterchildren(f"{{{SAML}}}Audience"))
        for restriction in (conditions if conditions is not None else ())
    ]
    for confirmation in subject.iterdescendants(f"{{{SAML}}}SubjectConfirmationData"):
        if "Recipient" in confirmation.attrib:
            groups.append((confirmation.get("Recipient", ""),))
    return tuple(groups)


def _declared(context: etree._Element) -> str:
    """AuthnContextDecl as text; its elements, if it has any, by their names."""
    found = list(context.iterchildren(f"{{{SAML}}}AuthnContextDecl"))
    if len(found) > 1:
        raise _wrong("vihf-structure", "Un élément figure deux fois.", "AuthnContextDecl", str(len(found)), "0 ou 1")
    if not found:
        return ""
    words = [str(text) for text in found[0].itertext()]
    words += [etree.QName(child).localname for child in found[0].iterdescendants(etree.Element)]
    return " ".join(" ".join(words).split())[:200]


def _child(parent: etree._Element, name: str) -> etree._Element:
    children = list(parent.iterchildren(f"{{{SAML}}}{name}"))
    if len(children) != 1:
        raise _wrong("vihf-structure", "Un élément de l'assertion manque ou se répète.", name, str(len(children)), "1")
    return children[0]


def _child_text(parent: etree._Element, name: str) -> str:
    child = _child(parent, name)
    if len(child):
        raise _wrong("vihf-structure", "Cet élément est un texte.", name, "un élément", "un texte")
    return (child.text or "").strip()


def _optional_time(element: etree._Element, name: str) -> datetime | None:
    return _time(element, name) if name in element.attrib else None


def _time(element: etree._Element, name: str) -> datetime:
    written = element.get(name, "")
    try:
        if not _DATE_TIME.fullmatch(written):
            raise ValueError
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(
            "vihf-time", "Une date de l'assertion est illisible.", name, written, "AAAA-MM-JJThh:mm:ssZ"
        ) from None


def _missing(name: str) -> Malformed:
    return _wrong("vihf-attribute-missing", "Un attribut obligatoire du VIHF manque.", name, "", "une valeur")


def _wrong(rule: str, text: str, field: str, found: str, expected: str) -> Malformed:
    return Malformed(rule, text, field=field, found=found[:200], expected=expected, source=SOURCE)


def _format(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{SAML}}}{name}")
    element.text = text
    return element


def _build_attributes(statement: etree._Element, vihf: Vihf) -> None:
    for name, value in (
        (names.VERSION, vihf.version),
        (names.MODE, vihf.mode),
        (names.STRUCTURE, vihf.structure),
        (names.SECTOR, f"{vihf.sector}^{names.SECTOR_SYSTEM}"),
        (names.SUBJECT_NAME, vihf.subject_name),
        (names.PATIENT, vihf.patient),
        (names.RESOURCE, names.RESOURCE_DMP),
        (names.SOFTWARE_ID, vihf.software_id),
        (names.SOFTWARE_NAME, vihf.software_name),
        (names.SOFTWARE_VERSION, vihf.software_version),
        (names.HOMOLOGATION, vihf.homologation),
    ):
        if value:
            attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=name)
            written = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue")
            written.set(f"{{{XSI}}}type", "xs:string")
            written.text = value
    roles = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=names.ROLE)
    for role in vihf.roles:
        _code(roles, "Role", role.code, role.system, "", role.display)
    purpose = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=names.PURPOSE)
    _code(
        purpose,
        "PurposeOfUse",
        vihf.purpose,
        names.PURPOSE_SYSTEM,
        names.PURPOSE_SYSTEM_NAME,
        _PURPOSE_LABELS.get(vihf.purpose, ""),
    )
    if vihf.confidentiality:
        secret = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=names.CONFIDENTIALITY)
        _code(secret, "ConfidentialityCode", vihf.confidentiality, names.CONFIDENTIALITY_SYSTEM, "", "")


def _code(attribute: etree._Element, tag: str, code: str, system: str, system_name: str, display: str) -> None:
    value = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue")
    coded = etree.SubElement(value, f"{{{HL7V3}}}{tag}", nsmap=_HL7V3_DEFAULT)
    coded.set("code", code)
    coded.set("codeSystem", system)
    if system_name:
        coded.set("codeSystemName", system_name)
    if display:
        coded.set("displayName", display)
    coded.set(f"{{{XSI}}}type", "CE")
