"""Identity-vigilance at the desk: two records side by side, made one, and made two again.

The numbers travel in the body of a form and never in an address. What is confirmed is what was shown: the form that
merges repeats the two numbers of the comparison above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.administration import memory
from carnet.portals.administration.forms import AgreedForm, FindForm, name_field
from carnet.portals.administration.numbered import mistyped, numbered
from carnet.portals.administration.records import DONE
from carnet.portals.frame import ins, wording
from carnet.portals.frame.errors import refused
from carnet.portals.frame.freshness import fresh_proof_to_send
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.identity import api as identity
from carnet.record.life import api as life

# Values of the button `decision`.
_MERGE, _SWAP = "reunir", "inverser"
_NUMBERS, _OPENED = "Numéros", "Carnet ouvert le"
_HINT = "Matricule INS ou identifiant local, tel que les papiers ou le logiciel le donnent."


def _number(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=60,
        error_messages={"required": "Saisissez un numéro."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


class PairForm(forms.Form):  # type: ignore[misc]
    """The numbers of the two records; nothing else is needed to compare them."""

    kept = _number("Carnet conservé", _HINT)
    merged = _number(
        "Carnet à réunir au premier", "Il répondra ensuite avec le carnet conservé, sous les deux numéros."
    )

    def clean(self) -> dict[str, Any]:
        """Both numbers without what people put between their groups, of one domain."""
        given: dict[str, Any] = super().clean()
        given |= {name: ins.typed(given[name]) for name in ("kept", "merged") if name in given}
        if {"kept", "merged"} <= given.keys() and numbered(given["kept"])[0] != numbered(given["merged"])[0]:
            self.add_error("merged", "Ces deux numéros ne sont pas de la même sorte de carnet.")
        return given


class ConfirmForm(AgreedForm):
    """What proves that both are one person, and the tick."""

    field_order = ("reason", "agreed")
    reason = name_field(
        "Ce qui prouve que c’est une seule personne",
        "Par exemple : passeport vu, INSi interrogé.",
        "Écrivez la preuve.",
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: what is said in each record, and whether that differs."""

    label: str
    kept: tuple[str, ...]
    merged: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the two say different things of the person; each record has its own numbers and its own beginning."""
        return self.kept != self.merged and self.label not in (_NUMBERS, _OPENED)


@for_actor(ActorKind.CLERK, *SENDING)
@fresh_proof_to_send
def merge(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Two numbers, then the two identities side by side, then one record."""
    if not identity.is_referent(actor=actor):
        return _elsewhere(request)
    decision = request.POST.get("decision", "")
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and decision == _SWAP:
        data["kept"], data["merged"] = data.get("merged", ""), data.get("kept", "")
    form = PairForm(data)
    confirm = ConfirmForm(
        data if decision == _MERGE else None, sentence="J’ai comparé les deux identités : c’est une seule personne."
    )
    context = {"form": form, "confirm": confirm, "actor": actor, "referent": True}
    if data is None or not form.is_valid():
        return _show(request, context)
    if decision == _MERGE and confirm.is_valid():
        done = _merge(request, actor, form, confirm.cleaned_data["reason"])
        if done is not None:
            return done
        return _show(request, context)
    sides = _compared(actor, form)
    if sides is not None:
        context |= {"rows": tuple(_rows(*sides)), "given": form.cleaned_data}
    return _show(request, context, status=200 if sides is not None and decision != _MERGE else 422)


@for_actor(ActorKind.CLERK, *SENDING)
@fresh_proof_to_send
def separate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A number that a merge brought: its record gets its own back."""
    if not identity.is_referent(actor=actor):
        return _elsewhere(request)
    data = request.POST if request.method == "POST" else None
    form = FindForm(data)
    form.fields["number"].label = "Numéro du carnet qui avait été réuni à un autre"
    confirm = AgreedForm(data, sentence="C’étaient deux personnes : je sépare leurs carnets.")
    context = {"form": form, "confirm": confirm, "actor": actor, "referent": True}
    if data is not None and all([form.is_valid(), confirm.is_valid()]):
        number = ins.typed(form.cleaned_data["number"])
        domain, identifier = numbered(number)
        patient_id = identity.format_cx(identifier)
        answer = life.unmerge(actor=actor, domain=domain, merged=patient_id)
        if not isinstance(answer, Refusal):
            said = "Carnets séparés : celui-ci répond de nouveau à son numéro."
            if answer.left:
                said += " Des documents reçus depuis sous ce numéro sont restés dans l’autre carnet : à examiner."
            return _reached(request, answer.separated, domain, patient_id, number, said)
        context["refusal"] = answer
    return render(request, "administration/separate.html", context, status=422 if data is not None else 200)


def _elsewhere(request: HttpRequest) -> HttpResponse:
    text = "Réunir ou séparer deux carnets est réservé à la cellule d’identitovigilance de votre structure."
    return refused(request, "Cette page est celle de l’identitovigilance", text)


def _show(request: HttpRequest, context: dict[str, Any], status: int = 0) -> HttpResponse:
    return render(request, "administration/merge.html", context, status=status or (422 if request.POST else 200))


def _named(form: PairForm) -> tuple[str, str, str]:
    """The domain, and both records as CX."""
    domain, kept = numbered(form.cleaned_data["kept"])
    _, merged = numbered(form.cleaned_data["merged"])
    return domain, identity.format_cx(kept), identity.format_cx(merged)


def _compared(actor: Actor, form: PairForm) -> tuple[life.Side, life.Side] | None:
    """Both sides; None when one cannot be shown, which the form then says."""
    domain, kept, merged = _named(form)
    sides = life.compare(actor=actor, domain=domain, one=kept, other=merged)
    if isinstance(sides, Refusal):
        for problem in sides.problems:
            name = "merged" if problem.field == "other" else "kept"
            number = form.cleaned_data[name]
            form.add_error(name, mistyped(number, numbered(number)[1]) or problem.text)
        return None
    if sides[0].record_id == sides[1].record_id:
        form.add_error("merged", "Ces deux numéros sont ceux d’un seul carnet.")
        return None
    return sides


def _merge(request: HttpRequest, actor: Actor, form: PairForm, reason: str) -> HttpResponse | None:
    """Where it leads once done; None when the record refused, which the form then says."""
    domain, kept, merged = _named(form)
    answer = life.merge(actor=actor, domain=domain, survivor=kept, merged=merged, reason=reason)
    if isinstance(answer, Refusal):
        for problem in answer.problems:
            form.add_error(None, problem.text)
        return None
    said = " ".join(["Carnets réunis : celui-ci répond aux numéros des deux.", *(one.text for one in answer.warnings)])
    return _reached(request, answer.record_id, domain, kept, form.cleaned_data["kept"], said)


def _reached(
    request: HttpRequest, record_id: int, domain: str, patient_id: str, number: str, said: str
) -> HttpResponse:
    memory.remember(
        request, record_id, memory.Reached(domain=domain, patient_id=patient_id, number=number, existing=True)
    )
    request.session[DONE] = said
    return redirect("admission:record", record_id)


def _rows(kept: life.Side, merged: life.Side) -> Iterator[Row]:
    one, other = _told(kept), _told(merged)
    return (Row(label, one[label], other[label]) for label in one)


def _told(side: life.Side) -> dict[str, tuple[str, ...]]:
    """What a record says of its person, line by line, in words."""
    patient, traits = side.patient, side.patient.traits
    return {
        "Nom de naissance": (traits.birth_name.upper(),),
        "Prénoms de naissance": (traits.given_names,),
        "Nom utilisé": (traits.used_name,),
        "Prénom utilisé": (traits.used_given,),
        "Sexe": (wording.sex(traits.sex),),
        "Date de naissance": (wording.day(traits.birth_date) or "non renseignée",),
        "Code du lieu de naissance": (traits.birth_place,),
        "Rang de naissance (jumeaux)": (str(traits.birth_rank) if traits.birth_rank else "",),
        "État de l’identité": (wording.qualification(patient.qualification),),
        _NUMBERS: tuple(
            f"{wording.matricule(known.identifier.value)}{'' if known.until is None else ' (ancien)'}"
            for known in side.identifiers
        ),
        "Représentants": tuple(one.name for one in side.representatives if one.until is None),
        _OPENED: (wording.day(patient.created_at),),
    }
