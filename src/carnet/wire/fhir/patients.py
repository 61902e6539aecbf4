"""Patients: patientId (CX) as a logical reference, source patient as a contained Patient, and back.

A subject is written as a logical reference (identifier) because the patient's national identifier is what both
sides share (MHD 2:3.65.4.1.2.2). Source lines `PID-n|…` that a Patient cannot give back exactly are kept beside,
and believed only if they agree with the Patient.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from carnet.wire.fhir.datatypes import cx_identifier, escape, join, read_cx, said
from carnet.wire.fhir.people import BASE, Pool
from carnet.wire.fhir.resources import Extension, HumanName, Identifier, Patient, Reference

SOURCE_INFO = BASE + "xds-source-patient-info"
_GENDERS = {"M": "male", "F": "female", "O": "other", "U": "unknown"}
_SEXES = {gender: sex for sex, gender in _GENDERS.items()}
_USES = {"L": "official", "D": "usual", "S": "anonymous"}
_SORTS = {use: sort for sort, use in _USES.items()}
_CONDITIONAL = re.compile(r"Patient\?identifier=([^|&]+)\|([^|&]+)")
_BIRTH = re.compile(r"[0-9]{4}([0-9]{2}([0-9]{2})?)?")


@lru_cache(maxsize=1024)
def subject(cx: str) -> Reference | None:
    """A patientId as a logical reference."""
    return Reference(type="Patient", identifier=cx_identifier(cx)) if cx else None


def read_subject(reference: Reference | None, pool: Pool, outside: dict[str, Patient]) -> str | None:
    """The CX that a subject names; empty when there is no subject, None when it leads nowhere we can follow.

    Followed: a logical identifier, a contained Patient, a Patient of the bundle (`outside`, by fullUrl or
    `Patient/id`), a conditional reference `Patient?identifier=system|value`.
    """
    if reference is None:
        return ""
    text = reference.reference or ""
    patient = pool.resolve(reference) if text.startswith("#") else outside.get(text)
    if isinstance(patient, Patient):
        return next(filter(None, map(read_cx, patient.identifier)), None)
    conditional = _CONDITIONAL.fullmatch(text)
    if conditional is not None:
        return read_cx(Identifier(system=conditional[1], value=conditional[2])) or None
    return read_cx(reference.identifier) or None


@lru_cache(maxsize=1024)
def contain_source(cx: str, lines: tuple[str, ...], anchor: str) -> msgspec.Raw:
    """sourcePatientId and sourcePatientInfo as one contained Patient, already JSON."""
    patient = _source(cx, lines, anchor)
    if read_source(patient) != (cx, lines):
        patient.extension = tuple(Extension(url=SOURCE_INFO, valueString=line) for line in lines)
    return msgspec.Raw(msgspec.json.encode(patient))


def _source(cx: str, lines: tuple[str, ...], anchor: str) -> Patient:
    identifiers = [cx_identifier(cx)] if cx else []
    names: list[HumanName] = []
    gender = birth = None
    for line in lines:
        field, _, value = line.partition("|")
        if field == "PID-3" and value and cx:
            identifiers.append(cx_identifier(value))
        elif field == "PID-5" and value:
            names.append(_name(value))
        elif field == "PID-7" and _BIRTH.match(value):
            birth = "-".join(filter(None, (value[:4], value[4:6], value[6:8])))
        elif field == "PID-8" and value in _GENDERS:
            gender = _GENDERS[value]
    return Patient(id=anchor, identifier=tuple(identifiers), name=tuple(names), gender=gender, birthDate=birth)


def _name(value: str) -> HumanName:
    family, given, second, suffix, prefix, _, sort, *_ = value.split("^") + [""] * 7
    return HumanName(
        use=_USES.get(sort),
        family=said(family) or None,
        given=tuple(filter(None, map(said, (given, second)))),
        suffix=tuple(filter(None, (said(suffix),))),
        prefix=tuple(filter(None, (said(prefix),))),
    )


def read_source(patient: Patient) -> tuple[str, tuple[str, ...]]:
    """A contained Patient as (sourcePatientId, sourcePatientInfo)."""
    cx, lines = _read_source(patient)
    kept = tuple(e.valueString for e in patient.extension if e.url == SOURCE_INFO and e.valueString)
    if kept and _read_source(_source(cx, kept, ""))[1] == lines:
        return cx, kept
    return cx, lines


def _read_source(patient: Patient) -> tuple[str, tuple[str, ...]]:
    numbers = [read_cx(identifier) for identifier in patient.identifier if identifier.value]
    lines = [f"PID-3|{cx}" for cx in numbers[1:]]
    for name in patient.name:
        first, *others = name.given or ("",)
        parts = (name.family or "", first, " ".join(others), " ".join(name.suffix), " ".join(name.prefix))
        lines.append("PID-5|" + join(*(escape(part) for part in parts), "", _SORTS.get(name.use or "", "")))
    if patient.birthDate:
        lines.append("PID-7|" + patient.birthDate.replace("-", ""))
    if patient.gender in _SEXES:
        lines.append("PID-8|" + _SEXES[patient.gender])
    return (numbers[0] if numbers else ""), tuple(lines)
