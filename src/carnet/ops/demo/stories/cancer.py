"""A colon cancer from the positive test to the follow-up; a daughter whose genetic result waits to be told."""

from __future__ import annotations

from datetime import date

from carnet.ops.demo.letters import INVISIBLE_PATIENT, MASKED, Told
from carnet.ops.demo.stories.narrative import (
    drugs,
    labs,
    letter,
    measures,
    paris,
    points,
    problems,
    results,
    text,
    treatment,
)
from carnet.ops.demo.stories.telling import Life, on

_MARKER = (
    (date(2024, 2, 20), "11,8"),
    (date(2024, 5, 14), "3,1"),
    (date(2024, 9, 17), "2,4"),
    (date(2025, 1, 14), "2,2"),
    (date(2025, 5, 13), "2,6"),
    (date(2025, 11, 18), "2,3"),
)


def documents() -> tuple[Told, ...]:
    """The lives of Henri and Nathalie."""
    life = Life("henri.demo-aulne")
    _discovery(life)
    _decision(life)
    _treatment(life)
    return (*life.documents, *_daughter())


def _discovery(life: Life) -> None:
    life.tell(
        "gp_33_3",
        paris(2024, 1, 22, 9, 0),
        "75492-9",
        "Dépistage du cancer colorectal : test positif",
        results("Dépistage", ("Test immunologique de sang dans les selles", "positif", "", "négatif")),
        text("Conclusion", "55110-1", "Coloscopie à faire sous un mois. Un oncle traité pour un cancer du côlon."),
    )
    life.tell(
        "gastroenterologist",
        paris(2024, 2, 8, 12, 10),
        "70004-7",
        "Coloscopie totale",
        text("Description", "59776-5", "Préparation bonne. Lésion bourgeonnante du sigmoïde, 35 mm, biopsiée."),
        text("Conclusion", "55110-1", "Lésion suspecte du sigmoïde, biopsies en cours."),
    )
    life.tell(
        "pathologist",
        paris(2024, 2, 14, 16, 0),
        "60568-3",
        "Anatomopathologie des biopsies du sigmoïde",
        text("Conclusion", "55110-1", "Adénocarcinome bien différencié du sigmoïde."),
    )
    life.tell(
        "radiologist_24",
        paris(2024, 2, 19, 10, 40),
        "18748-4",
        "Scanner thoraco-abdomino-pelvien",
        text("Informations cliniques", "55752-0", "Bilan d'extension d'un cancer du sigmoïde."),
        text("Technique", "55111-9", "Acquisition après injection de produit iodé."),
        points(
            "Résultats",
            "59776-5",
            "Épaississement du sigmoïde",
            "Deux ganglions de 8 mm",
            "Foie et poumons sans lésion",
        ),
        text("Conclusion", "19005-8", "Pas de métastase visible."),
    )


def _decision(life: Life) -> None:
    life.tell(
        "oncologist",
        paris(2024, 2, 27, 18, 30),
        "34794-8",
        "Fiche RCP digestive",
        text("Motif de présentation", "42349-1", "Première présentation, avant traitement."),
        text("Mode de découverte", "42545-4", "Dépistage organisé."),
        problems("Tumeur", "72135-7", ("Tumeur maligne du côlon sigmoïde, cT3 N1 M0", "C18.7", "20240214")),
        text("État général", "47420-5", "Performance status OMS 0."),
        text("Question posée", "10164-2", "Place de la chirurgie et de la chimiothérapie."),
        text("Proposition", "21874-3", "Sigmoïdectomie, puis chimiothérapie selon l'anatomopathologie."),
        text("Cadre thérapeutique", "35510-7", "Référentiel régional."),
    )
    life.tell(
        "oncologist",
        paris(2024, 3, 1, 15, 0),
        "11488-4",
        "Consultation d'annonce",
        text(
            "Annonce",
            "55110-1",
            "Diagnostic et projet de soins expliqués à M. Aulne et à son épouse, questions écrites.",
        ),
    )
    life.tell(
        "announcement_nurse",
        paris(2024, 3, 1, 16, 0),
        "11506-3",
        "Temps infirmier d'annonce",
        points("Repérage", "11506-3", "Bon entourage", "Craint la poche", "Souhaite continuer à jardiner"),
        visibility=(MASKED,),
    )
    life.tell(
        "oncologist",
        paris(2024, 3, 4, 9, 0),
        "18776-5",
        "Programme personnalisé de soins",
        problems("Diagnostic", "72135-7", ("Tumeur maligne du côlon sigmoïde", "C18.7", "20240214")),
        points(
            "Programme thérapeutique",
            "18776-5",
            "Opération le 18 mars",
            "Consultation le 12 avril",
            "Chimiothérapie possible",
        ),
        points("Soins de support", "18776-5", "Diététicienne", "Psychologue à la demande", "Infirmière : numéro remis"),
        volet="26",
    )


def _treatment(life: Life) -> None:
    life.tell(
        "breast_surgeon",
        paris(2024, 3, 18, 13, 0),
        "34874-8",
        "Compte rendu opératoire : sigmoïdectomie",
        text("Intervention", "10218-6", "Sigmoïdectomie par cœlioscopie, anastomose immédiate, pas de stomie."),
    )
    life.tell(
        "breast_surgeon",
        paris(2024, 3, 24, 11, 0),
        "11490-0",
        "Lettre de liaison à la sortie : sigmoïdectomie",
        text("Motif d'hospitalisation", "42349-1", "Cancer du sigmoïde."),
        text("Synthèse du séjour", "42545-4", "Suites simples, reprise du transit au troisième jour."),
        treatment("Traitements à la sortie", "10183-2", ("Paracétamol 1 g", "si douleur, 4 fois au plus", "8 jours")),
        points("Suites", "18776-5", "Bas de contention un mois", "Consultation le 12 avril"),
        since=paris(2024, 3, 17, 15, 0),
    )
    life.tell(
        "pathologist",
        paris(2024, 3, 29, 17, 0),
        "60568-3",
        "Anatomopathologie de la pièce opératoire",
        text(
            "Conclusion",
            "55110-1",
            "pT3 N1a, 1 ganglion sur 18. Marges saines. Réparation des mésappariements déficiente.",
        ),
    )
    life.tell(
        "oncologist",
        paris(2024, 4, 9, 18, 30),
        "34794-8",
        "Fiche RCP digestive après chirurgie",
        text("Motif de présentation", "42349-1", "Après chirurgie."),
        problems("Tumeur", "72135-7", ("Tumeur maligne du côlon sigmoïde, pT3 N1a M0", "C18.7", "20240318")),
        text("Proposition", "21874-3", "Six mois de capécitabine et oxaliplatine. Consultation d'oncogénétique."),
    )
    life.tell(
        "geneticist",
        paris(2024, 6, 25, 14, 0),
        "51969-4",
        "Génétique moléculaire constitutionnelle",
        text(
            "Conclusion",
            "22637-3",
            "Variant pathogène du gène MSH2 : syndrome de Lynch. Rendu en consultation le 25 juin.",
        ),
        announced=True,
    )
    for number, day in enumerate((date(2024, 4, 23), date(2024, 6, 25), date(2024, 8, 27), date(2024, 10, 15)), 1):
        life.tell(
            "oncologist",
            on(day, 11, 30),
            "80565-5",
            f"Chimiothérapie, cure {number * 2 - 1}",
            measures(weight=str(80 - number), temperature="36,8"),
            text("Administration", "80565-5", "Oxaliplatine 130 mg/m² en deux heures, bien toléré."),
            drugs(
                ("Capécitabine 1500 mg", "matin et soir, 14 jours", "14 jours"),
                ("Ondansétron 8 mg", "si nausées", "3 jours"),
            ),
        )
    life.tell(
        "cancer_pharmacist",
        paris(2024, 4, 23, 10, 0),
        "78601-2",
        "Entretien pharmaceutique : chimiothérapie orale",
        points(
            "Conseils",
            "10160-0",
            "Prendre dans les 30 minutes après le repas",
            "Crème sur mains et pieds",
            "Qui appeler",
        ),
    )
    for day, value in _MARKER:
        life.tell("BIOLOGIST", on(day, 16, 20), "11502-2", f"Marqueur ACE, {day:%m/%Y}", labs("Biochimie", cea=value))
    life.tell(
        "oncologist",
        paris(2025, 5, 20, 9, 30),
        "11488-4",
        "Consultation de surveillance à un an",
        text("Conclusion", "55110-1", "Pas de signe de récidive. Fourmillements des pieds en régression."),
    )
    life.tell(
        "gastroenterologist",
        paris(2025, 3, 11, 12, 0),
        "70004-7",
        "Coloscopie de contrôle",
        letter(
            "Coloscopie de contrôle",
            "Document fictif de démonstration.",
            "",
            "Anastomose saine. Un polype de 4 mm retiré.",
        ),
    )
    life.tell(
        "RADIOLOGIST",
        paris(2025, 11, 20, 14, 50),
        "18748-4",
        "Scanner de surveillance",
        text("Résultats", "59776-5", "Comparaison au scanner de mai : pas de lésion apparue."),
        text("Conclusion", "19005-8", "Pas d'argument pour une récidive."),
    )


def _daughter() -> tuple[Told, ...]:
    life = Life("nathalie.demo-aulne")
    life.tell(
        "geneticist",
        paris(2025, 10, 7, 10, 0),
        "11488-4",
        "Consultation d'oncogénétique",
        text("Histoire", "10157-6", "Père porteur d'un variant de MSH2. Deux enfants. Souhaite savoir."),
        text("Conclusion", "55110-1", "Consentement signé, prélèvement fait. Résultat à annoncer en consultation."),
    )
    life.tell(
        "geneticist",
        paris(2026, 1, 13, 16, 45),
        "51969-4",
        "Génétique moléculaire constitutionnelle",
        text(
            "Conclusion", "22637-3", "Résultat à dire à la patiente en consultation avant qu'elle puisse le lire ici."
        ),
        visibility=(INVISIBLE_PATIENT,),
    )
    return tuple(life.documents)
