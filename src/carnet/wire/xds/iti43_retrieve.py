"""ITI-43 Retrieve Document Set (IHE ITI TF-2 §3.43; DMP TD3.2), both directions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names, registry_response
from carnet.wire.xds.iti41_provide_and_register import content_of
from carnet.wire.xds.registry_response import RegistryResponse
from carnet.wire.xml import escape

ACTION = "urn:ihe:iti:2007:RetrieveDocumentSet"
RESPONSE_ACTION = "urn:ihe:iti:2007:RetrieveDocumentSetResponse"
MAX_DOCUMENTS = 100

_X = f"{{{names.XDSB}}}"
_SOURCE = "IHE ITI TF-2 §3.43.4.1.2"


class DocumentRequest(msgspec.Struct, frozen=True):
    """Which document of which repository."""

    repository_unique_id: str
    document_unique_id: str
    home_community_id: str = ""


class DocumentResponse(msgspec.Struct, frozen=True):
    """A document returned: `content` is the `cid:` address of its part, or its bytes when inline."""

    repository_unique_id: str
    document_unique_id: str
    mime_type: str
    content: str | bytes
    home_community_id: str = ""


class RetrieveResponse(msgspec.Struct, frozen=True):
    """An answer as a consumer reads it."""

    response: RegistryResponse
    documents: tuple[DocumentResponse, ...]


def read_request(request: etree._Element) -> tuple[DocumentRequest, ...]:
    """A xds:RetrieveDocumentSetRequest. Raises Malformed (`retrieve-request`, `retrieve-number`)."""
    if request.tag != f"{_X}RetrieveDocumentSetRequest":
        raise Malformed(
            "retrieve-request",
            "Le corps du message n'est pas une requête RetrieveDocumentSetRequest.",
            field="Body",
            found=str(request.tag)[:200],
            expected="xds:RetrieveDocumentSetRequest",
            source=_SOURCE,
        )
    asked = tuple(
        DocumentRequest(
            _text(element, "RepositoryUniqueId"), _text(element, "DocumentUniqueId"), _text(element, "HomeCommunityId")
        )
        for element in request.iterchildren(f"{_X}DocumentRequest")
    )
    if not 0 < len(asked) <= MAX_DOCUMENTS:
        raise Malformed(
            "retrieve-number",
            "Une requête demande au moins un document, et pas trop à la fois.",
            field="DocumentRequest",
            found=str(len(asked)),
            expected=f"1 à {MAX_DOCUMENTS}",
            source=_SOURCE,
        )
    for request_ in asked:
        if not request_.repository_unique_id or not request_.document_unique_id:
            raise Malformed(
                "retrieve-request",
                "Une demande nomme l'entrepôt et le document.",
                field="DocumentRequest",
                expected="RepositoryUniqueId et DocumentUniqueId",
                source=_SOURCE,
            )
    return asked


def render_request(requests: Sequence[DocumentRequest]) -> str:
    """The request of a consumer."""
    asked = "".join(
        "<x:DocumentRequest>"
        + _element("HomeCommunityId", request.home_community_id)
        + _element("RepositoryUniqueId", request.repository_unique_id)
        + _element("DocumentUniqueId", request.document_unique_id)
        + "</x:DocumentRequest>"
        for request in requests
    )
    return f'<x:RetrieveDocumentSetRequest xmlns:x="{names.XDSB}">{asked}</x:RetrieveDocumentSetRequest>'


def render_response(response: RegistryResponse, documents: Sequence[DocumentResponse]) -> str:
    """The answer; every `content` is the `cid:` address of an MTOM part."""
    written = "".join(
        "<x:DocumentResponse>"
        + _element("HomeCommunityId", document.home_community_id)
        + _element("RepositoryUniqueId", document.repository_unique_id)
        + _element("DocumentUniqueId", document.document_unique_id)
        + _element("mimeType", document.mime_type)
        + f'<x:Document><i:Include xmlns:i="{names.XOP}" href="{escape(str(document.content))}"/></x:Document>'
        + "</x:DocumentResponse>"
        for document in documents
    )
    return (
        f'<x:RetrieveDocumentSetResponse xmlns:x="{names.XDSB}">{registry_response.render(response)}{written}'
        "</x:RetrieveDocumentSetResponse>"
    )


def read_response(response: etree._Element) -> RetrieveResponse:
    """A xds:RetrieveDocumentSetResponse. Raises Malformed (`retrieve-response`, `mime-base64`)."""
    status = response.find(f"{{{names.RS}}}RegistryResponse")
    if response.tag != f"{_X}RetrieveDocumentSetResponse" or status is None:
        raise Malformed(
            "retrieve-response",
            "La réponse n'est pas un RetrieveDocumentSetResponse.",
            field="Body",
            found=str(response.tag)[:200],
        )
    documents = []
    for element in response.iterchildren(f"{_X}DocumentResponse"):
        content = element.find(f"{_X}Document")
        documents.append(
            DocumentResponse(
                _text(element, "RepositoryUniqueId"),
                _text(element, "DocumentUniqueId"),
                _text(element, "mimeType"),
                b"" if content is None else content_of(content),
                _text(element, "HomeCommunityId"),
            )
        )
    return RetrieveResponse(registry_response.read(status), tuple(documents))


def _text(element: etree._Element, name: str) -> str:
    return (element.findtext(f"{_X}{name}") or "").strip()


def _element(name: str, value: str) -> str:
    return f"<x:{name}>{escape(value)}</x:{name}>" if value else ""
