"""A date as people type it in French."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

_DATE = re.compile(r"(\d{1,2})\D?(\d{1,2})\D?(\d{4})")
_WRONG_DATE = "Cette date n’existe pas. Écrivez-la comme 14/07/1978."


class FrenchDateField(forms.CharField):  # type: ignore[misc]
    """A date in French order, with or without separators."""

    def __init__(self, *, label: str, missing: str, hint: str = "Jour, mois, année. Exemple : 14/07/1978") -> None:
        super().__init__(
            label=label,
            help_text=hint,
            max_length=20,
            error_messages={"required": missing},
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        )

    def clean(self, value: Any) -> date:
        """The date, refused when it does not exist."""
        found = _DATE.fullmatch(super().clean(value).strip())
        if found is None:
            raise forms.ValidationError(_WRONG_DATE)
        day, month, year = map(int, found.groups())
        try:
            return date(year, month, day)
        except ValueError:
            raise forms.ValidationError(_WRONG_DATE) from None
