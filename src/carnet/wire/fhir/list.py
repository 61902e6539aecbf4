"""SubmissionSet to List and back (MHD 4.2.3 SubmissionSet Comprehensive, PDSm SubmissionSetComprehensive)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.codes import code_of_concept, concept
from carnet.wire.fhir.datatypes import RFC3986, exact_of, keep
from carnet.wire.fhir.documentreference import (
    HOME_COMMUNITY,
    Profile,
    identifier_type,
    read_slots,
    read_unique_identifier,
    slot_extension,
)
from carnet.wire.fhir.faults import MHD_65, PDSM, R4, Faults
from carnet.wire.fhir.patients import read_subject, subject
from carnet.wire.fhir.people import BASE, Pool, contain_author, read_author
from carnet.wire.fhir.times import BadTimeError, to_date_time, to_dtm
from carnet.wire.xds.model import Author, Code, Status, SubmissionSet

_MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"
DESIGNATION = _MHD + "ihe-designationType"
SOURCE_ID = _MHD + "ihe-sourceId"
RECIPIENT = _MHD + "ihe-intendedRecipient"
AUTHOR_ORG = _MHD + "ihe-authorOrg"
PDSM_RECIPIENT = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-intended-recipient"
OTHER_AUTHOR = BASE + "xds-other-author"
LIST_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
PROFILES = {
    Profile.MHD: _MHD + "IHE.MHD.Comprehensive.SubmissionSet",
    Profile.PDSM: "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive",
}


def render(submission_set: SubmissionSet, items: Sequence[str], *, profile: Profile = Profile.MHD) -> fhir.List:
    """A List whose entries are the references `items`."""
    contained: list[msgspec.Raw] = []
    extensions = []
    if submission_set.content_type_code:
        extensions.append(
            fhir.Extension(url=DESIGNATION, valueCodeableConcept=concept(submission_set.content_type_code))
        )
    if submission_set.source_id:
        identifier = fhir.Identifier(system=RFC3986, value="urn:oid:" + submission_set.source_id)
        extensions.append(fhir.Extension(url=SOURCE_ID, valueIdentifier=identifier))
    for number, text in enumerate(submission_set.intended_recipients, 1):
        extensions.append(_recipient(text, f"recipient{number}", contained))
    if submission_set.home_community_id:
        extensions.append(fhir.Extension(url=HOME_COMMUNITY, valueOid=submission_set.home_community_id))
    source = None
    for number, author in enumerate(submission_set.authors, 1):
        anchor = f"author{number}"
        contained.extend(contain_author(author, anchor))
        reference = fhir.Reference(reference="#" + anchor)
        if number > 1:
            extensions.append(fhir.Extension(url=OTHER_AUTHOR, valueReference=reference))
        elif _is_organization(author):
            source = fhir.Reference(extension=(fhir.Extension(url=AUTHOR_ORG, valueReference=reference),))
        else:
            source = reference
    extensions.extend(slot_extension(name, values) for name, values in submission_set.extra_slots)
    date, beside = to_date_time(submission_set.submission_time)
    return fhir.List(
        id=_own_id(submission_set.entry_uuid),
        meta=fhir.Meta(profile=(PROFILES[profile],)),
        contained=tuple(contained),
        extension=tuple(extensions),
        identifier=identifiers(submission_set.unique_id, submission_set.entry_uuid),
        status="current",
        mode="working",
        title=submission_set.title or None,
        code=fhir.CodeableConcept(coding=(fhir.Coding(system=LIST_TYPES, code="submissionset"),)),
        subject=subject(submission_set.patient_id),
        date=date,
        date_=beside,
        source=source,
        note=(fhir.Annotation(text=submission_set.comments),) if submission_set.comments else (),
        entry=tuple(fhir.ListEntry(item=fhir.Reference(reference=item)) for item in items),
    )


def _own_id(entry_uuid: str) -> str | None:
    return entry_uuid.removeprefix("urn:uuid:") if entry_uuid.startswith("urn:uuid:") else None


def identifiers(unique_id: str, entry_uuid: str) -> tuple[fhir.Identifier, ...]:
    """The identifiers of a List: its uniqueId (use usual) and its entryUUID (use official), each absent if unknown."""
    found = []
    if unique_id:
        system, value = RFC3986, "urn:oid:" + unique_id
        found.append(fhir.Identifier(use="usual", type=identifier_type("uniqueId"), system=system, value=value))
    if entry_uuid.startswith("urn:uuid:"):
        kind = identifier_type("entryUUID")
        found.append(fhir.Identifier(use="official", type=kind, system=RFC3986, value=entry_uuid))
    return tuple(found)


def _is_organization(author: Author) -> bool:
    return len(author.institutions) == 1 and author == Author(institutions=author.institutions)


def _recipient(text: str, anchor: str, contained: list[msgspec.Raw]) -> fhir.Extension:
    """An intendedRecipient `XON|XCN|XTN` (TF-3 §4.2.3.3.7) as a contained resource and its extension."""
    xon, xcn, xtn = [*text.split("|"), "", ""][:3]
    author = Author(
        person=xcn, institutions=(xon,) if xon else (), telecoms=tuple(filter(None, xtn.split("~"))) if xtn else ()
    )
    if author != Author():
        contained.extend(contain_author(author, anchor))
    else:
        contained.append(msgspec.Raw(msgspec.json.encode(fhir.Practitioner(id=anchor))))
    kept = () if _recipient_text(author) == text else keep(text)
    return fhir.Extension(url=RECIPIENT, extension=kept, valueReference=fhir.Reference(reference="#" + anchor))


def _recipient_text(author: Author) -> str:
    structure = author.institutions[0] if author.institutions else ""
    return f"{structure}|{author.person}|{'~'.join(author.telecoms)}".rstrip("|")


def read(
    resource: fhir.List,
    *,
    faults: Faults | None = None,
    path: str = "List",
    profile: Profile | None = None,
    patients: dict[str, fhir.Patient] | None = None,
) -> SubmissionSet:
    """A SubmissionSet; faults are recorded in `faults`, or raised as Rejected when it is None."""
    own = Faults() if faults is None else faults
    pool = Pool(resource.contained)
    extensions: dict[str, fhir.Extension] = {}
    for extension in resource.extension:
        extensions.setdefault(extension.url, extension)
    if profile is not None:
        _check(resource, extensions, profile, own, path)
    patient_id = read_list_subject(resource, pool, patients or {}, own, path)
    result = SubmissionSet(
        entry_uuid=read_entry_uuid(resource.identifier),
        unique_id=read_unique_id(resource.identifier),
        source_id=_source_id(extensions.get(SOURCE_ID)),
        patient_id=patient_id,
        submission_time=read_list_time(resource, own, path),
        content_type_code=read_designation(extensions.get(DESIGNATION), own, path),
        authors=_authors(resource, pool, own, path),
        intended_recipients=tuple(
            filter(None, (_read_recipient(e, pool) for e in resource.extension if e.url in (RECIPIENT, PDSM_RECIPIENT)))
        ),
        title=resource.title or "",
        comments=resource.note[0].text or "" if resource.note else "",
        home_community_id=extensions[HOME_COMMUNITY].valueOid or "" if HOME_COMMUNITY in extensions else "",
        status=Status.APPROVED,
        extra_slots=read_slots(resource.extension),
    )
    if faults is None:
        own.check()
    return result


def read_list_subject(
    resource: fhir.List, pool: Pool, patients: dict[str, fhir.Patient], faults: Faults, path: str
) -> str:
    """The CX of a List's subject; empty, and a fault, when it leads nowhere."""
    cx = read_subject(resource.subject, pool, patients)
    if cx is None:
        faults.add(
            "subject", "Le sujet ne mène à aucun identifiant de patient.", f"{path}.subject",
            expected="subject.identifier, ou un Patient du lot, ou Patient?identifier=système|valeur", source=MHD_65,
        )  # fmt: skip
    return cx or ""


def read_list_time(resource: fhir.List, faults: Faults, path: str) -> str:
    """The date of a List as a DTM; empty, and a fault, when it is none."""
    try:
        return to_dtm(resource.date, resource.date_)
    except BadTimeError:
        faults.add(
            "date", "Cette date n'existe pas ou est mal écrite.", f"{path}.date", found=resource.date or "",
            expected="AAAA-MM-JJThh:mm:ss avec un fuseau", source=f"{R4}, datatypes.html#dateTime",
        )  # fmt: skip
        return ""


def _is_unique(identifier: fhir.Identifier) -> bool:
    kinds = [c.code for c in identifier.type.coding] if identifier.type else []
    return "uniqueId" in kinds or identifier.use == "usual"


def read_entry_uuid(identifiers: tuple[fhir.Identifier, ...]) -> str:
    """The entryUUID among the identifiers of a List, or empty."""
    values = (identifier.value or "" for identifier in identifiers if not _is_unique(identifier))
    return next((value for value in values if value.startswith("urn:uuid:")), "")


def read_unique_id(identifiers: tuple[fhir.Identifier, ...]) -> str:
    """The uniqueId among the identifiers of a List, or empty."""
    for identifier in identifiers:
        if _is_unique(identifier) or (identifier.value or "").startswith("urn:oid:"):
            return read_unique_identifier(identifier)
    return ""


def _source_id(extension: fhir.Extension | None) -> str:
    value = extension.valueIdentifier.value or "" if extension and extension.valueIdentifier else ""
    return value.removeprefix("urn:oid:")


def read_designation(extension: fhir.Extension | None, faults: Faults, path: str) -> Code | None:
    """The code of a designationType extension; a fault when it has none."""
    if extension is None:
        return None
    code = code_of_concept(extension.valueCodeableConcept)
    if code is None:
        faults.add("code", "Aucun code n'est donné.", f"{path}.extension('{DESIGNATION}')", source=MHD_65)
    return code


def _authors(resource: fhir.List, pool: Pool, faults: Faults, path: str) -> tuple[Author, ...]:
    references: list[tuple[fhir.Reference | None, fhir.Reference | None]] = []
    if resource.source is not None:
        organizations = [e.valueReference for e in resource.source.extension if e.url == AUTHOR_ORG]
        references.append((resource.source, organizations[0] if organizations else None))
    references += [(e.valueReference, None) for e in resource.extension if e.url == OTHER_AUTHOR]
    authors = []
    for reference, structure in references:
        found = pool.resolve(reference) or pool.resolve(structure)
        if found is None:
            faults.add(
                "uncontained-reference", "L'auteur du lot doit être une ressource contenue.", f"{path}.source",
                found=(reference.reference or "") if reference else "", expected="#id d'une ressource de contained",
                source="IHE MHD 4.2.3, Comprehensive SubmissionSet (source contained)",
            )  # fmt: skip
            continue
        author = read_author(found, pool)
        if found is not pool.resolve(structure) and (extra := pool.resolve(structure)) is not None:
            more = read_author(extra, pool).institutions
            if not set(more) <= set(author.institutions):
                author = msgspec.structs.replace(author, institutions=(*author.institutions, *more))
        authors.append(author)
    return tuple(authors)


def _read_recipient(extension: fhir.Extension, pool: Pool) -> str:
    resource = pool.resolve(extension.valueReference)
    if resource is None:
        return ""
    text = _recipient_text(read_author(resource, pool))
    exact = exact_of(extension.extension)
    if exact:
        again: list[msgspec.Raw] = []
        _recipient(exact, resource.id or "", again)
        if _recipient_text(read_author(Pool(tuple(again)).resources[resource.id or ""], Pool(tuple(again)))) == text:
            return exact
    return text


def check_fixed(resource: fhir.List, faults: Faults, path: str) -> None:
    """Record what MHD fixes in every List."""
    if resource.modifierExtension or resource.implicitRules:
        faults.add(
            "modifier-extension", "Un élément qui change le sens de la ressource n'est pas compris ici.",
            f"{path}.modifierExtension", source="IHE MHD 4.2.3, modifierExtension 0..0",
        )  # fmt: skip
    for element, found, expected in (
        ("status", resource.status or "", "current"),
        ("mode", resource.mode or "", "working"),
    ):
        if found != expected:
            field = f"{path}.{element}"
            faults.add("fixed-value", "Valeur imposée.", field, found=found, expected=expected, source=MHD_65)


def _check(
    resource: fhir.List, extensions: dict[str, fhir.Extension], profile: Profile, faults: Faults, path: str
) -> None:
    """Record what the profile fixes or makes compulsory (MHD SubmissionSet Comprehensive, PDSm)."""
    check_fixed(resource, faults, path)
    required: list[tuple[str, object]] = [
        ("subject", resource.subject),
        ("date", resource.date),
        (f"extension('{SOURCE_ID}').valueIdentifier.value", _source_id(extensions.get(SOURCE_ID))),
        (f"extension('{DESIGNATION}')", extensions.get(DESIGNATION)),
        ("entry", resource.entry),
    ]
    if profile is Profile.PDSM:
        required.append(("source", resource.source))
    for element, present in required:
        if not present:
            source = PDSM if element == "source" else "IHE MHD 4.2.3, Comprehensive SubmissionSet"
            faults.add("required", "Un élément obligatoire manque.", f"{path}.{element}", source=source)
