"""From a proven identity to an actor, or to the rule that refuses one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem, Reason
from carnet.record.directory import api
from carnet.record.directory.api import Professional, Structure

LOADER = Actor(kind=ActorKind.SYSTEM, person="tests", proof="process")
HOSPITAL = Structure(id="1330999012", name="CHU d'essai", sector="SA01", kind="CHU", city="Bordeaux", department="33")
CLINIC = Structure(id="1400999033", name="Clinique d'essai", sector="SA04", kind="Clinique")
DOCTOR = Professional(
    id="899900000045",
    family="BOURGEON",
    given="Idriss",
    profession="10",
    specialty="SM04",
    title="Pr",
    structures=(HOSPITAL.id, CLINIC.id),
)
NURSE = Professional(id="899900000029", family="RAMEAU", given="Solène", profession="60", structures=(CLINIC.id,))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def region():
    """Two structures, a doctor in both, a nurse in one."""
    for structure in (HOSPITAL, CLINIC):
        assert api.enrol_structure(actor=LOADER, structure=structure) is None
    for professional in (DOCTOR, NURSE):
        assert api.enrol_professional(actor=LOADER, professional=professional) is None


def enrol(structure=None, professional=None):
    if structure:
        api.enrol_structure(actor=LOADER, structure=structure)
    if professional:
        api.enrol_professional(actor=LOADER, professional=professional)


def of(person, structure):
    return api.actor_of_professional(person=person, structure=structure, proof="vihf", software="LGC 1.0")


def test_what_was_enrolled_is_read_back():
    assert api.structure(HOSPITAL.id) == HOSPITAL
    assert api.professional(DOCTOR.id) == DOCTOR
    assert api.structure("1999999999") is None
    assert api.professional("899900000011") is None


def test_a_professional_in_a_structure():
    actor = api.actor_of_professional(
        person=DOCTOR.id,
        structure=CLINIC.id,
        proof="vihf",
        software="LGC 1.0",
        purpose=Purpose.BREAK_GLASS,
    )
    assert actor == Actor(
        kind=ActorKind.PROFESSIONAL,
        person=DOCTOR.id,
        structure=CLINIC.id,
        name="Pr Idriss BOURGEON",
        structure_name="Clinique d'essai",
        profession="10",
        specialty="SM04",
        purpose=Purpose.BREAK_GLASS,
        proof="vihf",
        software="LGC 1.0",
    )


def test_without_a_structure_the_only_one_is_meant():
    assert of(NURSE.id, None).structure == CLINIC.id
    assert of(NURSE.id, None).name == "Solène RAMEAU"


REFUSALS = [
    ("899900000011", HOSPITAL.id, {}, "professional-unknown"),
    ("'; DROP TABLE directory_professional; --", HOSPITAL.id, {}, "professional-unknown"),
    (DOCTOR.id, None, {}, "structure-missing"),
    (DOCTOR.id, "1640999041", {}, "structure-unknown"),
    (DOCTOR.id, "", {}, "structure-unknown"),
    (NURSE.id, HOSPITAL.id, {}, "activity-absent"),
    (DOCTOR.id, HOSPITAL.id, {"professional": replace(DOCTOR, blocked=True)}, "professional-blocked"),
    (DOCTOR.id, HOSPITAL.id, {"structure": replace(HOSPITAL, blocked=True)}, "structure-blocked"),
    (DOCTOR.id, HOSPITAL.id, {"professional": replace(DOCTOR, structures=(CLINIC.id,))}, "activity-ended"),
    (NURSE.id, None, {"professional": replace(NURSE, structures=())}, "activity-absent"),
]


@pytest.mark.parametrize(("person", "structure", "change", "rule"), REFUSALS)
def test_a_refused_professional_is_told_the_rule(person, structure, change, rule):
    enrol(**change)
    problem = of(person, structure)
    assert isinstance(problem, Problem)
    assert problem.rule == rule
    assert problem.reason is Reason.FORBIDDEN
    assert problem.text.endswith(".")
    assert problem.source


def test_unblocking_and_working_again():
    enrol(professional=replace(DOCTOR, structures=(CLINIC.id,), blocked=True))
    enrol(professional=DOCTOR)
    assert of(DOCTOR.id, HOSPITAL.id).structure == HOSPITAL.id
    assert api.professional(DOCTOR.id).structures == (HOSPITAL.id, CLINIC.id)


def test_a_structure_s_machine():
    actor = api.actor_of_structure(structure=HOSPITAL.id, proof="certificate", software="SIH 3")
    assert (actor.kind, actor.person, actor.name) == (ActorKind.STRUCTURE, HOSPITAL.id, "SIH 3")
    assert actor.structure_name == "CHU d'essai"
    named = api.actor_of_structure(structure=HOSPITAL.id, proof="certificate", software="SIH 3", person="robot-labo")
    assert (named.person, named.name) == ("robot-labo", "robot-labo")
    assert api.actor_of_structure(structure="1", proof="certificate", software="").rule == "structure-unknown"
    enrol(structure=replace(HOSPITAL, blocked=True))
    refused = api.actor_of_structure(structure=HOSPITAL.id, proof="certificate", software="SIH 3")
    assert refused.rule == "structure-blocked"


def test_a_wrong_number_is_not_enrolled():
    problem = api.enrol_structure(actor=LOADER, structure=replace(HOSPITAL, id="1330999013"))
    assert problem.rule == "national-id"
    assert api.structure("1330999013") is None
    problem = api.enrol_professional(actor=LOADER, professional=replace(NURSE, id="899900000028"))
    assert problem.rule == "national-id"
    assert api.professional("899900000028") is None


def test_a_professional_s_login_and_the_choice_of_a_structure():
    api.enrol_professional_account(actor=LOADER, login="idriss", person=DOCTOR.id, structure=HOSPITAL.id)
    actor = api.actor_of_login(login="idriss", proof="password+totp")
    assert (actor.person, actor.structure, actor.proof) == (DOCTOR.id, HOSPITAL.id, "password+totp")
    assert api.actor_of_login(login="idriss", proof="password+totp", structure=CLINIC.id).structure == CLINIC.id
    assert api.actor_of_login(login="idriss", proof="password+totp", structure="1640999041") is None
    enrol(professional=replace(DOCTOR, blocked=True))
    assert api.actor_of_login(login="idriss", proof="password+totp") is None


def test_a_clerk_s_login():
    api.enrol_clerk_account(
        actor=LOADER, login="accueil", person="3330999012/0101", structure=HOSPITAL.id, name="Jeanne PERRON"
    )
    actor = api.actor_of_login(login="accueil", proof="password+totp")
    assert (actor.kind, actor.person, actor.name) == (ActorKind.CLERK, "3330999012/0101", "Jeanne PERRON")
    assert actor.structure_name == "CHU d'essai"
    enrol(structure=replace(HOSPITAL, blocked=True))
    assert api.actor_of_login(login="accueil", proof="password+totp") is None


def test_a_patient_s_login_leads_to_their_record_only():
    api.enrol_patient_account(actor=LOADER, login="zoe", record_id=42, name="Zoé DEMO")
    actor = api.actor_of_login(login="zoe", proof="password+totp", structure=HOSPITAL.id)
    assert (actor.kind, actor.person, actor.record_id, actor.structure) == (ActorKind.PATIENT, "patient:42", 42, "")
    assert actor.name == "Zoé DEMO"


def test_an_unknown_login_is_nobody():
    assert api.actor_of_login(login="nobody", proof="password+totp") is None
    assert api.actor_of_login(login="", proof="password+totp") is None
