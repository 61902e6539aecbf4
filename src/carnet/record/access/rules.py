"""Who may do what: pure decisions over frozen values, each with the name of the rule that decided.

Sources: Code de la santé publique L.1110-4, L.1111-15, L.1111-16, L.1111-17, R.1111-46, R.1111-49;
rights matrix of the DMP (actions by actor kind and access mode).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.kernel.errors import Problem, Reason
from carnet.record.access import vigilance
from carnet.record.access.lens import ALL_TYPES, Flag, Lens
from carnet.record.identity.api import PatientIdentifier, RecordStatus


class Act(StrEnum):
    """What an actor asks to do."""

    CREATE = "create"
    OPEN = "open"
    AUTHORISE = "authorise"
    FEED = "feed"
    REGISTER = "register"
    SEARCH = "search"
    READ = "read"
    CLOSE = "close"
    REOPEN = "reopen"
    SUSPEND = "suspend"
    LIFT = "lift"
    OBJECT = "object"
    ERASE = "erase"
    ERASE_NOW = "erase-now"
    OPPOSE = "oppose"
    STATE = "state"
    PRINT_CODES = "print-codes"
    IDENTIFY = "identify"
    MERGE = "merge"
    EXPORT = "export"
    CHOOSE = "choose"
    DELEGATE = "delegate"


# In which states of a record an act on its whole life is possible; every other act wants an active record.
_LIFE: dict[Act, tuple[RecordStatus, ...]] = {
    Act.CLOSE: (RecordStatus.ACTIVE, RecordStatus.SUSPENDED),
    Act.REOPEN: (RecordStatus.CLOSED,),
    Act.SUSPEND: (RecordStatus.ACTIVE,),
    Act.LIFT: (RecordStatus.SUSPENDED,),
    Act.OBJECT: (RecordStatus.SUSPENDED,),
    Act.ERASE: (RecordStatus.ACTIVE, RecordStatus.SUSPENDED, RecordStatus.CLOSED),
    Act.ERASE_NOW: (RecordStatus.CLOSED,),
    Act.OPPOSE: (RecordStatus.ANNOUNCED,),
    Act.STATE: (RecordStatus.ANNOUNCED, RecordStatus.ACTIVE, RecordStatus.SUSPENDED, RecordStatus.CLOSED),
}
# Acts on who the person is: the gate looks up whether the actor is entrusted with identity-vigilance.
IDENTITY = (Act.IDENTIFY, Act.MERGE)
# What a lens answers; an act that no rule names is refused.
_READING = (Act.SEARCH, Act.READ)
_OPERATOR = (Act.SUSPEND, Act.LIFT, Act.ERASE_NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a record says of an actor; `consent_required` is the domain's.

    `referent` says that the actor is entrusted with identity-vigilance; it is known for acts on identities only.
    `identifier` is the one the record is addressed by, `qualification` how far its person's identity is trusted.
    """

    record_id: int
    status: RecordStatus = RecordStatus.ACTIVE
    consent_required: bool = True
    person_state: str = ""
    structure_state: str = ""
    treating: bool = False
    referent: bool = False
    identifier: PatientIdentifier | None = None
    qualification: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, the rule, and for a yes on reading the lens to read through."""

    rule: str
    lens: Lens | None = None
    problem: Problem | None = None

    @property
    def allowed(self) -> bool:
        """True when nothing was refused."""
        return self.problem is None


def _no(rule: str, text: str, source: str, reason: Reason = Reason.FORBIDDEN) -> Decision:
    return Decision(rule, problem=Problem(reason=reason, rule=rule, text=text, source=source))


def decide_creation(actor: Actor, *, consent: bool) -> Decision:
    """Whether an actor may create a record (CSP L.1111-14 in its opt-in form: with recorded consent)."""
    if actor.kind not in (ActorKind.CLERK, ActorKind.PROFESSIONAL, ActorKind.SYSTEM):
        return _no(
            "create-actor",
            "Seul un agent d'accueil ou un professionnel de santé peut créer un dossier.",
            "DMP TD1.1; CSP L.1111-14",
        )
    if not consent:
        return _no(
            "create-consent",
            "Le consentement de la personne à la création de son dossier n'a pas été recueilli.",
            "CSP L.1111-14; DMP TD1.1 (CONSENTEMENT_OUVERTURE_DMP)",
            Reason.INVALID,
        )
    return Decision("create-with-consent")


def decide_announcement(*, actor: Actor, automatic: bool) -> Decision:
    """Whether an actor may create a record that nobody asked for; `automatic` is the domain's (CSP R.1111-28)."""
    if actor.kind is not ActorKind.SYSTEM:
        text = "Seul l'opérateur crée des dossiers sans que la personne le demande."
        return _no("announce-actor", text, "CSP R.1111-28, R.1111-40")
    if not automatic:
        text = "Dans ce domaine, un dossier n'est créé qu'avec le consentement de la personne."
        return _no("create-consent", text, "CSP L.1111-14; DMP TD1.1 (CONSENTEMENT_OUVERTURE_DMP)")
    return Decision("create-automatic")


def decide_opposition(*, actor: Actor) -> Decision:
    """Whether an actor may record that a person without a record refuses one, or no longer does."""
    if actor.kind in (ActorKind.CLERK, ActorKind.PROFESSIONAL, ActorKind.SYSTEM):
        return Decision("opposition-collected")
    text = "L'opposition est recueillie par un agent d'accueil, un professionnel ou l'opérateur."
    return _no("oppose-actor", text, "CSP R.1111-28")


def decide(act: Act, actor: Actor, standing: Standing, now: datetime) -> Decision:
    """The decision for an act on an existing record."""
    if actor.kind is ActorKind.PATIENT and actor.record_id != standing.record_id:
        return _no("own-record-only", "Ce dossier n'est pas le vôtre.", "CSP L.1111-19")
    if standing.status not in _LIFE.get(act, (RecordStatus.ACTIVE,)):
        return _in_state(standing.status)
    if act in IDENTITY:
        return _decide_identity(act, actor, standing)
    if actor.kind is ActorKind.SYSTEM:
        return _decide_operator(act)
    if act in _OPERATOR:
        text = "Seul l'opérateur suspend un dossier, lève la suspension et exécute un effacement."
        return _no("operator-only", text, "CSP R.1111-36")
    if act is Act.EXPORT and actor.kind is not ActorKind.PATIENT:
        return _no("export-own-record", "Une copie du carnet entier n'est remise qu'à sa personne.", "RGPD art. 15, 20")
    if act in (Act.CHOOSE, Act.DELEGATE) and actor.kind is not ActorKind.PATIENT:
        text = "Seule la personne, ou qui la représente, décide de qui voit son carnet."
        return _no("control-own-record", text, "CSP L.1111-16, L.1111-19, R.1111-46, R.1111-49")
    if act is Act.PRINT_CODES and actor.kind is not ActorKind.CLERK:
        return _no("codes-at-the-desk", "Les codes d'accès s'impriment au bureau des admissions.", "CSP L.1111-19")
    if actor.kind is ActorKind.PATIENT:
        return _decide_patient(act, now)
    if actor.purpose is not Purpose.NORMAL:
        return _no(
            "purpose-not-served",
            "Les accès d'urgence (bris de glace, centre 15) ne sont pas ouverts sur cette instance.",
            "VIHF, purposeofuse; CSP L.1111-17",
        )
    if actor.kind is ActorKind.CLERK:
        return _decide_clerk(act, standing)
    if actor.kind is ActorKind.STRUCTURE:
        return _decide_structure(act, actor, standing, now)
    return _decide_professional(act, actor, standing, now)


def _unnamed() -> Decision:
    """The refusal of an act that no rule gives to an actor."""
    return _no("act-not-given", "Cette action ne vous est pas ouverte.", "DMP, matrice d'habilitation")


def _in_state(status: RecordStatus) -> Decision:
    """The refusal of an act that the state of the record does not allow."""
    match status:
        case RecordStatus.CLOSED:
            return _no("record-closed", "Ce dossier est fermé.", "CSP R.1111-36; DMPClosed", Reason.CLOSED)
        case RecordStatus.ANNOUNCED:
            text = "Ce dossier n'est pas encore ouvert : la personne peut s'opposer à sa création."
            return _no("record-announced", text, "CSP R.1111-28", Reason.CLOSED)
        case RecordStatus.SUSPENDED:
            return _no("record-suspended", "L'accès à ce dossier est suspendu.", "CSP R.1111-36", Reason.CLOSED)
        case RecordStatus.MERGED:
            text = "Ce dossier a été réuni à un autre dossier de la même personne."
            return _no("record-merged", text, "DMP, fusion de dossiers", Reason.CLOSED)
        case RecordStatus.ACTIVE:
            return _no("record-active", "Ce dossier est ouvert : cette action n'a pas d'objet.", "CSP R.1111-36")


def _decide_identity(act: Act, actor: Actor, standing: Standing) -> Decision:
    """Who the person is and which records are one person's: `vigilance` decides."""
    if act is Act.MERGE:
        verdict = vigilance.decide_merge(actor, referent=standing.referent)
    else:
        in_team = (
            "allowed" in (standing.structure_state, standing.person_state) and standing.person_state != "blocked"
        ) or not standing.consent_required
        verdict = vigilance.decide_identity(actor, in_team=in_team, referent=standing.referent)
    return Decision(verdict.rule, problem=verdict.problem)


def _at_the_desk(act: Act) -> Decision:
    """Professionals and structures see where a record is in its life, and change nothing of it."""
    if act is Act.STATE:
        return Decision("existence")
    text = "La fermeture, la réouverture et l'effacement sont demandés par la personne, sur son espace ou à l'accueil."
    return _no("close-at-the-desk", text, "DMP TD1.2, TD1.4; CSP R.1111-36")


def _decide_operator(act: Act) -> Decision:
    """The operator acts on the life of a record, without reading it, and does nothing in a person's place."""
    if act in _OPERATOR or act is Act.STATE:
        return Decision("operator")
    return _no("system-no-reading", "Un automate n'agit pas sur un dossier en son nom.", "CSP L.1110-4")


def _decide_patient(act: Act, now: datetime) -> Decision:
    if act in _LIFE or act in (Act.CHOOSE, Act.DELEGATE):
        return Decision("own-record")
    if act is Act.FEED:
        # What the person may deposit is a matter of documents: `carnet.record.documents.deposit_rules`.
        return Decision("own-deposit")
    if act in (Act.OPEN, Act.SEARCH, Act.READ, Act.EXPORT):
        blind = Flag.INVISIBLE_PATIENT | Flag.DELETED
        return Decision("own-record", Lens(blind=blind, types=ALL_TYPES, now=now))
    return _no("patient-act", "Cette action est faite par un professionnel.", "DMP, matrice d'habilitation")


def _decide_clerk(act: Act, standing: Standing) -> Decision:
    if act is Act.OPEN:
        return Decision("clerk-existence")
    if act in _LIFE:
        return Decision("clerk-collects")
    if act is Act.PRINT_CODES:
        if standing.structure_state == "allowed":
            return Decision("clerk-prints-codes")
        return _no(
            "clerk-codes-elsewhere",
            "Les codes d'accès s'impriment là où la personne est soignée : votre structure n'est pas dans son équipe.",
            "CSP L.1110-4, R.1111-46",
        )
    return _no(
        "clerk-no-content",
        "Un agent d'accueil crée des dossiers et n'en consulte pas le contenu.",
        "DMP, matrice d'habilitation (CPE)",
    )


def _decide_structure(act: Act, actor: Actor, standing: Standing, now: datetime) -> Decision:
    if act in (Act.OPEN, Act.FEED, Act.REGISTER):
        return Decision("structure-feeds")
    if act is Act.AUTHORISE:
        return _no("authorise-person", "Une autorisation est déclarée par un professionnel.", "DMP TD0.3")
    if act in _LIFE:
        return _at_the_desk(act)
    if act not in _READING:
        return _unnamed()
    if not standing.consent_required:
        return Decision("domain-open", Lens(blind=Flag.DELETED, types=ALL_TYPES, now=now))
    # A structure without a named user finds the references of its own deposits and nothing else.
    return Decision("structure-own", Lens(blind=Flag.DELETED, types=0, own=frozenset({actor.structure}), now=now))


def _decide_professional(act: Act, actor: Actor, standing: Standing, now: datetime) -> Decision:
    if act is Act.OPEN:
        return Decision("existence")
    if act in (Act.FEED, Act.REGISTER):
        return Decision("feeding-duty")
    if standing.person_state == "blocked":
        return _no(
            "professional-blocked", "La personne a bloqué votre accès à son dossier.", "CSP L.1111-16, R.1111-46"
        )
    if act is Act.AUTHORISE:
        return Decision("authorise-with-consent")
    if act in _LIFE:
        return _at_the_desk(act)
    if act not in _READING:
        return _unnamed()
    own = frozenset(name for name in (actor.person, actor.structure) if name)
    if not standing.consent_required:
        return Decision("domain-open", Lens(blind=Flag.DELETED, types=ALL_TYPES, own=own, now=now))
    if standing.person_state != "allowed" and standing.structure_state != "allowed":
        if act is Act.SEARCH:
            return _no(
                "authorisation-missing",
                "Vous n'avez pas d'autorisation d'accès à ce dossier. "
                "Avec l'accord de la personne, déclarez-vous autorisé.",
                "CSP R.1111-46; DMP TD0.3, TD3.1",
            )
        return Decision("author-own", Lens(blind=Flag.DELETED, types=0, own=own, now=now))
    if standing.treating:
        # The médecin traitant sees what is masked to other professionals (CSP L.1111-16).
        return Decision("treating-physician", Lens(blind=Flag.DELETED, types=ALL_TYPES, own=own, now=now))
    rule = "care-team" if standing.structure_state == "allowed" else "authorised"
    return Decision(rule, Lens(blind=Flag.MASKED | Flag.DELETED, types=ALL_TYPES, own=own, now=now))
