"""Records of the demonstration's patients, through the same doors as everybody else."""

from __future__ import annotations

from collections.abc import Iterable

from carnet.kernel import blobs
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Refusal
from carnet.ops.demo import letters
from carnet.ops.demo.letters import Told
from carnet.ops.demo.patients import Person
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.identity.api import Qualification

DOMAIN = "fr"
SOFTWARE = "Carnet démonstration"


class DemonstrationRefusedError(RuntimeError):
    """The house refused its own demonstration: what it said, without any identity."""


def create(people: Iterable[Person], *, clerk: Actor) -> dict[str, int]:
    """Login → record, created with recorded consent by `clerk`, each with its care team's authorisations."""
    found = {}
    for person in people:
        created = access.create_record(
            actor=clerk,
            domain=DOMAIN,
            identifier=person.identifier,
            traits=person.traits,
            qualification=Qualification.QUALIFIED,
            consent=True,
        )
        if isinstance(created, Refusal):
            raise _refused("record", created.problems)
        found[person.login] = created.record_id
        patient_id = identity.format_cx(person.identifier)
        for professional in (person.treating, *person.team):
            authorised = access.authorise(
                actor=_actor(professional, professional.structures[0]),
                domain=DOMAIN,
                patient_id=patient_id,
                treating=professional is person.treating,
            )
            if isinstance(authorised, Refusal):
                raise _refused("authorisation", authorised.problems)
    return found


def feed(stories: Iterable[Told]) -> int:
    """Provide every document as its author; how many there are. Those that are there already stay as they are."""
    entries: dict[tuple[str, str], str] = {}
    count = 0
    for told in stories:
        content = letters.write(told)
        replaced = entries[told.about.login, told.replaces] if told.replaces else ""
        submission = letters.submission(told, content, replaced_entry=replaced)
        provided = documents.provide(
            actor=_actor(told.by, told.at.id),
            domain=DOMAIN,
            submission=submission,
            contents={submission.entries[0].entry_uuid: blobs.from_bytes(content)},
        )
        if isinstance(provided, Refusal):
            raise _refused(f"document « {told.title} »", provided.problems)
        entries[told.about.login, told.title] = provided.submission.entries[0].entry_uuid
        count += 1
    return count


def _actor(professional: Professional, structure: str) -> Actor:
    actor = directory.actor_of_professional(
        person=professional.id, structure=structure, proof="process", software=SOFTWARE
    )
    if isinstance(actor, Problem):
        raise _refused("actor", (actor,))
    return actor


def _refused(what: str, problems: tuple[Problem, ...]) -> DemonstrationRefusedError:
    reasons = " ; ".join(f"{problem.rule} ({problem.field}): {problem.text}" for problem in problems)
    return DemonstrationRefusedError(f"{what}: {reasons}")
