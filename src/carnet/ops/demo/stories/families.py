"""A pregnancy, a newborn, twins, an adolescent."""

from __future__ import annotations

from carnet.ops.demo import patients as of
from carnet.ops.demo import professionals as by
from carnet.ops.demo import structures as at
from carnet.ops.demo.letters import INVISIBLE_PARENTS, Told
from carnet.ops.demo.stories.narrative import letter, paris, points, results, text

ELOISE = (
    Told(
        about=of.ELOISE,
        by=by.GYNAECOLOGIST,
        at=at.CLINIC,
        when=paris(2025, 9, 15, 17, 20),
        type_code="11488-4",
        title="Première consultation de grossesse",
        body=(
            text(
                "Histoire", "10164-2", "Première grossesse, dernières règles le 12 juillet 2025. Tabac arrêté en août."
            ),
            points(
                "Conclusion",
                "55110-1",
                "Déclaration de grossesse remise",
                "Sérologies prescrites",
                "Vitamine D au 7e mois",
            ),
        ),
    ),
    Told(
        about=of.ELOISE,
        by=by.RADIOLOGIST,
        at=at.IMAGING,
        when=paris(2025, 10, 6, 14, 45),
        type_code="18748-4",
        title="Échographie du premier trimestre",
        body=letter(
            "Échographie du premier trimestre",
            "Document fictif de démonstration.",
            "",
            "Grossesse unique évolutive, activité cardiaque régulière.",
            "Longueur cranio-caudale 61 mm, clarté nucale 1,3 mm.",
            "Terme : 12 semaines d'aménorrhée et 3 jours.",
            "",
            "Conclusion : examen normal pour le terme.",
            "Dr Baptiste FOUGERAY",
        ),
    ),
    Told(
        about=of.ELOISE,
        by=by.MEDICAL_BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2025, 12, 29, 12, 0),
        type_code="11502-2",
        title="Hyperglycémie provoquée par voie orale",
        body=(
            results(
                "Biochimie",
                ("Glycémie à jeun", "4,6", "mmol/L", "< 5,1"),
                ("Glycémie à 1 h", "8,4", "mmol/L", "< 10,0"),
                ("Glycémie à 2 h", "7,0", "mmol/L", "< 8,5"),
            ),
        ),
    ),
    Told(
        about=of.ELOISE,
        by=by.HOSPITAL_MIDWIFE,
        at=at.CLINIC,
        when=paris(2026, 1, 12, 10, 10),
        type_code="57055-6",
        title="Synthèse antepartum",
        body=(
            points(
                "Suivi", "57059-8", "26 semaines d'aménorrhée", "Pression artérielle 112/68 mmHg", "Prise de poids 6 kg"
            ),
            text("Projet", "18776-5", "Naissance prévue à la clinique ; visite de la maternité le 3 février."),
        ),
    ),
)


NOE = (
    Told(
        about=of.NOE,
        by=by.PAEDIATRICIAN,
        at=at.HOSPITAL,
        when=paris(2025, 10, 15, 9, 40),
        type_code="59283-2",
        title="Examen de santé du 8e jour",
        body=(
            points("Mesures", "8716-3", "Poids 3 420 g", "Taille 50 cm", "Périmètre crânien 34,5 cm"),
            text("Conclusion", "55110-1", "Examen normal, allaitement maternel."),
        ),
    ),
    Told(
        about=of.NOE,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 12, 9, 10, 30),
        type_code="87273-9",
        title="Vaccinations de deux mois",
        body=(points("Vaccinations", "11369-6", "Vaccin hexavalent, 1re dose", "Vaccin antipneumococcique, 1re dose"),),
    ),
)


TWINS = (
    Told(
        about=of.LEA,
        by=by.PAEDIATRICIAN,
        at=at.HOSPITAL,
        when=paris(2025, 9, 3, 14, 0),
        type_code="59283-2",
        title="Examen de santé de l'enfant",
        body=(
            points("Mesures", "8716-3", "Taille 142 cm", "Poids 34 kg", "Vue 10/10 des deux yeux"),
            text("Conclusion", "55110-1", "Développement normal. Sport autorisé sans restriction."),
        ),
    ),
    Told(
        about=of.LEA,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 9, 24, 17, 30),
        type_code="87273-9",
        title="Rappel de vaccination",
        body=(points("Vaccinations", "11369-6", "Diphtérie, tétanos, poliomyélite, coqueluche : rappel de 11 ans"),),
    ),
    Told(
        about=of.LINA,
        by=by.PAEDIATRICIAN,
        at=at.HOSPITAL,
        when=paris(2025, 9, 3, 14, 30),
        type_code="11488-4",
        title="Consultation d'allergologie",
        body=(
            points("Allergies", "48765-2", "Arachide : œdème des lèvres en juin 2025, tests cutanés positifs"),
            text("Conclusion", "55110-1", "Éviction stricte. Deux stylos d'adrénaline, un à l'école, un à la maison."),
        ),
    ),
    Told(
        about=of.LINA,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 9, 10, 18, 15),
        type_code="80771-9",
        title="Projet d'accueil individualisé",
        body=letter(
            "Projet d'accueil individualisé",
            "Document fictif de démonstration.",
            "",
            "Allergie à l'arachide. Repas de cantine sans arachide.",
            "En cas de gonflement ou de gêne pour respirer :",
            "1. injecter l'adrénaline dans la cuisse ; 2. appeler le 15 ; 3. prévenir les parents.",
            "",
            "Dr Camille AUBIER",
        ),
    ),
)


MAELYS = (
    Told(
        about=of.MAELYS,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 9, 17, 14, 10),
        type_code="89601-9",
        title="Certificat de non-contre-indication au sport",
        body=(text("Certificat", "55110-1", "Pas de contre-indication apparente à la pratique de l'aviron."),),
    ),
    Told(
        about=of.MAELYS,
        by=by.PSYCHIATRIST,
        at=at.HOSPITAL,
        when=paris(2025, 11, 26, 16, 45),
        type_code="11488-4",
        title="Consultation de l'adolescent",
        visibility=(INVISIBLE_PARENTS,),
        body=(
            text("Conclusion", "55110-1", "Consultation demandée par l'adolescente seule, suivi proposé chaque mois."),
        ),
    ),
)
