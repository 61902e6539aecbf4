"""Entering a record in an emergency: the facts, the reason, what will be told to whom; then the record, for a while."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Refusal
from carnet.portals.frame import ins
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_actor
from carnet.portals.professional.typed import typed_for
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity


class EmergencyForm(forms.Form):  # type: ignore[misc]
    """The two facts of a break-glass, and the reason; a regulation centre may say that it regulates instead."""

    mode = forms.ChoiceField(
        label="À quel titre",
        choices=(("call", "Régulation d’un appel (centre 15)"), ("glass", "Au chevet de la personne (bris de glace)")),
    )
    unable = forms.BooleanField(label="La personne ne peut pas exprimer sa volonté.", required=False)
    danger = forms.BooleanField(label="Il existe un risque immédiat pour sa santé.", required=False)
    reason = forms.ChoiceField(label="Motif", error_messages={"required": "Choisissez un motif."})
    detail = forms.CharField(
        label="Précision (facultatif, sauf pour « autre »)",
        help_text="Quelques mots. Le délégué à la protection des données les lira.",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, reasons: tuple[access.EmergencyReason, ...], centre: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", "Choisissez"), *((one.code, one.label) for one in reasons)]
        if not centre:
            del self.fields["mode"]

    def clean(self) -> dict[str, Any]:
        """Both facts at a bedside; neither is asked of who answers a call."""
        said: dict[str, Any] = super().clean()
        if said.get("mode") != "call":
            for name in ("unable", "danger"):
                if not said.get(name):
                    self.add_error(
                        name, "Cochez si c’est le cas. Sinon, n’entrez pas : demandez l’accord de la personne."
                    )
        return said


@for_actor(ActorKind.PROFESSIONAL, *SENDING)
def enter(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """State the emergency and enter; only in a record that this session reached by its INS."""
    typed = typed_for(request, record_id)
    if typed is None:
        return redirect("pro:find")
    form = EmergencyForm(
        request.POST if request.method == "POST" else None,
        reasons=access.emergency_reasons(actor=actor),
        centre=directory.is_regulation_centre(actor.structure),
    )
    context = {"form": form, "actor": actor, "typed": typed, "record_id": record_id}
    if request.method != "POST":
        return render(request, "professional/emergency.html", context)
    if not form.is_valid():
        return render(request, "professional/emergency.html", context, status=422)
    said = form.cleaned_data
    answer = access.enter_in_emergency(
        actor=actor,
        domain=ins.DOMAIN,
        patient_id=identity.format_cx(ins.identifier(typed)),
        purpose=Purpose.REGULATION if said.get("mode") == "call" else Purpose.BREAK_GLASS,
        unable=said["unable"],
        danger=said["danger"],
        reason=said["reason"],
        detail=said["detail"],
    )
    if isinstance(answer, Refusal):
        return render(request, "professional/emergency.html", context | {"refusal": answer}, status=403)
    return redirect("pro:record", record_id)
