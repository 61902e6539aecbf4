"""Every rule of the decision in words: the law, a sentence for professionals and one for the person.

One file, `data/explanations.csv`: a rule that is not in it does not exist (tests hold both directions).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Problem, Reason

_FILE = Path(__file__).with_name("data") / "explanations.csv"
# Who reads the person's sentence: they, and those who act for them.
_PEOPLE = (ActorKind.PATIENT, ActorKind.DELEGATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A rule: its name, where it is written, and two plain sentences; `reason` is of refusals, None for a yes."""

    rule: str
    law: str
    professional: str
    patient: str
    reason: Reason | None = None

    def to(self, kind: ActorKind) -> str:
        """The sentence for an actor of this kind."""
        return self.patient if kind in _PEOPLE else self.professional

    def problem(self, kind: ActorKind) -> Problem:
        """The refusal, in the words of its reader."""
        return Problem(reason=self.reason or Reason.FORBIDDEN, rule=self.rule, text=self.to(kind), source=self.law)


def read(path: Path = _FILE) -> Mapping[str, Explanation]:
    """The rules of a file, by name."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    return MappingProxyType(
        {
            row["rule"]: Explanation(
                rule=row["rule"],
                law=row["law"],
                professional=row["professional"],
                patient=row["patient"],
                reason=Reason(row["reason"]) if row["reason"] else None,
            )
            for row in rows
        }
    )


EXPLANATIONS = read()
