"""What a clerk collects about the life of a record: each act with what it means, in plain words, before it is done."""

from __future__ import annotations

from functools import partial

from carnet.portals.frame.life_acts import ERASE, OPEN, Act
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life

ACTS = (
    Act(
        name="fermer",
        on=OPEN,
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
        do=life.close,
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
        do=partial(life.reopen, consent=True),
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
        do=life.oppose,
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
        do=life.object_to_closing,
    ),
    Act(
        name=ERASE,
        on=(*OPEN, RecordStatus.CLOSED),
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
        do=life.ask_erasure,
    ),
)
NAMED = {act.name: act for act in ACTS}
