"""ITI-41, ITI-18 and ITI-43 as a document source and consumer (IHE ITI TF-2 §3.41, §3.18, §3.43).

Every call carries a VIHF about the patient it concerns (a CX): ITI-43 names no patient in its body, yet the
assertion must. Documents are streamed from and to files; memory does not grow with them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
from lxml import etree

from carnet.client.connection import MAX_ANSWER, Connection, whole
from carnet.client.errors import Explanation, Refused, Unreachable, unreadable
from carnet.client.saving import Saved, pieces, save
from carnet.wire import mime, soap
from carnet.wire.errors import Malformed
from carnet.wire.mime.content_type import cid
from carnet.wire.xds import iti18_stored_query, iti41_provide_and_register, iti43_retrieve, names, registry_response
from carnet.wire.xds.iti18_stored_query import QueryResponse, StoredQuery
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import Submission
from carnet.wire.xds.registry_response import RegistryError, RegistryResponse

_MULTIPART = "multipart/related"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission that was registered, and what the server remarked."""

    warnings: tuple[Explanation, ...]


def provide(
    connection: Connection, submission: Submission, documents: Mapping[str, Path], *, inline: bool = False
) -> Accepted:
    """ITI-41: send the documents (entry id → file) with their metadata, as MTOM parts or, `inline`, as base64 in the
    envelope (which is then held in memory). Raises Refused, Unreachable."""
    attachments: list[mime.Attachment] = []
    references: dict[str, str | bytes] = {}
    for number, (entry, path) in enumerate(documents.items(), 1):
        if inline:
            references[entry] = path.read_bytes()
            continue
        references[entry] = f"document{number}@carnet"
        media_type = next((e.mime_type for e in submission.entries if e.entry_uuid == entry), "")
        attachments.append(
            mime.Attachment(
                f"document{number}@carnet", media_type or "application/octet-stream", pieces(path), path.stat().st_size
            )
        )
    action = iti41_provide_and_register.ACTION
    address = f"{connection.base}/xds/repository"
    body = iti41_provide_and_register.render_request(submission, references)
    message = _envelope(connection, body, action, address, submission.submission_set.patient_id)
    if inline:
        with connection.exchange(
            "POST", address, content=message, headers={"Content-Type": _soap_type(action)}
        ) as response:
            return _registered(response)
    content_type, length, chunks = mime.stream(message, attachments)
    headers = {"Content-Type": f'{content_type}; action="{action}"', "Content-Length": str(length)}
    with connection.exchange("POST", address, content=chunks, headers=headers) as response:
        return _registered(response)


def query(connection: Connection, request: StoredQuery, *, patient: str = "") -> QueryResponse:
    """ITI-18: objects or references; `patient` (CX) when the request names none. Raises Refused, Unreachable."""
    patient = getattr(request, "patient_id", patient)
    action = iti18_stored_query.ACTION
    address = f"{connection.base}/xds/registry"
    message = _envelope(connection, iti18_stored_query.render_request(request), action, address, patient)
    with connection.exchange(
        "POST", address, content=message, headers={"Content-Type": _soap_type(action)}
    ) as response:
        try:
            answer = iti18_stored_query.read_response(_body(response))
        except Malformed as error:
            raise unreadable(error, status=response.status_code) from error
        _check(RegistryResponse(answer.status, answer.errors), response.status_code)
        return answer


def retrieve(connection: Connection, document: DocumentRequest, *, patient: str, path: Path) -> Saved:
    """ITI-43: one document into the file `path`, streamed. Raises Refused, Unreachable; then no file is left."""
    action = iti43_retrieve.ACTION
    address = f"{connection.base}/xds/repository"
    message = _envelope(connection, iti43_retrieve.render_request([document]), action, address, patient)
    with connection.exchange(
        "POST", address, content=message, headers={"Content-Type": _soap_type(action)}
    ) as response:
        try:
            return _save_document(response, path)
        except Malformed as error:
            raise unreadable(error, status=response.status_code) from error


def _envelope(connection: Connection, body: str, action: str, address: str, patient: str) -> bytes:
    assertion = connection.assertions.about(patient, now=connection.now())
    return soap.render(body, action=action, message_id=uuid4().urn, to=address, assertion=assertion)


def _soap_type(action: str) -> str:
    return f'{soap.MEDIA_TYPE}; charset=UTF-8; action="{action}"'


def _registered(response: httpx.Response) -> Accepted:
    try:
        answer = registry_response.read(_body(response))
    except Malformed as error:
        raise unreadable(error, status=response.status_code) from error
    _check(answer, response.status_code)
    return Accepted(tuple(_explain(error) for error in answer.errors))


def _save_document(response: httpx.Response, path: Path) -> Saved:
    content_type = response.headers.get("content-type", "")
    if mime.ContentType.read(content_type).media_type != _MULTIPART:
        return _save_from(_read_body(response, whole(response), content_type), iter(()), path, response.status_code)
    parts = mime.streamed(response.iter_bytes(), content_type)
    root = next(parts, None)
    if root is None:
        raise Malformed("mime-start-missing", "La réponse n'a pas de partie racine.")
    body = _read_body(response, _bounded(root.chunks), root.content_type)
    return _save_from(body, parts, path, response.status_code)


def _save_from(body: etree._Element, parts: Iterator[mime.StreamedPart], path: Path, status: int) -> Saved:
    answer = iti43_retrieve.read_response(body)
    _check(answer.response, status)
    if len(answer.documents) != 1:
        raise Malformed("retrieve-response", "La réponse ne porte pas un document.", found=str(len(answer.documents)))
    document = answer.documents[0]
    if isinstance(document.content, bytes):
        return save([document.content], path, mime_type=document.mime_type)
    wanted = cid(document.content)
    for part in parts:
        if part.content_id == wanted:
            return save(itertools.chain(part.chunks, _end_of(parts)), path, mime_type=document.mime_type)
    raise Malformed("mime-part-missing", "La partie du document n'est pas dans la réponse.", found=wanted[:200])


def _end_of(parts: Iterator[mime.StreamedPart]) -> Iterator[bytes]:
    """No bytes, but the closing delimiter is read: without it nobody knows that the document is whole."""
    for _ in parts:
        pass
    yield b""


def _body(response: httpx.Response) -> etree._Element:
    """The Body's element of an answer without documents; raises Refused for a fault, Malformed."""
    content_type = response.headers.get("content-type", "")
    data = whole(response)
    if mime.ContentType.read(content_type).media_type == _MULTIPART:
        root = mime.split(data, content_type).root
        data, content_type = root.body, root.content_type
    return _read_body(response, data, content_type)


def _read_body(response: httpx.Response, data: bytes, content_type: str) -> etree._Element:
    if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        raise Refused(
            [Explanation(code="HTTP 413", text="le message dépasse la taille acceptée par le serveur")], status=413
        )
    if b"<" not in data[:200] or "html" in content_type:
        raise Unreachable(f"{response.url.netloc.decode()} answered HTTP {response.status_code} without SOAP")
    action = mime.ContentType.read(content_type).parameters.get("action", "")
    body = soap.parse(data, action=action, max_bytes=MAX_ANSWER).body
    fault = soap.read_fault(body)
    if fault is not None:
        found = [
            Explanation(
                code=fault.subcode or fault.code,
                rule=detail.rule,
                text=detail.text,
                field=detail.field,
                found=detail.found,
                expected=detail.expected,
            )
            for detail in fault.details
        ]
        raise Refused(
            found or [Explanation(code=fault.subcode or fault.code, text=fault.reason)], status=response.status_code
        )
    return body


def _bounded(chunks: Iterable[bytes]) -> bytes:
    data = b"".join(itertools.islice(chunks, 4096))
    if len(data) > MAX_ANSWER:
        raise Malformed("answer-size", "La réponse dépasse la taille acceptée.", found=str(len(data)))
    return data


def _check(answer: RegistryResponse, status: int) -> None:
    if answer.status != names.STATUS_SUCCESS:
        raise Refused([_explain(error) for error in answer.errors], status=status)


def _explain(error: RegistryError) -> Explanation:
    return Explanation(code=error.code, text=error.context, field=error.location)
