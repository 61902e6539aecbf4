"""The professional's pages: each translates a request in, calls the record, and translates its answer out."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Reason, Refusal
from carnet.portals.documents import deposit as depositing
from carnet.portals.documents import lists, pages, state_pages
from carnet.portals.frame import ins
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_actor
from carnet.portals.professional.forms import AuthoriseForm, FindForm
from carnet.portals.professional.typed import remember, typed_for
from carnet.record.access import api as access
from carnet.record.identity import api as identity


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def find(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Open a record by its INS."""
    form = FindForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "actor": actor}
    if request.method != "POST":
        return render(request, "professional/find.html", context)
    if not form.is_valid():
        return render(request, "professional/find.html", context, status=422)
    patient_id = identity.format_cx(ins.identifier(form.cleaned_data["ins"]))
    opened = access.open_record(actor=actor, domain=ins.DOMAIN, patient_id=patient_id)
    if isinstance(opened, Refusal):
        if opened.problems[0].reason is Reason.UNKNOWN_PATIENT:
            return render(request, "professional/find.html", context | {"unknown": True}, status=404)
        return render(request, "professional/find.html", context | {"refusal": opened}, status=403)
    remember(request, opened.patient.record_id, form.cleaned_data["ins"])
    return redirect("pro:record" if opened.authorised else "pro:authorise", opened.patient.record_id)


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def authorise(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """Declare being authorised, with the patient's agreement; only in a record this session reached by its INS.

    Nothing of the person is shown here but the INS that the professional typed (DMP RG_0320).
    """
    typed = typed_for(request, record_id)
    if typed is None:
        return redirect("pro:find")
    form = AuthoriseForm(request.POST if request.method == "POST" else None, profession=actor.profession)
    context = {"form": form, "actor": actor, "typed": typed, "record_id": record_id}
    if request.method != "POST":
        return render(request, "professional/authorise.html", context)
    if not form.is_valid():
        return render(request, "professional/authorise.html", context, status=422)
    answer = access.authorise(
        actor=actor,
        domain=ins.DOMAIN,
        patient_id=identity.format_cx(ins.identifier(typed)),
        treating=form.cleaned_data.get("treating", False),
    )
    if isinstance(answer, Refusal):
        return render(request, "professional/authorise.html", context | {"refusal": answer}, status=403)
    return redirect("pro:record", record_id)


def _addresses(record_id: int) -> pages.Addresses:
    return pages.Addresses("pro", "record", (record_id,))


def _patient(actor: Actor, record_id: int) -> identity.Patient:
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if patient is None:
        raise Http404
    return patient


def _patient_id(actor: Actor, record_id: int) -> str:
    return identity.format_cx(_patient(actor, record_id).identifier)


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def documents(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """The list of a record's documents; the banner is shown once the record has said yes, never before."""
    patient = _patient(actor, record_id)
    answer = lists.listing(request, actor, identity.format_cx(patient.identifier), record_id, _addresses(record_id))
    if isinstance(answer, Refusal):
        if answer.rule in ("authorisation-missing", "authorisation-expired"):
            return redirect("pro:authorise", record_id)
        return refusal(request, answer)
    if isinstance(answer, HttpResponse):
        return answer
    context = {
        "actor": actor,
        "patient": patient,
        "listing": answer,
        "emergency_until": access.emergency_until(actor=actor, record_id=record_id),
        "tells_hidden": access.tells_hidden(actor=actor, domain=ins.DOMAIN, record_id=record_id),
        "addresses": _addresses(record_id),
        "done": state_pages.told(request),
    }
    return render(request, "professional/record.html", context)


@for_actor(ActorKind.PROFESSIONAL, *READING)
def folders(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """The folders of a record."""
    patient = _patient(actor, record_id)
    answer = lists.folders(actor, identity.format_cx(patient.identifier))
    if isinstance(answer, Refusal):
        return refusal(request, answer)
    context = {"actor": actor, "patient": patient, "folders": answer, "addresses": _addresses(record_id)}
    return render(request, "documents/folders.html", context | {"base": "professional/base.html"})


@for_actor(ActorKind.PROFESSIONAL, *READING)
def document(request: HttpRequest, actor: Actor, record_id: int, uuid: UUID) -> HttpResponse:
    """One document, read."""
    patient = _patient(actor, record_id)
    shown = pages.shown(actor, uuid, identity.format_cx(patient.identifier), _addresses(record_id))
    if isinstance(shown, Refusal):
        return refusal(request, shown)
    context = {
        "actor": actor,
        "patient": patient,
        "document": shown,
        "emergency_until": access.emergency_until(actor=actor, record_id=record_id),
        "addresses": _addresses(record_id),
        "done": state_pages.told(request),
    }
    return render(request, "professional/document.html", context)


@for_actor(ActorKind.PROFESSIONAL, *READING)
def content(request: HttpRequest, actor: Actor, record_id: int, uuid: UUID) -> HttpResponseBase:
    """The viewable bytes of a document, for the frame of its page."""
    return pages.content(request, actor, uuid, _patient_id(actor, record_id))


@for_actor(ActorKind.PROFESSIONAL, *READING)
def file(request: HttpRequest, actor: Actor, record_id: int, uuid: UUID) -> HttpResponseBase:
    """The document as it was fed, to keep."""
    return pages.file(request, actor, uuid, _patient_id(actor, record_id))


def _place(actor: Actor, record_id: int) -> depositing.Place:
    """Where an act on documents happens; the patient's identity stands above every page of it."""
    patient = _patient(actor, record_id)
    patient_id = identity.format_cx(patient.identifier)
    return depositing.Place(
        actor=actor,
        record_id=record_id,
        patient_id=patient_id,
        addresses=_addresses(record_id),
        context={"patient": patient},
        base="professional/base.html",
    )


def _authorised(actor: Actor, record_id: int) -> bool:
    """Whether this professional may see whose record it is: the identity is shown to them only."""
    patient = _patient(actor, record_id)
    opened = access.open_record(actor=actor, domain=ins.DOMAIN, patient_id=identity.format_cx(patient.identifier))
    return not isinstance(opened, Refusal) and opened.authorised


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def deposit(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """Deposit a document: the form, what will be filed, the deposit."""
    if not _authorised(actor, record_id):
        return redirect("pro:authorise", record_id)
    return depositing.say(request, _place(actor, record_id))


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def deposited(request: HttpRequest, actor: Actor, record_id: int, uuid: UUID) -> HttpResponse:
    """What was filed, and its undoing."""
    return depositing.done(request, _place(actor, record_id), uuid)


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def state(request: HttpRequest, actor: Actor, record_id: int, uuid: UUID, name: str) -> HttpResponse:
    """One act on one document: mask, unmask, announce, archive, delete."""
    return state_pages.act(request, _place(actor, record_id), uuid, name)
