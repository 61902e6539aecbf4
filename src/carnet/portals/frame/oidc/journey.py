"""What a browser carries from the request to the answer: one entry a request, in its session, used once."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from carnet.kernel import clock

_PENDING = "carnet_oidc"
_SECONDS = 600
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A request to a provider: which, its secrets, where to go afterwards; `login` when it is to link an account."""

    provider: str
    nonce: str
    verifier: str
    target: str
    login: str
    since: float


def begin(request: HttpRequest, provider: str, *, target: str = "", login: str = "") -> tuple[str, Journey]:
    """A fresh state and what it stands for. Several tabs may have one each."""
    journey = Journey(
        provider=provider,
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        target=own_path(target),
        login=login,
        since=clock.now().timestamp(),
    )
    state = secrets.token_urlsafe(32)
    pending = dict(list(request.session.get(_PENDING, {}).items())[-(_MOST - 1) :])
    request.session[_PENDING] = pending | {state: asdict(journey)}
    return state, journey


def end(request: HttpRequest, provider: str, state: str) -> Journey | None:
    """What a state of this browser stood for, once; None for another browser's, another provider's or an old one."""
    pending = request.session.get(_PENDING, {})
    found = pending.pop(state, None)
    if found is None:
        return None
    request.session[_PENDING] = pending
    journey = Journey(**found)
    fresh = clock.now().timestamp() - journey.since <= _SECONDS
    return journey if fresh and journey.provider == provider else None


def own_path(target: str) -> str:
    """An address of this site as a path, empty for anything else."""
    # Without a host of its own an address is a path; two slashes or a backslash would make one.
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if safe else ""


def query(target: str) -> str:
    """The query that hands a target on, empty without one."""
    return urlencode({"suite": target}) if target else ""
