"""What a believed VIHF says against its certificates, its domain and the directory (DMP, contrôles de cohérence)."""

from __future__ import annotations

from carnet.exchange.login.cards import Card
from carnet.exchange.login.client_certificate import Certificate
from carnet.exchange.login.faults import problem
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.record.terminology import api as terminology
from carnet.wire.saml import names
from carnet.wire.saml.vihf import Mode, Vihf

SOURCE = "CI-SIS, VIHF (Transport synchrone pour client lourd) ; DMP TD0.1"
# Professions whose second role is mandatory, and the nomenclatures that it may come from.
_SECOND_ROLES = {"10": names.SPECIALTY_SYSTEMS, "21": frozenset({names.SECTION_SYSTEM})}
_PRECISIONS = names.SPECIALTY_SYSTEMS | {names.SECTION_SYSTEM}
_PROFESSIONS = (names.PROFESSION_SYSTEM, names.TRAINING_SYSTEM)


def check_domain(vihf: Vihf, rules: terminology.AssertionRules) -> Problem | None:
    """What the domain does not take: version, mode, class of authentication, audience, homologation."""
    if rules.versions is not None and vihf.version not in rules.versions:
        return _wrong(
            "vihf-version",
            "Cette version du VIHF n'est pas acceptée.",
            names.VERSION,
            vihf.version[:20],
            " ou ".join(sorted(rules.versions)),
        )
    if vihf.mode not in rules.modes:
        return _wrong(
            "vihf-mode-unsupported",
            "Ce mode d'authentification n'est pas ouvert dans ce domaine.",
            names.MODE,
            vihf.mode,
            " ou ".join(mode for mode in Mode if mode in rules.modes),
        )
    classes = rules.direct_classes if vihf.mode is Mode.DIRECT else rules.local_classes
    if vihf.authentication_class not in classes:
        return _wrong(
            "vihf-authentication-class",
            "La façon dont l'utilisateur a été authentifié ne suffit pas ici.",
            "AuthnContextClassRef",
            vihf.authentication_class[:100],
            " ou ".join(sorted(name.rpartition(":")[2] for name in classes)),
        )
    if vihf.mode is Mode.REINFORCED and not vihf.authentication_declared:
        return _wrong(
            "vihf-authentication-declared",
            "L'authentification indirecte renforcée doit déclarer comment l'utilisateur a été authentifié.",
            "AuthnContextDecl",
            "",
            "le moyen d'authentification de l'utilisateur",
        )
    if any(rules.audiences.isdisjoint(group) for group in vihf.audiences):
        return _wrong(
            "vihf-audience",
            "Le VIHF s'adresse à quelqu'un d'autre que ce serveur.",
            "Conditions/AudienceRestriction",
            " ".join(audience for group in vihf.audiences for audience in group)[:200],
            " ou ".join(sorted(rules.audiences)) or "aucune restriction d'audience",
        )
    if rules.homologations is not None and vihf.homologation not in rules.homologations:
        return _wrong(
            "vihf-homologation",
            "Ce logiciel n'a pas d'homologation connue dans ce domaine.",
            names.HOMOLOGATION,
            vihf.homologation[:80],
            "un numéro d'homologation en vigueur",
        )
    return None


def check_certificates(vihf: Vihf, connection: Certificate, signer: Certificate) -> Problem | None:
    """Direct: two cards of the person named. Indirect, reinforced or not: two certificates of the structure named."""
    if vihf.mode is Mode.DIRECT:
        return _check_cards(vihf, connection, signer)
    return _check_structure(vihf, connection, signer)


def check_directory(vihf: Vihf, actor: Actor, card: Card | None, *, precise: bool) -> Problem | None:
    """What the VIHF says of the person and of the structure against what the directory knows of `actor`."""
    wrong = _check_profession(vihf, actor, card) or (_check_precision(vihf, actor) if precise else None)
    structure = directory.structure(vihf.structure)
    if wrong is not None or structure is None:
        return wrong
    if vihf.purpose == Purpose.REGULATION and not structure.regulates:
        return _wrong(
            "vihf-purpose",
            "Le mode d'accès « centre 15 » est réservé aux centres de régulation médicale.",
            names.PURPOSE,
            vihf.purpose,
            "normal ou bris_de_glace",
        )
    if structure.sector != vihf.sector:
        return problem(
            "vihf-sector",
            "Le secteur d'activité du VIHF n'est pas celui de la structure dans l'annuaire.",
            field=names.SECTOR,
            found=vihf.sector,
            expected=structure.sector,
            source="Guide d'intégration DMP : structure et secteur viennent de la même activité (CPS_ACTIVITY)",
        )
    return None


def _check_cards(vihf: Vihf, connection: Certificate, signer: Certificate) -> Problem | None:
    if connection.card is None or signer.card is None:
        return _wrong(
            "vihf-mode",
            "L'authentification directe se fait avec une carte, pour la connexion et pour la signature.",
            names.MODE,
            f"{vihf.mode} avec un certificat de structure",
            "INDIRECTE, ou deux certificats de carte",
        )
    if not signer.common_name or not signer.common_name == vihf.subject == connection.common_name:
        return _wrong(
            "vihf-subject",
            "La connexion, la signature et le VIHF ne désignent pas la même personne.",
            "Subject/NameID",
            f"NameID {vihf.subject}, signature {signer.common_name}, connexion {connection.common_name}",
            "le même identifiant national (CN des deux certificats)",
        )
    return None


def _check_structure(vihf: Vihf, connection: Certificate, signer: Certificate) -> Problem | None:
    if connection.card is not None or signer.card is not None:
        return _wrong(
            "vihf-mode",
            "L'authentification indirecte se fait avec les deux certificats d'une structure (AUTH_CLI et SIGN).",
            names.MODE,
            f"{vihf.mode} avec un certificat de carte",
            "DIRECTE, ou deux certificats de structure",
        )
    if vihf.structure not in connection.structures or vihf.structure not in signer.structures:
        return _wrong(
            "vihf-structure-certificate",
            "Les certificats ne sont pas ceux de la structure que le VIHF annonce.",
            names.STRUCTURE,
            vihf.structure,
            " ".join(connection.structures),
        )
    return None


def _check_profession(vihf: Vihf, actor: Actor, card: Card | None) -> Problem | None:
    """The first role: the profession that the directory knows; an employee has none."""
    first = vihf.roles[0]
    if actor.kind is ActorKind.PROFESSIONAL:
        # A card of a professional in training (CPF) says what its holder will be, in either nomenclature.
        systems = _PROFESSIONS if card is not Card.CPS else _PROFESSIONS[:1]
        told = next((role.code for role in vihf.roles if role.system in systems), "")
        if told != actor.profession:
            return _wrong_role("La profession du VIHF n'est pas celle de l'annuaire.", told, actor.profession)
    elif actor.kind is ActorKind.CLERK and any(role.system in _PROFESSIONS for role in vihf.roles):
        return _wrong_role(
            "Un employé n'a pas de profession de santé : son rôle vient d'une autre nomenclature.",
            first.code,
            "un code de TRE_A00, R94, R95 ou R291",
        )
    return None


def _check_precision(vihf: Vihf, actor: Actor) -> Problem | None:
    """The second role: of physicians, pharmacists and those whom their role alone describes."""
    first = vihf.roles[0]
    if first.system not in (*_PROFESSIONS, *names.OTHER_ACTOR_SYSTEMS):
        return _wrong_role("Le premier rôle du VIHF n'est d'aucune nomenclature d'acteurs.", first.system, "TRE_G15…")
    named = actor.kind is ActorKind.PROFESSIONAL
    told = [role for role in vihf.roles[1:] if role.system in _PRECISIONS]
    if named and any(role.code != actor.specialty for role in told):
        found = " ".join(role.code for role in told)
        return _wrong_role("Le savoir-faire du VIHF n'est pas celui de l'annuaire.", found, actor.specialty)
    wanted = _SECOND_ROLES.get(first.code) if first.system == names.PROFESSION_SYSTEM else None
    if first.system == names.BY_ROLE_SYSTEM:
        wanted = frozenset({names.CARE_ROLE_SYSTEM})
    # One in training has no savoir-faire: the directory tells.
    if wanted is None or (named and not actor.specialty) or any(role.system in wanted for role in vihf.roles[1:]):
        return None
    return _wrong(
        "vihf-role-missing",
        "Cette profession doit préciser son rôle : savoir-faire, section de l'Ordre ou rôle de prise en charge.",
        names.ROLE,
        first.code,
        f"un second rôle ({' ou '.join(sorted(wanted))})",
    )


def _wrong_role(text: str, found: str, expected: str) -> Problem:
    return _wrong("vihf-role", text, names.ROLE, found[:80], expected)


def _wrong(rule: str, text: str, field: str, found: str, expected: str) -> Problem:
    return problem(rule, text, field=field, found=found, expected=expected, source=SOURCE)
