"""The pages of `/echanges/`: the list, one exchange, its bytes. For the people's port of a demonstration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from carnet.exchange.testbed import queries, recorder, showing, words

P = ParamSpec("P")
_FILTERS = ("outcome", "transaction", "caller", "rule")
OUTCOMES = (
    ("accepted", "Accepté"),
    ("warned", "Accepté avec remarque"),
    ("refused", "Refusé"),
    ("failed", "Échec du serveur"),
)


def _people_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """404 on the machines' port and outside a demonstration; no cache keeps the answer."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if settings.CARNET_MODE != "demo" or request.headers.get("X-Carnet-Port") == "machines":
            raise Http404
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return answered


def _bounds() -> dict[str, Any]:
    return {"most": settings.CARNET_EXCHANGES, "days": settings.CARNET_EXCHANGES_DAYS, "rate": recorder.RATE}


@require_safe  # type: ignore[untyped-decorator]
@_people_only
def listing(request: HttpRequest) -> HttpResponse:
    """The exchanges kept, newest first, filtered."""
    asked = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in _FILTERS}
    try:
        before = datetime.fromisoformat(request.GET["avant"]) if "avant" in request.GET else None
    except ValueError:
        before = None
    if before is not None and before.tzinfo is None:
        before = None
    found, more = queries.recent(**asked, before=before)
    chosen = {name: value for name, value in asked.items() if value}
    older = urlencode(chosen | {"avant": found[-1].at.isoformat()}) if more else ""
    known = queries.choices()
    context = {
        "exchanges": found,
        "older": older,
        "asked": asked,
        "filtered": bool(chosen) or before is not None,
        "labels": dict(OUTCOMES),
        "filters": (
            ("outcome", "Résultat", OUTCOMES),
            ("transaction", "Transaction", tuple((name, name) for name in known.transactions)),
            ("caller", "Appelant", tuple((name, name) for name in known.callers)),
            ("rule", "Règle", tuple((name, name) for name in known.rules)),
        ),
        **_bounds(),
    }
    return render(request, "testbed/list.html", context)


@require_safe  # type: ignore[untyped-decorator]
@_people_only
def exchange(request: HttpRequest, identity: UUID) -> HttpResponse:
    """One exchange: why, what is wrong, the two messages side by side."""
    kept = queries.one(identity)
    if kept is None:
        return render(request, "testbed/absent.html", _bounds(), status=404)
    page = request.build_absolute_uri(request.path)
    asked = showing.lines(kept.request_type, kept.request, kept.problems)
    context = {
        "kept": kept,
        "faulty": [line for line in asked if line.rules],
        "why": words.why(kept),
        "label": dict(OUTCOMES)[kept.outcome],
        "page": page,
        "sides": (
            {
                "name": "requete",
                "title": "Requête",
                "size": kept.request_size,
                "kept": len(kept.request),
                "headers": showing.headers(
                    (("", f"{kept.method} {kept.address}"), *kept.request_headers), kept.problems
                ),
                "lines": asked,
            },
            {
                "name": "reponse",
                "title": "Réponse",
                "size": kept.answer_size,
                "kept": len(kept.answer),
                "headers": showing.headers((("", f"HTTP {kept.status}"), *kept.answer_headers)),
                "lines": showing.lines(kept.answer_type, kept.answer),
            },
        ),
        "certificate": words.certificate_facts(kept.certificate),
        "vihf": words.vihf_sentences(kept),
        "curl": words.curl(kept, page),
    }
    return render(request, "testbed/exchange.html", context)


@require_safe  # type: ignore[untyped-decorator]
@_people_only
def raw(_request: HttpRequest, identity: UUID, side: str) -> HttpResponse:
    """The bytes of one side as they are kept: a file, whatever they claim to be."""
    kept = queries.one(identity)
    if kept is None:
        raise Http404
    data = kept.request if side == "requete" else kept.answer
    return HttpResponse(
        data,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{side}-{identity}.bin"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
