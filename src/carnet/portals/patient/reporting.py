"""A person reports an access that they do not understand to the data-protection officer."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_actor
from carnet.portals.patient import story, told
from carnet.record.documents import api as documents
from carnet.record.journal.api import LONGEST_NOTE

_DONE = "Votre signalement est transmis au délégué à la protection des données."


class ReportForm(forms.Form):  # type: ignore[misc]
    """What surprises the person, in their words."""

    note = forms.CharField(
        label="Ce qui vous étonne",
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Facultatif. N’écrivez rien de votre santé : la ligne suffit à retrouver l’accès.",
    )


@for_actor(ActorKind.PATIENT, *SENDING)
def report(request: HttpRequest, actor: Actor, line: str) -> HttpResponse:
    """What a report does, the person's words, then it is sent."""
    place = story.read_place(line)
    if place is None:
        raise Http404
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not documents.report_line(actor=actor, place=place, note=form.cleaned_data["note"]):
            raise Http404
        told.say(request, _DONE)
        return redirect("patient:journal")
    status = 422 if request.method == "POST" else 200
    return render(request, "patient/report.html", {"actor": actor, "form": form, "line": line}, status=status)
