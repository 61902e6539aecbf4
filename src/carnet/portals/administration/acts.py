"""What a clerk collects about the life of a record: each act with what it means, in plain words, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: where it is possible, what is told, what is ticked, what is done and said afterwards."""

    name: str
    on: tuple[RecordStatus, ...]
    title: str
    short: str
    consequences: tuple[str, ...]
    agreed: str
    button: str
    done: str
    ends: bool = False
    do: Callable[[Actor, str, str], life.Changed | Refusal]


_OPEN = (RecordStatus.ACTIVE, RecordStatus.SUSPENDED)
ACTS = (
    Act(
        name="fermer",
        on=_OPEN,
        title="Fermer le carnet",
        short="Plus personne ne le lit ; rien n’est effacé ; il peut être rouvert.",
        consequences=(
            "Plus personne ne lit le carnet ni n’y ajoute de document, y compris en urgence.",
            "Les documents sont archivés dix ans, puis effacés.",
            "La personne peut le faire rouvrir pendant ces dix ans, avec tout son contenu.",
        ),
        agreed="La personne, informée, demande la fermeture.",
        button="Fermer le carnet",
        done="Carnet fermé",
        do=lambda actor, domain, patient: life.close(actor=actor, domain=domain, patient_id=patient),
    ),
    Act(
        name="rouvrir",
        on=(RecordStatus.CLOSED,),
        title="Rouvrir le carnet",
        short="Tout son contenu revient ; une demande d’effacement est retirée.",
        consequences=(
            "Tout ce que le carnet contenait revient, avec les mêmes autorisations.",
            "Une demande d’effacement qui n’a pas commencé est retirée.",
        ),
        agreed="La personne, informée, consent à la réouverture.",
        button="Rouvrir le carnet",
        done="Carnet rouvert",
        do=lambda actor, domain, patient: life.reopen(actor=actor, domain=domain, patient_id=patient, consent=True),
    ),
    Act(
        name="opposition",
        on=(RecordStatus.ANNOUNCED,),
        title="Enregistrer l’opposition",
        short="Le carnet annoncé est effacé ; aucun autre n’est créé de soi-même.",
        consequences=(
            "Le carnet annoncé est effacé tout de suite.",
            "Aucun autre ne sera créé de soi-même ; la personne peut en faire créer un quand elle veut.",
        ),
        agreed="La personne, informée, s’oppose à la création de son carnet.",
        button="Enregistrer l’opposition",
        done="Opposition enregistrée",
        ends=True,
        do=lambda actor, domain, patient: life.oppose(actor=actor, domain=domain, patient_id=patient),
    ),
    Act(
        name="objection",
        on=(RecordStatus.SUSPENDED,),
        title="S’opposer à la fermeture",
        short="Le carnet suspendu ne sera pas fermé sans décision de l’exploitant.",
        consequences=("Le carnet reste suspendu jusqu’à ce que l’exploitant décide ; il n’est pas fermé de lui-même.",),
        agreed="La personne s’oppose à la fermeture de son carnet suspendu.",
        button="Enregistrer l’objection",
        done="Objection enregistrée",
        do=lambda actor, domain, patient: life.object_to_closing(actor=actor, domain=domain, patient_id=patient),
    ),
    Act(
        name="effacer",
        on=(*_OPEN, RecordStatus.CLOSED),
        title="Demander l’effacement",
        short="Le carnet est fermé tout de suite et effacé dans les trois mois.",
        consequences=(
            "Le carnet est fermé tout de suite, puis effacé dans les trois mois : documents, autorisations, identité.",
            "Jusque-là, une réouverture retire la demande. Ensuite, personne ne peut plus rien retrouver ici.",
            "Les documents gardés par les hôpitaux, les laboratoires et les cabinets ne sont pas touchés.",
        ),
        agreed="La personne, informée, demande l’effacement de son carnet.",
        button="Demander l’effacement",
        done="Effacement demandé, carnet fermé",
        do=lambda actor, domain, patient: life.ask_erasure(actor=actor, domain=domain, patient_id=patient),
    ),
)
NAMED = {act.name: act for act in ACTS}


def possible(status: RecordStatus, *, erasing: bool) -> tuple[Act, ...]:
    """The acts that a record in this state allows; an erasure is asked for once."""
    return tuple(act for act in ACTS if status in act.on and not (erasing and act.name == "effacer"))
