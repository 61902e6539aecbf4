"""What a patient fills in about their own record."""

from __future__ import annotations

from typing import Any

from django import forms


class AgreedForm(forms.Form):  # type: ignore[misc]
    """One tick, under a sentence in the first person."""

    agreed = forms.BooleanField(error_messages={"required": "Cochez la case pour confirmer."})

    def __init__(self, *args: Any, sentence: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = sentence
