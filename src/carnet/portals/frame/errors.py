"""Pages for what went wrong: each says what happened and what to do, and shows nothing of the inside."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from carnet.kernel.errors import Problem, Reason, Refusal

_STATUS = {
    Reason.UNKNOWN_PATIENT: 404,
    Reason.UNKNOWN_DOCUMENT: 404,
    Reason.UNKNOWN_REPOSITORY: 404,
    Reason.FORBIDDEN: 403,
    Reason.CLOSED: 403,
    Reason.TOO_LARGE: 413,
    Reason.UNAVAILABLE: 503,
}

# What a reader may do about a refusal, by its rule; its reason is said by the record.
_WHAT_TO_DO = {
    "professional-blocked": "Elle seule peut vous débloquer, depuis son espace. Parlez-en avec elle.",
    "structure-blocked-here": "Elle seule peut rouvrir l’accès, depuis son espace. Parlez-en avec elle.",
    "break-glass-objected": "Elle l’a choisi d’avance. Appelez le centre 15, ou son médecin traitant.",
    "regulation-objected": "Elle l’a choisi d’avance. Appelez son médecin traitant.",
    "regulation-centre-only": "Au chevet de la personne, choisissez l’accès en urgence ordinaire.",
    "record-closed": "La personne peut le rouvrir, depuis son espace ou au bureau des admissions.",
    "delegate-scope": "La personne peut vous permettre davantage : demandez-lui un autre code.",
    "feeding-opposed": "Parlez-en avec la personne, et gardez le document dans votre propre dossier.",
}


def page(request: HttpRequest, status: int, title: str, text: str, problems: Sequence[Problem] = ()) -> HttpResponse:
    """An error page that needs neither database nor session; a 503 says when to come back."""
    response = render(
        request,
        "frame/error.html",
        {"status": status, "title": title, "text": text, "problems": problems},
        status=status,
    )
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "5"
    return response


def refused(request: HttpRequest, title: str, text: str) -> HttpResponse:
    """A 403 that explains."""
    return page(request, 403, title, text)


def refusal(request: HttpRequest, answer: Refusal) -> HttpResponse:
    """A refusal of the record as a page: the one table from its reasons to HTTP statuses."""
    return page(
        request,
        _STATUS.get(answer.problems[0].reason, 422),
        "Le carnet n’a pas accepté cette demande",
        _WHAT_TO_DO.get(answer.rule, "Voici pourquoi."),
        answer.problems,
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return page(
        request,
        400,
        "Cette demande n’a pas été comprise",
        "L’adresse ou le formulaire est incomplet. Revenez à la page d’avant et recommencez.",
    )


def forbidden(request: HttpRequest, *_exception: Exception, **_named: Exception) -> HttpResponse:
    """403."""
    return refused(
        request,
        "Accès refusé",
        "Votre compte ne donne pas accès à cette page. Revenez à l’accueil et choisissez votre portail.",
    )


def stale_form(request: HttpRequest, **_reason: str) -> HttpResponse:
    """403 of the protection against forged forms, most often a page left open too long."""
    return refused(
        request,
        "Ce formulaire n’est plus valable",
        "Il est resté ouvert trop longtemps, ou votre navigateur refuse les cookies de ce site. Rechargez la page "
        "du formulaire, puis envoyez-le de nouveau. Rien n’a été enregistré.",
    )


def not_found(request: HttpRequest, *_exception: Exception, **_named: Exception) -> HttpResponse:
    """404."""
    return page(
        request,
        404,
        "Cette page n’existe pas",
        "L’adresse est fausse, ou ce qu’elle désigne n’est pas accessible avec votre compte. "
        "Vérifiez l’adresse ou repartez de l’accueil.",
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """413."""
    return page(
        request,
        413,
        "Ce que vous envoyez est trop volumineux",
        "Un formulaire de ce site ne dépasse jamais quelques kilo-octets. Rien n’a été enregistré.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when the exception being handled says that the database is away or did not answer in time."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return unavailable(request)
    return page(
        request,
        500,
        "Une erreur est survenue de notre côté",
        "Votre demande n’a pas abouti ; elle n’est pas en cause. Recommencez dans un instant. Si l’erreur persiste, "
        "signalez l’heure et la page à l’exploitant.",
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """503."""
    return page(
        request,
        503,
        "Le carnet est momentanément indisponible",
        "Il redémarre ou reçoit trop de demandes à la fois. Attendez quelques secondes, puis rechargez la page.",
    )
