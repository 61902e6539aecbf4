"""What a clerk fills in: at most four fields and the consent to create a record, and little more for its life."""

from __future__ import annotations

from typing import Any

from django import forms

from carnet.kernel.errors import Problem, Refusal
from carnet.portals.frame import ins
from carnet.portals.frame.dates import FrenchDateField
from carnet.record.identity import api as identity

# Values of the button `decision`: the person does not want a record; it is another person than those shown.
REFUSED, OTHER = "refus", "autre"
_UNKNOWN_PLACE = "99999"  # RNIV 1: birth place unknown
# Fields that the record's problems name, and the input that shows each.
_INPUT_OF = {
    "patientId": "ins",
    "Patient.birth_name": "birth_name",
    "Patient.given_names": "given_names",
    "Patient.first_given": "given_names",
    "Patient.sex": "sex",
    "Patient.birth_place": "birth_place",
    "Patient.birth_date": "birth_date",
}
_OTHER_REASONS = (
    ("", "Choisissez"),
    ("twins", "Jumeau ou jumelle"),
    ("homonym", "Homonyme : pièce d’identité vérifiée"),
    ("family", "Membre de la même famille"),
    ("checked", "Identités comparées, personnes différentes"),
)
_WITHOUT_INS = (
    ("", "Choisissez"),
    ("newborn", "Nouveau-né, pas encore immatriculé"),
    ("ame", "Bénéficiaire de l’aide médicale de l’État"),
    ("foreign", "Personne de passage, sans immatriculation en France"),
    ("insi", "Le téléservice INSi n’a rien rendu"),
)


def name_field(label: str, hint: str, missing: str, *, required: bool = True) -> forms.CharField:
    """A name as civil status writes it."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=100,
        required=required,
        error_messages={"required": missing},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class InsField(forms.CharField):  # type: ignore[misc]
    """The 15 characters of a matricule, refused with the reason."""

    def __init__(self, hint: str = "15 caractères. Les espaces sont acceptés.") -> None:
        super().__init__(
            label="Matricule INS",
            help_text=hint,
            max_length=40,
            error_messages={"required": "Saisissez le matricule INS."},
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
            ),
        )

    def clean(self, value: Any) -> str:
        """The matricule without what people put between its groups."""
        typed = ins.typed(super().clean(value))
        wrong = ins.wrong(typed)
        if wrong:
            raise forms.ValidationError(wrong)
        return typed


def words(text: str) -> str:
    """Without superfluous spaces or commas."""
    return " ".join(text.replace(",", " ").split())


class DecisionForm(forms.Form):  # type: ignore[misc]
    """The person's decision, yes or no; and, where somebody looks like them, why they are somebody else."""

    consent = forms.BooleanField(
        label="La personne, informée, consent à la création de son carnet.",
        help_text="Elle sait qui le remplit et qui le lit, qu’elle verra chaque consultation, et qu’elle peut le faire "
        "fermer à tout moment.",
        error_messages={"required": "Sans le consentement de la personne, le carnet ne peut pas être créé."},
    )
    other = forms.ChoiceField(
        label="Pourquoi c’est une autre personne",
        choices=_OTHER_REASONS,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused = self.data.get("decision") == REFUSED
        self.fields["consent"].required = not self.refused

    def show(self, refusal: Refusal) -> None:
        """Put each problem of the record beside the input it is about."""
        for problem in refusal.problems:
            self._show(problem)

    def _show(self, problem: Problem) -> None:
        name = _INPUT_OF.get(problem.field, "")
        # Sex and birth place are read in the matricule when they are not asked for.
        if problem.field in ("Patient.sex", "Patient.birth_place") and name not in self.fields:
            name = "ins"
        self.add_error(name if name in self.fields else None, problem.text)


class CreateForm(DecisionForm):
    """Traits as civil status writes them, under a matricule that INSi returned."""

    # Errors are told in the order of the page: the consent comes last.
    field_order = ("ins", "birth_name", "given_names", "birth_date")
    ins = InsField("15 caractères, tels que le téléservice INSi les a rendus. Les espaces sont acceptés.")
    birth_name = name_field("Nom de naissance", "", "Saisissez le nom de naissance.")
    given_names = name_field(
        "Prénoms de naissance", "Tous, dans l’ordre, séparés par des espaces.", "Saisissez au moins un prénom."
    )
    birth_date = FrenchDateField(label="Date de naissance", missing="Saisissez la date de naissance.")

    def traits(self) -> identity.Traits:
        """The traits of a valid form: sex and birth place are those the INS says."""
        data = self.cleaned_data
        implied = identity.implied_by_ins(data["ins"])
        given = words(data["given_names"])
        return identity.Traits(
            birth_name=words(data["birth_name"]),
            given_names=given,
            first_given=given.split()[0],
            sex=implied.sex if implied is not None else "U",
            birth_date=data["birth_date"],
            birth_place=implied.birth_place if implied is not None else "",
        )


class WithoutInsForm(DecisionForm):
    """Somebody who has no INS: everything is typed, and the reason is said. The last field may stay empty."""

    field_order = ("why", "birth_name", "given_names", "birth_date", "sex", "birth_place")
    why = forms.ChoiceField(
        label="Pourquoi sans matricule",
        choices=_WITHOUT_INS,
        error_messages={"required": "Choisissez pourquoi cette personne n’a pas de matricule INS."},
    )
    birth_name = name_field("Nom de naissance", "", "Saisissez le nom de naissance.")
    given_names = name_field(
        "Prénoms de naissance", "Tous, dans l’ordre, séparés par des espaces.", "Saisissez au moins un prénom."
    )
    birth_date = FrenchDateField(label="Date de naissance", missing="Saisissez la date de naissance.")
    sex = forms.ChoiceField(
        label="Sexe",
        choices=(("", "Choisissez"), ("F", "Féminin"), ("M", "Masculin"), ("U", "Indéterminé")),
        error_messages={"required": "Choisissez le sexe inscrit à l’état civil, ou indéterminé."},
    )
    birth_place = name_field(
        "Code du lieu de naissance",
        "Code officiel de la commune (33063 pour Bordeaux) ou 99 et celui du pays. Laissez vide s’il est inconnu.",
        "",
        required=False,
    )

    def traits(self) -> identity.Traits:
        """The traits of a valid form."""
        data = self.cleaned_data
        given = words(data["given_names"])
        return identity.Traits(
            birth_name=words(data["birth_name"]),
            given_names=given,
            first_given=given.split()[0],
            sex=data["sex"],
            birth_date=data["birth_date"],
            birth_place=data["birth_place"].strip().upper() or _UNKNOWN_PLACE,
        )


class CardForm(DecisionForm):
    """Which person of the card, in which domain when the desk works for several."""

    field_order = ("beneficiary", "domain")
    beneficiary = forms.TypedChoiceField(
        label="Personne soignée",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez la personne soignée."},
    )
    domain = forms.ChoiceField(label="Règles du carnet")

    def __init__(
        self, *args: Any, people: tuple[tuple[int, str], ...], domains: tuple[tuple[str, str], ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["beneficiary"].choices = people
        self.fields["domain"].choices = domains
        if len(people) == 1:
            self.initial["beneficiary"] = people[0][0]
        if len(domains) == 1:
            del self.fields["domain"]


class FindForm(forms.Form):  # type: ignore[misc]
    """The person who stands at the desk, by their matricule or the identifier their record was given."""

    number = forms.CharField(
        label="Matricule INS, ou identifiant local",
        help_text="15 caractères pour un INS, 22 chiffres pour un INS-C, sinon l’identifiant remis à la création.",
        max_length=60,
        error_messages={"required": "Saisissez le matricule ou l’identifiant."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


class AgreedForm(forms.Form):  # type: ignore[misc]
    """One tick: the person asked for it, here and in full knowledge."""

    agreed = forms.BooleanField(error_messages={"required": "Cochez la case pour confirmer."})

    def __init__(self, *args: Any, sentence: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = sentence
