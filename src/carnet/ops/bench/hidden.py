"""What a hidden document costs in a list: nothing that anybody could read from the time of an answer.

Two records show the same ten documents to a professional; the second also holds masked ones. Both are listed in turn,
in this process, so that what the two times differ by is the hidden rows and nothing else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from carnet.kernel.actor import Actor
from carnet.ops.bench import seed
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.wire.xds.model import Code

PLAIN, VEILED = 2001, 2002
SHOWN, HIDDEN = 10, 2000
_MASKED = Code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "Masqué aux professionnels de santé")
_WARM, _CALLS = 50, 400


@dataclass(frozen=True, slots=True)
class Hidden:
    """Median milliseconds of a list with and without hidden documents, of `calls` each."""

    plain: float
    veiled: float
    calls: int

    @property
    def each(self) -> float:
        """Microseconds that one hidden document adds."""
        return (self.veiled - self.plain) * 1000 / HIDDEN

    def line(self) -> str:
        """One sentence with its figures."""
        return (
            f"A hidden document adds {self.each:.2f} µs to a list (wanted: less than 1): {self.plain:.2f} ms with "
            f"{SHOWN} shown, {self.veiled:.2f} ms with {HIDDEN} hidden beside them, medians of {self.calls} "
            "alternating calls."
        )


def measure(author: Actor, reader: Actor) -> Hidden:
    """Seed both records as `author` and list them as `reader`, of another structure. RuntimeError when it sees more."""
    seed.create(author, (PLAIN, VEILED))
    for number, masked in ((PLAIN, 0), (VEILED, HIDDEN)):
        for place in range(SHOWN + masked):
            seed.feed(author, number, b"<ClinicalDocument/>", codes=(_MASKED,) if place >= SHOWN else ())
        answer = access.authorise(actor=reader, domain="fr", patient_id=seed.patient_id(number))
        if not isinstance(answer, access.Authorised):
            raise RuntimeError(f"the bench's reader is not let in: {answer}")
    times: dict[int, list[float]] = {PLAIN: [], VEILED: []}
    for _ in range(_WARM + _CALLS):
        for number, found in times.items():
            found.append(_listed(reader, number))
    plain, veiled = (median(times[number][_WARM:]) * 1000 for number in (PLAIN, VEILED))
    return Hidden(plain, veiled, _CALLS)


def _listed(reader: Actor, number: int) -> float:
    began = time.perf_counter()
    found = documents.find(
        actor=reader, domain="fr", patient_id=seed.patient_id(number), query=documents.DocumentQuery()
    )
    took = time.perf_counter() - began
    if not isinstance(found, documents.Found) or len(found.entries) != SHOWN:
        raise RuntimeError(f"the bench's reader should see {SHOWN} documents: {found}")
    return took
