"""A browser session becomes an actor here, and nowhere else in the portals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame.addresses import record_reference
from carnet.portals.frame.errors import refused
from carnet.portals.frame.methods import View, page
from carnet.portals.frame.oidc import opened
from carnet.record.access import api as access
from carnet.record.directory import api as directory

_SECOND = {"webauthn": "passkey"}
P = ParamSpec("P")
ActorView = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
# Which kind of actor each guarded view is for, by its full name.
GUARDED: dict[str, ActorKind] = {}
_ACTING = "carnet_acting"  # session: the record that a patient's pages are about, when it is not their own
_WORDS = {
    ActorKind.PROFESSIONAL: "aux professionnels de santé",
    ActorKind.PATIENT: "aux patients",
    ActorKind.CLERK: "au bureau des admissions",
}


def proof_of(records: Sequence[Mapping[str, Any]]) -> str:
    """How a session was proven (`Actor.proof`), from what allauth recorded; empty when something is missing.

    A passkey that verified its person is two proofs by itself; otherwise a password and a second step.
    """
    if any(record.get("passwordless") for record in records):
        return "passkey"
    if not any(record["method"] == "password" for record in records):
        return ""
    second = [record for record in records if record["method"] == "mfa" and not record.get("reauthenticated")]
    if not second:
        return ""
    sort = second[-1].get("type", "totp")
    return f"password+{_SECOND.get(sort, sort)}"


def actor_of_request(request: HttpRequest) -> Actor | None:
    """Who acts in this session, None without two proofs, or without a place in the directory."""
    if not request.user.is_authenticated:
        return None
    records = get_authentication_records(request, request.user)
    proof = opened.proof_of(request, records) or proof_of(records)
    if not proof or opened.must_choose(request, records):
        return None
    known: Actor | None = getattr(request, "carnet_actor", None)
    if known is None:
        structure = opened.structure_of(request)
        known = directory.actor_of_login(login=request.user.get_username(), proof=proof, structure=structure)
        request.carnet_actor = known
    return known


def acting_for(request: HttpRequest, reference: str, actor: Actor) -> None:
    """From here on, patients' pages are those of somebody whom the actor represents or helps; "" for their own."""
    held = {record_reference(one.record_id) for one in access.delegations_held(actor=actor)}
    if reference in held:
        request.session[_ACTING] = reference
    else:
        request.session.pop(_ACTING, None)


def _in_anothers_record(request: HttpRequest, own: Actor) -> Actor:
    """The actor of a patient's page: in the record of whom they chose to act for, while they still may."""
    chosen = request.session.get(_ACTING)
    held = access.delegations_held(actor=own) if chosen else []
    for one in held:
        if record_reference(one.record_id) == chosen:
            login = request.user.get_username()
            acting = directory.actor_of_delegate(login=login, record_id=one.record_id, proof=own.proof)
            if acting is not None:
                request.carnet_acting = one
                return acting
    return own


def for_actor(
    kind: ActorKind, *methods: str, own: bool = False, caregiver: bool = False
) -> Callable[[ActorView[P]], View[P]]:
    """Give a view its `actor`: sign-in first when there is no session, a page that explains for another kind.

    A patient who acts for somebody else is that delegate in their pages, but where a view is about their `own`. A
    caregiver without a record has patients' pages in that of somebody they help, and of their own those for a
    `caregiver`.
    """

    kinds = (kind, ActorKind.DELEGATE) if kind is ActorKind.PATIENT else (kind,)

    def decorate(view: ActorView[P]) -> View[P]:
        @page(*methods)
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            actor = actor_of_request(request)
            records = get_authentication_records(request, request.user)
            if actor is None and opened.card_is_away(request, records):
                return refused(
                    request,
                    "Votre carte n’est plus présentée",
                    "Cette session a été ouverte avec une carte et ne vit qu’avec elle. Remettez-la, ou "
                    "déconnectez-vous.",
                )
            if actor is None and opened.must_choose(request, records):
                return redirect("activity")
            if actor is None or actor.kind not in kinds:
                return refused(
                    request,
                    "Cette page n’est pas la vôtre",
                    f"Elle est réservée {_WORDS[kind]}. Revenez à votre portail, ou déconnectez-vous puis "
                    "connectez-vous avec le compte qui convient.",
                )
            request.carnet_helper = helper = actor.kind is ActorKind.DELEGATE
            if kind is ActorKind.PATIENT and not own:
                actor = _in_anothers_record(request, actor)
            if helper and actor.record_id is None and not caregiver:
                return redirect("patient:caregiver")
            return view(request, actor, *args, **kwargs)

        GUARDED[f"{view.__module__}.{view.__qualname__}"] = kind
        return guarded

    return decorate


def for_everybody(*methods: str) -> Callable[[ActorView[P]], View[P]]:
    """Give a view its `actor`, of whatever kind; sign-in first when there is none."""

    def decorate(view: ActorView[P]) -> View[P]:
        @page(*methods)
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of_request(request)
            return _sign_in(request) if actor is None else view(request, actor, *args, **kwargs)

        return guarded

    return decorate


def _sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back to a page that was read; a form that was sent is not sent again."""
    target = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("entrance")
    return redirect_to_login(target)
