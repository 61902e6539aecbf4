"""ITI-81 Retrieve ATNA Audit Event: the traces that a caller may read, as AuditEvents (IHE BALP)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, paging, searching
from carnet.exchange.fhir.door import Address, lenient, require_json
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.identity.api import PatientIdentifier
from carnet.record.journal.api import Action, Filter, Traced
from carnet.wire.fhir.audit_event import AuditTrace, trace_id, write
from carnet.wire.fhir.audit_parameters import AuditSearch
from carnet.wire.fhir.audit_parameters import read as read_search
from carnet.wire.fhir.faults import Rejected

_KIND = "AuditEvent"


def _find(request: HttpRequest, actor: Actor, address: Address, pairs: searching.Pairs) -> HttpResponseBase:
    require_json(request)
    try:
        search = read_search(pairs, lenient=lenient(request), patient_required=actor.kind is not ActorKind.PATIENT)
    except Rejected as error:
        return answers.faulty(error.faults, 400)
    cursor = next((value for name, value in pairs if name == paging.PARAMETER), "")
    bound = ((_KIND, ""), *search.used)
    after = paging.read(cursor, actor=actor, domain=address.domain, parameters=bound) if cursor else None
    since, until = (_instant(bound) for bound in search.times)
    found = documents.audit(
        actor=actor,
        domain=address.domain,
        patient_id=search.patient_id,
        since=since,
        until=until,
        asked=_asked(search),
    )
    if isinstance(found, Refusal):
        return answers.refused(found)
    matching = [_trace(one, found.identifier) for one in found.traces]
    page, following = paging.cut(matching, _position, after=after, count=search.count)
    next_url = ""
    if following is not None:
        token = paging.write(following, actor=actor, domain=address.domain, parameters=bound)
        next_url = searching.url_of(address, _KIND, (*search.used, (paging.PARAMETER, token)))
    body = write(
        page,
        base=address.base,
        total=len(matching),
        self_url=searching.url_of(address, _KIND, search.used),
        next_url=next_url,
        said=searching.said(search.used, search.ignored),
    )
    return answers.resource(body)


def _asked(search: AuditSearch) -> Filter:
    """What the parameters ask of the journal."""
    every = [action.value for action in Action]
    return Filter(
        people=search.people or None,
        outcomes=search.outcomes or None,
        actions=search.actions_among(every),
        subjects=search.subject_ids if search.subjects else None,
    )


def _instant(dtm: str) -> datetime | None:
    """A DTM in UTC (YYYY[MM[DD[hh[mm[ss]]]]]) as an instant; None for an open end."""
    return (
        datetime.strptime((dtm + "0101000000"[len(dtm) - 4 :])[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        if dtm
        else None
    )


def _trace(one: Traced, identifier: PatientIdentifier | None) -> AuditTrace:
    patient = ("", "") if identifier is None else (f"urn:oid:{identifier.system}", identifier.value)
    return AuditTrace(
        id=trace_id(one.record_id, one.writer, one.number),
        at=one.at.astimezone(UTC).isoformat(timespec="microseconds"),
        action=one.action,
        outcome=one.outcome,
        rule=one.rule,
        actor_kind=one.actor_kind,
        person=one.person,
        name=one.name,
        structure=one.structure,
        structure_name=one.structure_name,
        purpose=one.purpose,
        proof=one.proof,
        software=one.software,
        subjects=one.subjects,
        patient=patient,
        said=one.said,
    )


def _position(one: AuditTrace) -> paging.Position:
    return one.at, str(one.id)


search = searching.by_address(_find)
search_by_form = searching.by_form(_find)
