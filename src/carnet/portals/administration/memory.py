"""What this clerk typed or read to reach a record, kept in the session: addresses carry no identity.

Of a record that existed, a desk shows its own words back, and nothing else unless it cares for the person.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.http import HttpRequest

from carnet.portals.frame.addresses import record_reference

_REACHED = "carnet_reached"  # session: record address -> Reached
_REMEMBERED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How a record was reached: its domain, the CX, the number shown, and for a creation what was said then."""

    domain: str
    patient_id: str
    number: str
    name: str = ""
    local: bool = False
    warnings: tuple[str, ...] = ()
    existing: bool = False

    @property
    def shown(self) -> bool:
        """Whether the person gave the record's number, or their card did; a likeness alone proves nothing."""
        return bool(self.number)


def remember(request: HttpRequest, record_id: int, reached: Reached) -> None:
    """Keep it, last of a few."""
    reference = record_reference(record_id)
    kept = [(key, value) for key, value in request.session.get(_REACHED, {}).items() if key != reference]
    request.session[_REACHED] = dict([*kept, (reference, asdict(reached))][-_REMEMBERED:])


def recall(request: HttpRequest, record_id: int) -> Reached | None:
    """What was kept; None in another session, or long ago."""
    found = request.session.get(_REACHED, {}).get(record_reference(record_id))
    return Reached(**(found | {"warnings": tuple(found["warnings"])})) if found else None


def forget(request: HttpRequest, record_id: int) -> None:
    """The record is not this desk's any more."""
    kept = {
        key: value for key, value in request.session.get(_REACHED, {}).items() if key != record_reference(record_id)
    }
    request.session[_REACHED] = kept
