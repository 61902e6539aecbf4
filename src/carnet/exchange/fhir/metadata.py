"""What is served (no certificate needed), and the answer to every other address under /fhir."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from carnet import __version__
from carnet.exchange.fhir import answers
from carnet.exchange.fhir.door import address_of, answered, require_json
from carnet.exchange.login import access_tokens, token_endpoint
from carnet.wire.fhir.capabilitystatement import statement

# The date of the statement's content, changed with it.
_DATE = "2026-11-30"


@answered
def view(request: HttpRequest, domain: str = "fr") -> HttpResponseBase:
    """The CapabilityStatement of a domain's address."""
    if request.method != "GET":
        raise answers.NotServed(405, "not-supported", "method", "Seul GET est servi ici.", Allow="GET")
    require_json(request)
    address = address_of(request, domain)
    body = statement(
        base=address.base,
        version=__version__,
        date=_DATE,
        profile=address.profile,
        domain=address.domain,
        tokens=access_tokens.issuer(),
    )
    return answers.resource(msgspec.json.encode(body))


@answered
def smart(request: HttpRequest, domain: str = "fr") -> HttpResponseBase:
    """What software with tokens finds here (SMART App Launch 2.2, backend services; domain-independent)."""
    if request.method != "GET":
        raise answers.NotServed(405, "not-supported", "method", "Seul GET est servi ici.", Allow="GET")
    address_of(request, domain)
    found = token_endpoint.described() | {
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2", "permission-user"],
    }
    return JsonResponse(found)


@answered
def unknown(_request: HttpRequest, **_place: str) -> HttpResponseBase:
    """Any other address: nothing is served there."""
    raise answers.NotServed(
        404,
        "not-supported",
        "address-unknown",
        "Rien n'est servi à cette adresse.",
        expected="/fhir, /fhir/metadata, /fhir/DocumentReference, /fhir/List, /fhir/Binary/<id>",
    )
