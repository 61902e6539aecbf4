"""What was just done, said once at the top of the next page: kept in the session, never in an address."""

from __future__ import annotations

from django.http import HttpRequest

_DONE = "carnet_controls_done"  # session: the sentence


def say(request: HttpRequest, sentence: str) -> None:
    """Say a sentence on the next page."""
    request.session[_DONE] = sentence


def once(request: HttpRequest) -> str:
    """The sentence to say, if there is one."""
    return str(request.session.pop(_DONE, ""))
