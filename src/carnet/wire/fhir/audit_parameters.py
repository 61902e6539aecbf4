"""ITI-81 parameters (IHE ITI TF-2 §3.81.4.1.2) as one typed search, read by `query_string`."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import msgspec

from carnet.wire.fhir.audit_event import ACTIONS, INTERACTION, kind_of
from carnet.wire.fhir.query_string import MAX_COUNT, Codes, Range, Reader, split_or, split_token

ITI_81 = "IHE ITI TF-2 §3.81.4.1.2"
SERVED = ("patient.identifier", "date", "agent.identifier", "entity", "outcome", "subtype", "action")
_OUTCOMES = {"0": ("done", "replayed"), "4": ("refused",)}


class AuditSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: `times` are DTM (UTC) with `from ≤ t < to`, empty where open; `people` names of actors."""

    patient_id: str = ""
    times: Range = ("", "")
    people: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    subtypes: tuple[Codes, ...] = ()
    actions: tuple[str, ...] = ()
    count: int = MAX_COUNT
    used: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def subject_ids(self) -> tuple[UUID, ...]:
        """The subjects that are asked for; what is no UUID names none."""
        found = []
        for text in self.subjects:
            with suppress(ValueError):
                found.append(UUID(text))
        return tuple(found)

    def actions_among(self, every: Iterable[str]) -> tuple[str, ...] | None:
        """Of these actions of the journal those that are asked for, None when all are."""
        if not self.actions and not self.subtypes:
            return None
        return tuple(one for one in every if self._asks(one))

    def _asks(self, name: str) -> bool:
        _, interaction, action = kind_of(name)
        kinds = {(INTERACTION, interaction), (ACTIONS, name)}
        return (not self.actions or action in self.actions) and all(
            any(code.code in {one for system, one in kinds if code.scheme in ("", system)} for code in codes)
            for codes in self.subtypes
        )


def read(pairs: Iterable[tuple[str, str]], *, lenient: bool, patient_required: bool) -> AuditSearch:
    """A search from its parameters; raises Rejected with every fault."""
    reader = _Reader(lenient)
    reader.read(pairs, patient_required=patient_required)
    return reader.search()


class _Reader(Reader):
    """One query string of ITI-81 while it is read."""

    served, aliases, sorts, source = SERVED, {"entity:identifier": "entity"}, ("-date",), ITI_81

    def __init__(self, lenient: bool) -> None:
        super().__init__(lenient)
        self.values: dict[str, tuple[str, ...]] = {}

    def criterion(self, name: str, value: str) -> None:
        if name == "patient.identifier":
            self.patient(value)
        elif name == "date":
            bounds = self.date(name, value)
            if bounds is not None:
                self.narrow("times", *bounds[1:])
        elif name == "subtype":
            self.tokens(name, value, "subtypes")
        elif name == "agent.identifier":
            self.keep(name, "people", tuple(split_token(text)[1] for text in split_or(value)))
        elif name == "entity":
            self.keep(
                name, "subjects", tuple(text.rpartition("/")[2].removeprefix("urn:uuid:") for text in split_or(value))
            )
        elif name == "action":
            self.keep(name, "actions", tuple(split_token(text)[1] for text in split_or(value)))
        else:
            self.outcome(name, value)

    def outcome(self, name: str, value: str) -> None:
        """Read the outcomes of AuditEvent that a trace can have."""
        found: list[str] = []
        for text in split_or(value):
            code = split_token(text)[1]
            if code not in _OUTCOMES:
                self.faults.add(
                    name, "Valeur inconnue.", name, found=text, expected=", ".join(_OUTCOMES), source=ITI_81
                )
                return
            found += _OUTCOMES[code]
        self.keep(name, "outcomes", tuple(found))

    def keep(self, name: str, key: str, values: tuple[str, ...]) -> None:
        """Keep the alternatives of a criterion, which is there once."""
        if key in self.values:
            self.repeated(name)
        self.values[key] = values

    def search(self) -> AuditSearch:
        return AuditSearch(
            patient_id=self.patients[0] if self.patients else "",
            times=self.ranges.get("times", ("", "")),
            subtypes=tuple(self.groups.get("subtypes", ())),
            count=self.count,
            used=tuple(self.used),
            ignored=tuple(dict.fromkeys(self.ignored)),
            **self.values,
        )
