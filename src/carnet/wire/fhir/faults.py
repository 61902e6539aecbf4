"""Everything that is wrong with one FHIR message, collected: one answer names it all.

A body that is not JSON or not the resource it must be is a single `Malformed`; a message that can be read but
breaks a profile is `Rejected`, with one `Malformed` for each fault, its FHIR path in `field`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from carnet.wire.errors import Malformed

MHD_65 = "IHE MHD 4.2.3, ITI-65 (2:3.65.4.1)"
MHD_MAP = "IHE MHD 4.2.3, 3:4.5.1"
PDSM = "ANS PDSm 3.1.1"
R4 = "HL7 FHIR R4"
_MOST_UNKNOWN = 20


class Rejected(ValueError):  # noqa: N818 — an answer as much as an error
    """A message that can be read and is refused; `faults` is never empty."""

    def __init__(self, faults: tuple[Malformed, ...]) -> None:
        super().__init__("; ".join(fault.rule for fault in faults))
        self.faults = faults


class Faults:
    """Collects faults while a message is read; `check` raises once if there are any."""

    def __init__(self) -> None:
        self.found: list[Malformed] = []

    def add(self, rule: str, text: str, field: str, *, found: str = "", expected: str = "", source: str = "") -> None:
        """Record one fault; reading goes on."""
        self.found.append(Malformed(rule, text, field=field, found=found[:200], expected=expected, source=source))

    def unknown(self, paths: Iterable[str]) -> None:
        """Record elements that FHIR has not, the first of them when there are many."""
        for path in islice(paths, _MOST_UNKNOWN):
            self.add(
                "element-unknown",
                "Cet élément n'existe pas à cet endroit de la ressource : il serait perdu.",
                path,
                expected="un élément de FHIR R4, ou l'en-tête Prefer: handling=lenient pour l'ignorer",
                source=f"{R4}, json.html",
            )

    def check(self) -> None:
        """Raise Rejected when something was recorded."""
        if self.found:
            raise Rejected(tuple(self.found))
