"""Adults: homonyms (a pacemaker, a knee), hypertension, a suspicious mammography, an arrival from abroad."""

from __future__ import annotations

from carnet.ops.demo import patients as of
from carnet.ops.demo import professionals as by
from carnet.ops.demo import structures as at
from carnet.ops.demo.letters import INVISIBLE_PATIENT, Told
from carnet.ops.demo.stories.narrative import drugs, paris, points, results, section, text
from carnet.wire.cda.write import Table

HOMONYMS = (
    Told(
        about=of.JEAN_THE_ELDER,
        by=by.ANAESTHETIST,
        at=at.CLINIC,
        when=paris(2025, 2, 20, 15, 0),
        type_code="34749-2",
        title="Consultation avant anesthésie",
        body=(
            points("Antécédents", "11348-0", "Bronchite chronique", "Pose d'un stent coronaire en 2019"),
            text("Conclusion", "55110-1", "Sédation légère pour la pose du stimulateur. Poursuivre l'aspirine."),
        ),
    ),
    Told(
        about=of.JEAN_THE_ELDER,
        by=by.ANAESTHETIST,
        at=at.CLINIC,
        when=paris(2025, 3, 5, 11, 45),
        type_code="77436-4",
        title="Compte rendu d'anesthésie",
        body=(text("Déroulement", "10213-7", "Sédation sans incident, sortie de salle de réveil à 11 h 30."),),
    ),
    Told(
        about=of.JEAN_THE_ELDER,
        by=by.CARDIOLOGIST,
        at=at.CLINIC,
        when=paris(2025, 3, 8, 10, 0),
        since=paris(2025, 3, 4, 16, 0),
        type_code="11490-0",
        title="Lettre de liaison à la sortie : stimulateur cardiaque",
        body=(
            text(
                "Synthèse du séjour",
                "8648-8",
                "Syncopes sur bloc auriculo-ventriculaire. Stimulateur double chambre posé le 5 mars, sans incident.",
            ),
            drugs(
                ("Aspirine 75 mg", "1 sachet par jour", "à poursuivre"), ("Paracétamol 1 g", "si douleur", "8 jours")
            ),
            points("Suites", "18776-5", "Pansement sec 8 jours", "Contrôle du stimulateur à un mois"),
        ),
    ),
    Told(
        about=of.JEAN_THE_YOUNGER,
        by=by.RADIOLOGIST,
        at=at.IMAGING,
        when=paris(2025, 10, 13, 8, 30),
        type_code="18748-4",
        title="IRM du genou gauche",
        body=(
            text("Résultats", "59776-5", "Rupture complète du ligament croisé antérieur. Ménisques intacts."),
            text("Conclusion", "55110-1", "Rupture récente du ligament croisé antérieur gauche."),
        ),
    ),
    Told(
        about=of.JEAN_THE_YOUNGER,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 10, 16, 19, 0),
        type_code="PRESC-KINE",
        title="Prescription de kinésithérapie",
        body=(text("Prescription", "57832-8", "Rééducation du genou gauche, quinze séances, urgence relative."),),
    ),
    Told(
        about=of.JEAN_THE_YOUNGER,
        by=by.REHABILITATION,
        at=at.PRACTICE,
        when=paris(2025, 12, 4, 17, 0),
        type_code="47420-5",
        title="Bilan fonctionnel du genou",
        body=(points("Bilan", "47420-5", "Flexion 125 degrés", "Extension complète", "Marche sans boiterie"),),
    ),
)


ANGHJULU = (
    Told(
        about=of.ANGHJULU,
        by=by.CARDIOLOGIST,
        at=at.CLINIC,
        when=paris(2025, 4, 3, 9, 0),
        type_code="11488-4",
        title="Consultation de cardiologie",
        body=(
            text("Motif", "46239-0", "Hypertension découverte au travail, père mort d'un infarctus à 52 ans."),
            points("Examens", "30954-2", "Électrocardiogramme normal", "Pression artérielle 152/94 mmHg au repos"),
            text("Conclusion", "55110-1", "Hypertension de grade 1 ; automesure sur deux semaines, bilan lipidique."),
        ),
    ),
    Told(
        about=of.ANGHJULU,
        by=by.BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2025, 4, 11, 16, 30),
        type_code="11502-2",
        title="Bilan lipidique",
        body=(
            results(
                "Biochimie",
                ("Cholestérol LDL", "4,3", "mmol/L", "< 3,4"),
                ("Cholestérol HDL", "1,1", "mmol/L", "> 1,0"),
                ("Triglycérides", "1,6", "mmol/L", "< 1,7"),
            ),
        ),
    ),
    Told(
        about=of.ANGHJULU,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 4, 22, 18, 5),
        type_code="57833-6",
        title="Ordonnance",
        body=(
            drugs(("Ramipril 2,5 mg", "1 comprimé le matin", "1 mois"), ("Atorvastatine 10 mg", "1 le soir", "3 mois")),
        ),
    ),
)


LISANDRA = (
    Told(
        about=of.LISANDRA,
        by=by.RADIOLOGIST,
        at=at.IMAGING,
        when=paris(2025, 12, 11, 11, 25),
        type_code="18748-4",
        title="Mammographie et échographie des seins",
        body=(
            text("Résultats", "59776-5", "Foyer de microcalcifications du quadrant supéro-externe du sein gauche."),
            text("Conclusion", "55110-1", "Sein gauche ACR 4 : biopsie conseillée. Sein droit ACR 2."),
        ),
    ),
    Told(
        about=of.LISANDRA,
        by=by.MEDICAL_BIOLOGIST,
        at=at.LABORATORY,
        when=paris(2026, 1, 20, 17, 40),
        type_code="60568-3",
        title="Examen anatomopathologique de biopsie mammaire",
        visibility=(INVISIBLE_PATIENT,),
        body=(
            text("Conclusion", "55110-1", "Résultat à annoncer en consultation avant d'être visible dans le dossier."),
        ),
    ),
)


AISSATA = (
    Told(
        about=of.AISSATA,
        by=by.GENERALIST,
        at=at.PRACTICE,
        when=paris(2025, 5, 19, 16, 20),
        type_code="11369-6",
        title="Historique des vaccinations",
        body=(
            section(
                "Vaccinations",
                "11369-6",
                Table(
                    ("Date", "Vaccin", "Lieu"),
                    (("2001", "BCG", "Abidjan"), ("2019", "Fièvre jaune", "Abidjan"), ("19/05/2025", "dTcaP", "Dax")),
                ),
            ),
        ),
    ),
    Told(
        about=of.AISSATA,
        by=by.DENTAL_SURGEON,
        at=at.PRACTICE,
        when=paris(2025, 7, 2, 11, 0),
        type_code="11488-4",
        title="Consultation dentaire",
        body=(text("Conclusion", "55110-1", "Deux caries soignées. Contrôle dans un an."),),
    ),
)
