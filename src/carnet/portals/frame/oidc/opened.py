"""What a session that a provider opened keeps: which provider, where its professional may act, where they act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import get_user_model, logout
from django.http import HttpRequest

from carnet.kernel import clock
from carnet.kernel.errors import Problem
from carnet.kernel.presented import ATTRIBUTE, CardReader, PresentedCard
from carnet.portals.frame.oidc.configured import PSC
from carnet.record.directory import api as directory

METHOD = "oidc"
# The same session, opened by a card certificate instead of a provider.
CARD = "card"
# session: Struct_IdNat where the professional acts
_STRUCTURE = "carnet_structure"


def open_session(
    request: HttpRequest,
    login: str,
    *,
    provider: str,
    issuer: str = "",
    subject: str = "",
    sid: str = "",
    structures: Sequence[str] = (),
    person: str = "",
    card: str = "",
) -> bool:
    """Sign the user of a login in, in a session of its own; False when the account is disabled or gone.

    `card` is the SHA-256 (hexadecimal) of the card's certificate, without which the session is nobody's. `person` is a
    professional's PS_IdNat, `structures` are the places that the provider and the directory both know; a single one is
    chosen at once.
    """
    user = get_user_model().objects.filter(username=login, is_active=True).first()
    if user is None:
        return False
    logout(request)
    record_authentication(
        request, user, METHOD, provider=provider, structures=list(structures), person=person, card=card
    )
    get_adapter().login(request, user)
    if len(structures) == 1:
        choose(request, structures[0])
    if sid or subject:
        request.session.save()
        directory.begin_provider_session(
            session_key=request.session.session_key or "",
            issuer=issuer,
            subject=subject,
            sid=sid,
            ends_at=clock.now() + timedelta(seconds=settings.CARNET_SESSION_LONGEST),
        )
    return True


def record_of(records: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The authentication by a provider among those that allauth recorded; None without one."""
    return next((record for record in records if record["method"] == METHOD), None)


def card_of(request: HttpRequest) -> PresentedCard | Problem | None:
    """The card of this connection, or which rule it breaks; None where nobody reads cards."""
    read: CardReader | None = getattr(request, ATTRIBUTE, None)
    return read() if read is not None else None


def card_is_away(request: HttpRequest, records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a session was opened by a card that this connection does not present, or that stopped being right."""
    record = record_of(records)
    if record is None or record["provider"] != CARD:
        return False
    card = card_of(request)
    return not isinstance(card, PresentedCard) or card.digest.hex() != record["card"]


def proof_of(request: HttpRequest, records: Sequence[Mapping[str, Any]]) -> str:
    """How a provider's session was proven (`oidc:psc`, `card`), empty for any other session."""
    record = record_of(records)
    if record is None or card_is_away(request, records):
        return ""
    return record["provider"] if record["provider"] == CARD else f"{METHOD}:{record['provider']}"


def must_choose(request: HttpRequest, records: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a professional has to say where they act before anything else."""
    record = record_of(records)
    return record is not None and record["provider"] in (PSC, CARD) and structure_of(request) is None


def choose(request: HttpRequest, structure: str) -> None:
    """The structure where the professional acts from now on in this session."""
    request.session[_STRUCTURE] = structure


def structure_of(request: HttpRequest) -> str | None:
    """The structure that was chosen in this session, None when none was."""
    found: str | None = request.session.get(_STRUCTURE)
    return found
