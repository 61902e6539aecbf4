"""The INS that a professional typed to reach a record, kept in their session: addresses carry no identity."""

from __future__ import annotations

from django.http import HttpRequest

from carnet.portals.frame.addresses import record_reference

_TYPED = "carnet_typed"  # session: record address -> the INS this professional typed to reach it
_REMEMBERED = 20


def remember(request: HttpRequest, record_id: int, ins: str) -> None:
    """Keep it, last of a few."""
    reference = record_reference(record_id)
    typed = {key: value for key, value in request.session.get(_TYPED, {}).items() if key != reference}
    request.session[_TYPED] = dict([*typed.items(), (reference, ins)][-_REMEMBERED:])


def typed_for(request: HttpRequest, record_id: int) -> str | None:
    """What was typed to reach a record, None in another session."""
    found: str | None = request.session.get(_TYPED, {}).get(record_reference(record_id))
    return found
