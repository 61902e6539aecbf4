"""Folder to List and back (MHD 4.2.3 Folder Comprehensive, PDSm FolderComprehensive)."""

from __future__ import annotations

from collections.abc import Sequence

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.codes import concept
from carnet.wire.fhir.documentreference import HOME_COMMUNITY, Profile, read_slots, slot_extension
from carnet.wire.fhir.faults import MHD_65, PDSM, Faults
from carnet.wire.fhir.list import (
    DESIGNATION,
    LIST_TYPES,
    check_fixed,
    identifiers,
    read_designation,
    read_entry_uuid,
    read_list_subject,
    read_list_time,
    read_unique_id,
)
from carnet.wire.fhir.patients import subject
from carnet.wire.fhir.people import Pool
from carnet.wire.fhir.times import to_date_time
from carnet.wire.xds.model import Folder, Status

_STATUSES = {Status.DEPRECATED: "retired", Status.DELETED: "entered-in-error"}
PROFILES = {
    Profile.MHD: "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Comprehensive.Folder",
    Profile.PDSM: "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-folder-comprehensive",
}


def render(folder: Folder, items: Sequence[str], *, profile: Profile = Profile.MHD) -> fhir.List:
    """A List whose entries are the references `items`; its date is lastUpdateTime."""
    extensions = [fhir.Extension(url=DESIGNATION, valueCodeableConcept=concept(code)) for code in folder.codes]
    if folder.home_community_id:
        extensions.append(fhir.Extension(url=HOME_COMMUNITY, valueOid=folder.home_community_id))
    extensions.extend(slot_extension(name, values) for name, values in folder.extra_slots)
    date, beside = to_date_time(folder.last_update_time)
    return fhir.List(
        id=folder.entry_uuid.removeprefix("urn:uuid:") if folder.entry_uuid.startswith("urn:uuid:") else None,
        meta=fhir.Meta(versionId=str(folder.version), profile=(PROFILES[profile],)),
        extension=tuple(extensions),
        identifier=identifiers(folder.unique_id, folder.entry_uuid),
        status=_STATUSES.get(folder.status, "current"),
        mode="working",
        title=folder.title or None,
        code=fhir.CodeableConcept(coding=(fhir.Coding(system=LIST_TYPES, code="folder"),)),
        subject=subject(folder.patient_id),
        date=date,
        date_=beside,
        note=(fhir.Annotation(text=folder.comments),) if folder.comments else (),
        entry=tuple(fhir.ListEntry(item=fhir.Reference(reference=item)) for item in items),
    )


def read(
    resource: fhir.List,
    *,
    faults: Faults | None = None,
    path: str = "List",
    profile: Profile | None = None,
    patients: dict[str, fhir.Patient] | None = None,
) -> Folder:
    """A Folder; faults are recorded in `faults`, or raised as Rejected when it is None."""
    own = Faults() if faults is None else faults
    if profile is not None:
        check_fixed(resource, own, path)
        required: list[tuple[str, object]] = [
            ("subject", resource.subject),
            (f"extension('{DESIGNATION}')", any(e.url == DESIGNATION for e in resource.extension)),
            ("identifier", read_unique_id(resource.identifier)),
            ("title", resource.title),
        ]
        if profile is Profile.PDSM:
            required += [("date", resource.date), ("entry", resource.entry)]
        for element, present in required:
            if not present:
                source = PDSM if element in ("date", "entry") else MHD_65
                own.add("required", "Un élément obligatoire manque.", f"{path}.{element}", source=source)
    codes = (read_designation(e, own, path) for e in resource.extension if e.url == DESIGNATION)
    community = next((e.valueOid for e in resource.extension if e.url == HOME_COMMUNITY and e.valueOid), "")
    result = Folder(
        entry_uuid=read_entry_uuid(resource.identifier),
        unique_id=read_unique_id(resource.identifier),
        patient_id=read_list_subject(resource, Pool(resource.contained), patients or {}, own, path),
        title=resource.title or "",
        comments=resource.note[0].text or "" if resource.note else "",
        codes=tuple(filter(None, codes)),
        last_update_time=read_list_time(resource, own, path),
        status=next((status for status, code in _STATUSES.items() if code == resource.status), Status.APPROVED),
        home_community_id=community,
        extra_slots=read_slots(resource.extension),
    )
    if faults is None:
        own.check()
    return result
