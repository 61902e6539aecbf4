"""The answer of the decision: yes or no, the rule that decided, and the lens that a reading goes through."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.record.access.explanations import EXPLANATIONS, Explanation
from carnet.record.access.lens import Lens


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, the rule, and for a yes on reading the lens to read through."""

    rule: str
    lens: Lens | None = None
    problem: Problem | None = None

    @property
    def allowed(self) -> bool:
        """True when nothing was refused."""
        return self.problem is None

    @property
    def explanation(self) -> Explanation | None:
        """The rule in words; None for a refusal of something else than the rules (a domain that is closed)."""
        return EXPLANATIONS.get(self.rule)


def yes(rule: str, lens: Lens | None = None) -> Decision:
    """The rule allows."""
    return Decision(rule, lens)


def no(rule: str, actor: Actor) -> Decision:
    """The rule refuses, in the words of its reader."""
    return Decision(rule, problem=EXPLANATIONS[rule].problem(actor.kind))
