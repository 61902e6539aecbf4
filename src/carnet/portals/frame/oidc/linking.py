"""A patient and FranceConnect: linked once by somebody signed in here, with the same traits; never a search of people.

Without a link nobody comes in, whoever the provider says they are: two people may share all five traits, and a record
is not found by them.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import sign_in_traces
from carnet.portals.frame.errors import page as error_page
from carnet.portals.frame.freshness import fresh_proof_to_send
from carnet.portals.frame.methods import SENDING
from carnet.portals.frame.oidc import leaving, opened, pages
from carnet.portals.frame.oidc.configured import FRANCECONNECT, Provider, provider_or_404
from carnet.portals.frame.session import actor_of_request, for_actor
from carnet.record.directory import api as directory
from carnet.record.identity import api as identity
from carnet.wire.oidc.pivot import Pivot, plain
from carnet.wire.oidc.sign_in import Signed

_TITLE = "Votre connexion par FranceConnect"


@for_actor(ActorKind.PATIENT, *SENDING, own=True)
@fresh_proof_to_send
def link(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whether the account is linked, and the buttons that link it or end the link."""
    provider = provider_or_404(FRANCECONNECT)
    login = request.user.get_username()
    if request.method == "POST" and "delier" in request.POST:
        directory.unlink_provider(actor=actor, login=login, issuer=provider.issuer)
        return redirect("oidc_link")
    if request.method == "POST":
        return leaving.depart(request, provider, login=login)
    is_linked = directory.is_linked(actor=actor, login=login, issuer=provider.issuer)
    context = {"actor": actor, "linked": is_linked, "provider": provider, "by_it": actor.proof.startswith("oidc")}
    return render(request, "frame/oidc_link.html", context)


def linked(request: HttpRequest, signed: Signed, pivot: Pivot, login: str) -> HttpResponse:
    """The answer to a request to link: the same browser, the same account, the same traits."""
    actor = actor_of_request(request)
    if actor is None or actor.kind is not ActorKind.PATIENT or request.user.get_username() != login:
        return _refused(request, "Votre session s’est terminée entre-temps. Connectez-vous, puis recommencez.")
    if not _same(actor, pivot):
        return _refused(
            request,
            "L’identité reçue n’est pas celle de ce carnet (nom de naissance, prénoms, date, sexe et lieu de "
            "naissance). Rien n’a été lié. Une erreur dans votre identité se corrige au bureau des admissions.",
        )
    if not directory.link_provider(actor=actor, login=login, issuer=signed.issuer, subject=signed.subject):
        return _refused(request, "Cette identité ou ce compte est déjà lié. Rien n’a changé.")
    return redirect("oidc_link")


def entered(request: HttpRequest, provider: Provider, signed: Signed, pivot: Pivot, target: str) -> HttpResponse:
    """A sign-in by an identity that was linked."""
    login = directory.login_by_provider(issuer=signed.issuer, subject=signed.subject)
    proof = f"oidc:{provider.name}"
    if login is None:
        sign_in_traces.kept_out(rule="identity-unlinked", proof=proof)
        return _refused(
            request,
            "Cette identité n’est liée à aucun carnet. Connectez-vous d’abord avec votre identifiant (ou avec la "
            "feuille de codes du bureau des admissions), puis liez votre compte depuis « Mon identité ».",
        )
    actor = directory.actor_of_login(login=login, proof=proof)
    if actor is None or actor.kind is not ActorKind.PATIENT or not _same(actor, pivot):
        sign_in_traces.kept_out(rule="identity-differs", proof=proof, login=login)
        return _refused(
            request,
            "L’identité reçue n’est plus celle du carnet auquel elle avait été liée. Connectez-vous avec votre "
            "identifiant, et faites vérifier votre identité au bureau des admissions.",
        )
    done = opened.open_session(
        request,
        login,
        provider=provider.name,
        issuer=signed.issuer,
        subject=signed.subject,
        sid=signed.session,
    )
    if not done:
        return pages.disabled(request, proof=proof, login=login)
    return HttpResponseRedirect(target) if target else redirect("entrance")


def _same(actor: Actor, pivot: Pivot) -> bool:
    """Whether the record's own traits are exactly those of the provider."""
    patient = identity.patient_of(actor=actor, record_id=actor.record_id) if actor.record_id is not None else None
    if patient is None:
        return False
    traits = patient.traits
    return (
        plain(traits.birth_name) == pivot.birth_name
        and plain(traits.given_names) == pivot.given_names
        and traits.birth_date == pivot.birth_date
        and traits.sex == pivot.sex
        and traits.birth_place == pivot.birth_place
    )


def _refused(request: HttpRequest, text: str) -> HttpResponse:
    return error_page(request, 403, _TITLE, text)
