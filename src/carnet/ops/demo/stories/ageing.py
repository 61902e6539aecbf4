"""Failing lungs and a failing heart: oxygen at home for one, a nursing home and a guardian for the other."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import Told
from carnet.ops.demo.stories.narrative import (
    allergies,
    drugs,
    labs,
    letter,
    measures,
    paris,
    points,
    problems,
    shots,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on

_BREATH = (
    (2017, "62 %", "Stade II."),
    (2019, "54 %", "Stade II."),
    (2021, "46 %", "Stade III."),
    (2024, "38 %", "Stade III."),
)
_WATER = (
    (date(2023, 11, 6), "3120", "108", "52", "4,1"),
    (date(2024, 4, 16), "1480", "96", "59", "4,4"),
    (date(2024, 10, 8), "1760", "101", "56", "4,5"),
    (date(2025, 4, 15), "2240", "112", "49", "4,8"),
    (date(2025, 9, 30), "4860", "131", "41", "5,2"),
    (date(2025, 12, 16), "1920", "118", "46", "4,6"),
)


def documents() -> tuple[Told, ...]:
    """The lives of Lucien and Germaine."""
    return (*_lungs(), *_heart())


def _lungs() -> tuple[Told, ...]:
    life = Life("lucien.demo-saule")
    for year, volume, stage in _BREATH:
        life.tell(
            "pulmonologist",
            paris(year, 2, 20, 11, 0),
            "11488-4",
            f"Consultation de pneumologie {year}",
            measures(saturation="96" if year < 2021 else "92", weight=str(74 - (year - 2017)), breathing="18"),
            text("Exploration fonctionnelle", "30954-2", f"Volume expiré en une seconde : {volume} de la théorique."),
            text("Conclusion", "55110-1", f"Bronchopneumopathie chronique obstructive. {stage} Tabac arrêté en 2016."),
        )
    for day, pao2, paco2 in (
        (date(2021, 3, 2), "66", "42"),
        (date(2024, 3, 5), "54", "47"),
        (date(2025, 3, 4), "58", "46"),
    ):
        life.tell(
            "biologist_33",
            on(day, 10, 30),
            "11502-2",
            f"Gaz du sang, {day:%m/%Y}",
            labs("Gaz du sang", pao2=pao2, paco2=paco2, bicarbonate="29"),
        )
    life.tell(
        "pulmonologist",
        paris(2024, 3, 12, 9, 20),
        "57833-6",
        "Prescription d'oxygène à domicile",
        points(
            "Oxygène",
            "46264-8",
            "1,5 L/min, 15 heures par jour au moins",
            "Concentrateur et bouteille portable",
            "3 mois",
        ),
    )
    life.tell(
        "gp_47_1",
        paris(2025, 1, 9, 10, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Tiotropium 2,5 µg", "2 bouffées le matin", "6 mois"),
            ("Budésonide-formotérol 400/12 µg", "1 bouffée matin et soir", "6 mois"),
            ("Salbutamol 100 µg", "2 bouffées si gêne", "6 mois"),
        ),
    )
    life.tell(
        "emergency_47",
        paris(2024, 12, 3, 2, 40),
        "15507-7",
        "Passage aux urgences : exacerbation",
        measures(saturation="84", breathing="30", temperature="38,4", pulse="112"),
        text("Conclusion", "55110-1", "Exacerbation infectieuse. Hospitalisation en pneumologie."),
    )
    life.tell(
        "emergency_47",
        paris(2024, 12, 11, 15, 0),
        "11490-0",
        "Lettre de liaison à la sortie : exacerbation de BPCO",
        text("Motif d'hospitalisation", "42349-1", "Détresse respiratoire fébrile."),
        text(
            "Synthèse du séjour",
            "42545-4",
            "Antibiotique, corticoïdes cinq jours, ventilation non invasive deux nuits.",
        ),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Amoxicilline-acide clavulanique 1 g", "3 fois par jour", "jusqu'au 13 décembre"),
            ("Tiotropium 2,5 µg", "2 bouffées le matin", "à poursuivre"),
        ),
        points("Suites", "18776-5", "Kinésithérapie respiratoire", "Plan d'action écrit remis", "Revoir à un mois"),
        since=paris(2024, 12, 3, 1, 50),
    )
    for month in (1, 4, 9):
        life.tell(
            "respiratory_physio_1",
            paris(2025, month, 16, 17, 0),
            "11506-3",
            f"Kinésithérapie respiratoire, bilan {month:02d}/2025",
            measures(saturation="93", pulse="88"),
            points(
                "Bilan",
                "11506-3",
                "Toux efficace",
                f"Marche de six minutes : {250 + month * 6} m",
                "Technique d'inhalation revue",
            ),
        )
    for year in (2022, 2023, 2024, 2025):
        day = date(year, 10, 13)
        life.tell(
            "pharmacist_47", on(day, 9, 0), "87273-9", f"Vaccination contre la grippe {year}", shots(day, ("flu", 0))
        )
    life.tell(
        "pulmonologist",
        paris(2025, 6, 17, 16, 0),
        "85208-7",
        "Téléconsultation de pneumologie",
        letter(
            "Téléconsultation",
            "Document fictif de démonstration.",
            "",
            "Souffle stable. Oxygène bien porté. Sort au jardin.",
        ),
    )
    return tuple(life.documents)


def _heart() -> tuple[Told, ...]:
    life = Life("germaine.demo-vigneron")
    life.tell(
        "GERIATRICIAN",
        paris(2023, 9, 12, 15, 0),
        "67851-6",
        "Compte rendu d'admission en EHPAD",
        text(
            "Motif",
            "42349-1",
            "Chutes répétées, aidants épuisés. Entrée souhaitée par la famille, acceptée par Mme Cèdre.",
        ),
        problems(
            "Pathologies en cours",
            "11450-4",
            ("Insuffisance cardiaque congestive", "I50.0", "2021"),
            ("Fibrillation auriculaire permanente", "I48.2", "2020"),
            ("Maladie d'Alzheimer à début tardif", "G30.1", "2022"),
        ),
        allergies(("Codéine", "Confusion", "2015")),
        place="nursing_home",
    )
    for day, peptide, creatinine, filtration, potassium in _WATER:
        life.tell(
            "MEDICAL_BIOLOGIST",
            on(day, 13, 10),
            "11502-2",
            f"Bilan cardiaque et rénal, {day:%m/%Y}",
            labs("Biochimie", ntprobnp=peptide, creatinine_f=creatinine, filtration=filtration, potassium=potassium),
        )
    life.tell(
        "CARDIOLOGIST",
        paris(2024, 1, 18, 14, 0),
        "11488-4",
        "Consultation de cardiologie",
        text("Examens", "30954-2", "Échographie : fraction d'éjection 38 %, oreillette gauche dilatée."),
        text(
            "Conclusion",
            "55110-1",
            "Insuffisance cardiaque à fraction d'éjection réduite. Pesée trois fois par semaine.",
        ),
    )
    life.tell(
        "SECOND_GENERALIST",
        paris(2025, 10, 20, 9, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Furosémide 40 mg", "2 comprimés le matin", "3 mois"),
            ("Bisoprolol 2,5 mg", "1 comprimé le matin", "3 mois"),
            ("Apixaban 2,5 mg", "1 comprimé matin et soir", "3 mois"),
            ("Spironolactone 25 mg", "un demi-comprimé le matin", "3 mois"),
        ),
        place="nursing_home",
    )
    life.tell(
        "nurse_home",
        paris(2025, 9, 30, 7, 30),
        "18761-7",
        "Fiche de transfert vers l'hôpital",
        measures(weight="68", systolic="104", diastolic="62", pulse="118", saturation="89"),
        text("Motif", "42349-1", "Cinq kilos en huit jours, essoufflée au lit. Tutrice prévenue à 7 h."),
        allergies(("Codéine", "Confusion", "2015")),
    )
    life.tell(
        "CARDIOLOGIST",
        paris(2025, 10, 9, 11, 0),
        "11490-0",
        "Lettre de liaison à la sortie : décompensation cardiaque",
        text("Motif d'hospitalisation", "42349-1", "Œdème pulmonaire."),
        text(
            "Synthèse du séjour",
            "42545-4",
            "Diurétiques intraveineux, poids de sortie 62,5 kg. Confusion nocturne réglée.",
        ),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Furosémide 40 mg", "2 comprimés le matin", "à poursuivre"),
            ("Apixaban 2,5 mg", "1 comprimé matin et soir", "à poursuivre"),
        ),
        points("Suites", "18776-5", "Poids cible 62 kg", "Ionogramme à une semaine", "Retour à l'EHPAD le 9 octobre"),
        since=paris(2025, 9, 30, 8, 40),
    )
    for month, weight in ((10, "62,5"), (11, "62"), (12, "62,4"), (1, "63")):
        year = 2025 if month > 1 else 2026
        life.tell(
            "nurse_home",
            paris(year, month, 15, 18, 0),
            "29274-8",
            f"Constantes, {month:02d}/{year}",
            measures(weight=weight, systolic="118", diastolic="70", pulse="76", saturation="95"),
        )
    life.tell(
        "GERIATRICIAN",
        paris(2025, 11, 4, 16, 0),
        "74207-2",
        "Document de liaison d'urgence",
        problems(
            "Pathologies en cours",
            "11450-4",
            ("Insuffisance cardiaque congestive", "I50.0", "2021"),
            ("Fibrillation auriculaire permanente", "I48.2", "2020"),
            ("Maladie d'Alzheimer à début tardif", "G30.1", "2022"),
        ),
        allergies(("Codéine", "Confusion", "2015")),
        text("Directives anticipées", "42348-3", "Pas de réanimation ni d'intubation, écrit en 2019. Confort d'abord."),
        text("Représentation", "47420-5", "Tutelle : appeler la mandataire judiciaire, puis son fils Jean-Pierre."),
        place="nursing_home",
    )
    life.tell(
        "head_nurse_home",
        paris(2025, 12, 9, 14, 30),
        "80788-3",
        "Projet personnalisé d'accompagnement",
        points(
            "Projet",
            "18776-5",
            "Chorale du jeudi",
            "Repas en petite salle",
            "Appel vidéo avec sa petite-fille le dimanche",
        ),
    )
    day = date(2025, 10, 22)
    life.tell("nurse_home", on(day, 10, 0), "87273-9", "Vaccinations d'automne", shots(day, ("flu", 0), ("covid", 0)))
    return tuple(life.documents)
