"""Words that everybody would try here: a password made of them alone is refused (ASVS 5, 6.1.2 and 6.2.11).

The list is what this service, its places, its people and its papers are called, and what French keyboards and habits
suggest. A phrase may hold any of them: what is left without them must still be long enough to be nobody's first guess.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError

WORDS = (
    "carnet", "dossier", "espace", "compte", "partage", "medical", "sante", "dmp", "ins", "matricule", "vitale",
    "carte", "cps", "rpps", "finess", "patient", "medecin", "docteur", "infirmier", "infirmiere", "pharmacien",
    "pharmacie", "biologie", "laboratoire", "radiologie", "urgences", "urgence", "hopital", "clinique", "chu", "samu",
    "cabinet", "ordonnance", "secretariat", "accueil", "admission", "admin", "administrateur", "demonstration", "demo",
    "motdepasse", "mot", "passe", "password", "secret", "connexion", "bonjour", "soleil", "azerty", "azertyuiop",
    "qwerty", "qsdfgh", "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre",
    "novembre", "decembre", "france",
)  # fmt: skip
LEAST_LEFT = 6
_LONGEST_FIRST = sorted(WORDS, key=len, reverse=True)
_TEXT = (
    "Ce mot de passe est fait de mots que chacun essaierait ici (carnet, santé, médecin, un mois, une année…). "
    "Ajoutez-y des mots à vous, sans lien avec ce service."
)


class ContextWordsValidator:
    """Refuses a password of which too little is left without the words of `WORDS`, digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError `password_context_words` when fewer than `LEAST_LEFT` letters are left."""
        apart = unicodedata.normalize("NFD", password.casefold())
        left = "".join(sign for sign in apart if sign.isalpha())
        for word in _LONGEST_FIRST:
            left = left.replace(word, "")
        if len(left) < LEAST_LEFT:
            raise ValidationError(_TEXT, code="password_context_words")

    def get_help_text(self) -> str:
        """What to tell beforehand."""
        return "Votre mot de passe ne peut pas être fait des seuls mots de ce service, comme « carnet » ou « santé »."
