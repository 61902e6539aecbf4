"""The simulated reader of cartes Vitale: a folder of the demonstration's home, one file per card.

A production instance has no such folder: there the card is read on the desk's own machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from carnet.kernel import clock
from carnet.kernel.errors import Problem
from carnet.record.identity import api as identity


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card in the reader, under a reference that an address may carry."""

    reference: str
    card: identity.Card


def present() -> bool:
    """Whether there is a reader here."""
    return bool(settings.CARNET_MODE == "demo")


def cards() -> tuple[tuple[Inserted, ...], tuple[Problem, ...]]:
    """The cards in the reader in the order of their files, and what is wrong with those that cannot be read."""
    read, wrong = [], []
    folder = settings.CARNET_HOME / "demo" / "vitale"
    for path in sorted(folder.glob("*.json")) if present() else ():
        card = identity.read_card(path.read_text(encoding="utf-8", errors="replace"))
        if isinstance(card, Problem):
            wrong.append(card)
        elif (over := identity.check_validity(card, clock.now().date())) is not None:
            wrong.append(over)
        else:
            read.append(Inserted(hashlib.sha256(card.serial.encode()).hexdigest()[:16], card))
    return tuple(read), tuple(wrong)


def card(reference: str) -> identity.Card | None:
    """The card of a reference, None when it was taken out."""
    return next((one.card for one in cards()[0] if one.reference == reference), None)


def birth_date(written: str) -> date | None:
    """The date of a card (`YYYYMMDD`), None for a lunar or an absent one."""
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:8]))
    except ValueError:
        return None
