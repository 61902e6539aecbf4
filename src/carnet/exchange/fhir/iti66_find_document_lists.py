"""ITI-66 Find Document Lists, by GET and by POST _search; and the reading of one List: a set or a folder."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, paging, searching
from carnet.exchange.fhir.door import Address, lenient, require_json
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import folder, searchset
from carnet.wire.fhir import list as submission_set
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import encode
from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.list_parameters import ListSearch
from carnet.wire.fhir.list_parameters import read as read_search
from carnet.wire.xds.model import Folder, SubmissionSet

_KIND = "List"


def _find(request: HttpRequest, actor: Actor, address: Address, pairs: searching.Pairs) -> HttpResponseBase:
    require_json(request)
    try:
        search = read_search(pairs, lenient=lenient(request), patient_required=actor.kind is not ActorKind.PATIENT)
    except Rejected as error:
        return answers.faulty(error.faults, 400)
    cursor = next((value for name, value in pairs if name == paging.PARAMETER), "")
    bound = ((_KIND, ""), *search.used)
    after = paging.read(cursor, actor=actor, domain=address.domain, parameters=bound) if cursor else None
    found = documents.find_lists(
        actor=actor, domain=address.domain, patient_id=search.patient_id, statuses=search.statuses
    )
    if isinstance(found, Refusal):
        return answers.refused(found)
    matching = _matching(search, found)
    page, following = paging.cut(matching, _position, after=after, count=search.count)
    next_url = ""
    if following is not None:
        token = paging.write(following, actor=actor, domain=address.domain, parameters=bound)
        next_url = searching.url_of(address, _KIND, (*search.used, (paging.PARAMETER, token)))
    body = searchset.write_lists(
        [_render(one, found, address) for one in page],
        base=address.base,
        total=len(matching),
        self_url=searching.url_of(address, _KIND, search.used),
        next_url=next_url,
        outcome=searching.said(search.used, search.ignored),
    )
    return answers.resource(body)


def _matching(search: ListSearch, found: documents.FoundLists) -> list[SubmissionSet | Folder]:
    """Newest first; every condition is over what the caller sees."""
    lists: list[SubmissionSet | Folder] = [one for one in found.sets if search.matches_set(one)]
    lists += [one for one in found.folders if search.matches_folder(one)]
    return sorted(lists, key=_position, reverse=True)


def _position(one: SubmissionSet | Folder) -> paging.Position:
    time = one.submission_time if isinstance(one, SubmissionSet) else one.last_update_time
    return time.ljust(14, "0"), one.entry_uuid.removeprefix("urn:uuid:")


def _render(one: SubmissionSet | Folder, found: documents.FoundLists, address: Address) -> fhir.List:
    items = [
        f"{'List' if member.folder else 'DocumentReference'}/{member.id.removeprefix('urn:uuid:')}"
        for member in found.members[one.entry_uuid]
    ]
    if isinstance(one, Folder):
        return folder.render(one, items, profile=address.profile)
    return submission_set.render(one, items, profile=address.profile)


search = searching.by_address(_find)
search_by_form = searching.by_form(_find)


def read(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """One set or one folder, by its entryUUID."""
    require_json(request)
    try:
        entry_uuid = f"urn:uuid:{UUID(name)}"
    except ValueError:
        raise _unknown() from None
    found = documents.get_list(actor=actor, domain=address.domain, entry_uuid=entry_uuid)
    if isinstance(found, Refusal):
        return answers.refused(found)
    lists: list[SubmissionSet | Folder] = [*found.sets, *found.folders]
    for one in lists:
        return answers.resource(encode(_render(one, found, address)), ETag='W/"1"')
    raise _unknown()


def _unknown() -> answers.NotServed:
    return answers.NotServed(
        404, "not-found", "list-unknown", "Aucun lot ni classeur consultable ne porte cet identifiant."
    )
