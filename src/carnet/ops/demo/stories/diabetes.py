"""Ten years of type 2 diabetes: balance lost and found, kidneys and eyes watched, feet looked at."""

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
    section,
    shots,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on
from carnet.wire.cda.write import Paragraph

# Day, HbA1c, fasting glucose, creatinine, filtration, LDL.
_ANALYSES = (
    (date(2016, 2, 9), "9,4", "12,1", "82", "90", "3,9"),
    (date(2016, 9, 13), "7,6", "8,4", "84", "88", "3,1"),
    (date(2017, 3, 21), "7,1", "7,6", "85", "86", "2,6"),
    (date(2017, 9, 19), "6,9", "7,2", "84", "87", "2,4"),
    (date(2018, 3, 13), "7,0", "7,4", "87", "84", "2,3"),
    (date(2018, 10, 2), "7,3", "7,9", "88", "83", "2,5"),
    (date(2019, 4, 9), "7,8", "8,6", "90", "80", "2,4"),
    (date(2019, 10, 8), "8,2", "9,5", "91", "79", "2,6"),
    (date(2020, 6, 16), "8,7", "10,2", "93", "77", "2,9"),
    (date(2020, 12, 8), "7,9", "8,8", "95", "74", "2,2"),
    (date(2021, 6, 15), "7,4", "8,0", "97", "72", "1,9"),
    (date(2021, 12, 14), "7,2", "7,7", "99", "70", "1,8"),
    (date(2022, 6, 14), "7,3", "7,8", "102", "67", "1,8"),
    (date(2022, 12, 6), "7,6", "8,3", "105", "65", "1,7"),
    (date(2023, 6, 13), "7,5", "8,1", "108", "62", "1,7"),
    (date(2023, 12, 12), "7,1", "7,5", "110", "60", "1,6"),
    (date(2024, 6, 11), "6,9", "7,1", "111", "59", "1,6"),
    (date(2024, 12, 10), "6,8", "7,0", "112", "58", "1,5"),
    (date(2025, 6, 10), "6,9", "7,2", "113", "57", "1,5"),
    (date(2025, 12, 9), "7,0", "7,3", "114", "56", "1,6"),
)
_TREATMENTS = (
    (date(2016, 2, 11), (("Metformine 500 mg", "1 comprimé matin et soir, puis 1 000 mg", "3 mois"),)),
    (date(2017, 9, 25), (("Metformine 1000 mg", "1 comprimé matin et soir", "6 mois"),)),
    (
        date(2019, 10, 14),
        (("Metformine 1000 mg", "1 comprimé matin et soir", "6 mois"), ("Gliclazide 30 mg", "2 le matin", "6 mois")),
    ),
    (
        date(2020, 12, 14),
        (
            ("Metformine 1000 mg", "1 comprimé matin et soir", "6 mois"),
            ("Dulaglutide 1,5 mg", "1 injection par semaine", "6 mois"),
            ("Atorvastatine 20 mg", "1 comprimé le soir", "6 mois"),
        ),
    ),
    (
        date(2023, 12, 18),
        (
            ("Metformine 500 mg", "1 comprimé matin et soir", "6 mois"),
            ("Dulaglutide 1,5 mg", "1 injection par semaine", "6 mois"),
            ("Empagliflozine 10 mg", "1 comprimé le matin", "6 mois"),
            ("Atorvastatine 20 mg", "1 comprimé le soir", "6 mois"),
            ("Ramipril 5 mg", "1 comprimé le matin", "6 mois"),
        ),
    ),
)
_FUNDUS = (
    (2016, "Pas de rétinopathie diabétique."),
    (2018, "Pas de rétinopathie diabétique. Cataracte débutante à droite."),
    (2020, "Rétinopathie diabétique non proliférante minime : deux microanévrismes à l'œil gauche."),
    (2022, "Rétinopathie minime stable. Pas d'œdème maculaire."),
    (2024, "Rétinopathie minime stable. Cataracte à opérer si gêne à la conduite."),
    (2025, "Rétinopathie minime stable. Acuité 8/10 des deux yeux après correction."),
)


def documents() -> tuple[Told, ...]:
    """The life of Roland."""
    life = Life("roland.demo-hetre")
    for number, (day, hba1c, glycemia, creatinine, filtration, ldl) in enumerate(_ANALYSES):
        title = f"Bilan du diabète, {day:%m/%Y}"
        wrong = day == date(2022, 12, 6)
        sections = [
            labs(
                "Biochimie",
                hba1c="6,7" if wrong else hba1c,
                glycemia=glycemia,
                creatinine=creatinine,
                filtration=filtration,
                ldl=ldl,
            )
        ]
        if number % 2:
            micro = "1,8" if day.year < 2020 else "4,6" if day.year < 2024 else "3,4"
            sections.append(labs("Urines", albuminuria=micro))
        life.tell("biologist_33" if number % 3 else "BIOLOGIST", on(day, 14, 20), "11502-2", title, *sections)
        if wrong:
            life.tell(
                "biologist_33",
                paris(2022, 12, 7, 9, 5),
                "11502-2",
                f"{title} (corrigé)",
                text("Correction", "48767-8", "Ce compte rendu remplace celui de la veille : tube d'un autre patient."),
                labs(
                    "Biochimie", hba1c=hba1c, glycemia=glycemia, creatinine=creatinine, filtration=filtration, ldl=ldl
                ),
                replaces=title,
            )
    for day, rows in _TREATMENTS:
        life.tell("gp_33_2", on(day, 9, 30), "57833-6", f"Ordonnance du {day:%d/%m/%Y}", drugs(*rows))
    for year, found in _FUNDUS:
        life.tell(
            "ophthalmologist",
            paris(year, 5, 17, 15, 10),
            "78513-9",
            f"Fond d'œil {year}",
            points(
                "Examen",
                "29545-1",
                "Acuité visuelle corrigée 10/10" if year < 2020 else "Acuité visuelle corrigée 8/10",
            ),
            text("Conclusion", "55110-1", found),
        )
    _letters(life)
    return tuple(life.documents)


def _letters(life: Life) -> None:
    life.tell(
        "gp_33_2",
        paris(2016, 2, 11, 9, 15),
        "11488-4",
        "Consultation : découverte du diabète",
        text("Motif", "46239-0", "Soif, amaigrissement de 5 kg en deux mois."),
        measures(weight="94", height="176", systolic="148", diastolic="88"),
        text("Conclusion", "55110-1", "Diabète de type 2. Régime, marche, metformine à doses croissantes."),
    )
    life.tell(
        "DIABETOLOGIST",
        paris(2019, 11, 5, 10, 0),
        "11488-4",
        "Avis de diabétologie",
        text("Motif", "46239-0", "Déséquilibre depuis un an malgré deux médicaments."),
        measures(weight="98", systolic="142", diastolic="84"),
        text("Conclusion", "55110-1", "Horaires de nuit et repas sautés. Éducation thérapeutique avant d'ajouter."),
    )
    life.tell(
        "p95_2",
        paris(2020, 1, 22, 14, 0),
        "11506-3",
        "Bilan diététique",
        points("Bilan", "34120-6", "Trois repas au lieu de cinq prises", "Sodas arrêtés", "Pesée une fois par semaine"),
    )
    life.tell(
        "DIABETOLOGIST",
        paris(2020, 12, 11, 17, 0),
        "34112-3",
        "Hospitalisation de jour : bilan annuel du diabète",
        text("Synthèse du séjour", "8648-8", "Bilan complet. Début de rétinopathie et de microalbuminurie."),
        labs("Biochimie", hba1c="7,9", creatinine="95", filtration="74"),
        treatment(
            "Traitements à la sortie",
            "10183-2",
            ("Metformine 1000 mg", "1 comprimé matin et soir", "à poursuivre"),
            ("Dulaglutide 0,75 mg", "1 injection par semaine", "4 semaines puis 1,5 mg"),
        ),
        since=paris(2020, 12, 11, 8, 0),
    )
    for year in (2018, 2021, 2024):
        life.tell(
            "p80_1",
            paris(year, 3, 6, 11, 0),
            "11506-3",
            f"Bilan podologique {year}",
            points("Bilan", "34120-6", "Pouls perçus", "Monofilament perçu", f"Grade {0 if year < 2024 else 1}"),
        )
    life.tell(
        "nephrologist",
        paris(2023, 11, 28, 9, 45),
        "96349-6",
        "Avis de néphrologie",
        letter(
            "Avis de néphrologie",
            "Document fictif de démonstration.",
            "",
            "Maladie rénale chronique de stade 2 à 3A, d'origine diabétique.",
            "Je propose d'ajouter une gliflozine et un inhibiteur de l'enzyme de conversion,",
            "de réduire la metformine à 1 000 mg par jour et de contrôler la créatinine à un mois.",
            "",
            "Dr Alban ARBOUSIER",
        ),
    )
    for year in (2021, 2022, 2023, 2024, 2025):
        day = date(year, 10, 20)
        given = (("flu", 0), ("covid", 0)) if year > 2021 else (("flu", 0),)
        life.tell("nurse_33", on(day, 8, 40), "87273-9", f"Vaccinations d'automne {year}", shots(day, *given))
    life.tell(
        "advanced_nurse",
        paris(2025, 3, 18, 10, 30),
        "11506-3",
        "Suivi par l'infirmière en pratique avancée",
        measures(weight="86", systolic="131", diastolic="76", pulse="68"),
        text("Conclusion", "55110-1", "Douze kilos perdus depuis 2019. Objectifs atteints, capteur refusé."),
    )
    life.tell(
        "gp_33_2",
        paris(2025, 12, 15, 9, 0),
        "SYNTH",
        "Volet de synthèse médicale",
        problems(
            "Pathologies en cours",
            "11450-4",
            ("Diabète de type 2 avec complications rénales", "E11.2", "2016"),
            ("Maladie rénale chronique, stade 3", "N18.3", "2023"),
            ("Rétinopathie diabétique", "H36.0", "2020"),
            ("Hypertension essentielle", "I10", "2020"),
        ),
        problems("Antécédents", "11348-0", ("Appendicite aiguë", "K35.8", "1975", "1975")),
        allergies(("Sulfamides", "Éruption", "1998")),
        section(
            "Points de vigilance", "30954-2", Paragraph("Pas d'anti-inflammatoire. Arrêter la metformine avant iode.")
        ),
        treatment("Traitements au long cours", "18776-5", *((name, dose, "") for name, dose, _ in _TREATMENTS[-1][1])),
    )
