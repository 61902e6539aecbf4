"""What a clerk fills in to tend an identity: its state, its numbers, who represents the person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms

from carnet.kernel.errors import Refusal
from carnet.portals.administration.forms import InsField, name_field
from carnet.portals.frame import wording
from carnet.portals.frame.addresses import record_reference
from carnet.portals.frame.dates import FrenchDateField, until_field
from carnet.record.access import api as access
from carnet.record.identity import api as identity

_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
_STATES = tuple((state.value, wording.qualification(state.value)) for state in identity.Qualification)
_PAPERS = (
    ("", "Aucune pièce présentée"),
    (identity.IdentityDocument.IDENTITY_CARD, "Carte nationale d’identité"),
    (identity.IdentityDocument.PASSPORT, "Passeport"),
    (identity.IdentityDocument.RESIDENCE_PERMIT, "Titre de séjour"),
    (identity.IdentityDocument.FAMILY_RECORD, "Livret de famille (mineur)"),
    (identity.IdentityDocument.BIRTH_CERTIFICATE, "Acte de naissance (mineur)"),
)
_KINDS = (
    (identity.Kinship.PARENT, "Parent"),
    (identity.Kinship.GUARDIAN, "Tuteur ou tutrice"),
    (identity.Kinship.CURATOR, "Curateur ou curatrice"),
    (identity.Kinship.MANDATARY, "Mandataire"),
)


class IdentityForm(forms.Form):  # type: ignore[misc]
    """A form of this page: `act` names it, so that one address serves them all."""

    act = ""

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data if data is not None and data.get("act") == self.act else None, auto_id=f"{self.act}_%s")
        for name, value in kwargs.items():
            self.initial[name] = value

    def show(self, refusal: Refusal) -> None:
        """What the record refused, above the form."""
        for problem in refusal.problems:
            self.add_error(None, problem.text)


class StateForm(IdentityForm):
    """How far the identity is trusted, and what that rests on."""

    act = "etat"
    to = forms.ChoiceField(label="Nouvel état", choices=_STATES)
    document = forms.ChoiceField(label="Pièce d’identité vue", choices=_PAPERS, required=False)
    insi = forms.BooleanField(label="Le téléservice INSi a rendu cette identité.", required=False)
    reason = name_field("Motif, si la confiance baisse", "Par exemple : pièce douteuse.", "", required=False)

    def proof(self) -> identity.Proof:
        """What a valid form says that the state rests on."""
        paper = self.cleaned_data["document"]
        return identity.Proof(
            insi=self.cleaned_data["insi"],
            document=identity.IdentityDocument(paper) if paper else None,
            reason=self.cleaned_data["reason"],
        )


class MatriculeForm(IdentityForm):
    """The matricule that arrived, or that was wrong."""

    act = "matricule"
    ins = InsField("Tel que le téléservice INSi l’a rendu. L’ancien continue de désigner ce carnet.")
    checked = forms.BooleanField(
        label="Le téléservice INSi l’a rendu et j’ai vérifié une pièce d’identité.",
        error_messages={"required": "Un matricule n’est enregistré que qualifié : cochez la case si c’est le cas."},
    )
    correction = forms.BooleanField(
        label="Il corrige un matricule définitif qui était faux (cellule d’identitovigilance).", required=False
    )


class LocalForm(IdentityForm):
    """The number that this structure's own software gives the person."""

    act = "local"
    number = name_field("Numéro dans votre logiciel", "IPP ou numéro de dossier.", "Saisissez le numéro.")
    system = name_field("OID de la numérotation", "Celui que votre établissement déclare.", "Saisissez l’OID.")

    def clean_system(self) -> str:
        """An OID in dotted numbers."""
        value = str(self.cleaned_data["system"]).strip()
        if _OID.fullmatch(value) is None:
            raise forms.ValidationError("Un OID s’écrit en nombres séparés par des points, comme 1.2.250.1.999.1.")
        return value


class RepresentativeForm(IdentityForm):
    """Who represents a minor or a protected adult."""

    act = "representant"
    name = name_field("Nom et prénom du représentant", "", "Saisissez le nom du représentant.")
    kind = forms.ChoiceField(label="À quel titre", choices=_KINDS)
    quality = name_field("Précision", "Par exemple : mère, UDAF de la Gironde.", "", required=False)
    since = FrenchDateField(label="Depuis le", missing="Saisissez la date de début.")


class EndForm(IdentityForm):
    """A representation that ends; `which` is offered by `offer`."""

    act = "fin"
    which = forms.ChoiceField(label="Représentant", error_messages={"required": "Choisissez le représentant."})
    until = FrenchDateField(label="Dernier jour", missing="Saisissez le dernier jour de la représentation.")

    def offer(self, representatives: Iterable[identity.Representative]) -> None:
        """The representations that have no end yet, each under what names it in its record."""
        self.fields["which"].choices = [
            (f"{record_reference(one.declared_in)}-{one.number}", f"{one.name}, depuis le {wording.day(one.since)}")
            for one in representatives
            if one.until is None
        ]

    def chosen(self, representatives: Iterable[identity.Representative]) -> identity.Representative | None:
        """The one of a valid form."""
        wanted = self.cleaned_data["which"]
        return next((o for o in representatives if f"{record_reference(o.declared_in)}-{o.number}" == wanted), None)


class DeathForm(IdentityForm):
    """The day of a death."""

    act = "deces"
    on = FrenchDateField(label="Date du décès", missing="Saisissez la date du décès.")
    seen = forms.BooleanField(
        label="L’acte de décès a été présenté.",
        error_messages={
            "required": "Un décès se déclare sur présentation de l’acte : cochez la case si vous l’avez vu."
        },
    )


class LivingForm(IdentityForm):
    """A death that was declared wrongly."""

    act = "vivant"
    sure = forms.BooleanField(
        label="La personne est vivante : le décès a été déclaré par erreur.",
        error_messages={"required": "Cochez la case pour confirmer."},
    )


class HeirForm(IdentityForm):
    """Somebody who inherits, and why they ask."""

    act = "heritier"
    purpose = forms.ChoiceField(
        label="Pour quoi",
        choices=[(purpose.value, label) for purpose, label in access.HEIR_PURPOSES.items()],
        help_text="L’ayant droit ne lit que ce qui est utile à ce motif, et rien de ce que la personne avait masqué.",
    )
    until = until_field()
    seen = forms.BooleanField(
        label="Ayant droit, concubin ou partenaire : ses papiers ont été présentés.",
        error_messages={"required": "Cochez la case si vous avez vu ce qui fait de cette personne un ayant droit."},
    )
    unopposed = forms.BooleanField(
        label="Rien ne dit que la personne s’y est opposée de son vivant.",
        error_messages={"required": "Si la personne s’y est opposée de son vivant, sa volonté l’emporte."},
    )


FORMS = (StateForm, MatriculeForm, LocalForm, RepresentativeForm, EndForm, DeathForm, LivingForm, HeirForm)
