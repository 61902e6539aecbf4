"""What a clerk fills in to create a record: four fields and the consent; the rest is read in the INS."""

from __future__ import annotations

import re
from datetime import date

from django import forms

from carnet.kernel.errors import Problem, Refusal
from carnet.portals.frame import ins
from carnet.record.identity import api as identity

_DATE = re.compile(r"(\d{1,2})\D?(\d{1,2})\D?(\d{4})")
# Fields that the record's problems name, and the input that shows each.
_INPUT_OF = {
    "patientId": "ins",
    "Patient.birth_name": "birth_name",
    "Patient.given_names": "given_names",
    "Patient.first_given": "given_names",
    "Patient.sex": "ins",
    "Patient.birth_place": "ins",
    "Patient.birth_date": "birth_date",
}


def _name(label: str, hint: str, missing: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=100,
        error_messages={"required": missing},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class CreateForm(forms.Form):  # type: ignore[misc]
    """Traits as civil status writes them, and the consent of the person."""

    ins = forms.CharField(
        label="Matricule INS",
        help_text="15 caractères, tels que le téléservice INSi les a rendus. Les espaces sont acceptés.",
        max_length=40,
        error_messages={"required": "Saisissez le matricule INS."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    birth_name = _name("Nom de naissance", "", "Saisissez le nom de naissance.")
    given_names = _name(
        "Prénoms de naissance", "Tous, dans l’ordre, séparés par des espaces.", "Saisissez au moins un prénom."
    )
    birth_date = forms.CharField(
        label="Date de naissance",
        help_text="Jour, mois, année. Exemple : 14/07/1978",
        max_length=20,
        error_messages={"required": "Saisissez la date de naissance."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    consent = forms.BooleanField(
        label="La personne, informée, consent à la création de son carnet.",
        help_text="Elle sait qui le remplit et qui le lit, qu’elle verra chaque consultation, et qu’elle peut le faire "
        "fermer à tout moment.",
        error_messages={"required": "Sans le consentement de la personne, le carnet ne peut pas être créé."},
    )

    def clean_ins(self) -> str:
        """The 15 characters, refused with the reason."""
        value = ins.typed(self.cleaned_data["ins"])
        wrong = ins.wrong(value)
        if wrong:
            raise forms.ValidationError(wrong)
        return value

    def clean_birth_date(self) -> date:
        """A date in French order, with or without separators."""
        found = _DATE.fullmatch(self.cleaned_data["birth_date"].strip())
        if found is not None:
            day, month, year = map(int, found.groups())
            try:
                return date(year, month, day)
            except ValueError:
                pass
        raise forms.ValidationError("Cette date n’existe pas. Écrivez-la comme 14/07/1978.")

    def clean_birth_name(self) -> str:
        """Without superfluous spaces."""
        return " ".join(self.cleaned_data["birth_name"].split())

    def clean_given_names(self) -> str:
        """Without superfluous spaces or commas."""
        return " ".join(self.cleaned_data["given_names"].replace(",", " ").split())

    def traits(self) -> identity.Traits:
        """The traits of a valid form: sex and birth place are those the INS says."""
        data = self.cleaned_data
        implied = identity.implied_by_ins(data["ins"])
        return identity.Traits(
            birth_name=data["birth_name"],
            given_names=data["given_names"],
            first_given=data["given_names"].split()[0],
            sex=implied.sex if implied is not None else "U",
            birth_date=data["birth_date"],
            birth_place=implied.birth_place if implied is not None else "",
        )

    def show(self, refusal: Refusal) -> None:
        """Put each problem of the record beside the input it is about."""
        for problem in refusal.problems:
            self._show(problem)

    def _show(self, problem: Problem) -> None:
        self.add_error(_INPUT_OF.get(problem.field), problem.text)
