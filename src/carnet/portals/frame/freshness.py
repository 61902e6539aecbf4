"""What weighs asks again: a view under `fresh_proof` wants a proof of less than five minutes.

    @for_actor(ActorKind.PATIENT, *SENDING)
    @fresh_proof
    def close(request, actor): ...

Signing in is a proof; afterwards a page asks for the password or a passkey and leads back. A form that was sent too
late is not sent again by itself: its page is shown once the proof is there. A page that nobody can have typed in
(a list, a reading) needs no such guard.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from carnet.kernel import clock
from carnet.portals.frame.methods import READING

P = ParamSpec("P")
SECONDS = 5 * 60
# Records of a session that are no proof of who sits there.
TRUSTED_DEVICE = "trusted-device"
_NO_PROOF = {TRUSTED_DEVICE}
# Views that ask again, by their full name.
ASKING: set[str] = set()


def is_fresh(request: HttpRequest) -> bool:
    """Whether somebody proved who they are in this session less than five minutes ago."""
    if not request.user.is_authenticated:
        return False
    proofs = [
        float(record["at"])
        for record in get_authentication_records(request, request.user)
        if record.get("type") not in _NO_PROOF
    ]
    return bool(proofs) and 0 <= clock.now().timestamp() - max(proofs) < SECONDS


Guarded = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def fresh_proof(view: Guarded[P]) -> Guarded[P]:
    """Ask for a proof first when the last one is older than five minutes; put it under what guards the view."""
    return _guarded(view, read_too=True)


def fresh_proof_to_send(view: Guarded[P]) -> Guarded[P]:
    """The same for a page that anybody of the session may read, and that only a fresh proof may change."""
    return _guarded(view, read_too=False)


def fresh_proof_from(page: str) -> Callable[[Guarded[P]], Guarded[P]]:
    """The same for a form that another page shows: once the proof is there, it is that page that one comes back to."""
    return lambda view: _guarded(view, read_too=False, page=page)


def ask_again(request: HttpRequest, page: str = "") -> HttpResponse:
    """Lead to the page that asks for a proof, and from there to a named page, or to the one that was asked for."""
    target = reverse(page) if page else request.get_full_path()
    return redirect(f"{reverse('confirm_identity')}?{urlencode({'suite': target})}")


def _guarded(view: Guarded[P], *, read_too: bool, page: str = "") -> Guarded[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if (request.method in READING and not read_too) or is_fresh(request):
            return view(request, *args, **kwargs)
        return ask_again(request, page)

    ASKING.add(f"{view.__module__}.{view.__qualname__}")
    return guarded
