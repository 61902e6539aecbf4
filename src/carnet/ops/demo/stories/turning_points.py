"""An emergency that changed a life; an illness of the mind told with discretion; arrivals; a newborn without number."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import INVISIBLE_PATIENT, MASKED, Told
from carnet.ops.demo.stories.narrative import (
    allergies,
    drugs,
    labs,
    letter,
    measures,
    paris,
    points,
    problems,
    results,
    shots,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on


def documents() -> tuple[Told, ...]:
    """The lives of Gorka, Quentin, Mamadou, Lou, Alban and Solange."""
    return (*_stroke(), *_mind(), *_arrival(), *_newborn(), *_prisoner(), *_closed())


def _stroke() -> tuple[Told, ...]:
    life = Life("gorka.demo-olivier")
    life.tell(
        "gp_64_2",
        paris(2024, 10, 14, 9, 30),
        "11488-4",
        "Consultation annuelle",
        measures(systolic="156", diastolic="92", weight="88"),
        text(
            "Conclusion", "55110-1", "Hypertension mal suivie, oublie ses comprimés. Pouls irrégulier, Holter demandé."
        ),
    )
    life.tell(
        "emergency_40",
        paris(2025, 2, 9, 7, 55),
        "11488-4",
        "Régulation médicale : suspicion d'accident vasculaire",
        text("Appel", "46239-0", "Épouse, 7 h 41 : bras droit tombant, ne parle plus depuis 7 h 20. Vu bien au lever."),
        text("Décision", "55110-1", "SMUR, alerte thrombolyse, arrivée prévue à 8 h 35."),
        place="regulation_40",
    )
    life.tell(
        "radiologist_24",
        paris(2025, 2, 9, 9, 2),
        "18748-4",
        "IRM cérébrale en urgence",
        text("Résultats", "59776-5", "Infarctus récent de l'artère sylvienne gauche, FLAIR normal, occlusion M1."),
        text("Conclusion", "19005-8", "Infarctus de moins de quatre heures et demie."),
    )
    life.tell(
        "vascular_neurologist",
        paris(2025, 2, 9, 12, 30),
        "15507-7",
        "Passage aux urgences neurovasculaires",
        measures(systolic="172", diastolic="96", pulse="98"),
        text("Conclusion", "55110-1", "Thrombolyse à 9 h 20, thrombectomie à 10 h 15, recanalisation complète."),
    )
    life.tell(
        "vascular_neurologist",
        paris(2025, 2, 20, 15, 0),
        "11490-0",
        "Lettre de liaison à la sortie : infarctus cérébral",
        text("Motif d'hospitalisation", "42349-1", "Hémiplégie droite et aphasie brutales."),
        text(
            "Synthèse du séjour",
            "42545-4",
            "Infarctus sylvien gauche sur fibrillation auriculaire. NIHSS 17 à l'entrée, 4 à la sortie.",
        ),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Apixaban 5 mg", "1 comprimé matin et soir", "à vie"),
            ("Périndopril 5 mg", "1 comprimé le matin", "à poursuivre"),
            ("Atorvastatine 40 mg", "1 comprimé le soir", "à poursuivre"),
        ),
        points("Suites", "18776-5", "Rééducation à Dax", "Ne pas conduire", "Consultation post-AVC dans trois mois"),
        since=paris(2025, 2, 9, 8, 38),
    )
    life.tell(
        "rehabilitation_physio",
        paris(2025, 4, 4, 16, 0),
        "47420-5",
        "Bilan fonctionnel de rééducation",
        points("Bilan", "47420-5", "Marche sans aide", "Main droite encore maladroite", "Escalier avec rampe"),
    )
    life.tell(
        "p91_2",
        paris(2025, 4, 4, 17, 0),
        "11506-3",
        "Bilan orthophonique",
        points("Bilan", "11506-3", "Comprend tout", "Cherche ses mots en fatigue", "Lit le journal"),
    )
    life.tell(
        "vascular_neurologist",
        paris(2025, 5, 22, 10, 0),
        "11488-4",
        "Consultation post-AVC",
        text("Conclusion", "55110-1", "Score de Rankin 1. Reprise de la conduite après avis. Moral à surveiller."),
    )
    life.tell(
        "MEDICAL_BIOLOGIST",
        paris(2025, 11, 12, 11, 20),
        "11502-2",
        "Bilan annuel",
        labs("Biochimie", ldl="1,6", creatinine="88", glycemia="5,4"),
        labs("Hématologie", haemoglobin="14,6", platelets="231"),
    )

    return tuple(life.documents)


def _mind() -> tuple[Told, ...]:
    life = Life("quentin.demo-meleze")
    life.tell(
        "gp_33_4",
        paris(2023, 11, 20, 18, 0),
        "11488-4",
        "Consultation : fatigue",
        text(
            "Conclusion",
            "55110-1",
            "Insomnie, perte d'envie depuis deux mois. Arrêt de dix jours, revu chaque semaine.",
        ),
        visibility=(MASKED,),
    )
    life.tell(
        "psychiatrist_33",
        paris(2023, 12, 14, 10, 0),
        "68599-0",
        "Synthèse psychiatrique",
        problems("Diagnostic", "11450-4", ("Épisode dépressif moyen", "F32.1", "202310")),
        text(
            "Conclusion",
            "55110-1",
            "Pas d'idée de mort. Antidépresseur et psychothérapie. Accepte que son médecin le sache.",
        ),
        visibility=(MASKED,),
    )
    life.tell(
        "psychiatrist_33",
        paris(2023, 12, 14, 10, 30),
        "57833-6",
        "Ordonnance",
        drugs(("Sertraline 50 mg", "1 comprimé le matin", "6 mois")),
        visibility=(MASKED,),
    )
    life.tell(
        "psychiatric_nurse_1",
        paris(2024, 2, 8, 14, 0),
        "11506-3",
        "Entretien infirmier",
        text("Entretien", "11506-3", "Dort mieux, a repris la guitare. Appelle si besoin."),
        visibility=(MASKED, INVISIBLE_PATIENT),
    )
    life.tell(
        "gp_33_4",
        paris(2024, 9, 12, 17, 30),
        "11488-4",
        "Consultation de suivi",
        text("Conclusion", "55110-1", "Va bien, travail repris à temps plein en mars. Arrêt progressif prévu."),
        visibility=(MASKED,),
    )
    day = date(2025, 4, 24)
    life.tell("gp_33_4", on(day, 9, 0), "87273-9", "Rappel de vaccination", shots(day, ("dtcap", 4)))
    return tuple(life.documents)


def _arrival() -> tuple[Told, ...]:
    life = Life("mamadou.demo-baobab")
    life.tell(
        "gp_33_4",
        paris(2025, 3, 5, 15, 0),
        "11488-4",
        "Bilan de santé d'un arrivant",
        measures(weight="68", height="181", systolic="122", diastolic="74"),
        text(
            "Conclusion", "55110-1", "Bon état général. Numéro d'attente remplacé en septembre par le numéro définitif."
        ),
    )
    life.tell(
        "BIOLOGIST",
        paris(2025, 3, 12, 12, 0),
        "11502-2",
        "Bilan d'arrivée",
        labs("Hématologie", haemoglobin="12,6", leucocytes="5,2", platelets="214"),
        results("Sérologies", ("Hépatite B, antigène HBs", "négatif", "", ""), ("VIH, dépistage", "négatif", "", "")),
    )
    day = date(2025, 3, 19)
    given = (("dtp", 1), ("mmr", 1))
    life.tell("gp_33_4", on(day, 10, 0), "87273-9", "Vaccinations de rattrapage", shots(day, *given))
    return tuple(life.documents)


def _newborn() -> tuple[Told, ...]:
    life = Life("lou.demo-tremble")
    life.tell(
        "midwife_33",
        paris(2026, 1, 30, 10, 30),
        "78489-2",
        "Synthèse de l'enfant en maternité",
        measures(weight="3,060", height="48,5", head="34"),
        text(
            "Séjour",
            "78489-2",
            "Née à 39 semaines, allaitée. Pas encore de numéro : déclaration de naissance en cours.",
        ),
    )
    return tuple(life.documents)


def _prisoner() -> tuple[Told, ...]:
    life = Life("alban.demo-verger")
    life.tell(
        "emergency_33",
        paris(2025, 8, 5, 11, 0),
        "11488-4",
        "Consultation en unité sanitaire",
        text("Conclusion", "55110-1", "Examen d'entrée. Dents à soigner, vaccins à jour, tabac : souhaite arrêter."),
        visibility=(MASKED,),
    )
    life.tell(
        "dentist_33",
        paris(2025, 9, 16, 9, 0),
        "11488-4",
        "Soins dentaires",
        text("Conclusion", "55110-1", "Trois caries soignées en deux séances."),
    )
    return tuple(life.documents)


def _closed() -> tuple[Told, ...]:
    life = Life("solange.demo-fougere")
    life.tell(
        "gp_24_1",
        paris(2024, 5, 6, 9, 15),
        "11488-4",
        "Consultation",
        allergies(("Iode", "Malaise pendant un scanner", "2011")),
        text("Conclusion", "55110-1", "Tension bien réglée. Refuse le dépistage, décision respectée."),
    )
    life.tell(
        "cardiologist_24",
        paris(2024, 9, 23, 10, 0),
        "96349-6",
        "Lettre de cardiologie",
        letter(
            "Lettre de cardiologie", "Document fictif de démonstration.", "", "Souffle connu, échographie inchangée."
        ),
    )
    return tuple(life.documents)
