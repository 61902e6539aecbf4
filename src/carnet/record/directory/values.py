"""What the directory gives: frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A structure: Struct_IdNat, name, sector of activity (TRE_R02, `SA07`), kind in plain French, place."""

    id: str
    name: str
    sector: str
    kind: str
    city: str = ""
    department: str = ""
    blocked: bool = False

    @property
    def regulates(self) -> bool:
        """Whether it is a medical regulation centre (centre 15), which has no sector of its own in TRE_R02."""
        return self.kind.casefold() == "samu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """A professional: PS_IdNat, names, profession (TRE_G15), specialty (TRE_R01), title (`Dr`), structures by rank.

    `email` is where they are told what concerns their patients: a mailbox, never shown to anybody.
    """

    id: str
    family: str
    given: str
    profession: str
    specialty: str = ""
    title: str = ""
    structures: tuple[str, ...] = ()
    blocked: bool = False
    email: str = ""

    @property
    def name(self) -> str:
        """The name as the journal and the pages write it: `Dr Camille SABLIER`."""
        return " ".join(part for part in (self.title, self.given, self.family) if part)
