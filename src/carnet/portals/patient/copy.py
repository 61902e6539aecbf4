"""A person takes all their documents away: the archive streams through the bulk lane (`carnet.ops.proxy`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.portals.frame.errors import refusal
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.own_domain import domain_of
from carnet.portals.frame.session import for_actor
from carnet.record.life import api as life


@for_actor(ActorKind.PATIENT, "GET")
@fresh_proof
def whole_record(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The whole record as a ZIP (IHE XDM); the name of the file holds no identity."""
    copy = life.export(actor=actor, domain=domain_of(actor))
    if isinstance(copy, Refusal):
        return refusal(request, copy)
    answer = StreamingHttpResponse(copy.chunks, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="carnet-{clock.now():%Y%m%d}.zip"'
    answer["Cache-Control"] = "no-store, private"
    return answer
