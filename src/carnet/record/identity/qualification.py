"""How far an identity is trusted, and what moves it (RNIV 1.4); pure.

Two facts, independent: INSi gave this identity, and a paper of high confidence was looked at. Neither: provisional.
The first alone: retrieved. The second alone: validated. Both: qualified. A doubt lowers the state, with its reason.
"""

from __future__ import annotations

from datetime import date

from carnet.kernel.errors import Problem, Reason
from carnet.record.identity.values import IdentityDocument, Proof, Qualification

SOURCE = "RNIV 1.4, statuts de confiance de l'identité"
_MINORS = (IdentityDocument.FAMILY_RECORD, IdentityDocument.BIRTH_CERTIFICATE)
_ADULT = 18
# (INSi answered, a paper was looked at) → state.
_STATES = {
    (False, False): Qualification.PROVISIONAL,
    (True, False): Qualification.RETRIEVED,
    (False, True): Qualification.VALIDATED,
    (True, True): Qualification.QUALIFIED,
}
_FACTS = {state: facts for facts, state in _STATES.items()}


def change(
    former: Qualification, to: Qualification, proof: Proof, *, has_ins: bool, birth_date: date | None, today: date
) -> Problem | None:
    """The problem of going from one state to another on a proof; None when the rules allow it."""
    if to is former:
        return None
    had, wanted = _FACTS[former], _FACTS[to]
    if wanted[0] and not has_ins:
        return _problem(
            "qualification-ins",
            "Une identité n'est récupérée ou qualifiée qu'avec un INS.",
            to,
            "un INS enregistré dans le dossier",
        )
    lost = (had[0] and not wanted[0]) or (had[1] and not wanted[1])
    if lost and not proof.reason.strip():
        text = "Une identité ne perd de confiance que pour un motif écrit."
        return _problem("qualification-reason", text, to, "le motif du doute")
    if wanted[0] and not had[0] and not proof.insi:
        text = "Ce statut demande que le téléservice INSi ait rendu cette identité."
        return _problem("qualification-insi", text, to, "un appel à INSi")
    if wanted[1] and not had[1]:
        return _check_paper(proof.document, to, birth_date, today)
    return None


def _check_paper(
    document: IdentityDocument | None, to: Qualification, birth_date: date | None, today: date
) -> Problem | None:
    if document is None:
        text = "Ce statut demande une pièce d'identité de haut niveau de confiance."
        return _problem("qualification-document", text, to, ", ".join(IdentityDocument))
    if document in _MINORS and (birth_date is None or _age(birth_date, today) >= _ADULT):
        text = "Le livret de famille et l'acte de naissance ne prouvent que l'identité d'un mineur."
        return _problem("qualification-document", text, document, "carte d'identité, passeport ou titre de séjour")
    return None


def _age(birth_date: date, today: date) -> int:
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))


def _problem(rule: str, text: str, found: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field="Patient.qualification",
        found=str(found),
        expected=expected,
        source=SOURCE,
    )
