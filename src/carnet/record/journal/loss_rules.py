"""What an operator declares lost after a restoration, as the note that a seal signs: pure functions over values.

A loss is a run of whole seals, every place of which the tables lost. Restoring an older backup loses exactly that;
whoever removes some lines loses less, and has nothing to declare.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Seals `first` to `last` and their `places`, blank ones counted; instants in microseconds since 1970.

    What was written after `since` and sealed until `until` is lost. `by` is who declared it, at `at`.
    """

    first: int
    last: int
    places: int
    since: int
    until: int
    at: int
    by: str
    reason: str

    def covers(self, seal: int) -> bool:
        """Whether a seal is one of those lost."""
        return self.first <= seal <= self.last


def written(loss: Loss) -> str:
    """One line of the notes of a seal."""
    return json.dumps({"kind": "loss"} | asdict(loss), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(notes: str) -> list[Loss]:
    """The losses that the notes of a seal declare, a line each; raises ValueError for a line that is none."""
    found = []
    for line in notes.splitlines():
        said = json.loads(line)
        if not isinstance(said, dict) or said.pop("kind", None) != "loss":
            raise ValueError("not a loss")
        try:
            found.append(Loss(**said))
        except TypeError as error:
            raise ValueError("not a loss") from error
    return found


def runs(seals: list[int]) -> list[tuple[int, int]]:
    """The runs of numbers that follow each other: (first, last) of each."""
    found: list[tuple[int, int]] = []
    for number in sorted(seals):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
