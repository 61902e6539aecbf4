"""A matricule INS as people type it, and the CX the record expects."""

from __future__ import annotations

import re

from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology

DOMAIN = "fr"
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015]+")
# Référentiel INS, OIDs: authority of the NIR and of the NIA, real and test; a NIA starts with 3, 4, 7 or 8.
_NIR, _NIA, _TEST = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10"


def typed(text: str) -> str:
    """What was typed without the spaces, dots and dashes of printed cards."""
    return _SEPARATORS.sub("", text).upper()


def identifier(value: str) -> identity.PatientIdentifier:
    """The identifier of a matricule under the authority that this instance accepts."""
    found = terminology.domain(DOMAIN)
    if found is not None and found.identifier_systems is not None and _TEST in found.identifier_systems:
        return identity.PatientIdentifier(_TEST, value, "NH")
    return identity.PatientIdentifier(_NIA if value[:1] in ("3", "4", "7", "8") else _NIR, value, "NH")


def wrong(value: str) -> str:
    """Why a matricule cannot be right, in one sentence that says what to do; empty when it can."""
    found = terminology.domain(DOMAIN)
    problem = identity.check_identifier(found, identifier(value)) if found is not None else None
    if problem is None:
        return ""
    if problem.rule == "ins-key":
        # The right key is not told: it would turn a mistyped number into somebody else's valid one.
        return (
            "La clé (les deux derniers chiffres) ne correspond pas au numéro : un chiffre est faux ou deux sont "
            "inversés. Relisez les 15 caractères."
        )
    if problem.rule == "ins-length":
        return f"Un matricule INS a 15 caractères, vous en avez saisi {len(value)}."
    return problem.text
