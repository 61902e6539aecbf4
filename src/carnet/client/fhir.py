"""ITI-65, ITI-67 and ITI-68 as a document source and consumer (IHE MHD 4.2.3, ANS PDSm)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec

from carnet.client.connection import Connection, whole
from carnet.client.errors import Explanation, Refused, Unreachable, unreadable
from carnet.client.saving import Saved, save
from carnet.wire.errors import Malformed
from carnet.wire.fhir import bundle_write, searchset
from carnet.wire.fhir.datatypes import cx_identifier
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.resources import Issue
from carnet.wire.xds.model import DocumentEntry, Submission

_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class Provided:
    """A transaction that was done: (status line, location) of each of its entries, and what the server remarked."""

    entries: tuple[tuple[str, str], ...]
    warnings: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One DocumentReference that was found, and the absolute address of its document."""

    entry: DocumentEntry
    address: str


def provide(
    connection: Connection, submission: Submission, documents: Mapping[str, Path], *, profile: Profile = Profile.PDSM
) -> Provided:
    """ITI-65: send the documents (entry id → file) with their metadata in one transaction.

    JSON carries documents as base64: they are held in memory, unlike ITI-41's. Raises Refused, Unreachable.
    """
    contents = {entry: path.read_bytes() for entry, path in documents.items()}
    body = bundle_write.write_request(submission, contents, profile=profile)
    headers = {"Content-Type": _JSON, "Accept": _JSON}
    with connection.exchange("POST", f"{connection.base}/fhir", content=body, headers=headers) as response:
        answer = _answer(response)
        try:
            done = bundle_write.read_response(answer)
        except Malformed as error:
            raise unreadable(error, status=response.status_code) from error
    return Provided(done.entries, tuple(_explain(issue) for issue in done.issues))


def search(connection: Connection, *, patient: str, parameters: Mapping[str, str] | None = None) -> Iterator[Listed]:
    """ITI-67: the DocumentReferences of a patient (CX), page after page; `parameters` are further search parameters.

    Raises Refused, Unreachable.
    """
    identifier = cx_identifier(patient)
    asked = [("patient.identifier", f"{identifier.system or ''}|{identifier.value or ''}")]
    asked += [("status", "current")] if not parameters or "status" not in parameters else []
    asked += list((parameters or {}).items())
    address = f"{connection.base}/fhir/DocumentReference"
    while address:
        with connection.exchange("GET", address, headers={"Accept": _JSON}, parameters=asked) as response:
            body = _answer(response)
            here, status = str(response.url), response.status_code
        try:
            page = searchset.read(body)
            addresses = _addresses(body)
        except Malformed as error:
            raise unreadable(error, status=status) from error
        for entry, document in zip(page.entries, addresses, strict=True):
            yield Listed(entry, urljoin(f"{connection.base}/fhir/", document))
        asked = []
        address = _same_server(connection, urljoin(here, page.next_url)) if page.next_url else ""


def retrieve(connection: Connection, address: str, path: Path) -> Saved:
    """ITI-68: the document at `address` (of a `Listed`) into a file, streamed. Raises Refused, Unreachable."""
    with connection.exchange("GET", _same_server(connection, address), headers={"Accept": "*/*"}) as response:
        if response.status_code != httpx.codes.OK:
            _answer(response)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip()
        return save(response.iter_bytes(), path, mime_type=media_type)


def _same_server(connection: Connection, address: str) -> str:
    # Our certificate is shown to the server that was chosen, and to no address that an answer suggests.
    if urlsplit(address)[:2] != urlsplit(connection.base)[:2]:
        raise Unreachable(f"The answer points to another server: {urlsplit(address).netloc}")
    return address


def _answer(response: httpx.Response) -> bytes:
    """The body of a success; raises Refused with the issues of the OperationOutcome otherwise."""
    try:
        body = whole(response)
    except Malformed as error:
        raise unreadable(error, status=response.status_code) from error
    if response.is_success:
        return body
    raise Refused([_explain(issue) for issue in bundle_write.read_outcome(body)], status=response.status_code)


def _explain(issue: Issue) -> Explanation:
    details = issue.details
    rule = next((coding.code or "" for coding in details.coding), "") if details else ""
    return Explanation(
        code=issue.code,
        rule=rule,
        text=" ".join(filter(None, ((details.text or "") if details else "", issue.diagnostics or ""))),
        field=", ".join(issue.expression),
    )


class _Attachment(msgspec.Struct):
    url: str = ""


class _Content(msgspec.Struct):
    attachment: _Attachment = msgspec.field(default_factory=_Attachment)


class _Resource(msgspec.Struct):
    content: tuple[_Content, ...] = ()


class _Search(msgspec.Struct):
    mode: str = "match"


class _Entry(msgspec.Struct):
    resource: _Resource = msgspec.field(default_factory=_Resource)
    search: _Search = msgspec.field(default_factory=_Search)


class _Addresses(msgspec.Struct):
    entry: tuple[_Entry, ...] = ()


def _addresses(body: bytes) -> list[str]:
    """Content.attachment.url of each match: where MHD puts the document, which the metadata do not say."""
    entries = msgspec.json.decode(body, type=_Addresses).entry
    found = [entry.resource.content for entry in entries if entry.search.mode != "outcome"]
    return [content[0].attachment.url if content else "" for content in found]
