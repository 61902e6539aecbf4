"""The sorts of documents that a deposit chooses from: JDV_J07 by category, and the patient's in plain words."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from carnet.record.terminology import api as terminology

# Types that a person deposits about themselves, in words of every day (JDV_J07, DOCPAT01 to 09 and class 90).
OF_PATIENT = (
    ("DOCPAT05", "Résultat de biologie (prise de sang, analyse)"),
    ("DOCPAT02", "Ordonnance ou document de soins"),
    ("DOCPAT03", "Compte rendu (consultation, hospitalisation, opération)"),
    ("DOCPAT04", "Image ou compte rendu d’imagerie (radio, scanner, IRM)"),
    ("DOCPAT01", "Ma synthèse"),
    ("DOCPAT06", "Prévention (vaccination, dépistage)"),
    ("DOCPAT07", "Certificat médical"),
    ("DOCPAT08", "Mon profil médical"),
    ("DOCPAT09", "Document administratif (carte, attestation)"),
    ("EXPPAT_3", "Directives anticipées"),
    ("EXPPAT_1", "Mes volontés et mes droits (personne de confiance…)"),
    ("74465-6", "Questionnaire rempli"),
    ("EXPPAT_2", "Autre document"),
)
_PATIENT_CLASS = "90"
_NOT_BY_HAND = frozenset({"E1762", "IMG-KOS"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of document: its typeCode, its words, the category that it implies."""

    code: str
    words: str
    category: str


def of_professional() -> tuple[Kind, ...]:
    """The sorts that a professional deposits by hand, by category then by name."""
    kinds = []
    for code in terminology.choices("typeCode"):
        category = terminology.class_of_type(code.code)
        if category is None or category.code == _PATIENT_CLASS:
            continue
        if code.code in _NOT_BY_HAND or code.code.startswith("DOCPAT"):
            continue
        kinds.append(Kind(code.code, code.display, category.display))
    return tuple(sorted(kinds, key=lambda kind: (kind.category, plain(kind.words))))


def of_patient() -> tuple[Kind, ...]:
    """The sorts that a person deposits, the most usual first."""
    return tuple(Kind(code, words, "") for code, words in OF_PATIENT)


def matching(kinds: tuple[Kind, ...], typed: str) -> tuple[Kind, ...]:
    """The sorts whose words, category or code have every word that was typed; exactly named ones come alone."""
    wanted = plain(typed)
    exact = tuple(kind for kind in kinds if wanted in (plain(kind.words), kind.code.lower()))
    if exact:
        return exact
    parts = wanted.split()
    return tuple(
        kind for kind in kinds if parts and all(part in plain(f"{kind.words} {kind.category}") for part in parts)
    )


def plain(text: str) -> str:
    """Lower case without accents, one space between words."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join(bare.replace("’", "'").lower().split())
