"""ITI-65 both answers and the client's request: transaction-response, and a Submission as a transaction Bundle."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_OID, uuid5

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir import folder as fhir_folder
from carnet.wire.fhir import list as fhir_list
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import Profile, encode, render
from carnet.wire.fhir.faults import R4
from carnet.wire.fhir.people import organization
from carnet.wire.xds.model import AssociationType, Author, Submission

_BUNDLES = {
    Profile.MHD: "https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.Comprehensive.ProvideBundle",
    Profile.PDSM: "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
    "pdsm-comprehensive-provide-document-bundle",
}
_REPLACING = (AssociationType.REPLACE, AssociationType.TRANSFORM_REPLACE)


class Done(msgspec.Struct, frozen=True):
    """What became of one entry of a transaction: HTTP status line, relative location, weak ETag, what is said of it."""

    status: str
    location: str = ""
    etag: str = ""
    outcome: fhir.OperationOutcome | None = None


def write_response(done: Sequence[Done], outcome: fhir.OperationOutcome | None = None) -> bytes:
    """A transaction-response as JSON bytes, its entries in the order of the request.

    `outcome` (warnings) goes with the first entry.
    """
    entries = tuple(
        fhir.BundleEntry(
            response=fhir.EntryResponse(
                status=item.status,
                location=item.location or None,
                etag=item.etag or None,
                outcome=item.outcome or (outcome if number == 0 else None),
            )
        )
        for number, item in enumerate(done)
    )
    return encode(fhir.Bundle(type="transaction-response", entry=entries))


class Response(msgspec.Struct, frozen=True):
    """A transaction-response as a client reads it: (status, location) in order, and the warnings."""

    entries: tuple[tuple[str, str], ...]
    issues: tuple[fhir.Issue, ...]


def read_response(body: bytes) -> Response:
    """A transaction-response; raises Malformed when the bytes are not one."""
    try:
        bundle = msgspec.json.decode(body, type=fhir.Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("json", "La réponse n'est pas lisible.", field="Bundle", found=str(error), source=R4) from error
    if bundle.type != "transaction-response":
        raise Malformed(
            "bundle-type", "Une réponse de transaction est attendue.", field="Bundle.type", found=bundle.type or ""
        )
    responses = [entry.response or fhir.EntryResponse() for entry in bundle.entry]
    issues = tuple(i for response in responses if response.outcome for i in response.outcome.issue)
    return Response(tuple((r.status or "", r.location or "") for r in responses), issues)


def read_outcome(body: bytes) -> tuple[fhir.Issue, ...]:
    """The issues of an OperationOutcome; empty when the bytes are not one."""
    try:
        return msgspec.json.decode(body, type=fhir.OperationOutcome).issue
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()


def write_request(
    submission: Submission, documents: Mapping[str, bytes], *, profile: Profile = Profile.PDSM, custodian: str = ""
) -> bytes:
    """A transaction Bundle as JSON bytes: the List, the folders, then each DocumentReference with its Binary.

    `documents` are bytes by entry id. `custodian` is the XON of the organisation that keeps the document (PDSm
    makes it compulsory); without one it is the first author's structure. Full URLs are name-based UUIDs: the same
    submission gives the same bytes.
    """
    submission_set = submission.submission_set
    brought = [entry.entry_uuid for entry in submission.entries]
    brought += [folder.entry_uuid for folder in submission.folders]
    urls = {own: _name(submission_set.unique_id, own) for own in brought}
    held = _held(submission, urls)
    the_list = fhir_list.render(submission_set, held.get(submission_set.entry_uuid, []), profile=profile)
    the_list.id = None
    entries = [_post("List", _name(submission_set.unique_id, "set"), the_list)]
    for folder in submission.folders:
        # A folder's time is its registry's; FHIR wants a date all the same, which is that of its set.
        dated = msgspec.structs.replace(
            folder, last_update_time=folder.last_update_time or submission_set.submission_time
        )
        resource = fhir_folder.render(dated, held.get(folder.entry_uuid, []), profile=profile)
        resource.id = None
        entries.append(_post("List", urls[folder.entry_uuid], resource))
    for entry in submission.entries:
        links = [
            (AssociationType(link.type), link.target)
            for link in submission.associations
            if link.source == entry.entry_uuid and link.type != AssociationType.HAS_MEMBER
        ]
        binary = _name(submission_set.unique_id, entry.entry_uuid + "/binary")
        reference = render(entry, profile=profile, relations=links, attachment_url=binary)
        reference.id = reference.meta = None
        for relation in reference.relatesTo:
            _point_inside(relation, urls)
        reference.custodian = reference.custodian or _custodian(custodian or _structure(entry.authors))
        entries.append(_post("DocumentReference", urls[entry.entry_uuid], reference))
        data = base64.b64encode(documents[entry.entry_uuid])
        raw = b'{"resourceType":"Binary","contentType":%s,"data":"%s"}' % (msgspec.json.encode(entry.mime_type), data)
        entries.append(_post("Binary", binary, msgspec.Raw(raw)))
        entries += [
            _supersede(target) for kind, target in links if kind in _REPLACING and target.startswith("urn:uuid:")
        ]
    return encode(fhir.Bundle(meta=fhir.Meta(profile=(_BUNDLES[profile],)), type="transaction", entry=tuple(entries)))


def _held(submission: Submission, urls: Mapping[str, str]) -> dict[str, list[str]]:
    """What the set and each folder hold, as references: to what the Bundle brings, and to documents that are there.

    A membership that is itself a member of the set is not said: List.entry has no name.
    """
    own = {link.entry_uuid for link in submission.associations}
    held: dict[str, list[str]] = {submission.submission_set.entry_uuid: list(urls.values())}
    for link in submission.associations:
        if link.type == AssociationType.HAS_MEMBER and link.target not in own:
            item = urls.get(link.target) or "DocumentReference/" + link.target.removeprefix("urn:uuid:")
            items = held.setdefault(link.source, [])
            if item not in items:
                items.append(item)
    return held


def _name(root: str, text: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_OID, f'{root}/{text}')}"


def _post(kind: str, full_url: str, resource: fhir.Resource | msgspec.Raw) -> fhir.BundleEntry:
    request = fhir.EntryRequest(method="POST", url=kind)
    return fhir.BundleEntry(fullUrl=full_url, resource=resource, request=request)  # type: ignore[arg-type]


def _point_inside(relation: fhir.RelatesTo, urls: Mapping[str, str]) -> None:
    """A relation to an entry of the same bundle names its fullUrl."""
    text = (relation.target.reference or "") if relation.target else ""
    identity = text.replace("DocumentReference/", "urn:uuid:", 1) if text.startswith("DocumentReference/") else text
    if identity in urls:
        relation.target = fhir.Reference(reference=urls[identity])


def _supersede(target: str) -> fhir.BundleEntry:
    """The FHIRPath patch that MHD sends with a replacement (UpdateDocumentRefs)."""
    parts = (
        fhir.ParameterPart(name="type", valueCode="replace"),
        fhir.ParameterPart(name="path", valueString="DocumentReference.status"),
        fhir.ParameterPart(name="value", valueCode="superseded"),
    )
    resource = fhir.Parameters(parameter=(fhir.Parameter(name="operation", part=parts),))
    request = fhir.EntryRequest(method="PATCH", url="DocumentReference/" + target.removeprefix("urn:uuid:"))
    return fhir.BundleEntry(resource=resource, request=request)  # type: ignore[arg-type]


def _structure(authors: Sequence[Author]) -> str:
    return next((author.institutions[0] for author in authors if author.institutions), "")


def _custodian(xon: str) -> fhir.Reference | None:
    """An XON as a logical reference."""
    if not xon:
        return None
    found = organization(xon, "custodian")
    if not found.identifier:
        return fhir.Reference(type="Organization", display=found.name)
    return fhir.Reference(type="Organization", identifier=found.identifier[0], display=found.name)
