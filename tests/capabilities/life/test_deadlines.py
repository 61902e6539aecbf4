"""The deadlines of the law, as pure rules: what comes next, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.kernel.calendar import add_months
from carnet.record.identity.api import RecordStatus
from carnet.record.life import rules
from carnet.record.life.values import Due, Life, Step

T = datetime(2026, 11, 30, 12, tzinfo=UTC)
INSTANTS = st.datetimes(T.replace(year=2000, tzinfo=None), T.replace(year=2100, tzinfo=None), timezones=st.just(UTC))


def life(status: str, **more: object) -> Life:
    values = {"record_id": 7, "reason": "", "since": T} | more
    return Life(status=RecordStatus(status), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "months", "expected"),
    [
        (datetime(2026, 11, 30, 12, tzinfo=UTC), 3, datetime(2027, 2, 28, 12, tzinfo=UTC)),
        (datetime(2027, 11, 30, tzinfo=UTC), 3, datetime(2028, 2, 29, tzinfo=UTC)),
        (datetime(2026, 12, 1, tzinfo=UTC), 1, datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), 120, datetime(2038, 2, 28, tzinfo=UTC)),
        (datetime(2026, 1, 31, tzinfo=UTC), 0, datetime(2026, 1, 31, tzinfo=UTC)),
    ],
)
def test_months_are_those_of_the_calendar(at: datetime, months: int, expected: datetime) -> None:
    assert add_months(at, months) == expected


@given(INSTANTS, INSTANTS, st.integers(0, 240))
def test_months_keep_the_order_of_time(one: datetime, other: datetime, months: int) -> None:
    first, second = sorted((one, other))
    assert add_months(first, months) <= add_months(second, months) or first.date() != second.date()
    assert 28 * months <= (add_months(first, months) - first).days <= 31 * months
    assert add_months(first, months).time() == first.time()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (life("active"), None),
        (life("merged"), None),
        (life("announced", opposition_until=T + timedelta(days=42)), Due(Step.OPEN, T + timedelta(days=42))),
        (life("suspended", informed_at=T), Due(Step.CLOSE, T + timedelta(weeks=6))),
        (life("suspended", informed_at=T, objected_at=T), None),
        (life("closed"), Due(Step.ERASE, datetime(2036, 11, 30, 12, tzinfo=UTC))),
        (life("closed", erasure_asked_at=T), Due(Step.ERASE, datetime(2027, 2, 21, 12, tzinfo=UTC))),
        (life("closed", since=T - timedelta(days=3650), erasure_asked_at=T), Due(Step.ERASE, T + timedelta(days=2))),
        (life("closed", erasure_asked_at=T, erasure_started_at=T), Due(Step.ERASE, T)),
    ],
    ids=str,
)
def test_what_comes_next(now: Life, expected: Due | None) -> None:
    assert rules.next_step(now) == expected


@given(INSTANTS, st.integers(-60, 4000))
def test_nothing_happens_before_its_time_and_everything_after(asked: datetime, days: int) -> None:
    asked_for = life("closed", since=asked, erasure_asked_at=asked)
    due, now = rules.next_step(asked_for), asked + timedelta(days=days)
    assert due is not None
    assert asked < due.at < rules.erasure_limit(asked), "the law gives three months: a failing night must fit in"
    assert (rules.is_due(asked_for, now) is not None) == (due.at <= now)


@given(INSTANTS)
def test_what_is_looked_up_contains_what_is_due(at: datetime) -> None:
    """The SQL filter is generous: whatever the rule finds due, the filter has found."""
    assert add_months(at, rules.ARCHIVED_MONTHS) >= at + rules.SOONEST_END
    assert rules.erasure_limit(at) - rules.MARGIN >= at + rules.SOONEST_ERASURE


def test_a_certificate_names_the_last_backup_made_before() -> None:
    made = [(T - timedelta(days=2), "a"), (T - timedelta(days=1), "b"), (T + timedelta(days=1), "c")]
    certificate = rules.certificate(123, T, made, 30)
    assert certificate.backups == ("a", "b")
    assert certificate.expires == T + timedelta(days=29)
    assert "29/12/2026" in certificate.text
    assert "123" in certificate.text
    assert rules.certificate(123, T, [], 30).expires is None
