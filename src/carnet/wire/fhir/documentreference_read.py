"""DocumentReference to DocumentEntry, with every fault against MHD Comprehensive and PDSm collected.

Stated normalisation: code systems become bare OIDs, hash lower-case hexadecimal, times UTC without fraction,
a UUID as masterIdentifier the OID `2.25.<decimal>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.codes import code_of, code_of_concept
from carnet.wire.fhir.datatypes import read_cxi
from carnet.wire.fhir.documentreference import (
    ARCHIVED,
    AVAILABILITY,
    HASH,
    HOME_COMMUNITY,
    ON_DEMAND,
    URI,
    Profile,
    hash_to_hex,
    read_slots,
    read_unique_identifier,
)
from carnet.wire.fhir.faults import MHD_65, MHD_MAP, PDSM, R4, Faults
from carnet.wire.fhir.patients import read_source, read_subject
from carnet.wire.fhir.people import Pool, read_author, read_person
from carnet.wire.fhir.times import BadTimeError, to_dtm
from carnet.wire.xds.model import Author, Code, DocumentEntry, Status

_STATUSES = {"current": Status.APPROVED, "superseded": Status.DEPRECATED, "entered-in-error": Status.DELETED}
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(;.*)?")

_UNSIGNED = 2**31 - 1  # FHIR's unsignedInt

Resource = fhir.DocumentReference


def _attachment(resource: Resource) -> fhir.Attachment:
    content = resource.content[0] if resource.content else fhir.Content()
    return content.attachment or fhir.Attachment()


def _context(resource: Resource) -> fhir.Context:
    return resource.context or fhir.Context()


# What each profile makes compulsory: (FHIR path, has it).
_MHD_REQUIRED: tuple[tuple[str, Callable[[Resource], object]], ...] = (
    ("masterIdentifier.value", lambda r: r.masterIdentifier and r.masterIdentifier.value),
    ("status", lambda r: r.status),
    ("type", lambda r: r.type),
    ("category", lambda r: r.category),
    ("subject", lambda r: r.subject),
    ("securityLabel", lambda r: r.securityLabel),
    ("content.attachment.contentType", lambda r: _attachment(r).contentType),
    ("content.attachment.language", lambda r: _attachment(r).language),
    ("content.attachment.url", lambda r: _attachment(r).url),
    ("content.attachment.creation", lambda r: _attachment(r).creation or _attachment(r).creation_),
    ("content.format", lambda r: r.content and r.content[0].format),
    ("context.facilityType", lambda r: _context(r).facilityType),
    ("context.practiceSetting", lambda r: _context(r).practiceSetting),
    ("context.sourcePatientInfo", lambda r: _context(r).sourcePatientInfo),
)
_PDSM_REQUIRED: tuple[tuple[str, Callable[[Resource], object]], ...] = (
    ("custodian", lambda r: r.custodian),
    ("date", lambda r: r.date),
    ("author", lambda r: r.author),
    ("content.attachment.size", lambda r: _attachment(r).size is not None),
    ("content.attachment.hash", lambda r: _attachment(r).hash),
    ("content.attachment.title", lambda r: _attachment(r).title),
    ("context.period.start", lambda r: _context(r).period and _context(r).period.start),  # type: ignore[union-attr]
)


def check_required(resource: Resource, profile: Profile, faults: Faults, path: str) -> None:
    """Record what the profile makes compulsory and the resource does not say."""
    tables = [(_MHD_REQUIRED, "IHE MHD 4.2.3, Comprehensive DocumentReference")]
    if profile is Profile.PDSM:
        tables.append((_PDSM_REQUIRED, f"{PDSM}, pdsm-comprehensive-document-reference"))
    for table, source in tables:
        for element, has in table:
            if not has(resource):
                faults.add("required", "Un élément obligatoire manque.", f"{path}.{element}", source=source)


def read(
    resource: Resource,
    *,
    faults: Faults | None = None,
    path: str = "DocumentReference",
    profile: Profile | None = None,
    patients: dict[str, fhir.Patient] | None = None,
) -> DocumentEntry:
    """A DocumentEntry; faults are recorded in `faults`, or raised as Rejected when it is None.

    With a `profile`, what the profile makes compulsory is checked. `patients` are Patients outside the resource
    that its subject may name.
    """
    own = Faults() if faults is None else faults
    reader = _Reader(resource, own, path, patients or {})
    if profile is not None:
        check_required(resource, profile, own, path)
    entry = reader.entry()
    if faults is None:
        own.check()
    return entry


class _Reader:
    """One DocumentReference while it is read."""

    def __init__(self, resource: Resource, faults: Faults, path: str, patients: dict[str, fhir.Patient]) -> None:
        self.resource, self.faults, self.path, self.patients = resource, faults, path, patients
        self.pool = Pool(resource.contained)

    def entry(self) -> DocumentEntry:
        resource, faults, path = self.resource, self.faults, self.path
        if resource.modifierExtension or resource.implicitRules:
            faults.add(
                "modifier-extension",
                "Un élément qui change le sens de la ressource n'est pas compris ici.",
                f"{path}.{'modifierExtension' if resource.modifierExtension else 'implicitRules'}",
                expected="absent",
                source=f"{R4}, extensibility.html#isModifier ; MHD modifierExtension 0..0",
            )
        if resource.docStatus:
            faults.add("doc-status", "docStatus n'est pas permis.", f"{path}.docStatus", source=MHD_MAP)
        if len(resource.content) > 1:
            faults.add("one-content", "Une fiche décrit un seul document.", f"{path}.content", expected="1..1")
        for number, error in self.pool.broken:
            if not error.startswith("Invalid value"):  # other resource types matter only if something names them
                faults.add("structure", "Ressource contenue illisible.", f"{path}.contained[{number}]", found=error)
        attachment, context = _attachment(resource), _context(resource)
        place = f"{path}.content[0].attachment"
        if attachment.data is not None:
            faults.add(
                "inline-data", "Le document est attendu dans une Binary.", f"{place}.data", source="MHD data 0..0"
            )
        if attachment.size is not None and not 0 <= attachment.size <= _UNSIGNED:
            text, found = "La taille n'est pas un unsignedInt.", str(attachment.size)
            faults.add("size", text, f"{place}.size", found=found, expected=f"de 0 à {_UNSIGNED}", source=R4)
        mime = attachment.contentType or ""
        if mime and not _MIME.fullmatch(mime):
            faults.add("mime-type", "Le type de contenu est mal écrit.", f"{place}.contentType", found=mime)
        period = context.period or fhir.Period()
        source_id, source_info = self.source_patient(context.sourcePatientInfo)
        extensions = {extension.url: extension for extension in resource.extension}
        status = _STATUSES.get(resource.status or "current")
        if status is None:
            expected = "current, superseded ou entered-in-error"
            faults.add(
                "status", "Statut inconnu.", f"{path}.status", found=resource.status or "", expected=expected, source=R4
            )
        if status is Status.APPROVED and ARCHIVED in extensions and extensions[ARCHIVED].valueBoolean:
            status = Status.ARCHIVED
        if resource.date is not None:
            self.time(resource.date, None, f"{path}.date")
        return DocumentEntry(
            entry_uuid=self.entry_uuid(),
            unique_id=read_unique_identifier(resource.masterIdentifier),
            patient_id=self.patient_id(),
            mime_type=mime,
            class_code=self.concept(resource.category[0] if resource.category else None, "category[0]"),
            type_code=self.concept(resource.type, "type"),
            format_code=self.format(),
            healthcare_facility_type_code=self.concept(context.facilityType, "context.facilityType"),
            practice_setting_code=self.concept(context.practiceSetting, "context.practiceSetting"),
            confidentiality_codes=self.concepts(resource.securityLabel, "securityLabel"),
            event_codes=self.concepts(context.event, "context.event"),
            authors=tuple(filter(None, map(self.author, range(len(resource.author))))),
            legal_authenticator=self.authenticator(),
            title=attachment.title or "",
            comments=resource.description or "",
            language_code=attachment.language or "",
            creation_time=self.time(attachment.creation, attachment.creation_, f"{place}.creation"),
            service_start_time=self.time(period.start, period.start_, f"{path}.context.period.start"),
            service_stop_time=self.time(period.end, period.end_, f"{path}.context.period.end"),
            source_patient_id=source_id,
            source_patient_info=source_info,
            reference_ids=tuple(filter(None, (read_cxi(related.identifier) for related in context.related))),
            hash=self.hash(attachment, extensions.get(HASH), place),
            size=attachment.size,
            repository_unique_id=self.repository(),
            home_community_id=_text(extensions.get(HOME_COMMUNITY)),
            uri=_text(extensions.get(URI)),
            document_availability=_text(extensions.get(AVAILABILITY)),
            logical_id=self.logical_id(),
            version=self.version(),
            status=status or Status.APPROVED,
            stable=not (ON_DEMAND in extensions and extensions[ON_DEMAND].valueBoolean),
            extra_slots=read_slots(resource.extension),
        )

    def entry_uuid(self) -> str:
        for identifier in self.resource.identifier:
            value = identifier.value or ""
            kinds = [c.code for c in identifier.type.coding] if identifier.type else []
            if value.startswith("urn:uuid:") and (not kinds or "entryUUID" in kinds):
                return value
        return ""

    def logical_id(self) -> str:
        try:
            return f"urn:uuid:{UUID(self.resource.id or '')}"
        except ValueError:
            return ""

    def version(self) -> int:
        text = (self.resource.meta.versionId or "") if self.resource.meta else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1

    def repository(self) -> str:
        custodian = self.resource.custodian
        value = (custodian.identifier.value or "") if custodian and custodian.identifier else ""
        return value[8:] if value.startswith("urn:oid:") else ""

    def patient_id(self) -> str:
        cx = read_subject(self.resource.subject, self.pool, self.patients)
        if cx is None:
            self.faults.add(
                "subject",
                "Le sujet ne mène à aucun identifiant de patient.",
                f"{self.path}.subject",
                found=(self.resource.subject.reference or "") if self.resource.subject else "",
                expected="subject.identifier, ou un Patient du lot, ou Patient?identifier=système|valeur",
                source=f"{MHD_65}, 2:3.65.4.1.2.2",
            )
        return cx or ""

    def source_patient(self, reference: fhir.Reference | None) -> tuple[str, tuple[str, ...]]:
        if reference is None:
            return "", ()
        patient = self.contained(reference, "context.sourcePatientInfo")
        if patient is None:
            return "", ()
        if not isinstance(patient, fhir.Patient):
            self.wrong_kind(patient, "context.sourcePatientInfo", "Patient")
            return "", ()
        return read_source(patient)

    def contained(self, reference: fhir.Reference, element: str) -> fhir.Contained | None:
        """The contained resource that a reference names; anything else is a fault (option Contained)."""
        text = reference.reference or ""
        found = self.pool.resolve(reference)
        if found is None:
            dangling = text.startswith("#")
            self.faults.add(
                "dangling-reference" if dangling else "uncontained-reference",
                "La référence ne mène à aucune ressource contenue lisible."
                if dangling
                else "La ressource doit être contenue (l'option UnContained n'est pas servie).",
                f"{self.path}.{element}",
                found=text,
                expected="#id d'une ressource de contained",
                source="IHE MHD 4.2.3, 1:33.2.3 ; PDSm contained 1..*",
            )
        return found

    def wrong_kind(self, resource: fhir.Contained, element: str, expected: str) -> None:
        kind = type(resource).__name__
        self.faults.add(
            "reference-type", "La référence mène à un autre type.", f"{self.path}.{element}", found=kind,
            expected=expected, source=R4,
        )  # fmt: skip

    def author(self, number: int) -> Author | None:
        resource = self.contained(self.resource.author[number], f"author[{number}]")
        if resource is None:
            return None
        author = read_author(resource, self.pool)
        if not author.person and not author.institutions:
            self.faults.add(
                "author-empty", "L'auteur n'a ni personne ni structure identifiée.", f"{self.path}.author[{number}]",
                expected="identifier ou name", source="IHE ITI TF-3 4.2.3.2.1",
            )  # fmt: skip
        return author

    def authenticator(self) -> str:
        if self.resource.authenticator is None:
            return ""
        resource = self.contained(self.resource.authenticator, "authenticator")
        if resource is None:
            return ""
        if isinstance(resource, fhir.PractitionerRole):
            return read_author(resource, self.pool).person
        return read_person(resource)

    def concept(self, value: fhir.CodeableConcept | None, element: str) -> Code | None:
        code = code_of_concept(value)
        if value is not None and code is None:
            self.faults.add("code", "Aucun code n'est donné.", f"{self.path}.{element}.coding.code", source=MHD_MAP)
        return code

    def concepts(self, values: tuple[fhir.CodeableConcept, ...], element: str) -> tuple[Code, ...]:
        return tuple(filter(None, (self.concept(value, f"{element}[{n}]") for n, value in enumerate(values))))

    def format(self) -> Code | None:
        value = self.resource.content[0].format if self.resource.content else None
        code = code_of(value)
        if value is not None and code is None:
            self.faults.add("code", "Aucun code n'est donné.", f"{self.path}.content[0].format.code", source=MHD_MAP)
        return code

    def time(self, text: str | None, beside: fhir.PrimitiveExtension | None, field: str) -> str:
        try:
            return to_dtm(text, beside)
        except BadTimeError:
            self.faults.add(
                "date",
                "Cette date n'existe pas ou est mal écrite.",
                field,
                found=text or "",
                expected="AAAA, AAAA-MM, AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ss avec un fuseau",
                source=f"{R4}, datatypes.html#dateTime",
            )
            return ""

    def hash(self, attachment: fhir.Attachment, kept: fhir.Extension | None, place: str) -> str:
        if attachment.hash is None:
            return _text(kept)
        value = hash_to_hex(attachment.hash)
        if value is None:
            self.faults.add(
                "hash-encoding", "L'empreinte n'est pas le base64 d'un SHA-1.", f"{place}.hash",
                found=attachment.hash, expected="28 caractères base64 (20 octets)", source=f"{R4}, Attachment.hash",
            )  # fmt: skip
        return value or ""


def _text(extension: fhir.Extension | None) -> str:
    if extension is None:
        return ""
    return extension.valueString or extension.valueOid or extension.valueCode or ""
