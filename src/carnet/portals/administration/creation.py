"""Creating a record: from a card, from a typed INS, or without any INS; or recording that the person refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.portals.administration import memory, reader
from carnet.portals.administration.forms import OTHER, CardForm, CreateForm, DecisionForm, WithoutInsForm
from carnet.portals.frame import ins, wording
from carnet.portals.frame.addresses import record_reference
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access
from carnet.record.identity import api as identity
from carnet.record.life import api as life
from carnet.record.terminology import api as terminology


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A record that a valid form asks for."""

    domain: str
    identifier: identity.PatientIdentifier | None
    traits: identity.Traits
    qualification: str
    why: str = ""


@for_actor(ActorKind.CLERK, *SENDING)
def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A typed INS: a refused form comes back whole, each reason beside its field."""
    form = CreateForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "actor": actor, "reader": reader.present()}
    if request.method != "POST" or not form.is_valid():
        return _show(request, "administration/create.html", context)
    asked = _Asked(
        domain=ins.DOMAIN,
        identifier=ins.identifier(form.cleaned_data["ins"]),
        traits=form.traits(),
        qualification=identity.Qualification.QUALIFIED,
    )
    return _answer(request, actor, "administration/create.html", context, asked)


@for_actor(ActorKind.CLERK, *SENDING)
def without_ins(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Nobody has numbered this person: the record gets a local identifier, which the person is told."""
    form = WithoutInsForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "actor": actor, "reader": reader.present()}
    if request.method != "POST" or not form.is_valid():
        return _show(request, "administration/without_ins.html", context)
    asked = _Asked(
        domain=ins.DOMAIN,
        identifier=None,
        traits=form.traits(),
        qualification=identity.Qualification.PROVISIONAL,
        why=form.cleaned_data["why"],
    )
    return _answer(request, actor, "administration/without_ins.html", context, asked)


@for_actor(ActorKind.CLERK, *READING)
def cards(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cards in the reader."""
    inserted, unread = reader.cards()
    context = {"actor": actor, "inserted": inserted, "unread": unread, "reader": reader.present()}
    return render(request, "administration/cards.html", context)


@for_actor(ActorKind.CLERK, *SENDING)
def card(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """One card: its people, one of whom is cared for; nothing is typed."""
    read = reader.card(reference)
    if read is None:
        return redirect("admission:cards")
    people = tuple((number, _said(one)) for number, one in enumerate(read.beneficiaries))
    form = CardForm(request.POST if request.method == "POST" else None, people=people, domains=_domains())
    context = {"form": form, "actor": actor, "card": read, "reference": reference, "reader": True}
    if request.method != "POST" or not form.is_valid():
        return _show(request, "administration/card.html", context)
    person = read.beneficiaries[form.cleaned_data["beneficiary"]]
    domain = form.cleaned_data.get("domain", ins.DOMAIN)
    identifier = _of_card(read, person, domain)
    if isinstance(identifier, Problem):
        form.add_error("beneficiary", identifier.text)
        return _show(request, "administration/card.html", context)
    implied = identity.implied_by_ins(person.nir)
    traits = identity.Traits(
        birth_name=person.birth_name,
        given_names=person.given_name,
        first_given=person.given_name.split()[0] if person.given_name.split() else "",
        used_name=person.used_name,
        sex=implied.sex if implied is not None else "U",
        birth_date=reader.birth_date(person.birth_date),
        birth_place=implied.birth_place if implied is not None else "",
    )
    asked = _Asked(domain=domain, identifier=identifier, traits=traits, qualification=identity.Qualification.QUALIFIED)
    return _answer(request, actor, "administration/card.html", context, asked)


@for_actor(ActorKind.CLERK, *READING)
def created(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """What was done; shows what this clerk typed or read in this session, nothing of a record that existed."""
    reached = memory.recall(request, record_id)
    if reached is None:
        return redirect("admission:create")
    may_print = access.may(actor=actor, domain=reached.domain, record_id=record_id, act=access.Act.PRINT_CODES)
    context = {"actor": actor, "reached": reached, "record_id": record_id, "may_print": may_print}
    return render(request, "administration/created.html", context)


@for_actor(ActorKind.CLERK, *READING)
def refused(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The person does not want a record: that is recorded."""
    return render(request, "administration/refused.html", {"actor": actor})


def _show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def _said(person: identity.Beneficiary) -> str:
    born = reader.birth_date(person.birth_date)
    name = f"{person.birth_name.upper()} {person.given_name}"
    return f"{name}, né(e) le {wording.day(born)}" if born else f"{name}, date de naissance inconnue"


def _domains() -> tuple[tuple[str, str], ...]:
    """The French domains that this desk works for, each with its name for people."""
    names = (terminology.domain(name) for name in settings.CARNET_DESK_DOMAINS)
    return tuple((found.name, found.label) for found in names if found is not None)


def _of_card(card: identity.Card, person: identity.Beneficiary, domain: str) -> identity.PatientIdentifier | Problem:
    """The identifier of a person of a card: computed from it where the domain says so, else their own NIR."""
    found = terminology.domain(domain)
    if found is not None and found.calculated_ins:
        return identity.ins_c_of(card, person)
    if not person.nir:
        return Problem(
            reason=Reason.INVALID,
            rule="card-nir-missing",
            text="La carte ne porte pas le numéro de cette personne : créez son carnet sans matricule, "
            "il sera complété quand le numéro sera connu.",
            field="Card.nir",
        )
    return ins.identifier(person.nir)


def _answer(request: HttpRequest, actor: Actor, template: str, context: dict[str, Any], asked: _Asked) -> HttpResponse:
    """What becomes of a valid form: a refusal recorded, people who look alike shown, or a record."""
    form: DecisionForm = context["form"]
    if form.refused:
        return _refuse(request, actor, template, context, asked)
    found = terminology.domain(asked.domain)
    if found is not None and not form.cleaned_data["other"]:
        alike = _alike(actor, found, asked)
        if isinstance(alike, Refusal):
            form.show(alike)
            return _show(request, template, context)
        chosen = next((one for one in alike if record_reference(one.record_id) == request.POST.get("existing")), None)
        if chosen is not None:
            return _choose(request, actor, asked.domain, chosen.record_id)
        if alike:
            if request.POST.get("decision") == OTHER:
                form.add_error("other", "Choisissez pourquoi c’est une autre personne.")
            return _show(request, template, context | {"alike": alike})
    answer = access.create_record(
        actor=actor,
        domain=asked.domain,
        identifier=asked.identifier,
        traits=asked.traits,
        qualification=asked.qualification,
        consent=form.cleaned_data["consent"],
        remark=" ".join(word for word in (asked.why, form.cleaned_data["other"]) if word),
    )
    if isinstance(answer, Refusal):
        form.show(answer)
        return _show(request, template, context)
    identifier = asked.identifier
    if identifier is None:
        patient = identity.patient_of(actor=actor, record_id=answer.record_id)
        identifier = patient.identifier if patient is not None else identity.PatientIdentifier("", "")
    memory.remember(
        request,
        answer.record_id,
        memory.Reached(
            domain=asked.domain,
            patient_id=identity.format_cx(identifier),
            number=identifier.value,
            name=f"{asked.traits.birth_name.upper()} {asked.traits.given_names}",
            local=asked.identifier is None,
            warnings=tuple(problem.text for problem in answer.warnings),
            existing=answer.existing,
        ),
    )
    return redirect("admission:created", answer.record_id)


def _alike(actor: Actor, domain: terminology.Domain, asked: _Asked) -> tuple[identity.Near, ...] | Refusal:
    """People who look like this one; none when the number is known, for then the person is, or without a birth date."""
    if asked.traits.birth_date is None:
        return ()
    if asked.identifier is not None:
        if identity.check_identifier(domain, asked.identifier) is not None:
            return ()
        if identity.search_by_identifier(actor=actor, domain=domain, identifier=asked.identifier) is not None:
            return ()
    return access.near(actor=actor, domain=asked.domain, traits=asked.traits, identifier=asked.identifier)


def _choose(request: HttpRequest, actor: Actor, domain: str, record_id: int) -> HttpResponse:
    """The person has a record already: to it, under the identifier that it has."""
    patient = identity.patient_of(actor=actor, record_id=record_id)
    if patient is None:
        return redirect("admission:create")
    memory.remember(
        request,
        record_id,
        memory.Reached(
            domain=domain,
            patient_id=identity.format_cx(patient.identifier),
            number="",
            existing=True,
        ),
    )
    return redirect("admission:record", record_id)


def _refuse(request: HttpRequest, actor: Actor, template: str, context: dict[str, Any], asked: _Asked) -> HttpResponse:
    form: DecisionForm = context["form"]
    if asked.identifier is None:
        form.add_error(None, "Sans matricule, rien n’est créé de soi-même : il n’y a pas de refus à enregistrer.")
        return _show(request, template, context)
    answer = life.oppose(actor=actor, domain=asked.domain, patient_id=identity.format_cx(asked.identifier))
    if isinstance(answer, Refusal):
        form.show(answer)
        return _show(request, template, context)
    return redirect("admission:refused")
