"""Template filters and tags of ours, built in for every template."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from django import template
from django.forms import BoundField

from carnet.kernel import clock
from carnet.portals.frame import assets, wording
from carnet.portals.frame.addresses import record_reference
from carnet.portals.frame.oidc import configured

register = template.Library()

register.simple_tag(assets.address, name="asset")
register.simple_tag(configured.offered, name="offered_providers")
register.filter("day", wording.day)
register.filter("last_day", wording.last_day)
register.filter("clock", wording.clock)
register.filter("moment", wording.moment)
register.filter("matricule", wording.matricule)
register.filter("sex", wording.sex)
register.filter("qualification", wording.qualification)
register.filter("size", wording.size)
register.filter("likeness", wording.likeness)
register.filter("reference", record_reference)


def field(bound: BoundField) -> dict[str, BoundField]:
    """One form field with its label, hint and errors, tied together for assistive technology."""
    return {"field": bound}


def tick(bound: BoundField) -> dict[str, BoundField]:
    """One checkbox, its label after it."""
    return {"field": bound}


class _Addresses(Protocol):
    def of(self, name: str, uuid: UUID) -> str: ...

    def piece(self, uuid: UUID, number: int | None) -> str: ...

    def act(self, uuid: UUID, name: str) -> str: ...


def url_of(addresses: _Addresses, name: str, uuid: UUID) -> str:
    """The address of a page of a document for this reader (professional or patient)."""
    return addresses.of(name, uuid)


def piece_of(addresses: _Addresses, uuid: UUID, number: int | None) -> str:
    """The address of a file inside a document, or of the document itself."""
    return addresses.piece(uuid, number)


def now_in_words() -> str:
    """The moment at which a page is read, for what is printed of it."""
    return wording.moment(clock.now())


def act_of(addresses: _Addresses, uuid: UUID, name: str) -> str:
    """The address of an act on a document."""
    return addresses.act(uuid, name)


register.inclusion_tag("frame/field.html")(field)
register.inclusion_tag("frame/tick.html")(tick)
register.simple_tag(url_of)
register.simple_tag(piece_of)
register.simple_tag(act_of)
register.simple_tag(now_in_words)
