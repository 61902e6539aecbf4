"""A date as people type it in French, and the instant at which it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django import forms

from carnet.portals.frame.dates import FrenchDateField, end_of_day


@pytest.mark.parametrize("typed", ["14/07/1978", "14071978", "14-07-1978", " 14 07 1978 "])
def test_a_date_is_read_with_or_without_separators(typed: str) -> None:
    assert FrenchDateField(label="", missing="").clean(typed) == date(1978, 7, 14)


@pytest.mark.parametrize("typed", ["31/02/2026", "14/07", "14/07/78", "31/12/9999", "01/01/0001", "demain"])
def test_a_date_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        FrenchDateField(label="", missing="").clean(typed)


def test_a_day_is_over_at_midnight_in_paris() -> None:
    assert end_of_day(date(2026, 5, 3)) == datetime(2026, 5, 3, 22, 0, tzinfo=UTC)
    assert end_of_day(None) is None
