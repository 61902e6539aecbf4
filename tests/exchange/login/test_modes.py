"""Who is recognised by which kind of card or certificate, in which mode, and what each domain takes as proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carnet.exchange.login import fhir
from carnet.exchange.login.client_certificate import Certificate, Usage, verified
from carnet.exchange.login.faults import ACCESS_DENIED, IDENTITY_FAILURE
from carnet.exchange.login.soap import Login
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem
from carnet.ops.demo.pki import CardType, Kind
from carnet.record.terminology import api as terminology
from carnet.wire.saml import names
from carnet.wire.saml.vihf import Mode, Role
from tests.exchange.login.conftest import HOSPITAL, INTERN, PERSON, PHARMACIST, PRACTICE, Made, World
from tests.exchange.login.test_soap import login, refused

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
EMPLOYEE, SERVICE = "3330000001/42", "3330000001/9001"
PHYSICIAN = (Role("10", names.PROFESSION_SYSTEM), Role("SM26", "1.2.250.1.71.4.2.5"))
SECRETARY = (Role("SECRETARIAT_MEDICAL", "1.2.250.1.213.1.1.4.6"),)

pytestmark = [pytest.mark.usefixtures("directory"), pytest.mark.django_db]


def card_of(world: World, person: str, **more: Any) -> tuple[Made, Made]:
    """The two certificates of a card."""
    return world.make(Kind.CARD_AUTHENTICATION, person, **more), world.make(Kind.CARD_SIGNATURE, person, **more)


def seals(world: World, structure: str = PRACTICE, **more: Any) -> tuple[Made, Made]:
    """The two certificates of a structure."""
    return (
        world.make(Kind.ORGANISATION_AUTHENTICATION, structure, **more),
        world.make(Kind.ORGANISATION_SIGNATURE, structure, **more),
    )


@pytest.fixture
def physician(world: World) -> tuple[Made, Made]:
    return card_of(world, PERSON)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch):
    """Change what `fr` takes as a proof."""

    def change(**changes: Any) -> None:
        found = terminology.domain("fr")
        assert found is not None
        changed = replace(found, assertions=replace(found.assertions, **changes))
        monkeypatch.setattr(terminology, "domain", lambda name: changed)

    return change


def test_an_employee_is_a_clerk_of_the_structure_of_the_card(world, assertion):
    connection, signer = card_of(world, EMPLOYEE, card=CardType.CPE)
    found = login(connection, assertion(signer, subject=EMPLOYEE, roles=SECRETARY, subject_name=""))
    assert isinstance(found, Login)
    assert found.actor == Actor(
        kind=ActorKind.CLERK,
        person=EMPLOYEE,
        structure=PRACTICE,
        name="DÉMO",
        structure_name="Cabinet de démonstration",
        proof="vihf",
        software="Carnet 1.0",
    )


def test_a_service_card_is_named_by_its_organisation_and_its_number(world, assertion):
    connection, signer = card_of(world, SERVICE, card=CardType.CPE, surname="")
    found = login(connection, assertion(signer, subject=SERVICE, roles=SECRETARY, subject_name=""))
    assert isinstance(found, Login)
    assert found.actor.name == "Carnet demonstration 3330000001-9001"


def test_an_employee_acts_for_no_other_structure_and_has_no_profession(world, assertion):
    connection, signer = card_of(world, EMPLOYEE, card=CardType.CPE)
    elsewhere = assertion(signer, subject=EMPLOYEE, roles=SECRETARY, structure=HOSPITAL, sector="SA01")
    assert refused(login(connection, elsewhere)) == ("employee-structure", IDENTITY_FAILURE)
    promoted = assertion(signer, subject=EMPLOYEE, roles=PHYSICIAN)
    assert refused(login(connection, promoted)) == ("vihf-role", IDENTITY_FAILURE)
    # The number of a professional on an employee's card.
    connection, signer = card_of(world, PERSON, card=CardType.CPE)
    assert refused(login(connection, assertion(signer)))[0] == "employee-structure"


@pytest.mark.parametrize("system", [names.PROFESSION_SYSTEM, names.TRAINING_SYSTEM])
def test_a_professional_in_training_needs_no_specialty(world, assertion, system):
    connection, signer = card_of(world, INTERN, card=CardType.CPF)
    sent = assertion(signer, subject=INTERN, roles=(Role("10", system),), structure=HOSPITAL, sector="SA01")
    found = login(connection, sent)
    assert isinstance(found, Login)
    assert (found.actor.kind, found.actor.profession, found.actor.structure) == ("professional", "10", HOSPITAL)


def test_training_is_not_a_profession_for_another_card(physician, assertion):
    connection, signer = physician
    roles = (Role("10", names.TRAINING_SYSTEM), *PHYSICIAN[1:])
    assert refused(login(connection, assertion(signer, roles=roles)))[0] == "vihf-role"


@pytest.mark.parametrize("number", [3, 7])
def test_other_cards_open_nothing(world, assertion, number):
    connection, signer = card_of(world, PERSON, card=number)
    assert refused(login(connection, assertion(signer))) == ("certificate-card", ACCESS_DENIED)


def test_the_vihf_chooses_among_several_activities(physician, assertion):
    connection, signer = physician
    for structure, sector in ((PRACTICE, "SA07"), (HOSPITAL, "SA01")):
        found = login(connection, assertion(signer, structure=structure, sector=sector, id=f"_{structure}"))
        assert isinstance(found, Login)
        assert found.actor.structure == structure


def test_reinforced_names_a_professional_of_the_structure(world, assertion):
    connection, seal = seals(world)
    sent = assertion(
        seal,
        mode=Mode.REINFORCED,
        authentication_class=names.TLS_CLIENT,
        authentication_declared="APP_BROWSER_AUTH",
        purpose="bris_de_glace",
    )
    found = login(connection, sent)
    assert isinstance(found, Login)
    actor = found.actor
    assert (actor.kind, actor.person, actor.proof) == (ActorKind.PROFESSIONAL, PERSON, "vihf-air")
    assert (actor.profession, actor.specialty, actor.purpose) == ("10", "SM26", Purpose.BREAK_GLASS)
    assert found.vihf.authentication_declared == "APP_BROWSER_AUTH"


def test_reinforced_names_an_employee_too(world, assertion):
    connection, seal = seals(world)
    sent = assertion(
        seal,
        mode=Mode.REINFORCED,
        authentication_class=names.TLS_CLIENT,
        authentication_declared="PASSWORD",
        subject=EMPLOYEE,
        subject_name="ACCUEIL Ana",
        roles=SECRETARY,
    )
    found = login(connection, sent)
    assert isinstance(found, Login)
    assert (found.actor.kind, found.actor.name, found.actor.proof) == (ActorKind.CLERK, "ACCUEIL Ana", "vihf-air")


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"authentication_declared": ""}, "vihf-authentication-declared"),
        (
            {"authentication_class": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocol"},
            "vihf-authentication-class",
        ),
        ({"subject": "899900000041"}, "professional-unknown"),
        ({"subject": "3330000002/42"}, "employee-structure"),
        ({"roles": (Role("60", names.PROFESSION_SYSTEM),)}, "vihf-role"),
        ({"structure": HOSPITAL, "sector": "SA01"}, "vihf-structure-certificate"),
    ],
)
def test_reinforced_is_checked_like_a_card(world, assertion, fields, rule):
    connection, seal = seals(world)
    told = {"authentication_class": names.TLS_CLIENT, "authentication_declared": "X"} | fields
    assert refused(login(connection, assertion(seal, mode=Mode.REINFORCED, **told)))[0] == rule


@pytest.mark.parametrize(
    ("person", "roles", "rule"),
    [
        (PERSON, PHYSICIAN, ""),
        (PERSON, (PHYSICIAN[0], Role("SM26", "1.2.250.1.213.2.28")), ""),
        (PERSON, PHYSICIAN[:1], "vihf-role-missing"),
        (PERSON, (PHYSICIAN[0], Role("SM04", "1.2.250.1.71.4.2.5")), "vihf-role"),
        (PERSON, (*PHYSICIAN, Role("SM04", "1.2.250.1.71.4.2.5")), "vihf-role"),
        (PERSON, (PHYSICIAN[0], Role("330", names.CARE_ROLE_SYSTEM)), "vihf-role-missing"),
        (PERSON, tuple(reversed(PHYSICIAN)), "vihf-role"),
        (PHARMACIST, (Role("21", names.PROFESSION_SYSTEM), Role("A", names.SECTION_SYSTEM)), ""),
        (PHARMACIST, (Role("21", names.PROFESSION_SYSTEM), Role("D", names.SECTION_SYSTEM)), "vihf-role"),
        (PHARMACIST, (Role("21", names.PROFESSION_SYSTEM),), "vihf-role-missing"),
    ],
)
def test_the_second_role_is_that_of_the_directory(world, assertion, person, roles, rule):
    connection, signer = card_of(world, person)
    found = login(connection, assertion(signer, subject=person, roles=roles))
    assert isinstance(found, Login) if not rule else refused(found) == (rule, IDENTITY_FAILURE)


@pytest.mark.parametrize(
    ("roles", "rule"),
    [
        ((Role("AUTOMATE", "1.2.250.1.213.1.1.4.6"),), ""),
        (PHYSICIAN, ""),
        (PHYSICIAN[:1], "vihf-role-missing"),
        ((Role("60", names.PROFESSION_SYSTEM),), ""),
        ((Role("99", names.BY_ROLE_SYSTEM), Role("353", names.CARE_ROLE_SYSTEM)), ""),
        ((Role("99", names.BY_ROLE_SYSTEM),), "vihf-role-missing"),
        ((Role("10", "1.2.3"),), "vihf-role"),
    ],
)
def test_the_roles_of_an_unproven_user_have_their_form(world, assertion, roles, rule):
    connection, seal = seals(world)
    sent = assertion(seal, mode=Mode.INDIRECT, authentication_class=names.TLS_CLIENT, roles=roles)
    found = login(connection, sent)
    assert isinstance(found, Login) if not rule else refused(found)[0] == rule


def test_a_secret_connection_is_asked_for_by_one_code(physician, assertion):
    connection, signer = physician
    found = login(connection, assertion(signer, confidentiality="INVISIBLE_REPRESENTANTS_LEGAUX"))
    assert isinstance(found, Login)
    assert found.actor.secret
    plain = login(connection, assertion(signer, id="_plain"))
    assert isinstance(plain, Login)
    assert not plain.actor.secret
    for other in ("MASQUE_PS", "N", "invisible_representants_legaux"):
        sent = assertion(signer, confidentiality=other, id=f"_{other}")
        assert refused(login(connection, sent)) == ("vihf-confidentiality", IDENTITY_FAILURE)


def test_nothing_older_than_the_domain_says(physician, assertion):
    """The end that an assertion gives itself does not make it younger."""
    connection, signer = physician
    sent = assertion(signer, not_on_or_after=NOW + timedelta(days=30))
    assert isinstance(login(connection, sent, now=NOW + timedelta(hours=4)), Login)
    later = NOW + timedelta(hours=4, seconds=60)
    assert refused(login(connection, sent, now=later)) == ("vihf-too-old", IDENTITY_FAILURE)
    assert isinstance(login(connection, sent, now=later, domain="ihe"), Login)


def test_skew_by_domain(physician, assertion):
    connection, signer = physician
    sent = assertion(signer)
    early = NOW - timedelta(minutes=4)
    assert refused(login(connection, sent, now=early)) == ("vihf-not-yet-valid", IDENTITY_FAILURE)
    assert isinstance(login(connection, sent, now=early, domain="fr-2012"), Login)
    assert refused(login(connection, sent, now=NOW - timedelta(minutes=6), domain="fr-2012"))[0] == "vihf-not-yet-valid"


def test_homologation_where_the_domain_lists_it(physician, assertion, rules):
    connection, signer = physician
    rules(homologations=frozenset({"DMP-2026-001"}))
    assert refused(login(connection, assertion(signer))) == ("vihf-homologation", ACCESS_DENIED)
    assert isinstance(login(connection, assertion(signer, homologation="DMP-2026-001", id="_1")), Login)


def test_an_audience_only_where_the_domain_has_a_name(physician, assertion):
    connection, signer = physician
    ours, theirs = names.CONNECTATHON_AUDIENCE, "http://ihe.connectathon.XUA/X-ServiceProvider-Elsewhere"
    for number, (groups, domain, accepted) in enumerate(
        (
            (((ours,),), "ihe", True),
            (((theirs, ours),), "ihe", True),
            (((theirs,),), "ihe", False),
            (((ours,), (theirs,)), "ihe", False),
            (((),), "ihe", False),
            (((ours,),), "fr", False),
        )
    ):
        found = login(connection, assertion(signer, audiences=groups, id=f"_{number}"), domain=domain)
        assert isinstance(found, Login) if accepted else refused(found) == ("vihf-audience", IDENTITY_FAILURE)


def test_a_card_is_a_smartcard(physician, assertion):
    connection, signer = physician
    sent = assertion(signer, authentication_class=names.TLS_CLIENT)
    assert refused(login(connection, sent)) == ("vihf-authentication-class", IDENTITY_FAILURE)
    assert isinstance(login(connection, sent, domain="ihe"), Login)


def test_a_regulation_centre_is_one_by_its_kind(physician, assertion, monkeypatch):
    from carnet.record.directory import queries

    connection, signer = physician
    sent = assertion(signer, structure=HOSPITAL, sector="SA01", purpose="centre_15")
    assert isinstance(login(connection, sent), Login)
    found = queries.structure(HOSPITAL)
    assert isinstance(found, object)
    assert found is not None
    other = replace(found, kind="Résidence Samuel")
    monkeypatch.setattr(queries, "structure", lambda identifier: other)
    assert refused(login(connection, sent)) == ("vihf-purpose", ACCESS_DENIED)


def test_an_unknown_domain_takes_what_the_first_one_takes(physician, assertion):
    connection, signer = physician
    assert refused(login(connection, assertion(signer, version="1.0"), domain="nulle-part"))[0] == "vihf-version"
    assert isinstance(login(connection, assertion(signer, id="_2"), domain="nulle-part"), Login)


def test_an_authority_is_nobody(world):
    for usage in Usage:
        der = Made(world.authority.bundle.read_bytes(), b"").der
        found = verified(der, usage=usage, now=NOW)
        assert not isinstance(found, Certificate)
        assert isinstance(found, Problem)
        assert found.rule == "certificate-usage"


def test_fhir_knows_the_kinds_too(world):
    connection, _ = card_of(world, EMPLOYEE, card=CardType.CPE)
    found = fhir.actor_of_certificate(certificate_header=connection.header, now=NOW)
    assert isinstance(found, Actor)
    assert (found.kind, found.structure, found.proof) == (ActorKind.CLERK, PRACTICE, "certificate")
