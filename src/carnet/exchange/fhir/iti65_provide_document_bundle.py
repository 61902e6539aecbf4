"""ITI-65 Provide Document Bundle: a transaction in, one call to the record, a transaction-response out."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers
from carnet.exchange.fhir.door import Address, lenient, read_body, require_json, require_json_body
from carnet.kernel import blobs
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import bundle
from carnet.wire.fhir.bundle_write import Done, write_response
from carnet.wire.fhir.operationoutcome import issue, outcome
from carnet.wire.xds.model import DocumentEntry

_ADDED = outcome(
    [
        issue(
            severity="information",
            code="informational",
            rule="folder-added-to",
            text="Les fiches citées sont dans le classeur ; son titre, ses codes et le reste n'ont pas changé.",
        )
    ]
)


def provide(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """A transaction of documents."""
    require_json(request)
    require_json_body(request)
    provision = bundle.read(read_body(request), profile=address.asked, lenient=lenient(request))
    answer = documents.provide(
        actor=actor,
        domain=address.domain,
        submission=provision.submission,
        contents=_contents(provision.documents),
        by_document=True,
    )
    if isinstance(answer, Refusal):
        return answers.refused(answer)
    body = write_response(_done(provision, answer.submission), answers.warnings(answer.warnings))
    return answers.resource(body)


def _contents(decoded: dict[str, bytes]) -> dict[str, blobs.Received]:
    """The documents, received one by one; each one's decoded bytes are let go at once."""
    contents: dict[str, blobs.Received] = {}
    try:
        for entry_id in list(decoded):
            contents[entry_id] = blobs.from_bytes(decoded.pop(entry_id))
    except BaseException:
        for content in contents.values():
            content.discard()
        raise
    return contents


def _done(provision: bundle.Provision, final: documents.Submission) -> list[Done]:
    """What became of each entry of the request, in its order; a replay finds the first answer's ids."""
    stored = {entry.unique_id: entry for entry in final.entries}
    by_id = {entry.entry_uuid: stored[entry.unique_id] for entry in provision.submission.entries}
    kept = {folder.unique_id: folder.entry_uuid for folder in final.folders}
    folders = {folder.entry_uuid: kept[folder.unique_id] for folder in provision.submission.folders}
    return [_outcome(part, final, by_id, folders) for part in provision.parts]


def _outcome(
    part: bundle.Part, final: documents.Submission, entries: dict[str, DocumentEntry], folders: dict[str, str]
) -> Done:
    if part.kind == "Folder":
        return Done("201 Created", "List/" + folders[part.subject].removeprefix("urn:uuid:"), 'W/"1"')
    if part.kind == "FolderUpdate":
        return Done("200 OK", "List/" + part.subject.removeprefix("urn:uuid:"), 'W/"1"', _ADDED)
    if part.kind == "List":
        return Done("201 Created", "List/" + final.submission_set.entry_uuid.removeprefix("urn:uuid:"), 'W/"1"')
    if part.kind == "DocumentReference":
        entry = entries[part.subject]
        identity = entry.logical_id.removeprefix("urn:uuid:")
        location = f"DocumentReference/{identity}/_history/{entry.version}"
        return Done("201 Created", location, f'W/"{entry.version}"')
    if part.kind == "Binary":
        return Done("201 Created", "Binary/" + entries[part.subject].entry_uuid.removeprefix("urn:uuid:"))
    return Done("200 OK")
