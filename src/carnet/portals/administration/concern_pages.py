"""The data-protection officer's page of concerns: accesses that people reported, patterns that the watch raised."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.administration.emergencies import VerdictForm
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access
from carnet.record.journal.api import Kind

# Why somebody should look; `{}` is a count.
_WORDS = {
    Kind.REPORTED: "La personne du carnet ne comprend pas cet accès",
    Kind.REFUSALS: "{} refus en une heure",
    Kind.EMERGENCIES: "{} carnets ouverts en urgence en un jour",
    Kind.RECORDS: "{} carnets lus en une heure, hors de toute équipe de soins",
    Kind.FAMILY: "Le nom de naissance de la personne est celui du professionnel",
}


@for_actor(ActorKind.CLERK, *SENDING)
def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What waits, oldest first, each with its conclusion; then what was reviewed."""
    found = access.concerns(actor=actor)
    if isinstance(found, Refusal):
        return refusal(request, found)
    sent = request.POST.get("concern", "") if request.method == "POST" else ""
    known = {str(one.id): one for one in found}
    if request.method == "POST" and sent not in known:
        raise Http404
    form = VerdictForm(request.POST, prefix=sent) if sent else None
    if form is not None and form.is_valid():
        answer = access.conclude_concern(
            actor=actor,
            record_id=known[sent].record_id,
            concern=UUID(sent),
            verdict=access.Verdict(form.cleaned_data["verdict"]),
            note=form.cleaned_data["note"],
        )
        return refusal(request, answer) if isinstance(answer, Refusal) else redirect("admission:concerns")
    shown = [
        {
            "one": one,
            "why": _WORDS[one.kind].format(one.count),
            "form": form if form is not None and str(one.id) == sent else VerdictForm(prefix=str(one.id)),
        }
        for one in found
    ]
    context = {
        "actor": actor,
        "officer": True,
        "form": form,
        "waiting": [one for one in shown if not one["one"].reviewed_at],  # type: ignore[attr-defined]
        "reviewed": [one for one in shown if one["one"].reviewed_at],  # type: ignore[attr-defined]
    }
    return render(request, "administration/concerns.html", context, status=422 if form is not None else 200)
