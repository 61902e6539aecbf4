"""How a life is told: one document after the other, by people who were there."""

from __future__ import annotations

from datetime import date, datetime

from carnet.ops.demo import patients as of
from carnet.ops.demo import professionals as by
from carnet.ops.demo import structures as at
from carnet.ops.demo.letters import Told
from carnet.ops.demo.stories.narrative import paris
from carnet.record.directory.api import Professional, Structure
from carnet.wire.cda.write import File, Section
from carnet.wire.xds.model import Code

_PLACES = {structure.id: structure for structure in at.STRUCTURES}


class Life:
    """The documents of one person, in the order they are told."""

    def __init__(self, login: str) -> None:
        self.person = of.person(login)
        self.documents: list[Told] = []

    def tell(
        self,
        author: str | Professional,
        when: datetime,
        type_code: str,
        title: str,
        *body: Section | File,
        place: str = "",
        since: datetime | None = None,
        visibility: tuple[Code, ...] = (),
        replaces: str = "",
        volet: str = "",
        announced: bool = False,
    ) -> None:
        """One document by `author` (or their key), in `place` (key of a structure) or their first one."""
        writer = by.person(author) if isinstance(author, str) else author
        where: Structure = at.place(place) if place else _PLACES[writer.structures[0]]
        first = body[0]
        self.documents.append(
            Told(
                about=self.person,
                by=writer,
                at=where,
                when=when,
                type_code=type_code,
                title=title,
                body=first if isinstance(first, File) else tuple(one for one in body if isinstance(one, Section)),
                since=since,
                visibility=visibility,
                replaces=replaces,
                volet=volet,
                announced=announced,
            )
        )

    @property
    def born(self) -> date:
        """The birth date."""
        return self.person.traits.birth_date or date(2026, 1, 1)


def on(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day, in local time."""
    return paris(day.year, day.month, day.day, hour, minute)
