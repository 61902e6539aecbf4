"""The data-protection officer's pages: entrances in an emergency that wait, one of them, its conclusion."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access

# What a professional did, in words that say nothing of a document.
_DONE = {
    "emergency.enter": "est entré en urgence",
    "record.open": "a ouvert le carnet",
    "document.list": "a lu la liste des documents",
    "document.get": "a regardé la fiche de",
    "document.read": "a lu",
    "document.provide": "a ajouté",
}


class VerdictForm(forms.Form):  # type: ignore[misc]
    """The conclusion of a review."""

    verdict = forms.ChoiceField(
        label="Conclusion",
        choices=(("justified", "Justifié"), ("follow-up", "À suivre")),
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une conclusion."},
    )
    note = forms.CharField(
        label="Vos observations",
        help_text="Nécessaires si l’accès est à suivre. N’y écrivez aucune donnée de santé.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """A follow-up says why."""
        said: dict[str, Any] = super().clean()
        if said.get("verdict") == "follow-up" and not said.get("note", "").strip():
            self.add_error("note", "Écrivez ce qui est à suivre.")
        return said


@for_actor(ActorKind.CLERK, *READING)
def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Entrances that wait, oldest first; the last ones that were reviewed."""
    found = access.emergencies_to_review(actor=actor)
    if isinstance(found, Refusal):
        return refusal(request, found)
    return render(request, "administration/emergencies.html", {"actor": actor, "queue": found, "officer": True})


@for_actor(ActorKind.CLERK, *SENDING)
def review(request: HttpRequest, actor: Actor, record_id: int, entrance: UUID) -> HttpResponse:
    """One entrance, what was done while it lasted, and its conclusion."""
    form = VerdictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = access.review_emergency(
            actor=actor,
            record_id=record_id,
            entrance=entrance,
            verdict=access.Verdict(form.cleaned_data["verdict"]),
            note=form.cleaned_data["note"],
        )
        return refusal(request, answer) if isinstance(answer, Refusal) else redirect("admission:emergencies")
    found = access.examine_emergency(actor=actor, record_id=record_id, entrance=entrance)
    if isinstance(found, Refusal):
        return refusal(request, found)
    context = {
        "actor": actor,
        "officer": True,
        "one": found.entrance,
        "record_id": record_id,
        "form": form,
        "lines": [
            {
                "at": line.at,
                "what": _DONE.get(line.action, line.action),
                "count": len(line.subjects) if line.action.startswith("document.") else 0,
                "refused": line.outcome == "refused",
            }
            for line in found.lines
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/emergency.html", context, status=status)
