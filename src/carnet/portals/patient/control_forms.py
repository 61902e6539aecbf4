"""What a person fills in to decide over their record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from carnet.portals.frame.dates import until_field
from carnet.portals.patient.access_words import SCOPES


class SearchForm(forms.Form):  # type: ignore[misc]
    """A professional by name."""

    name = forms.CharField(
        label="Nom du professionnel",
        help_text="Nom de famille, puis prénom si vous le connaissez. Au moins deux lettres.",
        max_length=100,
        error_messages={"required": "Saisissez un nom."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A professional of the directory, and the places where they work, each under the name that lets it in."""

    identifier: str
    name: str
    role: str
    places: tuple[tuple[str, str], ...]

    @property
    def grantee(self) -> str:
        """The name that lets them in."""
        return f"p:{self.identifier}"


class AllowForm(forms.Form):  # type: ignore[misc]
    """Whom to let in, and until when."""

    grantee = forms.ChoiceField(label="Qui pourra lire mon carnet", widget=forms.RadioSelect)
    until = until_field()

    def __init__(self, *args: Any, chosen: Found, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [(grantee, f"Tous ceux qui me soignent à : {name}") for grantee, name in chosen.places]
        self.fields["grantee"].choices = [(chosen.grantee, f"{chosen.name}, et personne d’autre"), *whole]


class EmergencyForm(forms.Form):  # type: ignore[misc]
    """The three emergency choices of Mon espace santé."""

    regulation = forms.BooleanField(
        label="Le SAMU (centre 15) peut lire mon carnet si j’appelle ou si on appelle pour moi.", required=False
    )
    break_glass = forms.BooleanField(
        label="Les autres professionnels de santé peuvent le lire si je suis en danger et hors d’état de m’exprimer.",
        required=False,
    )
    emergency_masked = forms.BooleanField(
        label="Dans ces deux cas, ils lisent aussi les documents que j’ai masqués.",
        help_text="Sans effet si vous refusez les deux premiers.",
        required=False,
    )


class TellingForm(forms.Form):  # type: ignore[misc]
    """What professionals are told, what the person is told."""

    tells_hidden = forms.BooleanField(
        label="Dire aux professionnels que je ne leur montre pas tout.",
        help_text="Une phrase, la même pour tous, sans nombre ni détail. Sans cela, rien ne le laisse voir.",
        required=False,
    )
    not_to_know = forms.BooleanField(
        label="Ne pas me montrer de moi-même un résultat qui attend d’être annoncé.",
        help_text="Sinon, il devient visible un mois après son dépôt si personne ne vous l’a annoncé.",
        required=False,
    )
    heirs = forms.BooleanField(
        label="Après ma mort, laisser mes ayants droit lire ce que la loi leur permet.",
        help_text="Connaître les causes de la mort, défendre ma mémoire, faire valoir leurs droits ; jamais ce que "
        "j’ai masqué.",
        required=False,
    )


class NotificationForm(forms.Form):  # type: ignore[misc]
    """Where and when mails go."""

    email = forms.CharField(
        label="Mon adresse électronique",
        help_text="Les messages ne contiennent aucune donnée de santé : ils vous invitent à ouvrir votre carnet. "
        "Un accès en urgence vous y est toujours signalé.",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    notify_document = forms.BooleanField(label="M’écrire quand un document arrive.", required=False)
    notify_access = forms.BooleanField(
        label="M’écrire quand quelqu’un déclare avoir mon accord pour lire mon carnet.", required=False
    )


class OppositionForm(forms.Form):  # type: ignore[misc]
    """An opposition to feeding, with the reason that the law wants."""

    reason = forms.CharField(
        label="Votre motif",
        help_text="Une ou deux phrases. Les professionnels apprennent votre opposition, sans lire ce motif.",
        max_length=1000,
        error_messages={"required": "La loi demande un motif : écrivez-le."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    until = until_field()


class InvitationForm(forms.Form):  # type: ignore[misc]
    """How far a relative may act, and until when."""

    scope = forms.ChoiceField(label="Cette personne pourra", choices=tuple(SCOPES.items()))
    until = until_field()


class CodeForm(forms.Form):  # type: ignore[misc]
    """The code that somebody gave."""

    code = forms.CharField(
        label="Code reçu",
        help_text="12 caractères, comme ABCD-EFGH-JKLM. La personne qui vous demande de l’aide vous l’a donné.",
        max_length=40,
        error_messages={"required": "Saisissez le code."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
