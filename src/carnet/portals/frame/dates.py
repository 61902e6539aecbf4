"""A date as people type it in French."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms

from carnet.kernel import clock

_DATE = re.compile(r"(\d{1,2})\D?(\d{1,2})\D?(\d{4})")
_YEARS = range(1800, 2200)
_WRONG_DATE = "Cette date n’existe pas. Écrivez-la comme 14/07/1978."


def end_of_day(day: date | None) -> datetime | None:
    """The instant at which a day ends in Paris, None for no day: « jusqu’au 3 mai » holds on 3 May."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.LEGAL_TIME)


class FrenchDateField(forms.CharField):  # type: ignore[misc]
    """A date in French order, with or without separators; None when it is not required and left empty."""

    def __init__(
        self,
        *,
        label: str,
        missing: str,
        hint: str = "Jour, mois, année. Exemple : 14/07/1978",
        required: bool = True,
    ) -> None:
        super().__init__(
            required=required,
            label=label,
            help_text=hint,
            max_length=20,
            error_messages={"required": missing},
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        )

    def clean(self, value: Any) -> date | None:
        """The date, refused when it does not exist."""
        typed = super().clean(value).strip()
        if not typed and not self.required:
            return None
        found = _DATE.fullmatch(typed)
        if found is None:
            raise forms.ValidationError(_WRONG_DATE)
        day, month, year = map(int, found.groups())
        # No date of a life or of a right is outside; the last days of the calendar have no day after.
        if year not in _YEARS:
            raise forms.ValidationError(_WRONG_DATE)
        try:
            return date(year, month, day)
        except ValueError:
            raise forms.ValidationError(_WRONG_DATE) from None


def until_field(label: str = "Jusqu’au (facultatif)") -> FrenchDateField:
    """The last day of something; empty for no end."""
    return FrenchDateField(
        label=label, missing="", hint="Jour, mois, année. Laissez vide pour ne pas fixer de fin.", required=False
    )
