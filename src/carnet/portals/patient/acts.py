"""What a person may ask for their own record: each act with what it means, in plain words, before it is done."""

from __future__ import annotations

from functools import partial

from carnet.portals.frame.life_acts import ERASE, OPEN, Act
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life

ACTS = (
    Act(
        name="rouvrir",
        on=(RecordStatus.CLOSED,),
        title="Rouvrir mon carnet",
        short="Tout ce qu’il contenait revient.",
        consequences=(
            "Tout ce que votre carnet contenait revient, avec les mêmes autorisations.",
            "Si vous aviez demandé son effacement et qu’il n’a pas commencé, la demande est retirée.",
        ),
        agreed="Je veux rouvrir mon carnet.",
        button="Rouvrir mon carnet",
        done="Votre carnet est rouvert.",
        do=partial(life.reopen, consent=True),
    ),
    Act(
        name="fermer",
        on=OPEN,
        title="Fermer mon carnet",
        short="Plus personne ne le lit. Rien n’est effacé, et vous pouvez le rouvrir.",
        consequences=(
            "Plus personne ne lit votre carnet ni n’y ajoute de document, même en urgence. Vous non plus.",
            "Vos documents sont gardés dix ans à l’abri, puis effacés.",
            "Vous pouvez le rouvrir ici, ou au bureau des admissions, pendant ces dix ans.",
            "Vos soins et vos remboursements ne changent pas.",
        ),
        agreed="J’ai compris, je veux fermer mon carnet.",
        button="Fermer mon carnet",
        done="Votre carnet est fermé. Vous pouvez le rouvrir quand vous voulez.",
        do=life.close,
    ),
    Act(
        name="opposition",
        on=(RecordStatus.ANNOUNCED,),
        title="M’opposer à sa création",
        short="Le carnet annoncé est effacé, et aucun autre n’est créé de soi-même.",
        consequences=(
            "Le carnet annoncé est effacé tout de suite, et votre accès avec lui.",
            "Aucun autre ne sera créé de soi-même. Vous pourrez en faire créer un quand vous voudrez.",
        ),
        agreed="J’ai compris, je m’oppose à la création de mon carnet.",
        button="M’opposer",
        done="Votre opposition est enregistrée.",
        ends=True,
        do=life.oppose,
    ),
    Act(
        name="objection",
        on=(RecordStatus.SUSPENDED,),
        title="M’opposer à sa fermeture",
        short="Il ne sera pas fermé de lui-même : l’exploitant devra décider.",
        consequences=("Votre carnet reste suspendu jusqu’à ce que l’exploitant décide ; il ne se ferme pas seul.",),
        agreed="Je m’oppose à la fermeture de mon carnet.",
        button="M’opposer à la fermeture",
        done="Votre opposition à la fermeture est enregistrée.",
        do=life.object_to_closing,
    ),
    Act(
        name=ERASE,
        on=(*OPEN, RecordStatus.CLOSED),
        title="Effacer mon carnet",
        short="Il est fermé tout de suite et effacé dans les trois mois. Ensuite, rien ne peut être retrouvé.",
        consequences=(
            "Votre carnet est fermé tout de suite, puis effacé dans les trois mois, autorisations comprises.",
            "Tant que l’effacement n’a pas commencé, vous pouvez changer d’avis en rouvrant votre carnet.",
            "Ensuite personne, pas même nous, ne peut retrouver ce qu’il contenait ici.",
            "Les hôpitaux, laboratoires et cabinets gardent leurs propres dossiers : ils ne sont pas touchés.",
        ),
        agreed="J’ai compris, je demande l’effacement de mon carnet.",
        button="Demander l’effacement",
        done="Votre carnet est fermé et sera effacé. Vous pouvez encore changer d’avis en le rouvrant.",
        do=life.ask_erasure,
    ),
)
NAMED = {act.name: act for act in ACTS}
