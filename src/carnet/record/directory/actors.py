"""From a proven identity to an actor, or to the rule that refuses one."""

from __future__ import annotations

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import queries, rules
from carnet.record.directory.values import Professional, Structure


def of_professional(
    person: str, structure: str | None, *, proof: str, software: str, purpose: Purpose
) -> Actor | Problem:
    """The actor of a professional in one structure; without one, in the only structure there is."""
    found = queries.professional(person)
    if found is None:
        return rules.refusal("professional-unknown", found=person)
    if found.blocked:
        return rules.refusal("professional-blocked", found=person)
    place = _place(found, structure)
    if isinstance(place, Problem):
        return place
    return Actor(
        kind=ActorKind.PROFESSIONAL,
        person=found.id,
        structure=place.id,
        name=found.name,
        structure_name=place.name,
        profession=found.profession,
        specialty=found.specialty,
        purpose=purpose,
        proof=proof,
        software=software,
    )


def of_structure(structure: str, *, proof: str, software: str, person: str) -> Actor | Problem:
    """The actor of a structure's machine, under its own name or the software's."""
    place = _known(structure)
    if isinstance(place, Problem):
        return place
    return Actor(
        kind=ActorKind.STRUCTURE,
        person=person or place.id,
        structure=place.id,
        name=person or software or place.name,
        structure_name=place.name,
        proof=proof,
        software=software,
    )


def of_employee(
    person: str, structure: str | None, *, name: str, proof: str, software: str, purpose: Purpose
) -> Actor | Problem:
    """The actor of an employee who is no health professional, in the structure that their identifier names."""
    employer = rules.employer(person)
    if employer is None or structure not in (None, employer):
        return rules.refusal("employee-structure", found=person, expected=structure or "")
    place = _known(employer)
    if isinstance(place, Problem):
        return place
    return Actor(
        kind=ActorKind.CLERK,
        person=person,
        structure=place.id,
        name=name or person,
        structure_name=place.name,
        purpose=purpose,
        proof=proof,
        software=software,
    )


def of_login(login: str, *, proof: str, structure: str | None) -> Actor | None:
    """The actor of a portal's account, None when the account or the right to act is gone."""
    account = queries.account(login)
    if account is None:
        return None
    if account.kind == "patient":
        return Actor(
            kind=ActorKind.PATIENT,
            person=f"patient:{account.record_id}",
            name=account.name,
            proof=proof,
            record_id=account.record_id,
        )
    if account.kind == "delegate":
        return Actor(kind=ActorKind.DELEGATE, person=account.person, name=account.name, proof=proof)
    if account.kind == "professional":
        chosen = structure or account.structure or None
        actor = of_professional(account.person, chosen, proof=proof, software="", purpose=Purpose.NORMAL)
        return None if isinstance(actor, Problem) else actor
    place = _known(account.structure)
    if isinstance(place, Problem):
        return None
    return Actor(
        kind=ActorKind.CLERK,
        person=account.person,
        structure=place.id,
        name=account.name,
        structure_name=place.name,
        proof=proof,
    )


def of_delegate(login: str, record_id: int, *, proof: str) -> Actor | None:
    """The actor of a patient's or a delegate's account in another person's record."""
    account = queries.account(login)
    if account is None or account.kind not in ("patient", "delegate") or account.record_id == record_id:
        return None
    person = account.person if account.kind == "delegate" else f"patient:{account.record_id}"
    return Actor(kind=ActorKind.DELEGATE, person=person, name=account.name, proof=proof, record_id=record_id)


def _known(structure: str) -> Structure | Problem:
    place = queries.structure(structure)
    if place is None:
        return rules.refusal("structure-unknown", found=structure)
    return rules.refusal("structure-blocked", found=structure) if place.blocked else place


def _place(professional: Professional, structure: str | None) -> Structure | Problem:
    """The structure where a professional acts, if there is an activity there."""
    if structure is None:
        if not professional.structures:
            return rules.refusal("activity-absent", found=professional.id)
        if len(professional.structures) > 1:
            return rules.refusal("structure-missing", expected=", ".join(professional.structures))
        structure = professional.structures[0]
    place = _known(structure)
    if isinstance(place, Problem) or structure in professional.structures:
        return place
    ended = queries.activity_ended(professional.id, structure)
    return rules.refusal("activity-absent" if ended is None else "activity-ended", found=structure)
