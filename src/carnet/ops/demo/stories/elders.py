"""Two people of a certain age: diabetes and heart failure; osteoporosis and grief."""

from __future__ import annotations

from carnet.ops.demo import patients as of
from carnet.ops.demo import professionals as by
from carnet.ops.demo import structures as at
from carnet.ops.demo.letters import MASKED, Told
from carnet.ops.demo.stories.narrative import drugs, letter, paris, points, results, text
from carnet.wire.cda.write import File

MARCEL = (
    Told(
        about=of.MARCEL,
        by=by.DIABETOLOGIST,
        at=at.UNIVERSITY_HOSPITAL,
        when=paris(2024, 3, 18, 10, 40),
        type_code="11488-4",
        title="Consultation de diabétologie",
        body=(
            text("Motif", "46239-0", "Diabète de type 2 connu depuis 1998, équilibre à revoir."),
            points(
                "Examen",
                "29545-1",
                "Poids 78 kg, taille 1,71 m",
                "Pression artérielle 138/76 mmHg",
                "Pieds : pas de plaie",
            ),
            text("Conclusion", "55110-1", "Objectif d'HbA1c entre 7,5 et 8 % compte tenu de l'âge."),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2025, 2, 10, 15, 5),
        type_code="11502-2",
        title="Bilan du diabète",
        body=(
            results(
                "Biochimie",
                ("Hémoglobine glyquée (HbA1c)", "8,1", "%", "4,0 – 6,0"),
                ("Glycémie à jeun", "9,2", "mmol/L", "4,1 – 6,1"),
                ("Créatinine", "108", "µmol/L", "59 – 104"),
                ("Débit de filtration (CKD-EPI)", "54", "mL/min/1,73 m²", "> 60"),
            ),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.CARDIOLOGIST,
        at=at.UNIVERSITY_HOSPITAL,
        when=paris(2025, 6, 2, 11, 30),
        since=paris(2025, 5, 24, 19, 10),
        type_code="11490-0",
        title="Lettre de liaison à la sortie : décompensation cardiaque",
        body=(
            text("Motif d'hospitalisation", "46241-6", "Dyspnée de repos et œdèmes des membres inférieurs."),
            text(
                "Synthèse du séjour",
                "8648-8",
                "Décompensation d'une insuffisance cardiaque à fraction d'éjection préservée. Évolution favorable sous "
                "furosémide intraveineux. Poids de sortie 74 kg.",
            ),
            drugs(
                ("Furosémide 40 mg", "1 comprimé le matin", "à poursuivre"),
                ("Bisoprolol 2,5 mg", "1 comprimé le matin", "à poursuivre"),
                ("Metformine 500 mg", "1 comprimé matin et soir", "à poursuivre"),
            ),
            points("Suites", "18776-5", "Pesée quotidienne", "Ionogramme à une semaine", "Consultation dans un mois"),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.SECOND_GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 6, 5, 9, 15),
        type_code="57833-6",
        title="Ordonnance",
        body=(
            drugs(
                ("Furosémide 40 mg", "1 comprimé le matin", "3 mois"),
                ("Bisoprolol 2,5 mg", "1 comprimé le matin", "3 mois"),
                ("Metformine 500 mg", "1 comprimé matin et soir", "3 mois"),
            ),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2025, 11, 14, 14, 20),
        type_code="11502-2",
        title="Bilan du diabète, novembre",
        body=(results("Biochimie", ("Hémoglobine glyquée (HbA1c)", "4,7", "%", "4,0 – 6,0")),),
    ),
    Told(
        about=of.MARCEL,
        by=by.BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2025, 11, 15, 8, 50),
        type_code="11502-2",
        title="Bilan du diabète, novembre (corrigé)",
        replaces="Bilan du diabète, novembre",
        body=(
            text("Correction", "48767-8", "Ce compte rendu remplace celui de la veille : erreur de saisie."),
            results("Biochimie", ("Hémoglobine glyquée (HbA1c)", "7,4", "%", "4,0 – 6,0")),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.GERIATRICIAN,
        at=at.NURSING_HOME,
        when=paris(2025, 12, 2, 16, 0),
        type_code="74207-2",
        title="Document de liaison d'urgence",
        body=(
            points(
                "Pathologies en cours",
                "11450-4",
                "Diabète de type 2",
                "Insuffisance cardiaque",
                "Insuffisance rénale modérée",
            ),
            points("Allergies", "48765-2", "Pénicilline : urticaire en 1974"),
            text("Autonomie", "47420-5", "Marche avec une canne. Entend mal à gauche. Prévenir sa fille en premier."),
        ),
    ),
    Told(
        about=of.MARCEL,
        by=by.VISITING_NURSE,
        at=at.NURSES,
        when=paris(2026, 1, 8, 9, 5),
        type_code="87273-9",
        title="Vaccination contre la grippe",
        body=(points("Vaccinations", "11369-6", "Vaccin grippal haute dose, bras gauche, bien toléré"),),
    ),
)


FRANCOISE = (
    Told(
        about=of.FRANCOISE,
        by=by.RADIOLOGIST,
        at=at.IMAGING,
        when=paris(2025, 1, 21, 15, 50),
        type_code="18748-4",
        title="Ostéodensitométrie",
        body=letter(
            "Ostéodensitométrie",
            "Document fictif de démonstration.",
            "",
            "Rachis lombaire : T-score -2,7.  Col fémoral : T-score -2,1.",
            "Conclusion : ostéoporose lombaire.",
            "",
            "Dr Baptiste FOUGERAY",
        ),
    ),
    Told(
        about=of.FRANCOISE,
        by=by.DISPENSER,
        at=at.PHARMACY,
        when=paris(2025, 3, 12, 10, 20),
        type_code="56445-0",
        title="Bilan partagé de médication",
        body=(
            points("Constats", "10160-0", "Neuf médicaments par jour", "Deux somnifères pris ensemble depuis l'hiver"),
            text("Proposition", "18776-5", "Arrêt progressif d'un somnifère, à voir avec le médecin traitant."),
        ),
    ),
    Told(
        about=of.FRANCOISE,
        by=by.SECOND_GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 3, 27, 8, 45),
        type_code="11488-4",
        title="Consultation de suivi",
        visibility=(MASKED,),
        body=(
            text(
                "Conclusion",
                "55110-1",
                "Deuil récent, sommeil difficile. La patiente souhaite que cela reste entre nous.",
            ),
        ),
    ),
    Told(
        about=of.FRANCOISE,
        by=by.CARDIOLOGIST,
        at=at.UNIVERSITY_HOSPITAL,
        when=paris(2025, 9, 30, 12, 15),
        type_code="96349-6",
        title="Lettre d'adressage",
        body=File(
            "text/plain",
            "Document fictif de démonstration.\n\nCher confrère,\n\nJe vous adresse cette patiente de 75 ans pour un "
            "avis sur des palpitations.\nLe Holter de 24 heures est normal.\n\nPr Idriss BOURGEON\n".encode(),
        ),
    ),
)
