"""ITI-67 Find Document References, by GET and by POST _search; and the reading of one DocumentReference."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, paging
from carnet.exchange.fhir.door import Address, media_type, read_form, require_json
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import searchset
from carnet.wire.fhir.documentreference import encode, render
from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.operationoutcome import issue, outcome
from carnet.wire.fhir.resources import OperationOutcome
from carnet.wire.fhir.search_parameters import Search
from carnet.wire.fhir.search_parameters import read as read_search
from carnet.wire.xds.model import AssociationType, DocumentEntry

_MOST_PARAMETERS = 100
_FORM = "application/x-www-form-urlencoded"


def search(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """A search whose parameters are in the address."""
    return _find(request, actor, address, _pairs(request.META.get("QUERY_STRING", "")))


def search_by_form(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """A search whose parameters are a form, which no log of addresses keeps."""
    kind = media_type(request.META.get("CONTENT_TYPE", ""))
    body = read_form(request)
    if body and kind != _FORM:
        text = "Les paramètres d'une recherche par POST sont un formulaire."
        raise answers.NotServed(415, "not-supported", "form-expected", text, found=kind, expected=_FORM)
    try:
        form = body.decode("ascii")
    except UnicodeDecodeError as error:
        raise _unreadable() from error
    return _find(request, actor, address, _pairs(request.META.get("QUERY_STRING", "")) + _pairs(form))


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise _unreadable() from error


def _unreadable() -> answers.NotServed:
    return answers.NotServed(
        400, "structure", "parameters", "Les paramètres ne sont pas lisibles.",
        expected=f"UTF-8 codé par %, {_MOST_PARAMETERS} paramètres au plus",
    )  # fmt: skip


def _find(request: HttpRequest, actor: Actor, address: Address, pairs: list[tuple[str, str]]) -> HttpResponseBase:
    require_json(request)
    preferences = request.META.get("HTTP_PREFER", "").replace(" ", "").lower().replace(";", ",").split(",")
    try:
        search = read_search(
            pairs, lenient="handling=lenient" in preferences, patient_required=actor.kind is not ActorKind.PATIENT
        )
    except Rejected as error:
        return answers.faulty(error.faults, 400)
    cursor = next((value for name, value in pairs if name == paging.PARAMETER), "")
    after = paging.read(cursor, actor=actor, domain=address.domain, parameters=search.used) if cursor else None
    found = documents.find(
        actor=actor, domain=address.domain, patient_id=search.patient_id, query=_query(search, after), related=True
    )
    if isinstance(found, Refusal):
        return answers.refused(found)
    entries, total, following = found.entries, found.total, found.next
    if search.needs_matching:
        entries, total, following = _page(search, entries, after)
    next_url = ""
    if following is not None:
        token = paging.write(following, actor=actor, domain=address.domain, parameters=search.used)
        next_url = _url(address, (*search.used, (paging.PARAMETER, token)))
    body = searchset.write(
        entries,
        base=address.base,
        profile=address.profile,
        total=total,
        self_url=_url(address, search.used),
        next_url=next_url,
        outcome=_said(search),
        relations={entry.entry_uuid: _relations(found, entry) for entry in entries},
    )
    return answers.resource(body)


def _relations(found: documents.Found, entry: DocumentEntry) -> list[tuple[AssociationType, str]]:
    """Of an entry, as `relatesTo` says them: the target is a DocumentReference, named by its logicalId."""
    return [(relation.type, relation.target_logical_id) for relation in found.relations.get(entry.entry_uuid, ())]


def _query(search: Search, after: paging.Position | None) -> documents.DocumentQuery:
    """The record's query; what only `Search.matches` can decide is decided, and paged, here."""
    whole = search.needs_matching
    return documents.DocumentQuery(
        statuses=search.statuses,
        type_codes=search.type_codes,
        class_codes=search.class_codes,
        format_codes=search.format_codes,
        practice_setting_codes=search.practice_setting_codes,
        healthcare_facility_type_codes=search.healthcare_facility_type_codes,
        confidentiality_codes=search.confidentiality_codes,
        event_codes=search.event_codes,
        creation_time=search.creation_time,
        service_start_time=search.service_start_time,
        service_stop_time=search.service_stop_time,
        unique_ids=search.unique_ids,
        entry_uuids=search.entry_uuids,
        logical_ids=search.logical_ids,
        reference_ids=search.reference_ids,
        limit=None if whole else search.count,
        after=None if whole else after,
    )


def _page(
    search: Search, entries: tuple[DocumentEntry, ...], after: paging.Position | None
) -> tuple[tuple[DocumentEntry, ...], int, paging.Position | None]:
    matching = [entry for entry in entries if search.matches(entry)]
    rest = [entry for entry in matching if after is None or _position(entry) < after]
    if search.count is None or len(rest) <= search.count:
        return tuple(rest), len(matching), None
    page = rest[: search.count]
    return tuple(page), len(matching), _position(page[-1])


def _position(entry: DocumentEntry) -> paging.Position:
    return entry.creation_time.ljust(14, "0"), entry.entry_uuid.removeprefix("urn:uuid:")


def _url(address: Address, parameters: tuple[tuple[str, str], ...]) -> str:
    return f"{address.base}/DocumentReference?{urlencode(parameters)}"


def _said(search: Search) -> OperationOutcome:
    """What was used and what was not, beside the self link."""
    names = ", ".join(dict.fromkeys(name for name, _ in search.used)) or "aucun"
    issues = [
        issue(severity="information", code="informational", rule="used-parameters", text=f"Paramètres pris : {names}.")
    ]
    text = "Ce paramètre n'est pas servi et n'a rien filtré."
    issues += [
        issue(severity="warning", code="not-supported", rule="ignored-parameter", text=text, field=name)
        for name in search.ignored
    ]
    return outcome(issues)


def read(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """One entry, by logicalId or by entryUUID."""
    require_json(request)
    try:
        identity = f"urn:uuid:{UUID(name)}"
    except ValueError:
        raise _unknown() from None
    found = documents.get(
        actor=actor, domain=address.domain, logical_ids=(identity,), entry_uuids=(identity,), related=True
    )
    if isinstance(found, Refusal):
        return answers.refused(found)
    if not found.entries:
        raise _unknown()
    # The last version under its logical id, which is the entryUUID of the first one; else the version that is named.
    entry = max(found.entries, key=lambda candidate: (candidate.logical_id == identity, candidate.version))
    relations = _relations(found, entry)
    body = encode(render(entry, base=address.base, profile=address.profile, relations=relations))
    return answers.resource(body, ETag=f'W/"{entry.version}"')


def _unknown() -> answers.NotServed:
    return answers.NotServed(404, "not-found", "document-unknown", "Aucune fiche consultable ne porte cet identifiant.")
