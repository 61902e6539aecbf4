"""Coded values: XDS coding schemes (OID) to FHIR systems (URI), and back.

A scheme with a published FHIR address is written by that address, any other OID as `urn:oid:…`, an address or
URN as it is, and free text (connectathon schemes) as `urn:x-carnet:scheme:<percent-encoded>`. Reading accepts
both the address and the OID form and gives the bare OID.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

import msgspec

from carnet.wire.fhir.resources import CodeableConcept, Coding
from carnet.wire.xds.model import Code

_NOS = "https://mos.esante.gouv.fr/NOS/"
SYSTEMS = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.5.25": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "2.16.840.1.113883.5.4": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
    "1.3.6.1.4.1.19376.1.2.3": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
    "1.2.250.1.213.1.1.4.1": _NOS + "TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
    "1.2.250.1.213.1.1.4.6": _NOS + "TRE_A00-ProducteurDocNonPS/FHIR/TRE-A00-ProducteurDocNonPS",
    "1.2.250.1.71.4.2.4": _NOS + "TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite",
    "1.2.250.1.213.2.2": _NOS + "TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite",
}
_SCHEMES = {uri: oid for oid, uri in SYSTEMS.items()}
_FREE = "urn:x-carnet:scheme:"
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


@lru_cache(maxsize=1024)
def system_of(scheme: str) -> str | None:
    """The FHIR system of an XDS scheme; None for an empty one."""
    if not scheme:
        return None
    if OID.fullmatch(scheme):
        return SYSTEMS.get(scheme, "urn:oid:" + scheme)
    if re.fullmatch(r"(urn:(?!x-carnet:|oid:)|https?://)[!-~]+", scheme) and scheme not in _SCHEMES:
        return scheme
    return _FREE + quote(scheme, safe="")


def scheme_of(system: str | None) -> str:
    """The XDS scheme of a FHIR system; a known address and `urn:oid:` give the bare OID."""
    if not system:
        return ""
    if system in _SCHEMES:
        return _SCHEMES[system]
    if system.startswith("urn:oid:"):
        return system[8:]
    return unquote(system[len(_FREE) :]) if system.startswith(_FREE) else system


@lru_cache(maxsize=4096)
def coding(code: Code) -> Coding:
    """A Code as a Coding."""
    return Coding(system=system_of(code.scheme), code=code.code or None, display=code.display or None)


@lru_cache(maxsize=4096)
def _concept(code: Code) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(CodeableConcept(coding=(coding(code),))))


@lru_cache(maxsize=4096)
def raw_coding(code: Code) -> msgspec.Raw:
    """A Code as the JSON of a Coding, kept: lists repeat the same few hundred codes."""
    return msgspec.Raw(msgspec.json.encode(coding(code)))


def concept(code: Code | None) -> CodeableConcept | None:
    """A Code as a CodeableConcept (already JSON: it is only written)."""
    return None if code is None else _concept(code)  # type: ignore[return-value]


def concepts(codes: tuple[Code, ...]) -> tuple[CodeableConcept, ...]:
    """Codes as CodeableConcepts (already JSON: they are only written)."""
    return tuple(map(_concept, codes))  # type: ignore[arg-type]


def code_of(value: Coding | None) -> Code | None:
    """A Coding as a Code; None when it names no code."""
    if value is None or not value.code:
        return None
    return Code(code=value.code, scheme=scheme_of(value.system), display=value.display or "")


def code_of_concept(value: CodeableConcept | None) -> Code | None:
    """The first coding of a CodeableConcept that names a code (MHD expects one)."""
    if value is None:
        return None
    return next((code for code in map(code_of, value.coding) if code), None)
