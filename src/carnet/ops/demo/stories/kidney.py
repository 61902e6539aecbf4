"""A kidney disease down to dialysis and the list for a graft; a graft that came from a father."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import Told
from carnet.ops.demo.stories.narrative import (
    allergies,
    drugs,
    labs,
    measures,
    paris,
    points,
    problems,
    shots,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on

# Day, creatinine, filtration, potassium, haemoglobin, phosphate, parathormone.
_COURSE = (
    (date(2020, 3, 10), "168", "38", "4,6", "12,8", "1,1", "72"),
    (date(2021, 3, 9), "196", "31", "4,8", "12,2", "1,2", "96"),
    (date(2022, 3, 8), "241", "24", "5,0", "11,6", "1,4", "142"),
    (date(2023, 3, 14), "318", "17", "5,3", "10,9", "1,6", "214"),
    (date(2023, 11, 7), "402", "13", "5,5", "10,4", "1,8", "268"),
    (date(2024, 5, 14), "561", "9", "5,8", "9,8", "2,0", "341"),
    (date(2024, 11, 12), "624", "8", "5,1", "10,8", "1,7", "302"),
    (date(2025, 5, 13), "640", "8", "4,9", "11,3", "1,6", "288"),
    (date(2025, 11, 18), "655", "7", "4,9", "11,5", "1,6", "276"),
)


def documents() -> tuple[Told, ...]:
    """The lives of Ahmed and Loïc."""
    return (*_ahmed(), *_loic())


def _ahmed() -> tuple[Told, ...]:
    life = Life("ahmed.demo-peuplier")
    for day, creatinine, filtration, potassium, haemoglobin, phosphate, parathormone in _COURSE:
        life.tell(
            "biologist_33",
            on(day, 15, 45),
            "11502-2",
            f"Bilan rénal, {day:%m/%Y}",
            labs("Biochimie", creatinine=creatinine, filtration=filtration, potassium=potassium, phosphate=phosphate),
            labs("Hématologie", haemoglobin=haemoglobin),
            labs("Hormonologie", parathormone=parathormone),
        )
    life.tell(
        "nephrologist_47",
        paris(2020, 3, 24, 10, 0),
        "11488-4",
        "Consultation de néphrologie",
        text("Histoire", "10164-2", "Néphropathie à IgA connue depuis 2009, hypertension. Pas de diabète."),
        measures(systolic="146", diastolic="86", weight="78"),
        text("Conclusion", "55110-1", "Stade 3B. Inhibiteur de l'enzyme, sel réduit, pas d'anti-inflammatoire."),
        place="hospital_47",
    )
    life.tell(
        "nephrologist_47",
        paris(2023, 3, 28, 11, 0),
        "11488-4",
        "Information sur les traitements de suppléance",
        points(
            "Choix présentés", "18776-5", "Greffe, dialyse à domicile, hémodialyse en centre, traitement conservateur"
        ),
        text("Conclusion", "55110-1", "Souhaite une greffe. Une sœur se propose. Fistule à prévoir."),
        place="hospital_47",
    )
    life.tell(
        "nephrologist_47",
        paris(2024, 5, 21, 16, 30),
        "11490-0",
        "Lettre de liaison à la sortie : début de dialyse",
        text("Motif d'hospitalisation", "42349-1", "Fatigue, nausées, potassium à 5,8 mmol/L."),
        text(
            "Synthèse du séjour", "42545-4", "Début de l'hémodialyse sur fistule gauche, trois séances bien tolérées."
        ),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Darbépoétine 30 µg", "1 injection par semaine en dialyse", "à poursuivre"),
            ("Carbonate de calcium 500 mg", "1 comprimé aux deux repas", "à poursuivre"),
            ("Amlodipine 5 mg", "1 comprimé le soir", "à poursuivre"),
        ),
        allergies(("Fer injectable", "Malaise pendant la perfusion", "2023")),
        points("Suites", "18776-5", "Dialyse lundi, mercredi, vendredi à Marmande", "Bilan de greffe au CHU"),
        since=paris(2024, 5, 15, 9, 0),
        place="hospital_47",
    )
    for month in (9, 12):
        life.tell(
            "dialysis_nurse",
            paris(2025, month, 3, 12, 30),
            "11506-3",
            f"Transmission de dialyse, {month:02d}/2025",
            measures(weight="74,5", systolic="138", diastolic="78"),
            text("Séance", "11506-3", "Quatre heures, 1,8 L retirés, fistule souple, pas de crampe."),
        )
    life.tell(
        "nephrologist",
        paris(2025, 6, 19, 14, 0),
        "11488-4",
        "Consultation de pré-greffe",
        text(
            "Conclusion",
            "55110-1",
            "Inscription sur la liste nationale le 19 juin 2025. Sœur compatible, bilan en cours.",
        ),
    )
    day = date(2024, 2, 6)
    life.tell(
        "gp_47_2", on(day, 18, 10), "87273-9", "Vaccinations avant dialyse", shots(day, ("pneumo", 1), ("zoster", 1))
    )
    life.tell(
        "hospital_pharmacist_47",
        paris(2024, 5, 16, 11, 20),
        "80820-4",
        "Conciliation médicamenteuse à l'entrée",
        points("Écarts", "10160-0", "Ibuprofène pris sans ordonnance pour l'épaule : arrêté, expliqué à la famille"),
    )
    life.tell(
        "gp_47_2",
        paris(2025, 12, 2, 9, 30),
        "SYNTH",
        "Volet de synthèse médicale",
        problems(
            "Pathologies en cours",
            "11450-4",
            ("Insuffisance rénale chronique, stade 5, hémodialyse", "N18.5", "2024"),
            ("Néphropathie à IgA", "N02.8", "2009"),
            ("Hypertension rénale", "I12.0", "2009"),
        ),
        allergies(("Fer injectable", "Malaise pendant la perfusion", "2023")),
        text("Points de vigilance", "30954-2", "Ne pas piquer ni prendre la tension au bras gauche (fistule)."),
    )
    return tuple(life.documents)


def _loic() -> tuple[Told, ...]:
    life = Life("loic.demo-resinier")
    life.tell(
        "nephrologist",
        paris(2022, 10, 3, 17, 0),
        "11490-0",
        "Lettre de liaison à la sortie : greffe rénale",
        text("Motif d'hospitalisation", "42349-1", "Greffe de rein, donneur vivant (père), le 19 septembre 2022."),
        text("Synthèse du séjour", "42545-4", "Reprise immédiate de la diurèse. Créatinine de sortie 112 µmol/L."),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Tacrolimus 2 mg", "matin et soir à heure fixe", "à vie"),
            ("Mycophénolate mofétil 500 mg", "matin et soir", "à vie"),
            ("Prednisolone 10 mg", "le matin, dose dégressive", "3 mois"),
        ),
        since=paris(2022, 9, 18, 15, 0),
    )
    for year, creatinine in ((2023, "108"), (2024, "110"), (2025, "111")):
        life.tell(
            "internist",
            paris(year, 9, 20, 10, 15),
            "11488-4",
            f"Suivi de greffe {year}",
            labs("Biochimie", creatinine=creatinine, filtration="78", potassium="4,2"),
            text("Conclusion", "55110-1", "Fonction du greffon stable. Protection solaire rappelée."),
        )
    life.tell(
        "gp_40",
        paris(2025, 9, 25, 18, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Tacrolimus 2 mg", "matin et soir", "3 mois"), ("Mycophénolate mofétil 500 mg", "matin et soir", "3 mois")
        ),
    )
    return tuple(life.documents)
