"""The INS-C, an identifier that anybody holding a person's card computes alike; pure.

A seed of 29 ASCII characters (given name, birth date, NIR) is hashed by SHA-256; the first 64 bits, in decimal on
20 digits, are followed by a key of 2 digits. Source: ASIP Santé, « Programme INS, dossier de conception INS-C,
algorithme de calcul » 1.0.0 (2009).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from carnet.kernel.errors import Problem, Reason

SOURCE = "ASIP Santé, INS-C, algorithme de calcul 1.0.0"
DIGITS = 22
_GIVEN = 10
_NO_DATE = "000000"
_VALUE = re.compile("[0-9]{22}")
_NIR = re.compile(r"[0-9][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{6}")
_DATE = re.compile(r"[0-9]{2}([0-9]{2})-?([0-9]{2})-?([0-9]{2})")
# NFKD does not take these apart.
_LIGATURES = str.maketrans({"œ": "OE", "Œ": "OE", "æ": "AE", "Æ": "AE"})


def calculate(*, given_name: str, birth_date: str, nir: str, holder_nir: str = "") -> str | Problem:
    """The 22 digits of a person, or the problem of the card they were read from.

    `nir` is the person's own certified NIR (13 characters, or 15 with its key); `holder_nir` that of the insured
    person when the card is somebody else's: a dependant is never computed from it. `birth_date` is written
    `YYYYMMDD` or `YYYY-MM-DD`; what is no date counts as none, and a lunar date (`19500000`, a thirteenth month) is
    taken as the card gives it.
    """
    number = nir.replace(" ", "").upper()
    problem = _check_nir(number, holder_nir.replace(" ", "").upper())
    if problem is not None:
        return problem
    # A card without a given name still has an INS-C: ten spaces stand for it.
    given = normalised(given_name)
    digest = hashlib.sha256(seed(given, birth_date, number).encode("ascii")).digest()
    value = int.from_bytes(digest[:8], "big")
    return f"{value:020d}{_key(value):02d}"


def seed(given: str, birth_date: str, nir: str) -> str:
    """The 29 characters that are hashed; `given` is normalised, the letters of a Corsican NIR stay."""
    return f"{given[:_GIVEN]:<{_GIVEN}}{_six_digits(birth_date)}{nir[:13]}"


def normalised(given_name: str) -> str:
    """A given name as the seed wants it: A to Z only, whatever its accents, hyphens, apostrophes and spaces."""
    apart = unicodedata.normalize("NFKD", given_name.translate(_LIGATURES))
    return re.sub("[^A-Z]", "", apart.upper())


def check(value: str) -> Problem | None:
    """The problem of a received INS-C: 22 digits, the last two being their key."""
    if _VALUE.fullmatch(value) is None:
        text = "Un INS-C a 22 chiffres : 20 pour le numéro, 2 pour la clé."
        return _problem("ins-c-length", text, "patientId", f"{len(value)} caractères", "22 chiffres")
    number, key = int(value[:20]), value[20:]
    if number >= 1 << 64:
        text = "Ce nombre est trop grand pour être un INS-C."
        return _problem("ins-c-range", text, "patientId", value[:20], "un nombre de 64 bits")
    if key != f"{_key(number):02d}":
        return _problem("ins-c-key", "La clé de l'INS-C est fausse.", "patientId", key, f"{_key(number):02d}")
    return None


def _key(number: int) -> int:
    return 97 - number % 97


def _six_digits(birth_date: str) -> str:
    match = _DATE.fullmatch(birth_date.strip())
    return "".join(match.groups()) if match else _NO_DATE


def _check_nir(number: str, holder: str) -> Problem | None:
    if not number:
        text = "La carte ne porte pas le NIR de cette personne : son INS-C ne peut pas être calculé."
        return _problem("ins-c-nir-missing", text, "nir", "", "le NIR certifié de la personne")
    if len(number) not in (13, 15) or _NIR.fullmatch(number[:13]) is None:
        text = "Le NIR n'a pas la forme attendue."
        return _problem("ins-c-nir-form", text, "nir", "", "13 caractères, ou 15 avec la clé")
    if number[0] not in "12":
        text = "Un numéro provisoire ne donne pas d'INS-C : le NIR doit commencer par 1 ou 2."
        return _problem("ins-c-nir-temporary", text, "nir", number[0], "1 ou 2")
    if number[13:] and number[13:] != _nir_key(number):
        return _problem("ins-c-nir-key", "La clé du NIR est fausse.", "nir", number[13:], _nir_key(number))
    if holder and holder[:13] == number[:13]:
        text = "Ce NIR est celui de l'assuré, pas celui de la personne soignée : il ne donne pas son INS-C."
        return _problem("ins-c-nir-holder", text, "nir", "", "le NIR de la personne elle-même")
    return None


def _nir_key(number: str) -> str:
    return f"{97 - int(number[:13].replace('2A', '19').replace('2B', '18')) % 97:02d}"


def _problem(rule: str, text: str, field: str, found: str, expected: str = "") -> Problem:
    return Problem(
        reason=Reason.INVALID, rule=rule, text=text, field=field, found=found[:80], expected=expected, source=SOURCE
    )
