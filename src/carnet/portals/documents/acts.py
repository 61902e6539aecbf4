"""What may be done with a document: each act with what it means in plain words, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents

Do = Callable[..., documents.Changed | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act as one public reads it: its link, what it means, what is ticked ("" for nothing), what is said after."""

    link: str
    title: str
    consequences: tuple[str, ...]
    agreed: str = ""
    button: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An act by the word of its address; `key` is its name in the record, `ends` that nothing is left to show."""

    name: str
    key: str
    do: Do
    professional: Act
    patient: Act | None
    ends: bool = False

    def of(self, *, by_patient: bool) -> Act | None:
        """The words for a reader, None when it is not theirs."""
        return self.patient if by_patient else self.professional


_WHO_STILL_SEES = (
    "Vous le voyez toujours.",
    "Votre médecin traitant le voit toujours : la loi lui donne accès à tout votre carnet.",
    "Le professionnel qui l’a déposé et son établissement le voient toujours.",
    "Les autres ne le voient plus, et ne savent pas qu’il existe.",
)
_NOT_ON_SIGNATURES = frozenset({"mask", "unmask", "reveal"})
_OFFERED = (
    Offered(
        name="masquer",
        key="mask",
        do=documents.mask,
        professional=Act(
            link="Masquer aux professionnels",
            title="Masquer ce document aux professionnels",
            consequences=(
                "Masquez-le à la demande du patient, ou pour le protéger.",
                "Le patient le voit toujours, et son médecin traitant aussi.",
                "L’auteur et son établissement le voient toujours.",
                "Les autres professionnels ne le voient plus.",
                "Vous non plus, sauf si vous êtes l’auteur ou le médecin traitant ; vous ne pourriez pas le démasquer.",
            ),
            button="Masquer",
            done="Le document est masqué aux professionnels.",
        ),
        patient=Act(
            link="Masquer aux professionnels",
            title="Masquer ce document aux professionnels",
            consequences=(*_WHO_STILL_SEES, "Vous pouvez le démasquer quand vous voulez."),
            button="Masquer",
            done="Le document est masqué. Vous, votre médecin traitant et qui l’a déposé le voient encore.",
        ),
    ),
    Offered(
        name="demasquer",
        key="unmask",
        do=documents.unmask,
        professional=Act(
            link="Démasquer",
            title="Démasquer ce document",
            consequences=(
                "Tous les professionnels autorisés par le patient le verront de nouveau.",
                "Demandez d’abord au patient : c’est peut-être lui qui l’a masqué.",
            ),
            button="Démasquer",
            done="Les professionnels autorisés voient de nouveau ce document.",
        ),
        patient=Act(
            link="Démasquer",
            title="Démasquer ce document",
            consequences=("Tous les professionnels que vous avez autorisés le verront de nouveau.",),
            button="Démasquer",
            done="Les professionnels que vous avez autorisés voient de nouveau ce document.",
        ),
    ),
    Offered(
        name="annoncer",
        key="reveal",
        do=documents.reveal,
        professional=Act(
            link="Consultation d’annonce faite",
            title="Rendre ce document visible par le patient",
            consequences=(
                "Le patient pourra le lire dès maintenant, et le télécharger.",
                "On ne revient pas en arrière : un document rendu visible le reste.",
            ),
            agreed="J’ai annoncé ce résultat au patient, ou un confrère l’a fait.",
            button="Rendre visible",
            done="Le patient voit maintenant ce document.",
        ),
        patient=None,
    ),
    Offered(
        name="archiver",
        key="archive",
        do=documents.archive,
        professional=Act(
            link="Archiver",
            title="Archiver ce document",
            consequences=(
                "Il quitte la liste de tous. On le retrouve en demandant aussi les documents archivés.",
                "Rien n’est effacé ; l’auteur et le médecin traitant peuvent le sortir des archives.",
            ),
            button="Archiver",
            done="Le document est archivé.",
        ),
        patient=Act(
            link="Archiver",
            title="Archiver ce document",
            consequences=(
                "Il quitte la liste. On le retrouve en demandant aussi les documents archivés.",
                "Rien n’est effacé ; vous pouvez le sortir des archives.",
            ),
            button="Archiver",
            done="Le document est archivé.",
        ),
    ),
    Offered(
        name="desarchiver",
        key="unarchive",
        do=documents.unarchive,
        professional=Act(
            link="Sortir des archives",
            title="Sortir ce document des archives",
            consequences=("Il revient dans la liste de ceux qui peuvent le voir.",),
            button="Sortir des archives",
            done="Le document est revenu dans la liste.",
        ),
        patient=Act(
            link="Sortir des archives",
            title="Sortir ce document des archives",
            consequences=("Il revient dans la liste.",),
            button="Sortir des archives",
            done="Le document est revenu dans la liste.",
        ),
    ),
    Offered(
        name="supprimer",
        key="delete",
        do=documents.delete,
        ends=True,
        professional=Act(
            link="Supprimer",
            title="Supprimer ce document du carnet",
            consequences=(
                "Plus personne ne le trouve ni ne le lit : ni le patient, ni vous, ni un confrère.",
                "Les versions que vous aviez remplacées partent avec lui.",
                "Son contenu est effacé au bout de trente jours. La trace qu’il a existé reste au journal.",
                "Pour corriger une erreur, déposez plutôt une nouvelle version : elle le remplace et le dit.",
            ),
            agreed="Je veux supprimer ce document.",
            button="Supprimer",
            done="Le document est supprimé.",
        ),
        patient=Act(
            link="Supprimer",
            title="Supprimer ce document de mon carnet",
            consequences=(
                "Plus personne ne le trouve ni ne le lit, vous non plus.",
                "Son contenu est effacé au bout de trente jours. La trace de votre ajout reste au journal.",
                "Gardez-en une copie si vous en avez besoin : téléchargez-le d’abord.",
            ),
            agreed="Je veux supprimer ce document.",
            button="Supprimer",
            done="Le document est supprimé.",
        ),
    ),
)
NAMED = {one.name: one for one in _OFFERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The acts that a reader may do now, by the word of their address; whether the document is the reader's own."""

    acts: tuple[tuple[str, Act], ...]
    own: bool


def offered(actor: Actor, domain: str, entry: documents.DocumentEntry, *, by_patient: bool) -> Offer:
    """What a reader may do now with a document: a signature is masked by its profile, and has nobody to be told to."""
    possible = documents.possible(actor=actor, domain=domain, entry_uuid=entry.entry_uuid)
    left_out = _NOT_ON_SIGNATURES if documents.is_signature(entry) else frozenset()
    return Offer(
        acts=tuple(
            (one.name, act)
            for one in _OFFERED
            if one.key in possible.acts - left_out and (act := one.of(by_patient=by_patient)) is not None
        ),
        own=possible.own,
    )
