"""From a CDA header to sharing metadata (CI-SIS "Partage de documents de santé", fiche d’un document).

Composite attributes take the HL7 v2.5 forms that XDS wants: XCN for people, XON for structures, CX
for identifiers, DTM in UTC for times. Text from the document is escaped, so that a name containing a
delimiter cannot become another component.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID
from zoneinfo import ZoneInfo

from carnet.wire.cda.header import Header, Identifier, Organization, Participant, Patient
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import (
    Association,
    AssociationType,
    Author,
    Code,
    DocumentEntry,
    Submission,
    SubmissionSet,
)

INS_SYSTEMS = frozenset(f"1.2.250.1.213.1.4.{number}" for number in ("2", "8", "9", "10", "11"))
_CALCULATED = "1.2.250.1.213.1.4.2"
PROFESSIONALS = "1.2.250.1.71.4.2.1"
STRUCTURES = "1.2.250.1.71.4.2.2"
SIREN = "1.3.2"
UNSTRUCTURED = "1.3.6.1.4.1.19376.1.2.20"
OTHER_FORMAT = Code(
    "urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282", "Document non référencé IHE ou CI-SIS"
)
ORDER = "urn:ihe:iti:xds:2013:order"

_ACTIVITIES = "1.2.250.1.213.2.2"
_CONTENT = {
    "IMP": Code("03", _ACTIVITIES, "Hospitalisation complète"),
    "ACUTE": Code("03", _ACTIVITIES, "Hospitalisation complète"),
    "AMB": Code("07", _ACTIVITIES, "Consultations, soins externes"),
    "EMER": Code("07", _ACTIVITIES, "Consultations, soins externes"),
    "HH": Code("19", _ACTIVITIES, "Traitement et cure ambulatoire"),
}
ANY_CONTENT = Code("97", _ACTIVITIES, "Type d'activité indifférencié")

_UUID = re.compile(r"\A[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_TIME = re.compile(r"\A([0-9]{4}(?:[0-9]{2}){0,5})(?:\.[0-9]{1,4})?([+-][0-9]{4})?\Z")
_SHAPES = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})


def to_entry(
    header: Header,
    *,
    size: int,
    sha1: str,
    class_of: Callable[[str], Code | None],
    format_of: Callable[[str, str], Code | None],
    entry_uuid: str = "Document01",
    patient_id: str = "",
    visibility: Sequence[Code] = (),
    comments: str = "",
    uri: str = "",
) -> DocumentEntry:
    """The metadata of one document, before a registry completes it.

    `size` in bytes and `sha1` in hexadecimal are those of the bytes that will be sent; `class_of` gives
    the class of a typeCode, `format_of` the formatCode of a template's OID and of an unstructured body's
    media type (both None for one it does not know); `patient_id` (CX) is the header's INS when not given;
    `visibility` are the codes a user adds to the confidentiality of the header (MASQUE_PS…). Raises
    Malformed (`cda-time`, `cda-patient`) when an attribute cannot be written.
    """
    patient = header.patient or Patient()
    event = header.main_event
    place = event.performer.organization if event is not None and event.performer is not None else None
    codes = (found.code for found in header.events if found.code is not None and found.code.scheme)
    return DocumentEntry(
        entry_uuid=entry_uuid,
        unique_id=unique_id(header.identifier),
        patient_id=patient_id or patient_cx(header),
        source_patient_id=_source_patient_id(header) or patient_id,
        source_patient_info=_patient_info(patient),
        mime_type="application/xslt+xml" if header.self_presenting else "text/xml",
        class_code=class_of(header.code.code) if header.code is not None else None,
        type_code=header.code,
        format_code=_format(header, format_of),
        healthcare_facility_type_code=header.facility,
        practice_setting_code=place.practice_setting if place is not None else None,
        confidentiality_codes=((header.confidentiality,) if header.confidentiality is not None else ())
        + tuple(visibility),
        event_codes=tuple(dict.fromkeys(codes)),
        authors=tuple(_author(author) for author in header.authors),
        legal_authenticator=xcn(header.legal_authenticator) if header.legal_authenticator is not None else "",
        title=header.title,
        comments=comments,
        language_code=header.language,
        creation_time=utc(header.effective_time, field="ClinicalDocument/effectiveTime"),
        service_start_time=utc(event.start if event is not None else "", field="serviceEvent/effectiveTime/low"),
        service_stop_time=utc(event.stop if event is not None else "", field="serviceEvent/effectiveTime/high"),
        reference_ids=tuple(cx(order, ORDER) for order in header.orders if order.extension),
        hash=sha1.lower(),
        size=size,
        uri=uri,
    )


def to_submission(
    entries: Sequence[DocumentEntry],
    *,
    unique_id: str,
    source_id: str,
    submission_time: str,
    content_type: Code = ANY_CONTENT,
    author: Author | None = None,
    title: str = "",
    replaces: Mapping[str, str] | None = None,
    entry_uuid: str = "SubmissionSet01",
) -> Submission:
    """A submission of `entries` (at least one, all of one patient).

    `submission_time` is a DTM in UTC; `author` is the first author of the first entry when not given;
    `replaces` maps an entry's id to the entryUUID of the registered entry it replaces.
    """
    members = tuple(
        Association(
            entry_uuid=f"Association{number:02d}",
            type=AssociationType.HAS_MEMBER,
            source=entry_uuid,
            target=entry.entry_uuid,
            set_status="Original",
        )
        for number, entry in enumerate(entries, 1)
    )
    replacements = tuple(
        Association(entry_uuid=f"Replacement{number:02d}", type=AssociationType.REPLACE, source=source, target=target)
        for number, (source, target) in enumerate((replaces or {}).items(), 1)
    )
    first = author if author is not None else next(iter(entries[0].authors), None)
    return Submission(
        submission_set=SubmissionSet(
            entry_uuid=entry_uuid,
            unique_id=unique_id,
            source_id=source_id,
            patient_id=entries[0].patient_id,
            submission_time=submission_time,
            content_type_code=content_type,
            authors=(first,) if first is not None else (),
            title=title,
        ),
        entries=tuple(entries),
        associations=members + replacements,
    )


def content_type_of(header: Header) -> Code:
    """The contentTypeCode (JDV_J59) that the encounter suggests, else "indifférencié"."""
    return _CONTENT.get(header.encounter.code if header.encounter is not None else "", ANY_CONTENT)


def unique_id(identifier: Identifier) -> str:
    """The uniqueId of a document: `root` or `root^extension`; a UUID root becomes `2.25.<decimal>` (X.667 §7)."""
    root = identifier.root
    if _UUID.match(root):
        root = f"2.25.{UUID(root).int}"
    return f"{root}^{identifier.extension}" if identifier.extension else root


def patient_identifier(header: Header) -> Identifier | None:
    """The INS of the recordTarget, else its first identifier, else None."""
    found = header.patient.identifiers if header.patient is not None else ()
    return next((one for one in found if one.root in INS_SYSTEMS), found[0] if found else None)


def patient_cx(header: Header) -> str:
    """The patient's identifier as CX, of type NH for an INS, INS-C for an INS-C; raises Malformed (`cda-patient`)."""
    found = patient_identifier(header)
    if found is None or not found.extension:
        raise Malformed(
            "cda-patient",
            "Le document ne dit pas de quel patient il parle (recordTarget/patientRole/id).",
            field="recordTarget/patientRole/id",
            expected="une racine et une extension",
            source="CI-SIS Structuration minimale §3.5.5",
        )
    if found.root == _CALCULATED:
        return cx(found, "INS-C")
    return cx(found, "NH" if found.root in INS_SYSTEMS else "")


def cx(identifier: Identifier, kind: str) -> str:
    """`value^^^&oid&ISO[^kind]` (HL7 v2.5 CX; CXi for a reference)."""
    text = f"{_escaped(identifier.extension)}^^^&{_oid(identifier.root)}&ISO"
    return f"{text}^{kind}" if kind else text


def xcn(actor: Participant) -> str:
    """`id^family^given^^^^^^&oid&ISO^D^^^type`; name type U and identifier type RI for a system."""
    identifier = actor.identifier
    name = f"{_escaped(identifier.extension) if identifier else ''}^{_escaped(actor.family)}^{_escaped(actor.given)}"
    if identifier is None:
        return name if name != "^^" else ""
    kind = (
        "RI"
        if actor.device
        else "IDNPS"
        if identifier.root == PROFESSIONALS
        else "NH"
        if identifier.root in INS_SYSTEMS
        else ""
    )
    text = f"{name}^^^^^^&{_oid(identifier.root)}&ISO^{'U' if actor.device else 'D'}"
    return f"{text}^^^{kind}" if kind else text


def xon(organization: Organization) -> str:
    """`name^^^^^&oid&ISO^type^^^id`, the name alone without identifier."""
    identifier = organization.identifier
    if identifier is None or not identifier.extension:
        return _escaped(organization.name)
    kind = {STRUCTURES: "IDNST", SIREN: "SIREN"}.get(identifier.root, "")
    return f"{_escaped(organization.name)}^^^^^&{_oid(identifier.root)}&ISO^{kind}^^^{_escaped(identifier.extension)}"


def utc(time: str, *, field: str) -> str:
    """An HL7 time with its offset as a DTM in UTC of the same precision (IHE ITI TF-3 §4.2.3.1.7).

    A date keeps its day; a time without offset is French legal time, as French documents are dated
    where they are written. Raises Malformed (`cda-time`).
    """
    if not time:
        return ""
    match = _TIME.match(time)
    try:
        if match is None:
            raise ValueError(time)
        digits, offset = match.groups()
        zone = timezone(_offset(offset)) if offset else ZoneInfo("Europe/Paris")
        moment = datetime.strptime(digits, _SHAPES[len(digits)]).replace(tzinfo=zone)
        return digits if len(digits) <= 8 else moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")[: len(digits)]
    except (ValueError, OverflowError):
        raise Malformed(
            "cda-time",
            "Une date de l'en-tête n'existe pas ou n'est pas une date HL7.",
            field=field,
            found=time[:40],
            expected="AAAA[MM[JJ[hh[mm[ss]]]]][+ZZzz]",
            source="HL7 v3 TS ; CI-SIS Structuration minimale",
        ) from None


def _offset(text: str) -> timedelta:
    away = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -away if text[0] == "-" else away


def _format(header: Header, format_of: Callable[[str, str], Code | None]) -> Code:
    """The format of the body that is not XML, else of the most specific template (the last one listed)."""
    roots = [template.root for template in reversed(header.templates)]
    if header.level == "N1":
        roots.insert(0, UNSTRUCTURED)
    found = (format_of(root, header.body_media_type) for root in roots)
    return next((code for code in found if code is not None), OTHER_FORMAT)


def _author(author: Participant) -> Author:
    # A patient who writes has no structure (DMP metadata rules, authorInstitution).
    himself = author.identifier is not None and author.identifier.root in INS_SYSTEMS
    structure = xon(author.organization) if author.organization is not None and not himself else ""
    specialty = author.specialty
    return Author(
        person=xcn(author),
        institutions=(structure,) if structure else (),
        roles=(author.role.display or author.role.code,) if author.role is not None else (),
        specialties=(f"{_escaped(specialty.code)}^{_escaped(specialty.display)}^{specialty.scheme}",)
        if specialty is not None
        else (),
    )


def _source_patient_id(header: Header) -> str:
    """The sender's own identifier (PI), else the INS (DMP, sourcePatientId)."""
    main = patient_identifier(header)
    if main is None or header.patient is None:
        return ""
    for identifier in header.patient.identifiers:
        if identifier != main and identifier.root not in INS_SYSTEMS and identifier.extension:
            return cx(identifier, "PI")
    return patient_cx(header) if main.extension else ""


def _patient_info(patient: Patient) -> tuple[str, ...]:
    """PID fields: legal name (XPN.2 first given name, XPN.3 all of them), used name, birth, sex, birth place."""
    fields = []
    if patient.birth_name:
        first = patient.first_given or patient.given_names
        fields.append(f"PID-5|{_escaped(patient.birth_name)}^{_escaped(first)}^{_escaped(patient.given_names)}^^^^L")
    if patient.used_name:
        fields.append(f"PID-5|{_escaped(patient.used_name)}^{_escaped(patient.used_given)}^^^^^D")
    if patient.birth_time:
        utc(patient.birth_time, field="patient/birthTime")
        # A birth date is the day where the person was born, whatever UTC says.
        fields.append(f"PID-7|{patient.birth_time[:8]}")
    if patient.sex:
        fields.append(f"PID-8|{_escaped(patient.sex)}")
    if patient.birth_place:
        fields.append(f"PID-11|^^^^^^BDL^^{_escaped(patient.birth_place)}")
    return tuple(fields)


def _oid(root: str) -> str:
    return f"2.25.{UUID(root).int}" if _UUID.match(root) else _escaped(root)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
