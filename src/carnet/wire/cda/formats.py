"""Which XDS format code a CDA document has, from its templates or its unstructured body.

A table of the standard: ASS_A11 "correspondance modèle CDA – formatCode" of the CI-SIS, and
IHE ITI TF-3 §5.2 (XDS-SD) for a body that is not XML.
"""

from __future__ import annotations

from carnet.wire.cda.header import Header
from carnet.wire.xds.model import Code

_ANS = "1.2.250.1.213.1.1.4.2.282"
_IHE = "1.3.6.1.4.1.19376.1.2.3"
_VOLET = "1.2.250.1.213.1.1.1."

OTHER = Code("urn:asipSante:modelesHorsProfils:2011", _ANS, "Document non référencé IHE ou CI-SIS")

_MEDIA = {
    "application/pdf": Code("urn:ihe:iti:xds-sd:pdf:2008", _IHE, "Document au format PDF"),
    "text/plain": Code("urn:ihe:iti:xds-sd:text:2008", _IHE, "Document au format texte"),
    "image/jpeg": Code("urn:ihe:iti-fr:xds-sd:jpeg:2010", _IHE, "Document au format JPEG"),
    "application/rtf": Code("urn:ihe:iti-fr:xds-sd:rtf:2010", _IHE, "Document au format RTF"),
    "text/rtf": Code("urn:ihe:iti-fr:xds-sd:rtf:2010", _IHE, "Document au format RTF"),
    "image/tiff": Code("urn:ihe:iti-fr:xds-sd:tiff:2010", _IHE, "Document au format TIFF"),
}

_LABORATORY = Code("urn:ihe:lab:xd-lab:2008", _IHE, "Compte rendu d'examens biologiques")
_EYE = Code("urn:ihe:eyecare:geneyeevalcn:2014", _IHE, "Bilan d'ophtalmologie")

_TEMPLATES = {
    "1.3.6.1.4.1.19376.1.3.3": _LABORATORY,
    _VOLET + "39": Code("urn:ihe:pharm:pre:2010", _IHE, "Prescription"),
    _VOLET + "42": _EYE,
    _VOLET + "43": _EYE,
    _VOLET + "44": _EYE,
    _VOLET + "45": Code("urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013", _IHE, "Compte rendu d'imagerie"),
    _VOLET + "51": Code("urn:ihe:pcc:ips:2020", _IHE, "Synthèse médicale (IPS)"),
    _VOLET + "54": Code("urn:ihe:pharm:dis:2010", _IHE, "Dispensation"),
    _VOLET + "55": _LABORATORY,
    _VOLET + "57": Code("urn:ihe:palm:apsr:2016", _IHE, "Compte rendu d'anatomie pathologique"),
    **{
        _VOLET + template: Code(code, _ANS, display)
        for template, code, display in (
            ("2.1.1", "urn:asip:ci-sis:avk:2009", "Fiche patient à risque en cardiologie : antivitamines K"),
            ("2.1.2", "urn:asip:ci-sis:tap:2009", "Fiche patient à risque en cardiologie : antiagrégants"),
            ("2.1.3", "urn:asip:ci-sis:dci:2009", "Fiche patient à risque en cardiologie : défibrillateur"),
            ("2.1.4", "urn:asip:ci-sis:psc:2009", "Fiche patient à risque en cardiologie : stimulateur"),
            ("2.1.5", "urn:asip:ci-sis:ppv:2009", "Fiche patient à risque en cardiologie : prothèse valvulaire"),
            ("5.1", "urn:asip:ci-sis:cse-cs8:2017", "Certificat de santé du 8e jour"),
            ("5.2", "urn:asip:ci-sis:cse-cs9:2017", "Certificat de santé du 9e mois"),
            ("5.3", "urn:asip:ci-sis:cse-cs24:2017", "Certificat de santé du 24e mois"),
            ("5.4", "urn:ans:ci-sis:cse-mde:2023", "Mesures de signes vitaux"),
            ("8", "urn:asip:ci-sis:frcp:2011", "Fiche de réunion de concertation pluridisciplinaire"),
            ("9", "urn:asip:ci-sis:idap:2011", "Information et directives anticipées du patient"),
            ("12.1", "urn:asip:ci-sis:obp-sap:2023", "Synthèse antepartum"),
            ("12.2", "urn:asip:ci-sis:obp-snm:2023", "Synthèse salle de naissance mère"),
            ("12.3", "urn:asip:ci-sis:obp-sne:2023", "Synthèse salle de naissance enfant"),
            ("12.4", "urn:asip:ci-sis:obp-scm:2023", "Synthèse suites de couches mère"),
            ("12.5", "urn:asip:ci-sis:obp-sem:2023", "Synthèse enfant en maternité"),
            ("13", "urn:asip:ci-sis:vsm:2012", "Synthèse médicale (VSM)"),
            ("15", "urn:asip:ci-sis:aunv:2013", "Admission en unité neuro-vasculaire"),
            ("16", "urn:asip:ci-sis:eunv:2013", "Épisode en unité neuro-vasculaire"),
            ("17", "urn:asip:ci-sis:sunv:2013", "Sortie d'unité neuro-vasculaire"),
            ("18", "urn:asip:ci-sis:crrtn:2013", "Compte rendu de rétinographie"),
            ("20", "urn:asip:ci-sis:pps-paerpa:2017", "Plan personnalisé de santé PAERPA"),
            ("21", "urn:asip:ci-sis:ldl-ees:2017", "Lettre de liaison à l'entrée en établissement"),
            ("22", "urn:asip:ci-sis:dlu:2015", "Document de liaison d'urgence"),
            ("23", "urn:asip:ci-sis:fludt:2017", "Fiche de transfert vers les urgences"),
            ("24", "urn:asip:ci-sis:fludr:2017", "Fiche de retour des urgences"),
            ("25", "urn:asip:ci-sis:pavc:2016", "Compte rendu de consultation post-AVC"),
            ("26", "urn:asip:ci-sis:pps-cancer:2017", "Programme personnalisé de soins en cancérologie"),
            ("27", "urn:asip:ci-sis:d2lm-fin:2017", "Seconde lecture de mammographie"),
            ("28", "urn:asip:ci-sis:d2lm-fidd:2017", "Seconde lecture de mammographie : différée"),
            ("29", "urn:asip:ci-sis:ldl-ses:2017", "Lettre de liaison à la sortie d'établissement"),
            ("30", "urn:asip:ci-sis:sdm-mr:2017", "Set de données minimum maladies rares"),
            ("32", "urn:asip:ci-sis:crgm:2018", "Compte rendu de génétique moléculaire"),
            ("36", "urn:asip:ci-sis:hr:2019", "Historique des remboursements"),
            ("37", "urn:asip:ci-sis:vac:2019", "Historique des vaccinations"),
            ("38", "urn:asip:ci-sis:tlm-da:2020", "Demande d'acte de télémédecine"),
            ("40", "urn:asip:ci-sis:cr-anest:2020", "Compte rendu d'anesthésie"),
            ("41", "urn:asip:ci-sis:cr-cpa:2020", "Compte rendu de consultation pré-anesthésique"),
            ("46", "urn:asip:ci-sis:vac-note:2021", "Note de vaccination"),
            ("47", "urn:ans:ci-sis:img-da:2022", "Demande d'actes d'imagerie"),
            ("48", "urn:asip:ci-sis:dlu:2024", "Document de liaison d'urgence"),
            ("49", "urn:asip:ci-sis:ft-su:2024", "Fiche de transfert vers les urgences"),
            ("50", "urn:asip:ci-sis:fr-su:2024", "Fiche de retour des urgences"),
            ("52", "urn:ans:ci-sis:bio-ep-bio:2022", "Prescription d'actes de biologie médicale"),
            ("56", "urn:asip:ci-sis:ppp:2023", "Plan personnalisé de prévention"),
            ("59", "urn:ans:ci-sis:trod:2024", "Test rapide d'orientation diagnostique"),
        )
    },
}


def format_of(header: Header) -> Code:
    """The formatCode of the document; `OTHER` when no template of the table is announced.

    The last template known wins: French documents list general models first and their own last.
    """
    if header.level == "N1" and header.body_media_type in _MEDIA:
        return _MEDIA[header.body_media_type]
    for template in reversed(header.templates):
        found = _TEMPLATES.get(template.root)
        if found is not None:
            return found
    return OTHER
