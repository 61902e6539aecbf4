"""Who would see what: one document for each who has access, and the whole record as one professional sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Refusal
from carnet.portals.documents import presentation
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import told
from carnet.portals.patient.telling import PROFESSIONS
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents

_PERSON = "p:"
# A structure is looked at through the eyes of a physician who works there.
_PHYSICIAN = "10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Somebody who has access, or had a choice made about them, and whether they see one document."""

    grantee: str
    name: str
    role: str
    sees: bool
    effect: str
    until: datetime | None


def looking(grantee: str) -> Actor | None:
    """The actor of a grantee, who does nothing but be decided about; None for one that may not act any more."""
    if grantee.startswith(_PERSON):
        found = directory.professional(grantee.removeprefix(_PERSON))
        place = found.structures[0] if found is not None and found.structures else None
        actor = directory.actor_of_professional(person=grantee.removeprefix(_PERSON), structure=place, proof="preview")
        return None if isinstance(actor, Problem) else actor
    structure = directory.structure(grantee[2:])
    if structure is None:
        return None
    return Actor(
        kind=ActorKind.PROFESSIONAL,
        person="-",
        structure=structure.id,
        name=structure.name,
        structure_name=structure.name,
        profession=_PHYSICIAN,
        proof="preview",
    )


@for_actor(ActorKind.PATIENT, *SENDING)
def who_sees(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponse:
    """Who can see one document; opening and closing it to one of them."""
    refused = _set(request, actor, uuid) if request.method == "POST" else None
    if isinstance(refused, HttpResponse):
        return refused
    domain = domain_of(actor)
    found = documents.get(actor=actor, domain=domain, entry_uuids=[uuid.urn])
    if isinstance(found, Refusal) or not found.entries:
        raise Http404
    controls = access.controls_of(actor=actor, domain=domain)
    if isinstance(controls, Refusal):
        return refusal(request, controls)
    permissions = documents.permissions_on(actor=actor, domain=domain, entry_uuid=uuid.urn)
    inside = [one.grantee for one in controls.grantees if one.in_force and one.state == "allowed"]
    names = dict.fromkeys([*inside, *(one.grantee for one in permissions)])
    effects = {one.grantee: one for one in permissions if one.until is None or one.until > controls.now}
    context = {
        "actor": actor,
        "line": presentation.line(found.entries[0]),
        "uuid": uuid,
        "eyes": [one for name in names if (one := _eyes(actor, domain, uuid, name, effects.get(name))) is not None],
        "done": told.once(request),
        "refusal": refused,
    }
    return render(request, "patient/who_sees.html", context, status=422 if refused else 200)


def _eyes(
    actor: Actor, domain: str, uuid: UUID, grantee: str, permission: access.DocumentPermission | None
) -> Eyes | None:
    other = looking(grantee)
    if other is None:
        return None
    seen = documents.as_seen_by(actor=actor, domain=domain, professional=other, entry_uuid=uuid.urn)
    role = PROFESSIONS.get(other.profession, "professionnel de santé")
    return Eyes(
        grantee=grantee,
        name=other.name,
        role=role if grantee.startswith(_PERSON) else "un médecin de cet établissement",
        sees=not isinstance(seen, Refusal) and any(one.seen for one in seen.documents),
        effect="" if permission is None else permission.effect,
        until=None if permission is None else permission.until,
    )


def _set(request: HttpRequest, actor: Actor, uuid: UUID) -> HttpResponse | Refusal:
    grantee, domain, entry = request.POST.get("qui", ""), domain_of(actor), uuid.urn
    name = access.name_of_grantee(actor=actor, grantee=grantee)
    match request.POST.get("geste", ""):
        case "ouvrir":
            answer = documents.open_to(actor=actor, domain=domain, entry_uuid=entry, grantee=grantee)
            words = f"Ce document est ouvert à {name}."
        case "cacher":
            answer = documents.close_to(actor=actor, domain=domain, entry_uuid=entry, grantee=grantee)
            words = f"Ce document est caché à {name}."
        case "commun":
            answer = documents.leave_to_rules(actor=actor, domain=domain, entry_uuid=entry, grantee=grantee)
            words = f"Pour {name}, ce document suit de nouveau la règle commune."
        case _:
            raise Http404
    if isinstance(answer, Refusal):
        return answer
    told.say(request, words)
    return redirect("patient:who_sees", uuid)


@for_actor(ActorKind.PATIENT, "POST")
def record_as(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The whole record as one professional, or a physician of a structure, sees it: names stay out of addresses."""
    other = looking(request.POST.get("qui", ""))
    if other is None:
        return redirect("patient:access")
    preview = documents.as_seen_by(actor=actor, domain=domain_of(actor), professional=other)
    if isinstance(preview, Refusal):
        return refusal(request, preview)
    lines = [(presentation.line(one.entry), one.seen) for one in preview.documents]
    context = {
        "actor": actor,
        "other": other,
        "refused": preview.refused,
        "seen": [line for line, seen in lines if seen],
        "unseen": [line for line, seen in lines if not seen],
    }
    return render(request, "patient/record_as.html", context)
