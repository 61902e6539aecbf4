"""ITI-42 Register Document Set-b (IHE ITI TF-2 §3.42), both directions: metadata alone, plain SOAP 1.2."""

from __future__ import annotations

from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import names
from carnet.wire.xds.ebrim_parse import read_submission
from carnet.wire.xds.ebrim_render import render_submission
from carnet.wire.xds.model import Submission

ACTION = "urn:ihe:iti:2007:RegisterDocumentSet-b"
RESPONSE_ACTION = "urn:ihe:iti:2007:RegisterDocumentSet-bResponse"

_REQUEST = f"{{{names.LCM}}}SubmitObjectsRequest"


def read_request(request: etree._Element) -> Submission:
    """An lcm:SubmitObjectsRequest. Raises Malformed: `register-request`, `ebrim-…`."""
    if request.tag != _REQUEST:
        raise Malformed(
            "register-request",
            "Le corps du message n'est pas une requête SubmitObjectsRequest.",
            field="Body",
            found=str(request.tag)[:200],
            expected="lcm:SubmitObjectsRequest",
            source="IHE ITI TF-2 §3.42.4.1.2",
        )
    return read_submission(request)


def render_request(submission: Submission) -> str:
    """The request of a repository; its answer is a rs:RegistryResponse (`registry_response`)."""
    return render_submission(submission)
