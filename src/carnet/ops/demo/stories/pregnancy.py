"""A pregnancy from the first visit to the weeks after birth, and the first sixteen months of the child."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import Told
from carnet.ops.demo.stories.narrative import (
    drugs,
    labs,
    letter,
    measures,
    paris,
    points,
    results,
    shots,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on

# Day, weeks, weight, systolic, diastolic, what is said.
_VISITS = (
    (date(2024, 3, 12), 13, "62", "112", "68", "Grossesse bien vécue, nausées finies. Entretien prénatal fixé."),
    (date(2024, 4, 16), 18, "64", "110", "66", "Mouvements perçus. Cours de préparation en petit groupe."),
    (date(2024, 5, 14), 22, "66", "114", "70", "Hauteur utérine 20 cm, col long. Dépistage du diabète prescrit."),
    (date(2024, 6, 18), 27, "68", "116", "70", "Fer débuté pour une anémie. Régime sans sucres rapides."),
    (date(2024, 7, 16), 31, "70", "118", "72", "Présentation céphalique. Vaccin contre la coqueluche fait."),
    (date(2024, 8, 13), 35, "72", "122", "74", "Prélèvement vaginal. Consultation d'anesthésie faite."),
    (date(2024, 9, 10), 39, "73", "124", "78", "Col favorable. Consignes d'appel de la maternité redites."),
)


def documents() -> tuple[Told, ...]:
    """The lives of Maïalen and Enea."""
    return (*_mother(), *_child())


def _mother() -> tuple[Told, ...]:
    life = Life("maialen.demo-charme")
    life.tell(
        "gynaecologist_64",
        paris(2024, 1, 30, 11, 0),
        "11488-4",
        "Première consultation de grossesse",
        text("Histoire", "10164-2", "Première grossesse, dernières règles le 12 décembre 2023. Ne fume pas."),
        measures(weight="61", height="167", systolic="114", diastolic="70"),
        points("Conclusion", "55110-1", "Déclaration remise", "Acide folique poursuivi", "Sérologies prescrites"),
    )
    life.tell(
        "medical_biologist_64",
        paris(2024, 2, 6, 16, 0),
        "11502-2",
        "Bilan du début de grossesse",
        labs("Hématologie", haemoglobin_f="12,6", platelets="245"),
        labs("Biochimie", glycemia="4,6", tsh="1,8"),
        results("Sérologies", ("Toxoplasmose IgG", "absence", "", ""), ("Rubéole IgG", "présence", "", "")),
        text(
            "Commentaire", "55112-7", "Non immunisée contre la toxoplasmose : contrôle chaque mois, règles d'hygiène."
        ),
    )
    life.tell(
        "RADIOLOGIST",
        paris(2024, 3, 5, 9, 30),
        "18748-4",
        "Échographie du premier trimestre",
        text("Informations cliniques", "55752-0", "12 semaines d'aménorrhée."),
        text("Résultats", "59776-5", "Grossesse unique. Longueur cranio-caudale 58 mm, clarté nucale 1,2 mm."),
        text("Conclusion", "19005-8", "Examen normal pour le terme. Début de grossesse fixé au 26 décembre 2023."),
    )
    for day, weeks, weight, systolic, diastolic, words in _VISITS:
        life.tell(
            "midwife_64",
            on(day, 14, 30),
            "11488-4",
            f"Consultation prénatale, {weeks} semaines",
            measures(weight=weight, systolic=systolic, diastolic=diastolic),
            text("Conclusion", "55110-1", words),
        )
    for month, weeks, words in (
        (5, 22, "Morphologie sans anomalie visible. Poids estimé au 48e percentile."),
        (7, 32, "Croissance harmonieuse, poids estimé 1 850 g. Placenta normalement inséré."),
    ):
        life.tell(
            "RADIOLOGIST",
            paris(2024, month, 21, 10, 15),
            "18748-4",
            f"Échographie de {weeks} semaines",
            text("Résultats", "59776-5", words),
            text("Conclusion", "19005-8", "Examen normal pour le terme."),
        )
    life.tell(
        "medical_biologist_64",
        paris(2024, 6, 11, 12, 0),
        "11502-2",
        "Dépistage du diabète de grossesse",
        labs("Biochimie", glycemia="5,3"),
        labs("Hématologie", haemoglobin_f="10,4"),
        text("Commentaire", "55112-7", "Glycémie à jeun à 5,1 mmol/L ou plus : diabète gestationnel. Anémie."),
    )
    life.tell(
        "gynaecologist_64",
        paris(2024, 6, 14, 17, 30),
        "57833-6",
        "Ordonnance",
        drugs(("Fer 80 mg", "1 comprimé par jour", "3 mois"), ("Vitamine D 100 000 UI", "1 ampoule", "dose unique")),
    )
    day = date(2024, 7, 16)
    life.tell("midwife_64", on(day, 15, 0), "87273-9", "Vaccination contre la coqueluche", shots(day, ("dtcap", 0)))
    life.tell(
        "anaesthetist_64",
        paris(2024, 8, 8, 11, 0),
        "34749-2",
        "Consultation d'anesthésie avant l'accouchement",
        text("Conclusion", "55110-1", "Pas de contre-indication à une péridurale. Plaquettes 210 G/L."),
    )
    life.tell(
        "midwife_64",
        paris(2024, 9, 18, 7, 40),
        "15508-5",
        "Compte rendu d'accouchement",
        text(
            "Déroulement", "57074-7", "Travail spontané à 40 semaines, péridurale, naissance à 5 h 12 par voie basse."
        ),
        points("Nouveau-né", "57075-4", "Fille, 3 350 g, 50 cm", "Apgar 10 à une et cinq minutes", "Peau à peau"),
        since=paris(2024, 9, 17, 21, 0),
    )
    life.tell(
        "midwife_64",
        paris(2024, 9, 21, 10, 0),
        "89235-6",
        "Synthèse des suites de couches",
        text("Suites", "57057-2", "Simples. Allaitement maternel. Glycémies normalisées."),
        treatment("Traitements à la sortie", "10183-2", ("Paracétamol 1 g", "si douleur", "5 jours")),
        points(
            "Suites à donner",
            "18776-5",
            "Deux visites à domicile",
            "Glycémie à trois mois",
            "Consultation à six semaines",
        ),
        since=paris(2024, 9, 18, 5, 12),
    )
    life.tell(
        "gynaecologist_64",
        paris(2024, 11, 5, 9, 30),
        "11488-4",
        "Consultation postnatale",
        text(
            "Conclusion", "55110-1", "Rééducation périnéale prescrite. Moral bon, nuits courtes. Contraception choisie."
        ),
    )
    life.tell(
        "medical_biologist_64",
        paris(2024, 12, 17, 11, 0),
        "11502-2",
        "Glycémie après diabète de grossesse",
        labs("Biochimie", glycemia="4,8", hba1c="5,3"),
    )
    return tuple(life.documents)


# Day, age in words, type, volet, weight, height, head, what is said, vaccines.
_EXAMS = (
    (
        date(2024, 9, 24),
        "8e jour",
        "CERT_DECL",
        "5.1",
        "3,420",
        "50",
        "35",
        "Examen normal, allaitée. Vitamine K donnée.",
        (),
    ),
    (date(2024, 10, 18), "1 mois", "59283-2", "", "4,210", "53,5", "37", "Sourit. Hanches stables.", ()),
    (
        date(2024, 11, 19),
        "2 mois",
        "59283-2",
        "",
        "5,150",
        "57",
        "38,8",
        "Suit du regard.",
        (("hexa", 1), ("pneumo", 1), ("menb", 1)),
    ),
    (date(2025, 1, 21), "4 mois", "59283-2", "", "6,400", "62", "41", "Tient sa tête.", (("hexa", 2), ("pneumo", 2))),
    (date(2025, 2, 18), "5 mois", "59283-2", "", "6,950", "64", "42", "Attrape les objets.", (("menb", 2),)),
    (
        date(2025, 6, 17),
        "9 mois",
        "CERT_DECL",
        "5.2",
        "8,600",
        "71",
        "44,6",
        "Tient assise, dit « ba-ba ». Sommeil bon.",
        (),
    ),
    (
        date(2025, 8, 19),
        "11 mois",
        "59283-2",
        "",
        "9,150",
        "73,5",
        "45,4",
        "Se met debout.",
        (("hexa", 3), ("pneumo", 3)),
    ),
    (
        date(2025, 9, 23),
        "12 mois",
        "59283-2",
        "",
        "9,500",
        "75",
        "45,9",
        "Marche tenue par la main.",
        (("mmr", 1), ("menb", 3)),
    ),
    (date(2026, 1, 20), "16 mois", "59283-2", "", "10,700", "79", "46,8", "Marche seule, cinq mots.", (("mmr", 2),)),
)


def _child() -> tuple[Told, ...]:
    life = Life("enea.demo-iturri")
    life.tell(
        "midwife_64",
        paris(2024, 9, 18, 8, 30),
        "57075-4",
        "Synthèse de naissance",
        measures(weight="3,350", height="50", head="34,5"),
        text("Naissance", "57075-4", "À 40 semaines, voie basse, Apgar 10/10. Dépistages néonatals faits."),
    )
    for day, age, kind, volet, weight, height, head, words, given in _EXAMS:
        title = f"Certificat de santé, {age}" if kind == "CERT_DECL" else f"Examen de {age}"
        life.tell(
            "paediatrician_64",
            on(day, 10, 20),
            kind,
            title,
            measures(weight=weight, height=height, head=head),
            text("Conclusion", "55110-1", words),
            volet=volet,
        )
        if given:
            life.tell("paediatrician_64", on(day, 10, 40), "87273-9", f"Vaccinations de {age}", shots(day, *given))
    life.tell(
        "paediatrician_64",
        paris(2025, 12, 2, 9, 15),
        "11488-4",
        "Bronchiolite",
        measures(temperature="38,2", saturation="96", breathing="42"),
        text("Conclusion", "55110-1", "Forme légère. Lavages de nez, fractionner les repas, revoir si gêne."),
    )
    life.tell(
        "paediatrician_64",
        paris(2026, 1, 20, 11, 0),
        "80771-9",
        "Protocole de fièvre pour la crèche",
        letter(
            "Protocole de fièvre pour la crèche",
            "Document fictif de démonstration.",
            "",
            "Au-dessus de 38,5 °C et si l'enfant est gênée : paracétamol, 15 mg par kilo.",
            "Prévenir les parents. Appeler le 15 en cas de convulsion.",
        ),
    )
    return tuple(life.documents)
