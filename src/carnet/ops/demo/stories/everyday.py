"""Ordinary courses: a few documents for everybody whose `story` names one, told from age and figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from carnet.ops.demo.letters import Told
from carnet.ops.demo.patients import PATIENTS
from carnet.ops.demo.stories.narrative import (
    allergies,
    drugs,
    labs,
    letter,
    measures,
    points,
    problems,
    shots,
    text,
)
from carnet.ops.demo.stories.ordinary import LAST, Ordinary
from carnet.ops.demo.stories.telling import on

_PEDIATRIC = ((2, "hexa", 1), (4, "hexa", 2), (11, "hexa", 3), (12, "mmr", 1), (17, "mmr", 2))
_EXAMS = ((9, "9 mois"), (24, "2 ans"), (36, "3 ans"), (72, "6 ans"), (105, "8 ans"), (140, "11 ans"), (186, "15 ans"))


def documents() -> tuple[Told, ...]:
    """The documents of everybody whose story is told here."""
    told: list[Told] = []
    for person in PATIENTS:
        course = _COURSES.get(person.story)
        if course is not None and "refused" not in person.flags:
            life = Ordinary(person)
            course(life)
            told.extend(life.documents)
    return tuple(told)


def _ordinary(life: Ordinary) -> None:
    life.visit(
        2024, "Consultation annuelle", "Bonne santé. Dépistages adaptés à l'âge expliqués.", life.pressure(112, 128)
    )
    day = life.day(2024)
    life.tell(life.doctor, on(day, 17, 30), "87273-9", "Rappel de vaccination", shots(day, ("dtcap", 0)))
    female = life.person.traits.sex == "F"
    haemoglobin = {"haemoglobin_f": life.tenths(121, 142)} if female else {"haemoglobin": life.tenths(136, 158)}
    life.tell(
        life.laboratory,
        on(life.day(2025), 15, 0),
        "11502-2",
        "Bilan de santé",
        labs("Hématologie", **haemoglobin, leucocytes=life.tenths(45, 88), platelets=str(life.figure(180, 330))),
        labs("Biochimie", glycemia=life.tenths(44, 56), cholesterol=life.tenths(42, 58)),
    )


def _hypertension(life: Ordinary) -> None:
    for year in (2022, 2023, 2024, 2025):
        life.visit(
            year,
            f"Suivi de l'hypertension {year}",
            "Automesure correcte, traitement inchangé.",
            life.pressure(126, 148),
        )
    life.tell(
        life.laboratory,
        on(life.day(2025), 11, 0),
        "11502-2",
        "Bilan de l'hypertension",
        labs("Biochimie", creatinine=str(life.figure(62, 98)), potassium=life.tenths(38, 47), ldl=life.tenths(22, 41)),
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 10, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Périndopril 5 mg", "1 comprimé le matin", "6 mois"), ("Amlodipine 5 mg", "1 comprimé le soir", "6 mois")
        ),
    )


def _diabetes(life: Ordinary) -> None:
    for year in (2022, 2023, 2024, 2025):
        life.tell(
            life.laboratory,
            on(life.day(year), 14, 0),
            "11502-2",
            f"Bilan du diabète {year}",
            labs(
                "Biochimie",
                hba1c=life.tenths(64, 83),
                glycemia=life.tenths(66, 98),
                creatinine=str(life.figure(70, 108)),
            ),
        )
    life.visit(
        2025, "Suivi du diabète", "Équilibre acceptable, pieds vus, fond d'œil à faire.", life.pressure(122, 142)
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 9, 0),
        "57833-6",
        "Ordonnance",
        drugs(("Metformine 1000 mg", "1 comprimé matin et soir", "6 mois")),
    )


def _thyroid(life: Ordinary) -> None:
    for year in (2023, 2024, 2025):
        life.tell(
            life.laboratory,
            on(life.day(year), 10, 30),
            "11502-2",
            f"Bilan thyroïdien {year}",
            labs("Hormonologie", tsh=life.tenths(9, 52), ft4=life.tenths(125, 210)),
        )
    life.tell(
        life.doctor,
        on(life.day(2025), 11, 30),
        "57833-6",
        "Ordonnance",
        drugs(("Lévothyroxine 75 µg", "1 comprimé le matin à jeun", "6 mois")),
    )


def _asthma(life: Ordinary) -> None:
    life.visit(
        2024,
        "Consultation : asthme",
        "Asthme d'effort, contrôlé. Plan d'action écrit remis.",
        measures(saturation="98"),
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 18, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Salbutamol 100 µg", "2 bouffées avant l'effort", "12 mois"),
            ("Loratadine 10 mg", "1 au printemps", "3 mois"),
        ),
    )
    life.visit(
        2025,
        "Consultation d'allergologie",
        "Pollens de graminées. Pas d'animal en cause.",
        allergies(("Graminées", "Rhinite et asthme", "2012")),
    )


def _migraine(life: Ordinary) -> None:
    life.visit(
        2024, "Consultation : migraine", "Trois crises par mois. Agenda à tenir, pas plus de deux prises par semaine."
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 12, 0),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Naproxène 550 mg", "1 comprimé dès le début de la crise", "3 mois"),
            ("Sumatriptan 50 mg", "si échec", "3 mois"),
        ),
    )


def _back(life: Ordinary) -> None:
    life.visit(2024, "Consultation : mal de dos", "Lombalgie commune après un port de charge. Rester actif.")
    life.tell(
        life.doctor,
        on(life.day(2024), 16, 0),
        "PRESC-KINE",
        "Prescription de kinésithérapie",
        text("Prescription", "57832-8", "Rééducation du rachis lombaire, dix séances."),
    )
    life.tell(
        "physio_33",
        on(life.day(2025), 19, 0),
        "47420-5",
        "Bilan de kinésithérapie",
        points("Bilan", "47420-5", "Distance doigts-sol 12 cm", "Exercices faits deux fois par semaine"),
    )


def _osteoporosis(life: Ordinary) -> None:
    life.tell(
        "RADIOLOGIST",
        on(life.day(2024), 14, 0),
        "18748-4",
        "Ostéodensitométrie",
        letter(
            "Ostéodensitométrie", "Document fictif de démonstration.", "", f"T-score lombaire -{life.tenths(25, 32)}."
        ),
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 9, 30),
        "57833-6",
        "Ordonnance",
        drugs(
            ("Acide alendronique 70 mg", "1 comprimé par semaine à jeun", "12 mois"),
            ("Vitamine D 50 000 UI", "1 ampoule par mois", "12 mois"),
        ),
    )
    life.tell(
        life.laboratory,
        on(life.day(2025), 10, 0),
        "11502-2",
        "Bilan osseux",
        labs("Biochimie", calcium="2,31", vitamin_d=life.tenths(220, 380)),
    )


def _elder(life: Ordinary) -> None:
    life.visit(
        2024,
        "Visite à domicile",
        "Marche avec une canne. Aide-ménagère trois fois par semaine.",
        life.pressure(124, 146),
    )
    life.tell(
        life.doctor,
        on(life.day(2025), 15, 30),
        "SYNTH",
        "Volet de synthèse médicale",
        problems(
            "Pathologies en cours",
            "11450-4",
            ("Hypertension essentielle", "I10", "1998"),
            ("Arthrose", "M19.9", "2005"),
        ),
        allergies(),
    )
    day = date(2025, 10, 16)
    life.tell(life.doctor, on(day, 9, 0), "87273-9", "Vaccination contre la grippe", shots(day, ("flu", 0)))


def _lungs(life: Ordinary) -> None:
    for year in (2023, 2025):
        life.visit(
            year, f"Suivi de BPCO {year}", "Essoufflé à la montée. Tabac arrêté en 2019.", measures(saturation="94")
        )
    life.tell(
        life.doctor,
        on(life.day(2025), 9, 0),
        "57833-6",
        "Ordonnance",
        drugs(("Tiotropium 2,5 µg", "2 bouffées le matin", "6 mois")),
    )


def _child(life: Ordinary) -> None:
    for months, key, rank in _PEDIATRIC:
        day = life.at_age(months)
        if day <= LAST and day.year >= 2012:
            life.tell(life.doctor, on(day, 11, 0), "87273-9", f"Vaccination, {months} mois", shots(day, (key, rank)))
    for months, age in _EXAMS:
        day = life.at_age(months)
        if day <= LAST and day.year >= 2018:
            weight = {9: 86, 24: 122, 36: 146, 72: 205, 105: 280, 140: 370, 186: 540}[months] + life.figure(0, 18)
            height = {9: 71, 24: 86, 36: 95, 72: 115, 105: 131, 140: 146, 186: 166}[months] + life.figure(0, 6)
            life.tell(
                life.doctor,
                on(day, 10, 0),
                "CERT_DECL" if months in (9, 24) else "59283-2",
                f"Certificat de santé, {age}" if months in (9, 24) else f"Examen de santé, {age}",
                measures(weight=f"{weight // 10},{weight % 10}", height=str(height)),
                text("Conclusion", "55110-1", "Développement normal pour l'âge."),
                volet={9: "5.2", 24: "5.3"}.get(months, ""),
            )
    life.visit(
        2025, "Consultation", "Rhinopharyngite. Pas d'antibiotique.", measures(temperature=life.tenths(372, 386))
    )


_COURSES: dict[str, Callable[[Ordinary], None]] = {
    "asthma": _asthma,
    "back": _back,
    "child": _child,
    "copd2": _lungs,
    "diabetes2": _diabetes,
    "elder": _elder,
    "hypertension": _hypertension,
    "migraine": _migraine,
    "ordinary": _ordinary,
    "osteoporosis": _osteoporosis,
    "thyroid": _thyroid,
}
