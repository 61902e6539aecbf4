"""The end of a session, told by the provider: OpenID Connect Back-Channel Logout 1.0."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.wire.oidc import claims as check
from carnet.wire.oidc.jose import PublicKeys, verified

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_SOURCE = "OpenID Connect Back-Channel Logout 1.0 §2.6"
_LONGEST_LIFE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """Which sessions end: of a session of the provider, else of a person. `jti` may serve once, until `ends`."""

    issuer: str
    subject: str
    session: str
    jti: str
    ends: int


def read_logout_token(token: str, keys: PublicKeys, *, issuer: str, client: str, now: int) -> Logout:
    """What a logout token says, once everything in it holds; that `jti` is fresh is the caller's to check.

    Raises Malformed: those of `jose.verified`, `token-…`, `logout-event`, `logout-nonce`, `logout-subject`.
    """
    found = verified(token, keys, types=("logout+jwt", "jwt", ""))
    check.check_issuer(found, issuer)
    check.check_audience(found, client)
    ends = check.check_times(found, now=now, longest=_LONGEST_LIFE)
    events = found.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise check.wrong(
            "logout-event",
            "Ce jeton n’annonce pas une déconnexion.",
            field="events",
            expected=EVENT,
            source=_SOURCE,
        )
    if "nonce" in found:
        # An id_token must not pass for a logout token.
        raise check.wrong(
            "logout-nonce", "Un jeton de déconnexion ne porte pas de nonce.", field="nonce", source=_SOURCE
        )
    subject, session = found.get("sub", ""), found.get("sid", "")
    if not isinstance(subject, str) or not isinstance(session, str) or not (subject or session):
        raise check.wrong(
            "logout-subject",
            "Le jeton de déconnexion ne dit ni de qui ni de quelle session il s’agit.",
            field="sub, sid",
            source=_SOURCE,
        )
    return Logout(issuer=issuer, subject=subject, session=session, jti=check.text(found, "jti"), ends=ends)
