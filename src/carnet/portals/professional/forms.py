"""What a professional fills in."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from carnet.portals.frame import ins

_PHYSICIAN = "10"  # TRE_G15: only a physician can be somebody's médecin traitant


class FindForm(forms.Form):  # type: ignore[misc]
    """The matricule INS of a patient; sent by POST so that it never stands in an address."""

    ins = forms.CharField(
        label="Matricule INS du patient",
        help_text="15 caractères. Les espaces sont acceptés.",
        max_length=40,
        error_messages={"required": "Saisissez le matricule INS du patient."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "text", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    def clean_ins(self) -> str:
        """The 15 characters, refused with the reason."""
        value = ins.typed(self.cleaned_data["ins"])
        wrong = ins.wrong(value)
        if wrong:
            raise forms.ValidationError(wrong)
        return value


class AuthoriseForm(forms.Form):  # type: ignore[misc]
    """The declaration of a professional who is in the care team with the patient's agreement (DMP TD0.3)."""

    agreed = forms.BooleanField(
        label="La personne, informée, est d’accord pour que je consulte son carnet.",
        error_messages={"required": "Cochez la case si la personne vous a donné son accord. Sinon, n’ouvrez pas."},
    )
    treating = forms.BooleanField(label="Je suis son médecin traitant.", required=False)

    def __init__(self, data: QueryDict | None, *, profession: str) -> None:
        super().__init__(data)
        if profession != _PHYSICIAN:
            del self.fields["treating"]
