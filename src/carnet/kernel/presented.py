"""The card presented on a connection, as a value: who verifies it and who signs in by it are strangers to each other.

The machines' login verifies certificates; the portals open sessions. `carnet.config.cards` hands the one's answer to
the other on each request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carnet.kernel.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedCard:
    """A verified authentication certificate: the holder's PS_IdNat and name, whether they are a professional (CPS,
    CPF), and the SHA-256 of the certificate."""

    person: str
    name: str
    professional: bool
    digest: bytes


# What a request is asked for its card: the card, or which rule it breaks (`certificate-missing` without one).
CardReader = Callable[[], PresentedCard | Problem]
ATTRIBUTE = "carnet_card"
