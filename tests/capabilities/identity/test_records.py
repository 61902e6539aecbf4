"""Records: one person makes one record, found by identifier, described by traits."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction

from carnet.kernel import clock, database, locator
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Reason, Refusal
from carnet.record.identity import api
from carnet.record.identity.api import PatientIdentifier, Registered, Traits
from carnet.record.terminology import api as terminology

CLERK = Actor(kind=ActorKind.CLERK, person="3330999012/0101", structure="1330999012", proof="process")
TEST = "1.2.250.1.213.1.4.10"
ZOE = Traits(
    birth_name="DEMO-ADRUN",
    given_names="ZOE MARIE",
    first_given="ZOE",
    used_given="Zoé",
    sex="F",
    birth_date=date(1975, 12, 31),
    birth_place="63220",
)
INS = PatientIdentifier(TEST, "275126322074974", "NH")


def register(identifier=INS, traits=ZOE, qualification="QUAL", domain="fr"):
    with transaction.atomic():
        return api.register(
            actor=CLERK,
            domain=terminology.domain(domain),
            identifier=identifier,
            traits=traits,
            qualification=qualification,
        )


def count():
    return database.row("SELECT count(*) FROM identity_record")[0]


@pytest.mark.django_db
def test_a_registered_person_is_found_and_described():
    registered = register()
    assert isinstance(registered, Registered)
    assert not registered.existing
    assert registered.warnings == ()
    assert 0 < registered.record_id < 1 << 62
    found = api.search_by_identifier(actor=CLERK, domain=terminology.domain("fr"), identifier=INS)
    assert found == registered.record_id
    patient = api.patient_of(actor=CLERK, record_id=registered.record_id)
    assert patient.traits == ZOE
    assert patient.identifier == INS
    assert api.format_cx(patient.identifier) == "275126322074974^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert (patient.qualification, patient.status, patient.domain) == ("QUAL", "active", 1)
    assert patient.created_at.tzinfo is not None
    assert locator.locate(1, [f"ins:{TEST}:{INS.value}"]) == [registered.record_id]


@pytest.mark.django_db
def test_the_same_person_registered_twice_is_one_record():
    first, second = register(), register(PatientIdentifier(TEST, INS.value))
    assert second == Registered(first.record_id, True)
    assert count() == 1


@pytest.mark.django_db
def test_other_traits_under_one_ins_are_a_warning_that_tells_nothing():
    first = register()
    other = register(traits=replace(ZOE, birth_name="DEMO-AUTRE", birth_place="33063"))
    assert other.record_id == first.record_id
    assert [(problem.rule, problem.warning) for problem in other.warnings] == [("traits-differ", True)]
    assert "ADRUN" not in str(other.warnings)
    assert api.patient_of(actor=CLERK, record_id=first.record_id).traits == ZOE


@pytest.mark.django_db
def test_names_in_use_and_capitals_do_not_differ():
    register()
    again = register(traits=replace(ZOE, birth_name="Demo-Adrun", used_name="DUPONT"))
    assert again.existing
    assert again.warnings == ()


@pytest.mark.django_db
def test_two_domains_keep_two_records():
    french, plain = register(), register(domain="ihe", qualification="PROV")
    assert not plain.existing
    assert french.record_id != plain.record_id
    found = api.search_by_identifier(actor=CLERK, domain=terminology.domain("ihe"), identifier=INS)
    assert found == plain.record_id


@pytest.mark.django_db
def test_a_plain_domain_takes_any_identifier_with_an_authority():
    poor = Traits(birth_name="Smith", given_names="", first_given="", sex="U", birth_date=None)
    identifier = PatientIdentifier("1.3.6.1.4.1.21367.2005.3.7", "6578946")
    registered = register(identifier, poor, "PROV", "ihe")
    assert isinstance(registered, Registered)
    assert api.patient_of(actor=CLERK, record_id=registered.record_id).traits.birth_date is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("identifier", "traits", "qualification", "rules"),
    [
        (replace(INS, value="275126322074984"), ZOE, "QUAL", {"ins-key"}),
        (replace(INS, system="1.2.250.1.213.1.4.8"), ZOE, "QUAL", {"ins-oid-production"}),
        (INS, replace(ZOE, sex="M"), "QUAL", {"ins-sex"}),
        (INS, ZOE, "VALI", {"ins-not-qualified"}),
        (INS, replace(ZOE, birth_date=date(2175, 12, 31)), "QUAL", {"trait"}),
        (
            replace(INS, value="1"),
            replace(ZOE, birth_name="", birth_place=""),
            "PROV",
            {"ins-length", "trait", "ins-not-qualified"},
        ),
    ],
)
def test_a_refused_registration_collects_every_rule_and_writes_nothing(identifier, traits, qualification, rules):
    refusal = register(identifier, traits, qualification)
    assert isinstance(refusal, Refusal)
    assert {problem.rule for problem in refusal.problems} == rules
    assert all(problem.reason is Reason.INVALID and not problem.warning for problem in refusal.problems)
    assert count() == 0
    assert locator.locate(1, [locator.person(identifier.system, identifier.value)]) == []


@pytest.mark.django_db
def test_a_birth_date_of_today_is_right_and_of_tomorrow_is_not(monkeypatch):
    midnight = datetime(2025, 12, 31, 0, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: midnight)
    number = "2251263220749"
    newborn = PatientIdentifier(TEST, number + api.ins_key(number), "NH")
    late = register(newborn, replace(ZOE, birth_date=midnight.date() + timedelta(days=1)))
    assert {problem.rule for problem in late.problems} == {"trait"}
    assert isinstance(register(newborn, replace(ZOE, birth_date=midnight.date())), Registered)


@pytest.mark.django_db
def test_a_birth_month_that_differs_from_the_number_is_registered_with_a_warning():
    registered = register(traits=replace(ZOE, birth_date=date(1975, 11, 30)))
    assert not registered.existing
    assert [problem.rule for problem in registered.warnings] == ["ins-birth"]


@pytest.mark.django_db
def test_a_claim_whose_transaction_was_lost_leads_nowhere():
    locator.claim(1, [locator.person(INS.system, INS.value)], 12345)
    assert api.search_by_identifier(actor=CLERK, domain=terminology.domain("fr"), identifier=INS) is None
    registered = register()
    assert not registered.existing
    found = api.search_by_identifier(actor=CLERK, domain=terminology.domain("fr"), identifier=INS)
    assert found == registered.record_id


@pytest.mark.django_db
def test_nobody_is_found_where_nobody_is():
    assert api.search_by_identifier(actor=CLERK, domain=terminology.domain("fr"), identifier=INS) is None
    assert api.patient_of(actor=CLERK, record_id=1) is None
    assert api.set_status(actor=CLERK, record_id=1, status=api.RecordStatus.CLOSED, since=clock.now()) is False


@pytest.mark.django_db
def test_a_record_closes():
    registered = register()
    closed = api.RecordStatus.CLOSED
    assert api.set_status(actor=CLERK, record_id=registered.record_id, status=closed, since=clock.now())
    assert api.patient_of(actor=CLERK, record_id=registered.record_id).status == "closed"


@pytest.mark.django_db(transaction=True)
def test_people_created_by_several_desks_at_once_have_one_record():
    start = threading.Barrier(6)
    answers = []

    def desk():
        try:
            start.wait(10)
            answers.append(register())
        finally:
            connection.close()

    desks = [threading.Thread(target=desk) for _ in range(6)]
    for one in desks:
        one.start()
    for one in desks:
        one.join(30)
    assert len(answers) == 6
    assert len({answer.record_id for answer in answers}) == 1
    assert [answer.existing for answer in answers].count(False) == 1
    assert count() == 1
