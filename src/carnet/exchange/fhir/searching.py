"""What every FHIR search does: parameters by GET and by POST _search, links, what is said beside the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers
from carnet.exchange.fhir.door import Address, Handler, media_type, read_form
from carnet.kernel.actor import Actor
from carnet.wire.fhir.operationoutcome import issue, outcome
from carnet.wire.fhir.resources import OperationOutcome

Pairs = list[tuple[str, str]]
Find = Callable[[HttpRequest, Actor, Address, Pairs], HttpResponseBase]

_MOST_PARAMETERS = 100
_FORM = "application/x-www-form-urlencoded"


def by_address(find: Find) -> Handler:
    """A search whose parameters are in the address."""

    @wraps(find)
    def search(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
        return find(request, actor, address, pairs(request.META.get("QUERY_STRING", "")))

    return search


def by_form(find: Find) -> Handler:
    """A search whose parameters are a form, which no log of addresses keeps."""

    @wraps(find)
    def search(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
        kind = media_type(request.META.get("CONTENT_TYPE", ""))
        body = read_form(request)
        if body and kind != _FORM:
            text = "Les paramètres d'une recherche par POST sont un formulaire."
            raise answers.NotServed(415, "not-supported", "form-expected", text, found=kind, expected=_FORM)
        try:
            form = body.decode("ascii")
        except UnicodeDecodeError as error:
            raise _unreadable() from error
        return find(request, actor, address, pairs(request.META.get("QUERY_STRING", "")) + pairs(form))

    return search


def pairs(query: str) -> Pairs:
    """The parameters of a query string; NotServed (400) when it cannot be read."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise _unreadable() from error


def _unreadable() -> answers.NotServed:
    return answers.NotServed(
        400, "structure", "parameters", "Les paramètres ne sont pas lisibles.",
        expected=f"UTF-8 codé par %, {_MOST_PARAMETERS} paramètres au plus",
    )  # fmt: skip


def url_of(address: Address, kind: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The address of a search of a resource type."""
    return f"{address.base}/{kind}?{urlencode(parameters)}"


def said(used: Sequence[tuple[str, str]], ignored: Sequence[str]) -> OperationOutcome:
    """What was used and what was not, beside the self link."""
    names = ", ".join(dict.fromkeys(name for name, _ in used)) or "aucun"
    issues = [
        issue(severity="information", code="informational", rule="used-parameters", text=f"Paramètres pris : {names}.")
    ]
    text = "Ce paramètre n'est pas servi et n'a rien filtré."
    issues += [
        issue(severity="warning", code="not-supported", rule="ignored-parameter", text=text, field=name)
        for name in ignored
    ]
    return outcome(issues)
