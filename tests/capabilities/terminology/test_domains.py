"""Domains: what each accepts, and how the instance's mode changes which INS are real enough."""

from __future__ import annotations

from dataclasses import fields

import pytest

from carnet.record.terminology import api
from carnet.record.terminology.domains import INS_A, INS_C, INS_NIR, INS_NIR_TEST, build_domains, with_homologations
from carnet.wire.xds.model import Status


def test_a_domain_is_found_by_name_and_by_number():
    french = api.domain("fr")
    assert french is not None
    assert french.number == 1
    assert api.domain_of_number(1) is french
    assert api.domains()[0] is french
    assert api.domain("ihe").number == 2


def test_an_unknown_domain_is_none():
    assert api.domain("") is None
    assert api.domain("fr-9999") is None
    assert api.domain_of_number(99) is None


def test_names_and_numbers_are_never_shared():
    every = build_domains("demo")
    assert len({one.name for one in every}) == len({one.number for one in every}) == len(every)


def test_real_ins_are_for_production_and_test_ins_for_everything_else():
    demo, production = build_domains("demo")[0], build_domains("production")[0]
    assert INS_NIR_TEST in demo.identifier_systems
    assert INS_NIR not in demo.identifier_systems
    assert INS_NIR in production.identifier_systems
    assert INS_NIR_TEST not in production.identifier_systems


def test_the_plain_domain_is_open_and_knows_two_statuses():
    plain = build_domains("demo")[1]
    assert plain.identifier_systems is None
    assert plain.open_code_lists
    assert not plain.check_key
    assert not plain.french_profile
    assert plain.statuses == {Status.APPROVED, Status.DEPRECATED}


def test_the_domain_of_2012_differs_from_today_by_creation_identifiers_and_proofs_only():
    today, opted_in = api.domain("fr"), api.domain("fr-2012")
    assert (today.number, opted_in.number) == (1, 4)
    assert (today.creation, today.opposition_days, today.calculated_ins) == (api.Creation.AUTOMATIC, 42, False)
    assert (opted_in.creation, opted_in.opposition_days, opted_in.calculated_ins) == (api.Creation.CONSENT, 0, True)
    assert opted_in.identifier_systems == {INS_C, INS_A}
    changed = {
        "name",
        "number",
        "label",
        "identifier_systems",
        "assertions",
        "creation",
        "opposition_days",
        "calculated_ins",
    }
    same = {field.name for field in fields(api.Domain)} - changed
    assert all(getattr(today, name) == getattr(opted_in, name) for name in same)


def test_a_plain_domain_is_asked_for():
    plain = api.domain("ihe")
    assert (plain.creation, plain.opposition_days, plain.calculated_ins) == (api.Creation.CONSENT, 0, False)


def test_published_examples_are_taken_where_nobody_is_real():
    published, strict = api.domain("fr-publie"), api.domain("fr")
    assert published.tolerated
    assert not strict.tolerated
    assert not strict.sample_identifiers
    assert published.identifier_systems == strict.identifier_systems
    assert "fr-publie" not in {one.name for one in build_domains("production")}


def test_homologation_numbers_are_a_setting_of_each_domain():
    every = with_homologations(build_domains("demo"), {"fr": frozenset({"DMP-2026-001"})})
    assert {one.name: one.assertions.homologations for one in every if one.assertions.homologations} == {
        "fr": frozenset({"DMP-2026-001"})
    }
    with pytest.raises(ValueError, match="nulle-part"):
        with_homologations(build_domains("demo"), {"nulle-part": frozenset({"1"})})
