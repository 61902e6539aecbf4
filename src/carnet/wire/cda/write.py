"""Writing a CDA R2 document: a header's values and a body to the XML of the CI-SIS.

The reverse of `header.read_header`: what is written is read back equal. The body is a list of sections, in
words and, where a block of `entries` says it, in coded entries too; or, for N1, one file in base64 (IHE ITI XDS-SD).
Elements are in the order of the CDA R2 schema (POCD_MT000040).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from uuid import NAMESPACE_OID, uuid5

import msgspec

from carnet.wire.cda.coded import Coded
from carnet.wire.cda.entries import write_coded
from carnet.wire.cda.header import Header, Identifier, Organization, Participant, Patient, ServiceEvent
from carnet.wire.xds.model import Code
from carnet.wire.xml import escape

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3" '
    'xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


class Paragraph(msgspec.Struct, frozen=True):
    """Running text."""

    text: str


class Items(msgspec.Struct, frozen=True):
    """A list of points."""

    items: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """A table: column titles, rows, and a caption above."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


class File(msgspec.Struct, frozen=True):
    """A file carried by the document: an image or a PDF inside a section, or the body itself (N1)."""

    media_type: str
    data: bytes
    caption: str = ""


Block = Paragraph | Items | Table | File | Coded


class Section(msgspec.Struct, frozen=True):
    """One section: its title, its LOINC code, its blocks, the sections inside it, the templates it conforms to."""

    title: str
    code: Code
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    templates: tuple[Identifier, ...] = ()


def write_document(header: Header, body: Sequence[Section] | File) -> bytes:
    """The document as UTF-8 XML; `level`, `body_media_type` and `self_presenting` of `header` are not read.

    A structured body may be empty of sections but then the document says nothing; N1 takes one `File`.
    """
    out = [_OPENING]
    out.append(_empty("realmCode", code=header.realm))
    out.append('<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>')
    out.extend(_identifier("templateId", one) for one in header.templates)
    out.append(_identifier("id", header.identifier))
    out.append(_code("code", header.code))
    out.append(_text("title", header.title))
    out.append(_time("effectiveTime", header.effective_time))
    out.append(_code("confidentialityCode", header.confidentiality))
    out.append(_empty("languageCode", code=header.language))
    out.append(_identifier("setId", header.set_id))
    out.append(_empty("versionNumber", value="" if header.version is None else str(header.version)))
    if header.patient is not None:
        out.append(f"<recordTarget>{_patient(header.patient)}</recordTarget>")
    out.extend(_participation("author", "assignedAuthor", "assignedPerson", one) for one in header.authors)
    if header.custodian is not None:
        organization = _organization("representedCustodianOrganization", header.custodian)
        out.append(f"<custodian><assignedCustodian>{organization}</assignedCustodian></custodian>")
    out.extend(
        _participation("informationRecipient", "intendedRecipient", "informationRecipient", one)
        for one in header.recipients
    )
    if header.legal_authenticator is not None:
        out.append(_participation("legalAuthenticator", "assignedEntity", "assignedPerson", header.legal_authenticator))
    out.extend(
        _participation('participant typeCode="INF"', "associatedEntity", "associatedPerson", one)
        for one in header.participants
    )
    out.extend(f"<inFulfillmentOf><order>{_identifier('id', one)}</order></inFulfillmentOf>" for one in header.orders)
    out.extend(f"<documentationOf>{_event(one)}</documentationOf>" for one in header.events)
    for one in header.related:
        parent = _identifier("id", one.identifier) + _identifier("setId", one.set_id)
        parent = f"<parentDocument>{parent}</parentDocument>"
        out.append(f'<relatedDocument typeCode="{escape(one.type)}">{parent}</relatedDocument>')
    out.append(_encounter(header))
    out.append(_body(header, body))
    out.append("</ClinicalDocument>\n")
    return "".join(out).encode("utf-8")


def _body(header: Header, body: Sequence[Section] | File) -> str:
    if isinstance(body, File):
        return f"<component><nonXMLBody>{_file('text', body)}</nonXMLBody></component>"
    counter = [0]
    seed = f"{header.identifier.root}^{header.identifier.extension}"
    inside = "".join(_section(section, seed, counter) for section in body)
    return f"<component><structuredBody>{inside}</structuredBody></component>"


def _section(section: Section, seed: str, counter: list[int]) -> str:
    counter[0] += 1
    narrative, entries = [], []
    own = counter[0]
    for number, block in enumerate(section.blocks, 1):
        if isinstance(block, Paragraph):
            narrative.append(_text("paragraph", block.text))
        elif isinstance(block, Items):
            narrative.append(f"<list>{''.join(_text('item', one) for one in block.items)}</list>")
        elif isinstance(block, Table):
            narrative.append(_table(block))
        elif not isinstance(block, File):
            words, coded = write_coded(block, f"e{own}-{number}", seed)
            narrative.append(words)
            entries.append(coded)
        else:
            name = f"fichier-{own}-{number}"
            caption = _text("caption", block.caption) if block.caption else ""
            narrative.append(f'<renderMultiMedia referencedObject="{name}">{caption}</renderMultiMedia>')
            entries.append(
                f'<entry><observationMedia classCode="OBS" moodCode="EVN" ID="{name}">'
                f"{_file('value', block)}</observationMedia></entry>"
            )
    inner = "".join(_section(one, seed, counter) for one in section.sections)
    return (
        f"<component><section>{''.join(_identifier('templateId', one) for one in section.templates)}"
        f'<id root="{str(uuid5(NAMESPACE_OID, f"{seed}/{own}")).upper()}"/>'
        f"{_code('code', section.code)}{_text('title', section.title)}"
        f"<text>{''.join(narrative)}</text>{''.join(entries)}{inner}</section></component>"
    )


def _table(table: Table) -> str:
    caption = _text("caption", table.caption) if table.caption else ""
    head = f"<thead><tr>{''.join(_text('th', one) for one in table.head)}</tr></thead>" if table.head else ""
    rows = "".join(f"<tr>{''.join(_text('td', cell) for cell in row)}</tr>" for row in table.rows)
    return f'<table border="0">{caption}{head}<tbody>{rows}</tbody></table>'


def _file(tag: str, file: File) -> str:
    kind = ' xsi:type="ED"' if tag == "value" else ""
    data = base64.b64encode(file.data).decode("ascii")
    return f'<{tag}{kind} mediaType="{escape(file.media_type)}" representation="B64">{data}</{tag}>'


def _patient(patient: Patient) -> str:
    names = "".join(
        _text(tag, value, qualifier)
        for tag, value, qualifier in (
            ("family", patient.birth_name, "BR"),
            ("given", patient.given_names, ""),
            ("given", patient.first_given, "BR"),
            ("family", patient.used_name, "CL"),
            ("given", patient.used_given, "CL"),
        )
        if value
    )
    place = ""
    if patient.birth_place or patient.birth_city:
        inside = _text("county", patient.birth_place) + _text("city", patient.birth_city)
        place = f"<birthplace><place><addr>{inside}</addr></place></birthplace>"
    sex = f' codeSystem="2.16.840.1.113883.5.1" code="{escape(patient.sex)}"' if patient.sex else ' nullFlavor="UNK"'
    deceased = f'<sdtc:deceasedTime value="{escape(patient.deceased_time)}"/>' if patient.deceased_time else ""
    return (
        f"<patientRole>{''.join(_identifier('id', one) for one in patient.identifiers)}"
        f'<addr nullFlavor="NAV"/><telecom nullFlavor="NAV"/>'
        f"<patient><name>{names}</name><administrativeGenderCode{sex}/>"
        f"{_time('birthTime', patient.birth_time)}{deceased}{place}</patient></patientRole>"
    )


def _participation(element: str, entity: str, person: str, actor: Participant) -> str:
    organization = {"intendedRecipient": "receivedOrganization", "associatedEntity": "scopingOrganization"}.get(
        entity, "representedOrganization"
    )
    timed = not element.startswith("informationRecipient")
    time = _time("time", actor.time) if timed else ""
    signature = '<signatureCode code="S"/>' if element == "legalAuthenticator" else ""
    if actor.device:
        who = _text("manufacturerModelName", actor.given) + _text("softwareName", actor.family)
        named = f"<assignedAuthoringDevice>{who}</assignedAuthoringDevice>"
    else:
        parts = (
            ("family", actor.family),
            ("given", actor.given),
            ("prefix", actor.prefix),
            ("suffix", actor.suffix),
        )
        who = "".join(_text(tag, value) for tag, value in parts if value)
        named = f"<{person}><name>{who}</name></{person}>" if who else ""
    classed = f'{entity} classCode="PROV"' if entity == "associatedEntity" else entity
    return (
        f"<{element}>{_optional_code('functionCode', actor.role)}{time}{signature}<{classed}>"
        f"{_identifier('id', actor.identifier)}{_optional_code('code', actor.specialty)}{named}"
        f"{_organization(organization, actor.organization) if actor.organization is not None else ''}"
        f"</{entity}></{element.split(' ')[0]}>"
    )


def _organization(element: str, organization: Organization) -> str:
    return (
        f"<{element}>{_identifier('id', organization.identifier)}{_text('name', organization.name)}"
        f"{_optional_code('standardIndustryClassCode', organization.practice_setting)}</{element}>"
    )


def _event(event: ServiceEvent) -> str:
    performer = ""
    if event.performer is not None:
        performer = _participation('performer typeCode="PRF"', "assignedEntity", "assignedPerson", event.performer)
    what = _optional_code("code", event.code) + _period(event.start, event.stop)
    return f"<serviceEvent>{what}{performer}</serviceEvent>"


def _encounter(header: Header) -> str:
    if header.facility is None and header.encounter is None:
        return ""
    facility = ""
    if header.facility is not None:
        inside = f"<healthCareFacility>{_code('code', header.facility)}</healthCareFacility>"
        facility = f"<location>{inside}</location>"
    return (
        f"<componentOf><encompassingEncounter>{_optional_code('code', header.encounter)}"
        f"{_period(header.encounter_start, header.encounter_stop)}{facility}</encompassingEncounter></componentOf>"
    )


def _period(start: str, stop: str) -> str:
    if not start and not stop:
        return '<effectiveTime nullFlavor="NA"/>'
    low = _empty("low", value=start) if start else ""
    high = _empty("high", value=stop) if stop else ""
    return f"<effectiveTime>{low}{high}</effectiveTime>"


def _identifier(element: str, identifier: Identifier | None) -> str:
    if identifier is None:
        return ""
    extension = f' extension="{escape(identifier.extension)}"' if identifier.extension else ""
    return f'<{element} root="{escape(identifier.root)}"{extension}/>'


def _code(element: str, code: Code | None) -> str:
    if code is None:
        return f'<{element} nullFlavor="UNK"/>'
    display = f' displayName="{escape(code.display)}"' if code.display else ""
    scheme = f' codeSystem="{escape(code.scheme)}"' if code.scheme else ""
    return f'<{element} code="{escape(code.code)}"{scheme}{display}/>'


def _optional_code(element: str, code: Code | None) -> str:
    return _code(element, code) if code is not None else ""


def _time(element: str, time: str) -> str:
    return f'<{element} value="{escape(time)}"/>' if time else f'<{element} nullFlavor="UNK"/>'


def _empty(element: str, **attributes: str) -> str:
    (name, value), *_ = attributes.items()
    return f'<{element} {name}="{escape(value)}"/>' if value else ""


def _text(element: str, text: str, qualifier: str = "") -> str:
    qualified = f' qualifier="{qualifier}"' if qualifier else ""
    return f"<{element}{qualified}>{escape(text)}</{element}>" if text else f"<{element}/>"
