"""Signing in and out: password, then code; only these pages of allauth are served."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView, LogoutView
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from carnet.kernel.actor import ActorKind
from carnet.portals.frame import sign_in_traces
from carnet.portals.frame.accounts import SignInForm
from carnet.portals.frame.errors import refused
from carnet.portals.frame.expiry import CLEARED
from carnet.portals.frame.methods import READING, SENDING, page
from carnet.portals.frame.session import actor_of_request
from carnet.record.directory import api as directory

_LONGEST_LOGIN = 150
_HOME_OF = {
    ActorKind.PROFESSIONAL: "pro:find",
    ActorKind.PATIENT: "patient:documents",
    ActorKind.DELEGATE: "patient:caregiver",
    ActorKind.CLERK: "admission:create",
}
# The library's views would take a PUT for a form that was sent.
_METHODS = [method.lower() for method in SENDING]


class SignIn(LoginView):  # type: ignore[misc]
    """First step: login and password. A second step always follows."""

    http_method_names = _METHODS
    form_class = SignInForm
    template_name = "frame/login.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again, with status 422: a browser test and a proxy see that it was refused."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        codes = {error.code for errors in form.errors.as_data().values() for error in errors}
        for rule in sorted(sign_in_traces.RULES[code] for code in codes & sign_in_traces.RULES.keys()):
            login = directory.plain_login(str(form.data.get("login", ""))[:_LONGEST_LOGIN])
            sign_in_traces.kept_out(rule=rule, proof="password", login=login)
        return response


class SignOut(LogoutView):  # type: ignore[misc]
    """A page that asks, and a POST that ends the session in the database too."""

    http_method_names = _METHODS
    template_name = "frame/logout.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session; the browser forgets what it kept of its pages, the page that going back shows included."""
        response: HttpResponse = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = CLEARED
        return response


@page(*READING)
def entrance(request: HttpRequest) -> HttpResponse:
    """After signing in: lead each kind of person to its own portal."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    actor = actor_of_request(request)
    if actor is None or actor.kind not in _HOME_OF:
        logout(request)
        return refused(
            request,
            "Ce compte n’ouvre aucun portail",
            "Il n’est rattaché à aucune identité de l’annuaire, ou il n’a pas de second facteur d’authentification. "
            "Adressez-vous à l’exploitant du service.",
        )
    return redirect(_HOME_OF[actor.kind])


@page(*READING)
def expired(request: HttpRequest) -> HttpResponse:
    """Where an idle page goes by itself: it hides what was shown and says whether the session still lives.

    Reading this page never prolongs the session (`expiry.SessionExpiry` leaves it out).
    """
    target = request.GET.get("suite", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None) or not target.startswith("/"):
        target = ""
    return render(request, "frame/expired.html", {"alive": request.user.is_authenticated, "target": target})


@page(*READING)
def alive(request: HttpRequest) -> HttpResponse:
    """204 for a living session, which this request prolongs (`expiry.SessionExpiry`); 403 for an ended one."""
    return HttpResponse(status=204 if request.user.is_authenticated else 403)
