"""People who act for me, and people for whom I act: invitations, their end, and the way from one record to another."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame.addresses import RecordConverter
from carnet.portals.frame.dates import end_of_day
from carnet.portals.frame.freshness import fresh_proof_to_send
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import acting_for, for_actor
from carnet.portals.patient import told
from carnet.portals.patient.access_words import KINDS, SCOPES, THEIR_SCOPES
from carnet.portals.patient.control_forms import CodeForm, InvitationForm
from carnet.record.access import api as access


@for_actor(ActorKind.PATIENT, "POST", own=True, caregiver=True)
def act_for(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Go to the record of somebody whom one represents or helps, or back to one's own."""
    acting_for(request, request.POST.get("pour", ""), actor)
    return redirect("patient:documents")


@for_actor(ActorKind.PATIENT, "GET", "HEAD", "POST", own=True)
@fresh_proof_to_send
def relatives(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who acts for me; for whom I act."""
    act = request.POST.get("geste", "") if request.method == "POST" else ""
    invite = InvitationForm(request.POST if act == "inviter" else None)
    code = CodeForm(request.POST if act == "entrer" else None)
    context: dict[str, object] = {"invite": invite, "code": code, "form": code if act == "entrer" else invite}
    status = 200
    if request.method == "POST":
        answer = _act(request, actor, act, context)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
    found = access.delegates(actor=actor, domain=domain_of(actor))
    delegates = access.Delegates(people=(), invitations=0) if isinstance(found, Refusal) else found
    context |= {
        "actor": actor,
        "people": [
            {
                "holder": one.holder,
                "name": one.name,
                "kind": KINDS.get(one.kind, ""),
                "scope": SCOPES[one.scope],
                "since": one.since,
                "until": one.until,
                "caregiver": one.kind == access.DelegateKind.CAREGIVER,
            }
            for one in delegates.people
            if one.in_force
        ],
        "former": [one for one in delegates.people if not one.in_force],
        "invitations": delegates.invitations,
        "helped": _helped(actor),
        "done": told.once(request),
    }
    return render(request, "patient/relatives.html", context, status=status)


@for_actor(ActorKind.PATIENT, "GET", "HEAD", "POST", own=True, caregiver=True)
@fresh_proof_to_send
def caregiver(request: HttpRequest, actor: Actor) -> HttpResponse:
    """For whom I act, without a record of my own: a code to enter, records to open."""
    if actor.kind is ActorKind.PATIENT:
        return redirect("patient:relatives")
    act = request.POST.get("geste", "") if request.method == "POST" else ""
    form = CodeForm(request.POST if act == "entrer" else None)
    context: dict[str, object] = {"form": form, "code": form, "actor": actor}
    status = 200
    if act == "renoncer":
        access.renounce(actor=actor, record_id=_record(request.POST.get("pour", "")))
        told.say(request, "Vous n’agissez plus pour cette personne.")
        return redirect("patient:caregiver")
    if request.method == "POST":
        status = 422
        answer = access.accept(actor=actor, code=form.cleaned_data["code"]) if form.is_valid() else None
        if isinstance(answer, access.Controlled):
            told.say(request, "Vous pouvez maintenant aider cette personne.")
            return redirect("patient:caregiver")
        context["refusal"] = answer
    context |= {"helped": _helped(actor), "done": told.once(request)}
    return render(request, "patient/caregiver.html", context, status=status)


def _helped(actor: Actor) -> list[dict[str, object]]:
    """For whom somebody acts, in words."""
    return [
        {
            "record_id": one.record_id,
            "name": f"{one.given_name.title()} {one.name}",
            "kind": KINDS.get(one.kind.value, ""),
            "scope": THEIR_SCOPES[one.scope.value],
            "until": one.until,
            "caregiver": one.kind is access.DelegateKind.CAREGIVER,
        }
        for one in access.delegations_held(actor=actor)
    ]


def _act(request: HttpRequest, actor: Actor, act: str, context: dict[str, object]) -> HttpResponse | int:
    """Do what a button asks: a way to the page again, or the status of the page that shows what came of it."""
    domain = domain_of(actor)
    answer: object
    if act == "inviter":
        form = InvitationForm(request.POST)
        if not form.is_valid():
            return 422
        until = end_of_day(form.cleaned_data["until"])
        answer = access.invite(actor=actor, domain=domain, scope=form.cleaned_data["scope"], until=until)
        if isinstance(answer, access.Invitation):
            # Shown on this answer only: it is kept nowhere.
            context |= {"invitation": answer, "invite": InvitationForm()}
            return 200
    elif act == "entrer":
        entered = CodeForm(request.POST)
        if not entered.is_valid():
            return 422
        answer = access.accept(actor=actor, code=entered.cleaned_data["code"])
        told.say(request, "Vous pouvez maintenant aider cette personne.")
    elif act == "finir":
        answer = access.end_delegation(actor=actor, domain=domain, holder=request.POST.get("qui", ""))
        told.say(request, "Cette personne n’agit plus pour vous.")
    elif act == "renoncer":
        access.renounce(actor=actor, record_id=_record(request.POST.get("pour", "")))
        told.say(request, "Vous n’agissez plus pour cette personne.")
        return redirect("patient:relatives")
    elif act == "annuler":
        answer = access.cancel_invitations(actor=actor, domain=domain)
        told.say(request, "Les codes en attente ne sont plus valables.")
    else:
        raise Http404
    if isinstance(answer, Refusal):
        told.once(request)
        context["refusal"] = answer
        return 422
    return redirect("patient:relatives")


def _record(reference: str) -> int:
    try:
        return RecordConverter().to_python(reference)
    except ValueError:
        raise Http404 from None
