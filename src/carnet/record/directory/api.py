"""The door of the directory: from a certificate, an assertion or a session to an actor.

The callers have checked the proof; the directory says who that is, and refuses who may no longer act.
Whether an actor may enter a record is decided by `carnet.record.access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import access_codes, actions, actors, clients, providers, queries, rules, searching
from carnet.record.directory.access_codes import AccessSheet, Entered, NotEntered, SheetState
from carnet.record.directory.clients import Client
from carnet.record.directory.values import Professional, Structure

__all__ = [
    "AccessSheet",
    "Client",
    "Entered",
    "NotEntered",
    "Professional",
    "SheetState",
    "Structure",
    "account_named",
    "actor_of_delegate",
    "actor_of_employee",
    "actor_of_login",
    "actor_of_professional",
    "actor_of_structure",
    "begin_provider_session",
    "check_person_id",
    "check_structure_id",
    "client",
    "clients_of",
    "draw_login",
    "end_provider_sessions",
    "enrol_clerk_account",
    "enrol_delegate_account",
    "enrol_patient_account",
    "enrol_professional",
    "enrol_professional_account",
    "enrol_structure",
    "enter_by_codes",
    "forget_logins",
    "is_linked",
    "is_regulation_centre",
    "issue_access_codes",
    "link_provider",
    "login_by_provider",
    "login_of_professional",
    "move_logins",
    "name_of_delegate",
    "plain_login",
    "professional",
    "professionals_named",
    "remove_client",
    "sheet_state",
    "spend_token",
    "structure",
    "unlink_provider",
    "write_client",
]


def actor_of_professional(
    *, person: str, structure: str | None, proof: str, software: str = "", purpose: Purpose = Purpose.NORMAL
) -> Actor | Problem:
    """The actor of a professional (PS_IdNat) in a structure (Struct_IdNat, None for the only one there is).

    Problems: `professional-unknown`, `professional-blocked`, `structure-unknown`, `structure-blocked`,
    `structure-missing` (several activities and none named), `activity-absent`, `activity-ended`.
    """
    return actors.of_professional(person, structure, proof=proof, software=software, purpose=purpose)


def actor_of_employee(
    *,
    person: str,
    structure: str | None = None,
    name: str,
    proof: str,
    software: str = "",
    purpose: Purpose = Purpose.NORMAL,
) -> Actor | Problem:
    """The clerk of an employee's card (PS_IdNat `3` + FINESS + `/` + internal id), in the structure that it names.

    Employees are not in the directory: their structure answers for them. Problems: `employee-structure` (another
    structure than `structure`, or an identifier of no employee), `structure-unknown`, `structure-blocked`.
    """
    return actors.of_employee(person, structure, name=name, proof=proof, software=software, purpose=purpose)


def actor_of_structure(*, structure: str, proof: str, software: str, person: str = "") -> Actor | Problem:
    """The actor of a structure's machine; `person` is the machine's own name when it has one.

    Problems: `structure-unknown`, `structure-blocked`.
    """
    return actors.of_structure(structure, proof=proof, software=software, person=person)


def actor_of_login(*, login: str, proof: str, structure: str | None = None) -> Actor | None:
    """The actor of a portal's login, None when nobody may act under it.

    A professional acts in `structure` when given, else in the account's own one.
    """
    return actors.of_login(login, proof=proof, structure=structure)


def account_named(*, actor: Actor, login: str) -> tuple[int | None, bool]:
    """The record of whoever has this login, None for who has none; and whether there is such an account."""
    found = queries.account(login)
    return (None, False) if found is None else (found.record_id, True)


def actor_of_delegate(*, login: str, record_id: int, proof: str) -> Actor | None:
    """The actor of a patient's or a delegate's login who acts in another person's record, None for any other login.

    Whether they hold a delegation there is decided by `carnet.record.access`, at each act; its `holder` is the actor's
    `person`: `patient:<record_id>` of their own record, or the name that `enrol_delegate_account` gave.
    """
    return actors.of_delegate(login, record_id, proof=proof)


def structure(identifier: str) -> Structure | None:
    """A structure by its Struct_IdNat, None for an unknown one."""
    return queries.structure(identifier)


def is_regulation_centre(identifier: str) -> bool:
    """Whether a structure (Struct_IdNat) is a centre of medical regulation (SAMU, centre 15)."""
    found = queries.structure(identifier)
    return found is not None and found.kind == rules.REGULATION_KIND and not found.blocked


def professional(identifier: str) -> Professional | None:
    """A professional by PS_IdNat, with the structures of the activities that go on; None for an unknown one."""
    return queries.professional(identifier)


def professionals_named(*, actor: Actor, words: str) -> list[Professional]:
    """Professionals whose family name begins with `words` (accents and capitals aside), a few; for who looks one up.

    The directory of professionals is public: nothing of a record is read.
    """
    return searching.by_name(words)


def check_person_id(person: str) -> Problem | None:
    """The problem of a PS_IdNat (form, check digit), rule `national-id`, None when it is right."""
    return rules.check_person(person)


def check_structure_id(structure: str) -> Problem | None:
    """The problem of a Struct_IdNat (form, check digit), rule `national-id`, None when it is right."""
    return rules.check_structure(structure)


def enrol_structure(*, actor: Actor, structure: Structure) -> Problem | None:
    """Write a structure or bring it up to date; the problem of its identifier, if any."""
    return actions.enrol_structure(structure)


def enrol_professional(*, actor: Actor, professional: Professional) -> Problem | None:
    """Write a professional and their activities, or bring them up to date: an activity left out ends."""
    return actions.enrol_professional(professional)


def enrol_professional_account(*, actor: Actor, login: str, person: str, structure: str = "") -> None:
    """A portal login of a professional; `structure` is where they act unless they choose another."""
    actions.enrol_account(login, "professional", person=person, structure=structure)


def enrol_clerk_account(*, actor: Actor, login: str, person: str, structure: str, name: str) -> None:
    """A portal login of a clerk, `person` being their id in the structure (`3` + FINESS + `/` + internal id)."""
    actions.enrol_account(login, "clerk", person=person, structure=structure, name=name)


def enrol_patient_account(*, actor: Actor, login: str, record_id: int, name: str) -> None:
    """A portal login of a patient to their own record."""
    actions.enrol_account(login, "patient", name=name, record_id=record_id)


def enrol_delegate_account(*, actor: Actor, login: str, name: str) -> str:
    """A portal login of somebody without a record here who acts in others'; how a delegation names them (`holder`).

    Enrolling a delegate's login again keeps that name.
    """
    return actions.enrol_delegate(login, name)


def draw_login(*, actor: Actor) -> str:
    """A login for an account about to be made: ten digits at random, that say nothing of who has it."""
    return access_codes.draw_login()


def name_of_delegate(*, actor: Actor, person: str) -> str:
    """The name of a delegate without a record, by the `holder` of their delegations; "" for anybody else."""
    return queries.name_of_delegate(person) if person.startswith("delegate:") else ""


def forget_logins(*, actor: Actor, record_ids: Sequence[int]) -> int:
    """Delete the portal logins of these records' patients inside the caller's transaction; how many there were.

    Passwords, second factors and sessions go with them. The caller (`carnet.record.life`) decided it.
    """
    return actions.forget_logins(record_ids)


def move_logins(*, actor: Actor, source: int, destination: int, logins: Sequence[str] | None = None) -> list[str]:
    """Patients' logins to one record lead to another, inside the caller's transaction; which ones did.

    For two records of one person (`carnet.record.life` decides and journals); `logins` restricts them.
    """
    return actions.move_logins(source, destination, logins)


def issue_access_codes(*, actor: Actor, domain: int, record_id: int, name: str) -> AccessSheet:
    """The sheet of access codes of a record of a domain, shown once; it works for 30 days of the domain's clock.

    Inside the caller's transaction, which decided and journals it (`carnet.record.access`). The person gets a
    login when there is none; a former sheet stops working, a password that was chosen does not.
    """
    return access_codes.issue(actor=actor, domain=domain, record_id=record_id, name=name)


def enter_by_codes(*, login: str, password: str | None, code: str) -> Entered | NotEntered:
    """The patient who holds the sheet of `login`: a printed code is spent.

    `password` is the first one, printed; None once the account's own password has been proven. Problems:
    `codes-mismatch`, `codes-used`, `codes-expired`, `codes-locked`.
    """
    return access_codes.enter(login=login, password=password, code=code)


def plain_login(text: str) -> str:
    """A login as it is kept, from what people type: printed digits come with spaces."""
    return access_codes.plain_login(text)


def sheet_state(*, actor: Actor, record_id: int) -> SheetState | None:
    """When the sheet in force of a record was printed and until when it works, None when there is none."""
    return access_codes.state(record_id)


def login_of_professional(*, person: str, proof: str) -> str | Problem:
    """The login of a professional (PS_IdNat) whom an identity provider recognised, made when there is none.

    No password works for a login made here. Problems: those of `actor_of_professional` but `structure-missing`.
    """
    return actions.login_of_professional(person, proof)


def login_by_provider(*, issuer: str, subject: str) -> str | None:
    """The patient's login that was linked to a person of an identity provider; None without a link."""
    return providers.linked_login(issuer, subject)


def link_provider(*, actor: Actor, login: str, issuer: str, subject: str) -> bool:
    """Link the actor's own login to a person of a provider; False when either is linked already."""
    return actor.record_id is not None and providers.link(issuer, subject, login)


def unlink_provider(*, actor: Actor, login: str, issuer: str) -> bool:
    """End the link of the actor's own login; whether there was one."""
    return providers.unlink(issuer, login)


def is_linked(*, actor: Actor, login: str, issuer: str) -> bool:
    """Whether the actor's own login is linked to a person of a provider."""
    return providers.is_linked(issuer, login)


def begin_provider_session(*, session_key: str, issuer: str, subject: str, sid: str, ends_at: datetime) -> None:
    """A portal's session that a provider opened, so that the provider can end it."""
    providers.remember_session(session_key, issuer, subject, sid, ends_at)


def end_provider_sessions(*, issuer: str, subject: str, sid: str) -> int:
    """End the portals' sessions of a provider's session (of its person when `sid` is empty); how many there were."""
    return providers.end_sessions(issuer, subject, sid)


def spend_token(*, kind: str, issuer: str, jti: str, ends: int) -> bool:
    """Whether a token that serves once comes for the first time; `ends` in seconds since 1970."""
    return providers.spend(kind, issuer, jti, ends)


def client(client_id: str) -> Client | None:
    """Software of the registry, None for an unknown one."""
    return clients.find(client_id)


def clients_of(*, actor: Actor) -> list[Client]:
    """The registry of software, by identifier."""
    return clients.everyone()


def write_client(*, actor: Actor, client: Client) -> Problem | None:
    """Write software in the registry, or bring it up to date. Problems: `client-…`, `structure-unknown`."""
    return clients.write(client)


def remove_client(*, actor: Actor, client_id: str) -> bool:
    """Remove software from the registry; whether it was there. Tokens it holds stop within a second."""
    return clients.remove(client_id)
