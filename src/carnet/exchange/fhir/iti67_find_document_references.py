"""ITI-67 Find Document References, by GET and by POST _search; and the reading of one DocumentReference."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, paging, searching
from carnet.exchange.fhir.door import Address, lenient, require_json
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import searchset
from carnet.wire.fhir.documentreference import encode, render
from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.search_parameters import Search
from carnet.wire.fhir.search_parameters import read as read_search
from carnet.wire.xds.model import AssociationType, DocumentEntry

_KIND = "DocumentReference"


def _find(request: HttpRequest, actor: Actor, address: Address, pairs: searching.Pairs) -> HttpResponseBase:
    require_json(request)
    try:
        search = read_search(pairs, lenient=lenient(request), patient_required=actor.kind is not ActorKind.PATIENT)
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
        next_url = searching.url_of(address, _KIND, (*search.used, (paging.PARAMETER, token)))
    body = searchset.write(
        entries,
        base=address.base,
        profile=address.profile,
        total=total,
        self_url=searching.url_of(address, _KIND, search.used),
        next_url=next_url,
        outcome=searching.said(search.used, search.ignored),
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
    page, following = paging.cut(matching, _position, after=after, count=search.count)
    return tuple(page), len(matching), following


def _position(entry: DocumentEntry) -> paging.Position:
    return entry.creation_time.ljust(14, "0"), entry.entry_uuid.removeprefix("urn:uuid:")


search = searching.by_address(_find)
search_by_form = searching.by_form(_find)


def read(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """One entry, by logicalId or by entryUUID."""
    identity, found = _versions(request, actor, address, name)
    if isinstance(found, Refusal):
        return answers.refused(found)
    # The last version under its logical id, which is the entryUUID of the first one; else the version that is named.
    entry = max(found.entries, key=lambda candidate: (candidate.logical_id == identity, candidate.version))
    return _answer(address, found, entry)


def history(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """The versions of one entry that the caller sees, the last one first (FHIR R4 http.html#history)."""
    identity, found = _versions(request, actor, address, name)
    if isinstance(found, Refusal):
        return answers.refused(found)
    versions = sorted(_of(identity, found), key=lambda entry: entry.version, reverse=True)
    return answers.resource(
        searchset.write_history(
            versions,
            base=address.base,
            profile=address.profile,
            self_url=f"{address.base}/{_KIND}/{name}/_history",
            relations={entry.entry_uuid: _relations(found, entry) for entry in versions},
        )
    )


def read_version(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """One version of one entry: `<id>/_history/<version>`."""
    own, _, version = name.partition("/_history/")
    identity, found = _versions(request, actor, address, own)
    if isinstance(found, Refusal):
        return answers.refused(found)
    for entry in _of(identity, found):
        if str(entry.version) == version:
            return _answer(address, found, entry)
    raise _unknown()


def _versions(request: HttpRequest, actor: Actor, address: Address, name: str) -> tuple[str, documents.Found | Refusal]:
    """The id as a URN, and what answers to it; NotServed (404) when nothing does."""
    require_json(request)
    try:
        identity = f"urn:uuid:{UUID(name)}"
    except ValueError:
        raise _unknown() from None
    found = documents.get(
        actor=actor, domain=address.domain, logical_ids=(identity,), entry_uuids=(identity,), related=True
    )
    if not isinstance(found, Refusal) and not found.entries:
        raise _unknown()
    return identity, found


def _of(identity: str, found: documents.Found) -> list[DocumentEntry]:
    """The versions of the resource of this id; NotServed (404) for the entryUUID of a version, which has no history."""
    versions = [entry for entry in found.entries if entry.logical_id == identity]
    if not versions:
        raise _unknown()
    return versions


def _answer(address: Address, found: documents.Found, entry: DocumentEntry) -> HttpResponseBase:
    resource = render(entry, base=address.base, profile=address.profile, relations=_relations(found, entry))
    return answers.resource(encode(resource), ETag=f'W/"{entry.version}"')


def _unknown() -> answers.NotServed:
    return answers.NotServed(404, "not-found", "document-unknown", "Aucune fiche consultable ne porte cet identifiant.")
