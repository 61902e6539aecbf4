"""The patient's pages: own documents, who looked, who one is here."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Reason, Refusal
from carnet.portals.documents import deposit as depositing
from carnet.portals.documents import lists, pages, state_pages
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import story, told
from carnet.record.access import api as access
from carnet.record.documents import api as record_documents

_ADDRESSES = pages.Addresses("patient", "documents")
_LINES_A_PAGE = 60


def _own(actor: Actor) -> int:
    if actor.record_id is None:
        raise Http404
    return actor.record_id


def _decides(actor: Actor) -> bool:
    """Whether this reader decides over the record, and not only reads it for somebody."""
    return access.may(actor=actor, domain=domain_of(actor), record_id=_own(actor), act=access.Act.CHOOSE)


@for_actor(ActorKind.PATIENT, *SENDING)
def documents(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The list of one's own documents."""
    answer = lists.listing(request, actor, "", _own(actor), _ADDRESSES)
    if isinstance(answer, Refusal):
        # A record that answers nobody still answers its person about itself.
        closed = answer.problems[0].reason is Reason.CLOSED
        return redirect("patient:record") if closed else refusal(request, answer)
    if isinstance(answer, HttpResponse):
        return answer
    context = {
        "actor": actor,
        "listing": answer,
        "addresses": _ADDRESSES,
        "done": state_pages.told(request),
        "deposits": _deposits(request, actor),
        "emergencies": [one for one in access.emergencies(actor=actor) if not one.seen],
    }
    return render(request, "patient/documents.html", context)


def _deposits(request: HttpRequest, actor: Actor) -> bool:
    """Whether a document may be added: always by the person, by who acts for them as far as they go."""
    if getattr(request, "carnet_acting", None) is None:
        return True
    return access.may(actor=actor, domain=domain_of(actor), record_id=_own(actor), act=access.Act.FEED)


@for_actor(ActorKind.PATIENT, "POST")
def emergencies_seen(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """The person has read the notices of emergencies: on to what was done."""
    access.note_emergencies_seen(actor=actor)
    return redirect("patient:journal")


@for_actor(ActorKind.PATIENT, *READING)
def folders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The folders of one's own record."""
    answer = lists.folders(actor, "")
    if isinstance(answer, Refusal):
        return refusal(request, answer)
    context = {"actor": actor, "folders": answer, "addresses": _ADDRESSES, "base": "patient/base.html"}
    return render(request, "documents/folders.html", context)


@for_actor(ActorKind.PATIENT, *READING)
def document(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponse:
    """One document, read."""
    shown = pages.shown(actor, uuid, "", _ADDRESSES)
    if isinstance(shown, Refusal):
        return refusal(request, shown)
    context = {
        "actor": actor,
        "document": shown,
        "addresses": _ADDRESSES,
        "done": state_pages.told(request),
        "who_sees": reverse("patient:who_sees", args=[uuid]) if _decides(actor) else "",
    }
    return render(request, "patient/document.html", context)


@for_actor(ActorKind.PATIENT, *READING)
def content(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponseBase:
    """The viewable bytes of a document, for the frame of its page."""
    return pages.content(request, actor, uuid, "")


@for_actor(ActorKind.PATIENT, *READING)
def file(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponseBase:
    """The document as it was fed, to keep."""
    return pages.file(request, actor, uuid, "")


@for_actor(ActorKind.PATIENT, *READING)
def who_looked(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The journal in words, newest first; `avant` continues it."""
    place = request.GET.get("avant", "")
    lines = record_documents.history(actor=actor, limit=_LINES_A_PAGE, before=story.read_place(place))
    titles = pages.titles(actor, story.subjects(lines))
    context = {
        "actor": actor,
        "days": story.days(lines, actor, titles),
        "older": story.write_place(lines[-1]) if len(lines) == _LINES_A_PAGE else "",
        "first_page": not place,
        "done": told.once(request),
    }
    return render(request, "patient/journal.html", context)


@for_actor(ActorKind.PATIENT, *READING)
def own_identity(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The identity under which the record is kept, and who is authorised in it."""
    opened = access.my_record(actor=actor, domain=domain_of(actor))
    if isinstance(opened, Refusal):
        return refusal(request, opened)
    return render(request, "patient/identity.html", {"actor": actor, "patient": opened.patient})


def _place(actor: Actor) -> depositing.Place:
    return depositing.Place(
        actor=actor,
        record_id=_own(actor),
        patient_id="",
        addresses=_ADDRESSES,
        context={},
        base="patient/base.html",
    )


@for_actor(ActorKind.PATIENT, *SENDING)
def deposit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Add a document to one's own record: the form, what will be filed, the deposit."""
    return depositing.say(request, _place(actor))


@for_actor(ActorKind.PATIENT, *SENDING)
def deposited(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponse:
    """What was filed, and its undoing."""
    return depositing.done(request, _place(actor), uuid)


@for_actor(ActorKind.PATIENT, *SENDING)
def state(request: HttpRequest, actor: Actor, uuid: UUID, name: str) -> HttpResponse:
    """One act on one document: mask, unmask, and for one's own deposits archive and delete."""
    return state_pages.act(request, _place(actor), uuid, name)
