"""The page of an act on a document: what it means, a tick where it cannot be undone, then it is done and told once."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.errors import Refusal
from carnet.portals.documents import acts, presentation
from carnet.portals.documents.deposit import Place
from carnet.portals.documents.pages import only
from carnet.portals.frame.own_domain import domain_of
from carnet.record.documents import api as documents

_DONE = "carnet_document_done"  # session: what was just done, told once


class _Agreed(forms.Form):  # type: ignore[misc]
    agreed = forms.BooleanField(error_messages={"required": "Cochez la case pour confirmer."})


def act(request: HttpRequest, place: Place, uuid: UUID, name: str) -> HttpResponse:
    """One act on one document of this record; 404 for an unknown one, and for another record's."""
    chosen = acts.NAMED.get(name)
    words = chosen.of(by_patient=place.by_patient) if chosen is not None else None
    if chosen is None or words is None:
        raise Http404
    form = _Agreed(request.POST if request.method == "POST" else None)
    form.fields["agreed"].label = words.agreed
    if not words.agreed:
        del form.fields["agreed"]
    if request.method != "POST" or not form.is_valid():
        return _page(request, place, uuid, words, form, status=422 if request.method == "POST" else 200)
    domain = domain_of(place.actor)
    answer = chosen.do(actor=place.actor, domain=domain, entry_uuid=uuid.urn, asserted_patient=only(place.patient_id))
    if isinstance(answer, Refusal):
        return _page(request, place, uuid, words, form, status=403, refusal=answer)
    request.session[_DONE] = words.done
    if chosen.ends:
        return redirect(place.addresses.listing)
    # Who masks a document that is neither theirs nor their patient's does not see it any more.
    seen = documents.possible(actor=place.actor, domain=domain, entry_uuid=answer.entry.entry_uuid).acts
    after = presentation.uuid_of(answer.entry)
    return redirect(place.addresses.of("document", after) if seen else place.addresses.listing)


def _page(
    request: HttpRequest,
    place: Place,
    uuid: UUID,
    words: acts.Act,
    form: forms.Form,
    *,
    status: int,
    refusal: Refusal | None = None,
) -> HttpResponse:
    found = documents.get(
        actor=place.actor,
        domain=domain_of(place.actor),
        entry_uuids=[uuid.urn],
        asserted_patient=only(place.patient_id),
    )
    if isinstance(found, Refusal) or not found.entries:
        raise Http404
    context = place.context | {
        "actor": place.actor,
        "addresses": place.addresses,
        "base": place.base,
        "act": words,
        "form": form,
        "line": presentation.line(found.entries[0]),
        "refusal": refusal,
    }
    return render(request, "documents/act.html", context, status=status)


def told(request: HttpRequest) -> str:
    """What was just done, once."""
    return str(request.session.pop(_DONE, ""))
