"""ITI-41 Provide and Register Document Set-b (IHE ITI TF-2 §3.41; DMP TD2.1), both directions.

Documents travel as MTOM parts or as base64 in the envelope; both are read.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.mime.multipart import decode_base64
from carnet.wire.xds import names
from carnet.wire.xds.ebrim_parse import read_submission
from carnet.wire.xds.ebrim_render import render_submission
from carnet.wire.xds.model import Submission
from carnet.wire.xml import escape

ACTION = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
RESPONSE_ACTION = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse"

_REQUEST, _DOCUMENT = (f"{{{names.XDSB}}}{name}" for name in ("ProvideAndRegisterDocumentSetRequest", "Document"))
_INCLUDE = f"{{{names.XOP}}}Include"
_SOURCE = "IHE ITI TF-2 §3.41.4.1.2"


class ProvideAndRegister(msgspec.Struct, frozen=True):
    """The submission, and for each Document by entry id its `cid:` address (str) or its bytes."""

    submission: Submission
    documents: dict[str, str | bytes]


def read_request(request: etree._Element) -> ProvideAndRegister:
    """A xds:ProvideAndRegisterDocumentSetRequest.

    Raises Malformed: `provide-request`, `provide-document-id`, `provide-document-repeated`, `mime-base64`, `ebrim-…`.
    """
    submit = request.find(f"{{{names.LCM}}}SubmitObjectsRequest")
    if request.tag != _REQUEST or submit is None:
        raise Malformed(
            "provide-request",
            "Le corps du message n'est pas une requête ProvideAndRegisterDocumentSetRequest.",
            field="Body",
            found=str(request.tag)[:200],
            expected="xds:ProvideAndRegisterDocumentSetRequest avec lcm:SubmitObjectsRequest",
            source=_SOURCE,
        )
    documents: dict[str, str | bytes] = {}
    for element in request.iterchildren(_DOCUMENT):
        identifier = element.get("id", "")
        if not identifier:
            raise _document("provide-document-id", "Un Document ne dit pas à quelle fiche il appartient.", "")
        if identifier in documents:
            raise _document("provide-document-repeated", "Deux Document portent le même identifiant.", identifier)
        documents[identifier] = content_of(element)
    return ProvideAndRegister(read_submission(submit), documents)


def content_of(element: etree._Element) -> str | bytes:
    """The address of an included part, or the decoded bytes of an inline document."""
    include = element.find(_INCLUDE)
    if include is not None:
        return str(include.get("href", ""))
    return decode_base64((element.text or "").encode("utf-8"))


def render_request(submission: Submission, documents: Mapping[str, str | bytes]) -> str:
    """The request of a source; `documents` maps entry ids to URL-safe Content-IDs of MTOM parts, or to inline bytes."""
    written = "".join(
        f'<x:Document id="{escape(identifier)}">{_written(content)}</x:Document>'
        for identifier, content in documents.items()
    )
    return (
        f'<x:ProvideAndRegisterDocumentSetRequest xmlns:x="{names.XDSB}">{render_submission(submission)}{written}'
        "</x:ProvideAndRegisterDocumentSetRequest>"
    )


def _written(content: str | bytes) -> str:
    if isinstance(content, bytes):
        return base64.b64encode(content).decode("ascii")
    return f'<i:Include xmlns:i="{names.XOP}" href="cid:{escape(content)}"/>'


def _document(rule: str, text: str, found: str) -> Malformed:
    return Malformed(rule, text, field="Document/@id", found=found[:200], source=_SOURCE)
