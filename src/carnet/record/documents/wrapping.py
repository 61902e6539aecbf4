"""The CDA that carries a deposited file: an unstructured document (level 1) with everything its header must say.

Who deposits is author, performer and legal authenticator. The person's own document is their expression (EXP_PATIENT)
in every place where a professional's says a profession, a structure and a setting.

Source: CI-SIS Structuration minimale v1.16 §3.5 (header), corps de niveau 1; DMP metadata rules, documents of patients.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec

from carnet.kernel import clock
from carnet.kernel.ids import oid_of
from carnet.record.directory.api import Professional, Structure
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.cda.header import Header, Identifier, Organization, Participant, Patient, Related, ServiceEvent
from carnet.wire.cda.metadata import PROFESSIONALS, STRUCTURES, UNSTRUCTURED
from carnet.wire.xds.model import Code

_TEMPLATES = (Identifier("2.16.840.1.113883.2.8.2.1"), Identifier("1.2.250.1.213.1.1.1.1"), Identifier(UNSTRUCTURED))
_SPECIALTIES = "1.2.250.1.213.1.1.4.5"
_EXPRESSION = "EXP_PATIENT"
_ENCOUNTERS = "2.16.840.1.113883.5.4"
# Sectors (TRE_R02) by the setting of care that they imply (JDV_J04); any other is ambulatory care.
_ESTABLISHMENTS = frozenset({"SA01", "SA02", "SA03", "SA04", "SA12", "SA30", "SA34", "SA36", "SA37", "SA38"})
_SOCIAL = frozenset({"SA16", "SA17", "SA18", "SA20", "SA21"})


def _coded(attribute: str, code: str) -> Code:
    """A code of an attribute's list, whatever its system."""
    return next(one for one in terminology.choices(attribute) if one.code == code)


def header(
    *,
    document: UUID,
    person: identity.Patient,
    author: Participant,
    custodian: Organization,
    facility: Code,
    encounter: Code | None,
    title: str,
    type_code: str,
    event_date: date,
    now: datetime,
    media_type: str,
    replaced: Header | None,
) -> Header:
    """The header of a deposit; `replaced` is that of the CDA which it takes the place of."""
    stamp = now.astimezone(clock.LEGAL_TIME).strftime("%Y%m%d%H%M%S%z")
    own = Identifier(oid_of(document))
    signed = msgspec.structs.replace(author, time=stamp)
    return Header(
        identifier=own,
        set_id=replaced.set_id if replaced is not None and replaced.set_id is not None else own,
        version=(replaced.version or 1) + 1 if replaced is not None else 1,
        code=_coded("typeCode", type_code),
        title=title,
        effective_time=stamp,
        confidentiality=_coded("confidentialityCode", "N"),
        language="fr-FR",
        realm="FR",
        templates=_TEMPLATES,
        patient=record_target(person),
        authors=(signed,),
        legal_authenticator=signed,
        custodian=custodian,
        events=(ServiceEvent(start=event_date.strftime("%Y%m%d"), performer=signed),),
        facility=facility,
        encounter=encounter,
        encounter_start=event_date.strftime("%Y%m%d"),
        related=(Related("RPLC", replaced.identifier, replaced.set_id),) if replaced is not None else (),
        level="N1",
        body_media_type=media_type,
    )


def record_target(person: identity.Patient) -> Patient:
    """The person of a record as a header names them."""
    traits = person.traits
    return Patient(
        identifiers=(Identifier(person.identifier.system, person.identifier.value),),
        birth_name=traits.birth_name,
        used_name=traits.used_name,
        given_names=traits.given_names,
        first_given=traits.first_given,
        used_given=traits.used_given,
        sex=traits.sex,
        birth_time=f"{traits.birth_date:%Y%m%d}" if traits.birth_date else "",
        birth_place=traits.birth_place,
    )


def patient_author(person: identity.Patient) -> tuple[Participant, Code]:
    """The person as the author of their own document, and the place of it."""
    traits = person.traits
    author = Participant(
        identifier=Identifier(person.identifier.system, person.identifier.value),
        family=traits.used_name or traits.birth_name,
        given=traits.used_given or traits.first_given,
        specialty=_coded("authorSpecialty", _EXPRESSION),
        organization=Organization(practice_setting=_coded("practiceSettingCode", _EXPRESSION)),
    )
    return author, _coded("healthcareFacilityTypeCode", _EXPRESSION)


def content_type_of_patient() -> Code:
    """The contentTypeCode of what the person deposits."""
    return _coded("contentTypeCode", _EXPRESSION)


def professional_author(by: Professional, at: Structure) -> tuple[Participant, Code, Code | None]:
    """A professional at work in a structure as an author; the facility, and the encounter where the place says it."""
    code = f"G15_{by.profession}" + (f"/{by.specialty}" if by.specialty else "")
    if at.sector in _ESTABLISHMENTS:
        setting, encounter = "ETABLISSEMENT", None
    elif at.sector in _SOCIAL:
        setting, encounter = "ESSMS", None
    else:
        setting, encounter = "AMBULATOIRE", Code("AMB", _ENCOUNTERS, "Ambulatoire (hors établissement)")
    author = Participant(
        identifier=Identifier(PROFESSIONALS, by.id),
        family=by.family,
        given=by.given,
        prefix=by.title,
        specialty=Code(code, _SPECIALTIES, terminology.label("authorSpecialty", code)),
        organization=organization(at, setting),
    )
    return author, _coded("healthcareFacilityTypeCode", at.sector), encounter


def organization(at: Structure, setting: str = "") -> Organization:
    """A structure of the directory, with its setting of care where it is a performer's."""
    return Organization(
        identifier=Identifier(STRUCTURES, at.id),
        name=at.name,
        practice_setting=_coded("practiceSettingCode", setting) if setting else None,
    )
