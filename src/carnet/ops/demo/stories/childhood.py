"""A child from birth to sixteen: the twenty examinations, three certificates, vaccines, ordinary troubles."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import INVISIBLE_PARENTS, Told
from carnet.ops.demo.stories.narrative import history_of_shots, measures, paris, points, results, shots, text
from carnet.ops.demo.stories.telling import Life, on

# The twenty compulsory examinations: day, age in words, weight, height, head, what is said.
_EXAMS = (
    (date(2009, 3, 17), "8e jour", "3,3", "50", "34,8", "Examen normal. Allaité."),
    (date(2009, 3, 24), "2 semaines", "3,5", "51", "35,3", "A repris son poids de naissance."),
    (date(2009, 4, 14), "1 mois", "4,2", "54", "37", "Contact visuel. Hanches normales."),
    (date(2009, 5, 12), "2 mois", "5,2", "58", "39", "Sourires. Régurgitations banales."),
    (date(2009, 6, 16), "3 mois", "6,0", "61", "40,4", "Tient sa tête."),
    (date(2009, 7, 14), "4 mois", "6,7", "63", "41,6", "Gazouille."),
    (date(2009, 8, 18), "5 mois", "7,3", "65", "42,5", "Attrape. Diversification expliquée."),
    (date(2009, 11, 10), "8 mois", "8,5", "70", "44,5", "Tient assis seul."),
    (date(2010, 2, 9), "11 mois", "9,4", "74", "45,8", "Debout avec appui, deux dents."),
    (date(2010, 3, 16), "12 mois", "9,8", "76", "46,2", "Premiers pas."),
    (date(2010, 9, 14), "18 mois", "11,2", "82", "47,4", "Dix mots. Court."),
    (date(2011, 3, 15), "2 ans", "12,4", "87", "48,3", "Associe deux mots. Propreté en cours."),
    (date(2012, 3, 20), "3 ans", "14,6", "96", "49,5", "Entre à l'école. Parle par phrases."),
    (date(2013, 3, 19), "4 ans", "16,5", "103", "", "Vue 9/10 des deux yeux. Audition normale."),
    (date(2014, 3, 18), "5 ans", "18,4", "109", "", "Dessine un bonhomme complet."),
    (date(2015, 3, 17), "6 ans", "20,6", "116", "", "Prêt pour l'école élémentaire. Pas de carie."),
    (date(2017, 10, 3), "8 ans", "26,4", "129", "", "Lecture acquise. Indice de masse corporelle normal."),
    (date(2020, 9, 22), "11 ans", "37,5", "147", "", "Puberté débutante. Écran limité le soir."),
    (date(2021, 6, 8), "12 ans", "42", "153", "", "Dos droit. Vaccination contre les papillomavirus proposée."),
    (date(2025, 3, 18), "16 ans", "62", "175", "", "Croissance presque finie. Sport sans restriction."),
)
_CERTIFICATES = {"8e jour": "5.1", "8 mois": "5.2", "2 ans": "5.3"}
_SHOTS = (
    (date(2009, 5, 12), (("hexa", 1), ("pneumo", 1))),
    (date(2009, 7, 14), (("hexa", 2), ("pneumo", 2))),
    (date(2010, 2, 9), (("hexa", 3), ("pneumo", 3))),
    (date(2010, 3, 16), (("mmr", 1), ("menc", 1))),
    (date(2010, 9, 14), (("mmr", 2),)),
    (date(2015, 3, 17), (("dtcap", 1),)),
    (date(2020, 9, 22), (("dtcap", 2),)),
    (date(2021, 6, 8), (("hpv", 1),)),
    (date(2021, 12, 14), (("hpv", 2),)),
)


def documents() -> tuple[Told, ...]:
    """The life of Corentin."""
    life = Life("corentin.demo-frene")
    for day, age, weight, height, head, words in _EXAMS:
        certificate = age in _CERTIFICATES
        sizes = {"weight": weight, "height": height} | ({"head": head} if head else {})
        life.tell(
            "PAEDIATRICIAN" if day.year < 2012 else "gp_24_1",
            on(day, 9, 40),
            "CERT_DECL" if certificate else "59283-2",
            f"Certificat de santé, {age}" if certificate else f"Examen de santé, {age}",
            measures(**sizes),
            text("Conclusion", "55110-1", words),
            volet=_CERTIFICATES.get(age, ""),
        )
    for day, given in _SHOTS:
        author = "PAEDIATRICIAN" if day.year < 2012 else "gp_24_1"
        life.tell(author, on(day, 10, 0), "87273-9", f"Vaccination du {day:%d/%m/%Y}", shots(day, *given))
    _troubles(life)
    return tuple(life.documents)


def _troubles(life: Life) -> None:
    life.tell(
        "gp_24_1",
        paris(2016, 1, 27, 17, 45),
        "96173-0",
        "Test rapide : angine",
        results("Test rapide", ("Streptocoque A, test antigénique", "positif", "", "")),
        text("Conclusion", "55110-1", "Angine à streptocoque A. Amoxicilline six jours."),
    )
    life.tell(
        "emergency_33",
        paris(2018, 7, 21, 20, 10),
        "15507-7",
        "Passage aux urgences : poignet",
        text("Motif", "46239-0", "Chute de vélo en vacances, poignet droit douloureux."),
        text("Conclusion", "55110-1", "Fracture en motte de beurre du radius. Attelle trois semaines."),
    )
    life.tell(
        "radiologist_24",
        paris(2018, 8, 10, 11, 0),
        "18748-4",
        "Radiographie du poignet droit",
        text("Résultats", "59776-5", "Cal en cours de formation, axe conservé."),
        text("Conclusion", "19005-8", "Évolution normale d'une fracture du radius distal."),
    )
    life.tell(
        "p91_1",
        paris(2016, 11, 15, 16, 30),
        "11506-3",
        "Bilan orthophonique",
        points("Bilan", "11506-3", "Confusions de sons proches", "Lecture lente mais juste", "Vingt séances proposées"),
    )
    life.tell(
        "gp_24_1",
        paris(2021, 9, 1, 9, 0),
        "11369-6",
        "Historique des vaccinations",
        history_of_shots(*((day, key, rank) for day, given in _SHOTS[:8] for key, rank in given)),
    )
    life.tell(
        "gp_24_1",
        paris(2025, 11, 12, 18, 20),
        "11488-4",
        "Consultation demandée par l'adolescent",
        text("Conclusion", "55110-1", "Venu seul. Questions sur le tabac et l'alcool, pas de consommation régulière."),
        visibility=(INVISIBLE_PARENTS,),
    )
