"""From a told document to the bytes and the metadata that its author's software would send."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from carnet.ops.demo.patients import Person
from carnet.ops.demo.professionals import INTERNS
from carnet.record.directory.api import Professional, Structure
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology
from carnet.wire.cda import metadata
from carnet.wire.cda.coded import Measures, Results
from carnet.wire.cda.header import Header, Identifier, Organization, Participant, Patient, Related, ServiceEvent
from carnet.wire.cda.write import File, Section, write_document
from carnet.wire.xds.model import Code, Submission

_NAMES = UUID("6f3c1f0e-3b53-5f0a-9d0c-2a4be4c1d7a9")
_LOINC = "2.16.840.1.113883.6.1"
_A05 = "1.2.250.1.213.1.1.4.12"
_VISIBILITY = "1.2.250.1.213.1.1.4.13"
_TEMPLATES = (Identifier("2.16.840.1.113883.2.8.2.1"), Identifier("1.2.250.1.213.1.1.1.1"))
_UNSTRUCTURED = Identifier(metadata.UNSTRUCTURED)
# Types whose structured form is a volet of the CI-SIS → the last arcs of its template (1.2.250.1.213.1.1.1.*).
_VOLETS = {
    "11369-6": "37",
    "11490-0": "29",
    "11502-2": "55",
    "18748-4": "45",
    "34749-2": "41",
    "34794-8": "8",
    "57055-6": "12.1",
    "57833-6": "39",
    "74207-2": "22",
    "77436-4": "40",
    "87273-9": "46",
    "SYNTH": "13",
}
_SETTINGS = {
    "SA05": "AMBULATOIRE",
    "SA07": "AMBULATOIRE",
    "SA08": "AMBULATOIRE",
    "SA09": "AMBULATOIRE",
    "SA17": "ESSMS",
    "SA15": "AMBULATOIRE",
    "SA24": "AMO",
    "SA25": "AMBULATOIRE",
    "SA33": "AMBULATOIRE",
    "SA42": "AMBULATOIRE",
    "SA52": "AMBULATOIRE",
    "SA57": "AMBULATOIRE",
}
_SETTINGS_OF_KIND = {"Hospitalisation à domicile": "HAD", "SAMU": "SAMU_SMUR"}
_SOFTWARE_OID = f"2.25.{_NAMES.int}"

INVISIBLE_PATIENT = Code("INVISIBLE_PATIENT", _VISIBILITY, "Non visible par le patient")
INVISIBLE_PARENTS = Code(
    "INVISIBLE_REPRESENTANTS_LEGAUX", _VISIBILITY, "Non visible par les représentants légaux du patient"
)
MASKED = Code("MASQUE_PS", _VISIBILITY, "Masqué aux professionnels de santé")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One document of a life: about whom, by whom, where, when (with its time zone), of which type, saying what.

    `since` is the start of the act when it is not the moment of writing; `replaces` the title of an earlier
    document of the same person that this one corrects, `parent` its uniqueId; `volet` the template of a type that has
    several; `announced` that a result which its patient does not see at first was told in consultation, and made
    visible.
    """

    about: Person
    by: Professional
    at: Structure
    when: datetime
    type_code: str
    title: str
    body: tuple[Section, ...] | File
    since: datetime | None = None
    visibility: tuple[Code, ...] = ()
    replaces: str = ""
    parent: str = ""
    volet: str = ""
    announced: bool = False

    @property
    def unique_id(self) -> str:
        """An OID of its own, the same at every loading."""
        return _oid(f"{self.about.identifier.value} {self.when.isoformat()} {self.title}")


def write(told: Told) -> bytes:
    """The CDA document."""
    body = told.body if isinstance(told.body, File) else _timed(told.body, _stamp(told.when))
    return write_document(_header(told), body)


def submission(told: Told, content: bytes, *, replaced_entry: str = "") -> Submission:
    """The submission of one document; `replaced_entry` is the entryUUID that it replaces."""
    header = _header(told)
    entry = metadata.to_entry(
        header,
        size=len(content),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        class_of=terminology.class_of_type,
        format_of=terminology.format_of_template,
        patient_id=identity.format_cx(told.about.identifier),
        visibility=told.visibility,
    )
    return metadata.to_submission(
        [entry],
        unique_id=_oid(f"set {told.unique_id}"),
        source_id=_SOFTWARE_OID,
        submission_time=metadata.utc(_stamp(told.when + timedelta(minutes=2)), field="submissionTime"),
        content_type=metadata.content_type_of(header),
        title=told.title,
        replaces={entry.entry_uuid: replaced_entry} if replaced_entry else None,
    )


def _timed(sections: tuple[Section, ...], stamp: str) -> tuple[Section, ...]:
    """The sections, with results and measures dated as the document is."""
    return tuple(
        msgspec.structs.replace(
            section,
            blocks=tuple(
                msgspec.structs.replace(block, time=stamp) if isinstance(block, Results | Measures) else block
                for block in section.blocks
            ),
        )
        for section in sections
    )


def _templates(told: Told) -> tuple[Identifier, ...]:
    if isinstance(told.body, File):
        return (*_TEMPLATES, _UNSTRUCTURED)
    arcs = told.volet or _VOLETS.get(told.type_code, "")
    return (*_TEMPLATES, Identifier(f"1.2.250.1.213.1.1.1.{arcs}")) if arcs else _TEMPLATES


def _header(told: Told) -> Header:
    author = _participant(told)
    unstructured = isinstance(told.body, File)
    stamp = _stamp(told.when)
    lineage = Identifier(_oid(f"lineage {told.about.identifier.value} {told.replaces or told.title}"))
    scheme = _LOINC if told.type_code[0].isdigit() else _A05
    return Header(
        identifier=Identifier(told.unique_id),
        set_id=lineage,
        version=2 if told.replaces else 1,
        code=Code(told.type_code, scheme, terminology.label("typeCode", told.type_code)),
        title=told.title,
        effective_time=stamp,
        confidentiality=Code("N", "2.16.840.1.113883.5.25", "Normal"),
        language="fr-FR",
        realm="FR",
        templates=_templates(told),
        patient=_patient(told.about),
        authors=(author,),
        legal_authenticator=author,
        custodian=_organization(told.at),
        events=(ServiceEvent(start=_stamp(told.since or told.when), stop=stamp, performer=author),),
        related=(Related("RPLC", Identifier(told.parent), lineage),) if told.parent else (),
        facility=Code(
            told.at.sector, "1.2.250.1.71.4.2.4", terminology.label("healthcareFacilityTypeCode", told.at.sector)
        ),
        encounter=Code("IMP" if told.since else "AMB", "2.16.840.1.113883.5.4"),
        encounter_start=_stamp(told.since or told.when),
        encounter_stop=stamp,
        level="N1" if unstructured else "N3",
        body_media_type=told.body.media_type if isinstance(told.body, File) else "",
    )


def _participant(told: Told) -> Participant:
    by = told.by
    code = f"G16_{by.profession}" if by.id in INTERNS else f"G15_{by.profession}"
    code += f"/{by.specialty}" if by.specialty else ""
    specialty = Code(code, "1.2.250.1.213.1.1.4.5", terminology.label("authorSpecialty", code))
    treating = by is told.about.treating
    return Participant(
        identifier=Identifier("1.2.250.1.71.4.2.1", by.id),
        family=by.family,
        given=by.given,
        prefix=by.title,
        role=Code("PCP", "2.16.840.1.113883.5.88", "Médecin traitant") if treating else None,
        specialty=specialty,
        organization=_organization(told.at),
        time=_stamp(told.when),
    )


def _organization(place: Structure) -> Organization:
    setting = _SETTINGS_OF_KIND.get(place.kind) or _SETTINGS.get(place.sector, "ETABLISSEMENT")
    return Organization(
        identifier=Identifier("1.2.250.1.71.4.2.2", place.id),
        name=place.name,
        practice_setting=Code(setting, "1.2.250.1.213.1.1.4.9", terminology.label("practiceSettingCode", setting)),
    )


def _patient(person: Person) -> Patient:
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


def _oid(name: str) -> str:
    return f"2.25.{uuid5(_NAMES, name).int}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S%z")
