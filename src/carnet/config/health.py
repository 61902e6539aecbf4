"""Whether this process lives, and whether it can serve: for the supervisor, a load balancer, a probe."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.journal import api as journal

_PROBE = Actor(kind=ActorKind.SYSTEM, person="carnet-health", name="Carnet", proof="process")
_LATEST_SEAL_SECONDS = 10


@require_safe  # type: ignore[untyped-decorator]
def live(_request: HttpRequest) -> HttpResponse:
    """200 as soon as the process answers."""
    return HttpResponse("live\n", content_type="text/plain")


@require_safe  # type: ignore[untyped-decorator]
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers and its schema is there, else 503 with a word that says which is missing.

    A second line tells the operator that the journal is sealed late: people are served all the same.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
            row = cursor.fetchone()
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain", headers={"Retry-After": "2"})
    if row is None or not row[0]:
        return HttpResponse("schema\n", status=503, content_type="text/plain", headers={"Retry-After": "2"})
    return HttpResponse("ready\n" + _late(), content_type="text/plain")


def _late() -> str:
    try:
        lag = journal.sealing_lag(actor=_PROBE)
    except DatabaseError:
        return ""
    return f"sealing {lag:.0f} s late\n" if lag > _LATEST_SEAL_SECONDS else ""
