"""What somebody says of a file that they deposit: a few fields, for a professional and for the person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from carnet.kernel.errors import Problem, Refusal
from carnet.portals.documents import kinds
from carnet.portals.frame.dates import FrenchDateField
from carnet.record.documents import api as documents

_MOST = documents.MOST_BYTES // 1024 // 1024
# Attributes that the record's problems name, and the input that shows each.
_INPUT_OF = {
    "Document": "file",
    "DocumentEntry.title": "title",
    "DocumentEntry.typeCode": "kind",
    "DocumentEntry.serviceStartTime": "event_date",
    "DocumentEntry.comments": "comments",
}


class DepositForm(forms.Form):  # type: ignore[misc]
    """The fields of both. `kept` says that a file was sent already: correcting a word does not lose it."""

    accepted = "application/pdf,image/jpeg,image/png,text/plain,text/xml,application/xml,.pdf,.jpg,.jpeg,.png,.txt,.xml"

    file = forms.FileField(label="Fichier", required=False, allow_empty_file=True)
    title = forms.CharField(
        label="Titre",
        help_text="Court et clair : c’est lui qu’on lit dans la liste.",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    event_date = FrenchDateField(
        label="Date de l’acte",
        missing="",
        hint="Jour, mois, année. Exemple : 14/07/2026",
        required=False,
    )
    comments = forms.CharField(
        label="Commentaire (facultatif)", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    # The entry that this document takes the place of; chosen on that document's page.
    replaces = forms.UUIDField(label="Remplace", required=False, widget=forms.HiddenInput())
    masked = forms.BooleanField(required=False)

    def __init__(self, *args: Any, kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        self.type_code = ""
        self.fields["file"].widget.attrs["accept"] = self.accepted

    def clean_file(self) -> UploadedFile | None:
        """Something, and not too large; its bytes tell what it is, later."""
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None and not self.kept:
            raise forms.ValidationError("Choisissez un fichier.")
        if file is not None and file.size > documents.MOST_BYTES:
            raise forms.ValidationError(f"Ce fichier dépasse {_MOST} Mo. Il n’a pas été gardé.")
        return file

    def require_words(self) -> None:
        """What a file does not say by itself, unless it is a CDA."""
        said = {
            "title": (self.cleaned_data.get("title"), "Donnez un titre au document."),
            "event_date": (self.cleaned_data.get("event_date"), "Dites de quel jour date l’acte."),
            "kind": (self.type_code, "Dites quelle sorte de document c’est."),
        }
        for name, (value, missing) in said.items():
            if not value and name not in self.errors:
                self.add_error(name, missing)

    def show(self, refusal: Refusal) -> None:
        """What the record refused, each beside the field that it is about."""
        for problem in refusal.problems:
            self.show_problem(problem)

    def show_problem(self, problem: Problem) -> None:
        """One thing that is wrong."""
        name = _INPUT_OF.get(problem.field)
        self.add_error(name if name is not None and name in self.fields else None, problem.text)

    def words(self) -> dict[str, str]:
        """What was typed, as the page that confirms sends it back."""
        return {name: self.data[name] for name in self.fields if name != "file" and self.data.get(name)}


class ProfessionalDeposit(DepositForm):
    """A professional's deposit. The sort is typed and completed by the browser; several matches become a choice."""

    kind = forms.CharField(
        label="Sorte de document",
        help_text="Tapez quelques lettres : « biologie », « consultation », « ordonnance »…",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "sortes", "autocomplete": "off"}),
    )
    chosen = forms.ChoiceField(label="Laquelle ?", required=False, widget=forms.RadioSelect())
    unannounced = forms.BooleanField(
        label="Ne pas le montrer au patient avant de le lui avoir annoncé.",
        help_text="Pour un résultat grave à dire de vive voix. Vous, ou un confrère, le rendrez visible après la "
        "consultation d’annonce ; au bout d’un mois il le devient de lui-même.",
        required=False,
    )
    field_order = ("file", "kind", "chosen", "title", "event_date", "replaces", "comments", "masked", "unannounced")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds.of_professional()
        self.fields["masked"].label = "Le masquer aux autres professionnels, à la demande du patient."
        self.fields[
            "masked"
        ].help_text = "Vous, votre établissement et le médecin traitant du patient le voient ; le patient aussi."
        matches = kinds.matching(self.kinds, self.data.get("kind", "")) if self.is_bound else ()
        self.fields["chosen"].choices = [(one.code, f"{one.words} ({one.category})") for one in matches]
        if len(matches) < 2:
            del self.fields["chosen"]
        self._matches = matches

    def clean(self) -> dict[str, Any]:
        """The sort that the words name, or the one chosen among those that they may mean."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if len(self._matches) == 1:
            self.type_code = self._matches[0].code
        elif data.get("chosen"):
            self.type_code = data["chosen"]
        elif self._matches and "chosen" not in self.errors:
            self.add_error("kind", f"{len(self._matches)} sortes correspondent : choisissez la bonne ci-dessous.")
        elif data.get("kind"):
            self.add_error("kind", "Aucune sorte de document ne porte ces mots. Essayez-en d’autres, ou un seul.")
        return data


class PatientDeposit(DepositForm):
    """The person's own deposit, in plain words."""

    accepted = "application/pdf,image/jpeg,image/png,text/plain,.pdf,.jpg,.jpeg,.png,.txt"

    kind = forms.ChoiceField(label="De quoi s’agit-il ?", required=False)
    field_order = ("file", "kind", "title", "event_date", "replaces", "comments", "masked")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = kinds.of_patient()
        self.fields["kind"].choices = [("", "Choisissez"), *((one.code, one.words) for one in self.kinds)]
        self.fields["file"].help_text = (
            f"Une photo, un PDF ou un texte, de {_MOST} Mo au plus. Sur un téléphone, vous pouvez photographier le "
            "papier : à plat, entier, lisible."
        )
        self.fields["event_date"].label = "Date du document"
        self.fields["masked"].label = "Le masquer aux professionnels."
        self.fields["masked"].help_text = "Votre médecin traitant le voit quand même. Vous pourrez changer d’avis."

    def clean(self) -> dict[str, Any]:
        """The sort that was chosen."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self.type_code = data.get("kind", "")
        return data
