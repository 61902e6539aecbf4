"""The INS and the traits, checked without a database, a clock or settings.

An INS is a NIR or a NIA of 13 characters followed by a key of 2 digits (INSEE):
sex, year (2), month (2), department and municipality (5), order (3); key = 97 − (number modulo 97), where
the Corsican departments 2A and 2B count as 19 and 18.
"""

from __future__ import annotations

import re
from datetime import date

from carnet.kernel.errors import Problem, Reason
from carnet.record.identity import insc, issued
from carnet.record.identity.values import Implied, PatientIdentifier, Qualification, Traits
from carnet.record.terminology.api import INS_A, INS_C, Domain

INS_SOURCE = "Référentiel INS ; structure du NIR (INSEE)"
TRAITS_SOURCE = "RNIV 1.4, traits stricts"
CX_SOURCE = "IHE ITI TF-3 §4.2.3.1.7 (CX)"
INS_ROOT = "1.2.250.1.213.1.4."
HEALTH_NUMBER, LOCAL = "NH", "PI"
CALCULATED = {INS_C: "INS-C", INS_A: "INS-A"}

_CX = re.compile(r"([^\^&|~\\]+)\^\^\^&([0-9]+(?:\.[0-9]+)+)&ISO(?:\^([A-Z-]{0,10})\^*)?")
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_NUMBER = re.compile(r"([123478])([0-9]{2})([0-9]{2})([0-9]{2}|2[AB])([0-9]{3})([0-9]{3})")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ -])*")
_PLACE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
_MALE, _FEMALE = frozenset("137"), frozenset("248")


def read_cx(text: str) -> PatientIdentifier | Problem:
    """A CX (`value^^^&oid&ISO^NH`) read; a problem that does not repeat the value when it is not one."""
    match = _CX.fullmatch(text) if len(text) <= 255 else None
    if match is None:
        return Problem(
            reason=Reason.INVALID,
            rule="cx",
            text="L'identifiant du patient n'est pas de la forme attendue.",
            field="patientId",
            found=text[:80],
            expected="<matricule>^^^&<OID>&ISO^NH",
            source=CX_SOURCE,
        )
    value, system, type_code = match.groups()
    return PatientIdentifier(system, value, type_code or "")


def write_cx(identifier: PatientIdentifier) -> str:
    """The CX of an identifier; a matricule INS is always given its type NH, an INS-C and an INS-A theirs."""
    type_code = identifier.type_code
    if is_ins(identifier.system):
        type_code = CALCULATED.get(identifier.system, HEALTH_NUMBER)
    return f"{identifier.value}^^^&{identifier.system}&ISO" + (f"^{type_code}" if type_code else "")


def key_of(number: str) -> str:
    """The key of a NIR or NIA of 13 characters, two digits; ValueError for what is not one."""
    if _NUMBER.fullmatch(number) is None:
        raise ValueError("a NIR has 13 characters: sex, year, month, department, municipality, order")
    return f"{97 - int(number.replace('2A', '19').replace('2B', '18')) % 97:02d}"


def is_ins(system: str) -> bool:
    """Whether an authority gives identifiers that stand for a person everywhere: NIR, NIA, INS-C, INS-A."""
    return system in CALCULATED or system in {INS_ROOT + end for end in ("8", "9", "10", "11")}


def is_temporary(identifier: PatientIdentifier) -> bool:
    """Whether a matricule waits for the definitive one (NIA, or a NIR of somebody being registered)."""
    return identifier.system not in CALCULATED and identifier.value[:1] in ("3", "4", "7", "8")


def check_identifier(domain: Domain, identifier: PatientIdentifier, local_system: str) -> Problem | None:
    """The problem of an identifier in a domain: unknown authority, type, structure or key.

    `local_system` is the authority under which this instance numbers people without INS, accepted in each domain.
    """
    if identifier.system == local_system:
        return check_local(identifier)
    if (identifier.system, identifier.value) in domain.sample_identifiers:
        return None
    problem = _check_system(domain, identifier)
    if problem is not None or not domain.check_key:
        return problem
    if identifier.system == INS_C:
        return insc.check(identifier.value)
    return issued.check_ins_a(identifier.value) if identifier.system == INS_A else _check_ins(identifier)


def check_local(identifier: PatientIdentifier) -> Problem | None:
    """The problem of a number that a structure gives its own patients: an authority, a value, the type PI."""
    if not _OID.fullmatch(identifier.system) or is_ins(identifier.system):
        text = "L'autorité d'un identifiant local est l'OID du système qui l'attribue."
        return _identifier_problem("local-system", text, identifier.system, "un OID qui n'est pas celui d'un INS")
    if not identifier.value.strip() or len(identifier.value) > 60:
        return _identifier_problem("local-value", "L'identifiant local est vide ou trop long.", "", "1 à 60 signes")
    if identifier.type_code not in ("", LOCAL):
        text = "Le type d'un identifiant local est PI."
        return _identifier_problem("local-type", text, identifier.type_code, LOCAL)
    return None


def _check_system(domain: Domain, identifier: PatientIdentifier) -> Problem | None:
    accepted = domain.identifier_systems
    if accepted is None:
        if _OID.fullmatch(identifier.system) and identifier.value:
            return None
        return _identifier_problem("cx", "L'autorité d'affectation doit être un OID.", identifier.system, "un OID")
    if identifier.system in accepted:
        wanted = CALCULATED.get(identifier.system, HEALTH_NUMBER)
        if identifier.type_code in ("", wanted):
            return None
        text = f"Le type de cet identifiant est {wanted}."
        return _identifier_problem("ins-type", text, identifier.type_code, wanted)
    expected = ", ".join(sorted(accepted))
    if accepted <= CALCULATED.keys():
        text = "Ce domaine désigne les personnes par un INS-C ou un INS-A."
        return _identifier_problem("ins-oid", text, identifier.system, expected)
    if identifier.system.startswith(INS_ROOT) and identifier.system[len(INS_ROOT) :] in ("8", "9"):
        text = "Un INS de production n'est pas accepté ici : cette instance ne reçoit que des identités de test."
        return _identifier_problem("ins-oid-production", text, identifier.system, expected)
    if identifier.system.startswith(INS_ROOT) and identifier.system[len(INS_ROOT) :] in ("10", "11"):
        text = "Un INS de test ou de démonstration n'est pas accepté en production."
        return _identifier_problem("ins-oid-test", text, identifier.system, expected)
    text = "L'identifiant n'est pas un matricule INS."
    return _identifier_problem("ins-oid", text, identifier.system, expected)


def _check_ins(identifier: PatientIdentifier) -> Problem | None:
    value = identifier.value
    if len(value) != 15:
        text = "Un matricule INS a 15 caractères : 13 pour le numéro, 2 pour la clé."
        return _identifier_problem("ins-length", text, f"{len(value)} caractères", "15 caractères")
    match = _NUMBER.fullmatch(value[:13])
    if match is None or not re.fullmatch("[0-9]{2}", value[13:]) or not _plausible_month(match[3]):
        text = "Le matricule INS n'a pas la structure d'un NIR ou d'un NIA."
        expected = "sexe (1, 2, 3, 4, 7, 8), année, mois, département, commune, ordre, clé"
        return _identifier_problem("ins-structure", text, value, expected)
    key = key_of(value[:13])
    if value[13:] != key:
        return _identifier_problem("ins-key", "La clé du matricule INS est fausse.", value[13:], key)
    return None


def _plausible_month(month: str) -> bool:
    """01 to 12, or the codes of an unknown month (20, 30 to 42, 50 to 99)."""
    number = int(month)
    return 1 <= number <= 12 or number == 20 or 30 <= number <= 42 or number >= 50


def implied(value: str) -> Implied | None:
    """What a right INS of 15 characters says of its person, None for anything else."""
    match = _NUMBER.fullmatch(value[:13])
    if match is None or len(value) != 15 or value[13:] != key_of(value[:13]):
        return None
    return Implied("M" if match[1] in _MALE else "F", match[4] + match[5])


def check_traits(domain: Domain, traits: Traits) -> tuple[Problem, ...]:
    """All problems of the traits; a plain domain only asks for a birth name."""
    if not domain.french_profile:
        return () if traits.birth_name.strip() else (_trait("birth_name", "Le nom est obligatoire.", ""),)
    problems = [*_names(traits)]
    if not 0 <= traits.birth_rank <= 9:
        problems.append(_trait("birth_rank", "Ce rang de naissance n'existe pas.", str(traits.birth_rank), "1 à 9"))
    if traits.sex not in ("M", "F"):
        problems.append(_trait("sex", "Le sexe est obligatoire.", traits.sex, "M ou F"))
    # A card gives a lunar date or none, and no place: where it makes the identifier nobody is refused for that.
    optional = domain.calculated_ins
    if traits.birth_date is None and not optional:
        problems.append(_trait("birth_date", "La date de naissance est obligatoire.", ""))
    if not _PLACE.fullmatch(traits.birth_place) and not (optional and not traits.birth_place):
        text = "Le lieu de naissance est un code officiel géographique de 5 caractères."
        problems.append(_trait("birth_place", text, traits.birth_place, "63220, 2B033, 99139 (étranger)…"))
    return tuple(problems)


def _names(traits: Traits) -> list[Problem]:
    problems: list[Problem] = []
    for name, value, needed, words in (
        ("birth_name", traits.birth_name, True, "Le nom de naissance"),
        ("given_names", traits.given_names, True, "La liste des prénoms de naissance"),
        ("first_given", traits.first_given, True, "Le premier prénom de naissance"),
        ("used_name", traits.used_name, False, "Le nom utilisé"),
        ("used_given", traits.used_given, False, "Le prénom utilisé"),
    ):
        if not value.strip():
            if needed:
                problems.append(_trait(name, f"{words} est obligatoire.", ""))
        elif len(value) > 100 or not _NAME.fullmatch(value):
            text = f"{words} contient un caractère qui n'existe pas à l'état civil."
            problems.append(_trait(name, text, value[:100], "lettres, espace, apostrophe, tiret ; 100 au plus"))
    if not problems and not _starts_with(traits.given_names, traits.first_given):
        text = "Le premier prénom doit être le début de la liste des prénoms."
        problems.append(_trait("first_given", text, traits.first_given, "le début de la liste"))
    return problems


def _starts_with(names: str, first: str) -> bool:
    words, start = names.casefold().replace("-", " ").split(), first.casefold().replace("-", " ").split()
    return words[: len(start)] == start


def check_birth_date(birth_date: date, today: date) -> Problem | None:
    """The problem of a birth date seen from `today`: in the future, or older than anybody."""
    if birth_date > today:
        return _trait("birth_date", "La date de naissance est dans le futur.", birth_date.isoformat())
    if today.year - birth_date.year > 130:
        return _trait("birth_date", "La date de naissance est trop ancienne.", birth_date.isoformat())
    return None


def check_agreement(identifier: PatientIdentifier, traits: Traits) -> tuple[Problem, ...]:
    """Whether an INS of right structure and its traits can be the same person's.

    The sex must agree. A birth year, month or place that differs is a warning: numbers are given on a
    declaration that civil status may correct later. An identifier that says nothing agrees with everybody.
    """
    if not is_ins(identifier.system) or identifier.system in CALCULATED:
        return ()
    digit = identifier.value[0]
    if (traits.sex == "M" and digit not in _MALE) or (traits.sex == "F" and digit not in _FEMALE):
        text = "Le sexe ne correspond pas au matricule INS."
        return (_trait("sex", text, traits.sex, "M" if digit in _MALE else "F", rule="ins-sex"),)
    born, month = identifier.value[1:3], identifier.value[3:5]
    differs = traits.birth_date is not None and (
        f"{traits.birth_date.year % 100:02d}" != born
        or (1 <= int(month) <= 12 and f"{traits.birth_date.month:02d}" != month)
    )
    if not differs:
        return ()
    text = "L'année ou le mois de naissance ne correspond pas au matricule INS : vérifiez l'identité."
    return (_trait("birth_date", text, "", rule="ins-birth", warning=True),)


def check_qualification(domain: Domain, qualification: str, identifier: PatientIdentifier | None) -> Problem | None:
    """Only a qualified identity is shared under its INS (L.1111-8-1; RNIV 1.4), and none is qualified without one.

    An INS-C is computed from a card: no identity was asked from INSi, and nothing is asked of its state.
    """
    if qualification not in tuple(Qualification):
        expected = ", ".join(Qualification)
        text = "L'état de l'identité est inconnu."
        return _trait("qualification", text, qualification, expected, rule="qualification")
    if domain.calculated_ins or not domain.french_profile:
        return None
    if identifier is None or not is_ins(identifier.system):
        if qualification in (Qualification.PROVISIONAL, Qualification.VALIDATED):
            return None
        text = "Sans INS, une identité est provisoire, ou validée sur une pièce d'identité."
        return _trait("qualification", text, qualification, "PROV ou VALI", rule="qualification-without-ins")
    if qualification != Qualification.QUALIFIED:
        text = "L'identité doit être qualifiée (INSi interrogé et pièce d'identité vérifiée) pour être partagée."
        return _trait("qualification", text, qualification, Qualification.QUALIFIED, rule="ins-not-qualified")
    return None


def _identifier_problem(rule: str, text: str, found: str, expected: str) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field="patientId",
        found=found[:80],
        expected=expected,
        source=CX_SOURCE if rule == "cx" else INS_SOURCE,
    )


def _trait(
    name: str, text: str, found: str, expected: str = "", *, rule: str = "trait", warning: bool = False
) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=rule,
        text=text,
        field=f"Patient.{name}",
        found=found,
        expected=expected,
        source=TRAITS_SOURCE,
        warning=warning,
    )
