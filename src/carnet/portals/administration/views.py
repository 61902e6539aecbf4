"""The admission desk's pages: create a record with the person's consent, and say what comes next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.administration.forms import CreateForm
from carnet.portals.frame import ins
from carnet.portals.frame.addresses import RecordConverter
from carnet.portals.frame.methods import READING, SENDING
from carnet.portals.frame.session import for_actor
from carnet.record.access import api as access
from carnet.record.identity import api as identity

_CREATED = "carnet_created"  # session: record address -> what this clerk typed, for the page that confirms it
_REMEMBERED = 5
_reference = RecordConverter().to_url


@for_actor(ActorKind.CLERK, *SENDING)
def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form and its answer; a refused form comes back whole, each reason beside its field."""
    form = CreateForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "actor": actor}
    if request.method != "POST":
        return render(request, "administration/create.html", context)
    if not form.is_valid():
        return render(request, "administration/create.html", context, status=422)
    traits = form.traits()
    answer = access.create_record(
        actor=actor,
        domain=ins.DOMAIN,
        identifier=ins.identifier(form.cleaned_data["ins"]),
        traits=traits,
        qualification=identity.Qualification.QUALIFIED,
        consent=form.cleaned_data["consent"],
    )
    if isinstance(answer, Refusal):
        form.show(answer)
        return render(request, "administration/create.html", context, status=422)
    reference = _reference(answer.record_id)
    typed = {
        "ins": form.cleaned_data["ins"],
        "name": f"{traits.birth_name.upper()} {traits.given_names}",
        "existing": answer.existing,
    }
    kept = [(key, value) for key, value in request.session.get(_CREATED, {}).items() if key != reference]
    request.session[_CREATED] = dict([*kept, (reference, typed)][-_REMEMBERED:])
    return redirect("admission:created", answer.record_id)


@for_actor(ActorKind.CLERK, *READING)
def created(request: HttpRequest, actor: Actor, record_id: int) -> HttpResponse:
    """What was done; shows only what this clerk typed in this session, nothing of the record."""
    typed = request.session.get(_CREATED, {}).get(_reference(record_id))
    if typed is None:
        return redirect("admission:create")
    return render(request, "administration/created.html", {"actor": actor, "typed": typed})
