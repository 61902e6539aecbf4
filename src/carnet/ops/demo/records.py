"""Records of the demonstration's patients, through the same doors as everybody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from carnet.kernel import blobs
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.ops.demo import letters
from carnet.ops.demo.letters import Told
from carnet.ops.demo.patients import Person
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.identity.api import Kinship, Qualification, RecordStatus, Representative
from carnet.record.life import api as life

DOMAIN = "fr"
SOFTWARE = "Carnet démonstration"
# The day on which the stories stop: who is a minor then has representatives.
TODAY = date(2026, 1, 31)
_GUARDIAN = Representative(
    name="Service fictif de protection des majeurs", kind=Kinship.GUARDIAN, quality="tutelle", since=date(2024, 1, 15)
)


class DemonstrationRefusedError(RuntimeError):
    """The house refused its own demonstration: what it said, without any identity."""


def create(people: Iterable[Person], *, clerk: Actor) -> dict[str, int]:
    """Login → record, created with recorded consent by `clerk`, each with its care team's authorisations.

    Who refused a record has none: the refusal is kept.
    """
    found = {}
    for person in people:
        if "refused" in person.flags:
            opposed = life.oppose(actor=clerk, domain=DOMAIN, patient_id=identity.format_cx(person.identifier))
            if isinstance(opposed, Refusal):
                raise _refused("opposition", opposed.problems)
        else:
            found[person.login] = _create(person, clerk)
    return found


def _create(person: Person, clerk: Actor) -> int:
    local = "no-ins" in person.flags
    created = access.create_record(
        actor=clerk,
        domain=DOMAIN,
        identifier=person.former or person.identifier,
        traits=person.traits,
        qualification=Qualification.PROVISIONAL if local else Qualification.QUALIFIED,
        consent=True,
    )
    if isinstance(created, Refusal):
        raise _refused("record", created.problems)
    if person.former is not None:
        _rekey(person, clerk)
    if created.status is not RecordStatus.ACTIVE:
        return created.record_id
    patient_id = identity.format_cx(person.identifier)
    for professional in (person.treating, *person.team):
        authorised = access.authorise(
            actor=actor_of(professional, professional.structures[0]),
            domain=DOMAIN,
            patient_id=patient_id,
            treating=professional is person.treating,
        )
        if isinstance(authorised, Refusal) and not (professional in person.blocked and _blocked(authorised)):
            raise _refused("authorisation", authorised.problems)
    return created.record_id


def _blocked(refusal: Refusal) -> bool:
    """Whether a loading that comes again finds that the person shut the professional out in the meantime."""
    return all(problem.rule == "professional-blocked" for problem in refusal.problems)


def block(people: Iterable[Person]) -> None:
    """Shut out whom each person blocks: their own act, by their own account."""
    for person in people:
        for professional in person.blocked:
            actor = directory.actor_of_login(login=person.login, proof="process")
            if actor is None:
                raise DemonstrationRefusedError(f"the account {person.login} was not enrolled")
            done = access.block(actor=actor, domain=DOMAIN, person=professional.id)
            if isinstance(done, Refusal):
                raise _refused("blocking", done.problems)


def _rekey(person: Person, clerk: Actor) -> None:
    """The definitive number has come: the record goes on answering by the one given while waiting."""
    changed = life.rekey(
        actor=clerk,
        domain=DOMAIN,
        patient_id=identity.format_cx(person.former or person.identifier),
        identifier=person.identifier,
        qualification=Qualification.QUALIFIED,
    )
    if isinstance(changed, Refusal):
        raise _refused("identifier", changed.problems)


def represent(people: Iterable[Person], records: Mapping[str, int], *, clerk: Actor) -> None:
    """Declare the parents of minors and the guardian of protected adults, where nobody is declared yet."""
    everybody = {person.login: person for person in people}
    for person in everybody.values():
        record_id = records.get(person.login)
        if record_id is None or identity.representatives_of(actor=clerk, record_id=record_id):
            continue
        declared = []
        if person.traits.birth_date is not None and person.age(TODAY) < 18:
            for login, quality in ((person.mother, "mère"), (person.father, "père")):
                if login:
                    declared.append(_parent(everybody[login], quality, person.traits.birth_date, records.get(login)))
        if "protected" in person.flags:
            declared.append(_GUARDIAN)
        for one in declared:
            made = life.declare_representative(
                actor=clerk,
                domain=DOMAIN,
                patient_id=identity.format_cx(person.identifier),
                representative=one,
            )
            if isinstance(made, Refusal):
                raise _refused("representative", made.problems)


def _parent(parent: Person, quality: str, born: date, record_id: int | None) -> Representative:
    traits = parent.traits
    name = f"{traits.used_given or traits.first_given.title()} {traits.used_name or traits.birth_name}"
    return Representative(name=name, kind=Kinship.PARENT, quality=quality, since=born, record_id=record_id)


def close(people: Iterable[Person], *, clerk: Actor) -> None:
    """Close the records whose holders asked for it."""
    for person in people:
        if "closed" not in person.flags:
            continue
        closed = life.close(actor=clerk, domain=DOMAIN, patient_id=identity.format_cx(person.identifier))
        if isinstance(closed, Refusal) and any(problem.rule != "record-closed" for problem in closed.problems):
            raise _refused("closing", closed.problems)


def feed(stories: Iterable[Told]) -> int:
    """Provide every document as its author; how many there are. Those that are there already stay as they are."""
    entries: dict[tuple[str, str], str] = {}
    count = 0
    for told in stories:
        content = letters.write(told)
        replaced = entries[told.about.login, told.replaces] if told.replaces else ""
        submission = letters.submission(told, content, replaced_entry=replaced)
        actor = actor_of(told.by, told.at.id)
        provided = documents.provide(
            actor=actor,
            domain=DOMAIN,
            submission=submission,
            contents={submission.entries[0].entry_uuid: blobs.from_bytes(content)},
        )
        count += 1
        if not isinstance(provided, Refusal):
            entries[told.about.login, told.title] = provided.submission.entries[0].entry_uuid
            if told.announced:
                _reveal(told, provided.submission.entries[0].entry_uuid, actor)
        elif all(problem.rule == "record-closed" for problem in provided.problems):
            continue
        elif all(problem.reason is Reason.NON_IDENTICAL_HASH for problem in provided.problems):
            entries[told.about.login, told.title] = _there(told, actor)
        else:
            raise _refused(f"document « {told.title} »", provided.problems)
    return count


def _reveal(told: Told, entry_uuid: str, actor: Actor) -> None:
    revealed = documents.reveal(actor=actor, domain=DOMAIN, entry_uuid=entry_uuid)
    if isinstance(revealed, Refusal):
        raise _refused(f"document « {told.title} »", revealed.problems)


def _there(told: Told, actor: Actor) -> str:
    """The entryUUID of a document that another edition of this demonstration wrote in other words."""
    found = documents.get(actor=actor, domain=DOMAIN, unique_ids=(told.unique_id,))
    if isinstance(found, Refusal) or not found.entries:
        raise DemonstrationRefusedError(f"document « {told.title} »: it was written by somebody else")
    return found.entries[0].entry_uuid


def actor_of(professional: Professional, structure: str) -> Actor:
    """A professional at work for the demonstration."""
    actor = directory.actor_of_professional(
        person=professional.id, structure=structure, proof="process", software=SOFTWARE
    )
    if isinstance(actor, Problem):
        raise _refused("actor", (actor,))
    return actor


def _refused(what: str, problems: tuple[Problem, ...]) -> DemonstrationRefusedError:
    reasons = " ; ".join(f"{problem.rule} ({problem.field}): {problem.text}" for problem in problems)
    return DemonstrationRefusedError(f"{what}: {reasons}")
