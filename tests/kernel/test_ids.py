"""Ids say in which record they live and nothing else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.kernel.ids import new_id, new_record_id, oid_of, record_of


@given(st.integers(min_value=1, max_value=2**62 - 1))
def test_an_id_carries_its_record(record_id: int) -> None:
    value = new_id(record_id)
    assert value.version == 8
    assert value.variant == "specified in RFC 4122"
    assert record_of(value) == record_id


def test_foreign_uuids_live_nowhere() -> None:
    assert {record_of(uuid4()) for _ in range(100)} == {None}


def test_ids_do_not_repeat_or_follow_each_other() -> None:
    values = [new_id(5).int for _ in range(1000)]
    assert len(set(values)) == 1000
    assert values != sorted(values)


@pytest.mark.parametrize("record_id", [0, -1, 2**62])
def test_a_record_id_has_62_bits(record_id: int) -> None:
    with pytest.raises(ValueError, match="62-bit"):
        new_id(record_id)


def test_record_ids_are_positive() -> None:
    assert all(0 < new_record_id() < 2**62 for _ in range(1000))


def test_the_oid_of_a_uuid_is_decimal() -> None:
    value = new_id(9)
    assert oid_of(value) == f"2.25.{value.int}"
    assert len(oid_of(value)) <= 64
