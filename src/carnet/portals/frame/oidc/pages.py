"""Where a sign-in by a provider ends: inside, or on a page that says why not and what to do."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from carnet.kernel.errors import Problem, Reason
from carnet.portals.frame import sign_in_traces
from carnet.portals.frame.errors import page as error_page
from carnet.portals.frame.oidc import journey
from carnet.portals.frame.oidc.configured import Provider
from carnet.wire.errors import Malformed

_log = logging.getLogger(__name__)
_WHAT_NOW = {
    "professional-unknown": "Votre identité est prouvée, mais l’annuaire de ce service ne vous connaît pas. "
    "Demandez à l’exploitant de vous y inscrire.",
    "professional-blocked": "Votre identité est prouvée, mais l’annuaire de ce service vous a bloqué. "
    "Adressez-vous à l’exploitant.",
    "activity-absent": "Votre identité est prouvée, mais l’annuaire de ce service ne vous connaît aucune activité en "
    "cours. Demandez à votre structure de la déclarer.",
    "structure-blocked": "Votre identité est prouvée, mais la structure où vous exercez est bloquée dans l’annuaire.",
}


def arrived(target: str, *, several: bool) -> HttpResponse:
    """Into the portal; first to the page that asks where, for who works in several places."""
    if several:
        return redirect(f"{reverse('activity')}?{journey.query(target)}")
    return HttpResponseRedirect(target) if target else redirect("entrance")


def unknown(request: HttpRequest, problem: Problem, *, proof: str, person: str) -> HttpResponse:
    """A proven identity whom the directory does not let in."""
    _log.info("a proven professional was not let in: %s", problem.rule)
    sign_in_traces.kept_out(rule=problem.rule, proof=proof, person=person)
    text = _WHAT_NOW.get(problem.rule, problem.text)
    return error_page(request, 403, "Vous n’avez pas d’accès ici", text, [problem])


def no_activity() -> Problem:
    """The provider and the directory name no place in common."""
    return Problem(
        reason=Reason.FORBIDDEN,
        rule="activity-ended",
        text="Aucune de vos activités connues du fournisseur d’identité n’est en cours dans l’annuaire de ce service : "
        "elle est terminée, ou pas encore déclarée. Demandez à votre structure de la déclarer.",
        field="SubjectRefPro",
        source="ANS, Pro Santé Connect, UserInfo",
    )


def disabled(request: HttpRequest, *, proof: str, login: str) -> HttpResponse:
    """An account that the operator has closed."""
    sign_in_traces.kept_out(rule="account-disabled", proof=proof, login=login)
    text = "Votre identité est prouvée, mais ce compte est désactivé. Adressez-vous à l’exploitant du service."
    return error_page(request, 403, "Vous n’avez pas d’accès ici", text)


def failed(request: HttpRequest, provider: Provider, error: Malformed) -> HttpResponse:
    """A sign-in that did not hold: 403 with the rule; 503 when the provider is away."""
    _log.warning("sign-in by %s refused: %s", provider.name, error.rule)
    sign_in_traces.kept_out(rule=error.rule, proof=f"oidc:{provider.name}")
    problem = Problem(reason=Reason.FORBIDDEN, rule=error.rule, text=error.text, field=error.field, source=error.source)
    status = 503 if error.rule == "provider-silent" else 403
    title = f"La connexion par {provider.label} n’a pas abouti"
    return error_page(request, status, title, "Vous n’êtes pas connecté. Voici pourquoi.", [problem])
