"""What the person of a record may do, and those who act for them: pure.

A parent acts for a minor, a guardian for a protected adult (representation), an assistant beside one (assistance: they
inform themselves and help, the person decides), a caregiver as far as the person let them, an heir of a deceased
person for one of three purposes and what is necessary to it.

Sources: CSP L.1110-4 V, L.1111-2, L.1111-7, L.1111-19, R.1111-50, R.1111-53; C. civ. 371-1, 425, 459; DMP, §5.4, §5.8.
"""

from __future__ import annotations

from datetime import date, datetime

from carnet.kernel.actor import Actor
from carnet.record.access.acts import LIFE, READING, Act
from carnet.record.access.decision import Decision, no, yes
from carnet.record.access.lens import ALL_TYPES, Flag, Lens
from carnet.record.access.rights import Rights
from carnet.record.access.standing import DelegateKind, Delegation, Scope, Standing

MAJORITY = 18
_REPRESENTING = (DelegateKind.PARENT, DelegateKind.GUARDIAN)
# What a caregiver never does in the person's place, however wide the delegation.
_PERSONAL = (Act.DELEGATE, Act.EXPORT, Act.TRACES)


def decide_patient(act: Act, actor: Actor, standing: Standing, now: datetime) -> Decision:
    """The decision for the person themselves, in their own record."""
    if standing.deceased:
        return no("deceased-own-account", actor)
    if act in LIFE or act in (Act.CHOOSE, Act.DELEGATE, Act.TRACES):
        return yes("own-record")
    if act is Act.FEED:
        # What the person may deposit is a matter of documents: `carnet.record.documents.deposit_rules`.
        return yes("own-deposit")
    if act in (Act.OPEN, Act.EXPORT, *READING):
        return yes("own-record", Lens(blind=_untold(standing) | Flag.DELETED, types=ALL_TYPES, now=now))
    return no("patient-act", actor)


def decide_delegate(act: Act, actor: Actor, standing: Standing, now: datetime, rights: Rights) -> Decision:
    """The decision for whoever acts in the person's place."""
    delegation = standing.delegation
    if delegation is None:
        return no("delegation-missing", actor)
    ended = _ended(delegation, standing, now, actor)
    if ended is not None:
        return ended
    if delegation.kind is DelegateKind.HEIR:
        return _heir(act, actor, delegation, standing, rights, now)
    if act in (Act.OPEN, *READING):
        return yes(f"delegate-{delegation.kind}", _delegate_lens(standing, now))
    if delegation.scope is Scope.READ:
        return no("delegate-scope", actor)
    if act is Act.FEED:
        return yes("delegate-deposit")
    if delegation.scope is Scope.DEPOSIT or delegation.kind is DelegateKind.ASSISTANT:
        return no("delegate-scope", actor)
    return _managing(act, actor, delegation, standing, now)


def _managing(act: Act, actor: Actor, delegation: Delegation, standing: Standing, now: datetime) -> Decision:
    """A delegation with the scope `manage`: representatives decide, caregivers arrange."""
    representing = delegation.kind in _REPRESENTING
    if act is Act.CHOOSE:
        return yes("delegate-chooses")
    if act in LIFE or act in _PERSONAL:
        if not representing:
            return no("delegate-personal", actor)
        lens = _delegate_lens(standing, now) if act is Act.EXPORT else None
        return yes("delegate-represents", lens)
    return no("patient-act", actor)


def _ended(delegation: Delegation, standing: Standing, now: datetime, actor: Actor) -> Decision | None:
    """What ends a delegation by itself: majority, death; heirs are heirs of the dead."""
    if delegation.kind is DelegateKind.HEIR:
        return heirs_stay_out(standing, actor)
    if standing.deceased:
        return no("delegation-ended-by-death", actor)
    if delegation.kind is DelegateKind.PARENT and (standing.born is None or is_of_age(standing.born, now.date())):
        return no("parent-of-adult", actor)
    return None


def heirs_stay_out(standing: Standing, actor: Actor) -> Decision | None:
    """Why nobody is an heir of this person, None when somebody may be."""
    if not standing.deceased:
        return no("heir-of-the-living", actor)
    return None if standing.choices.heirs else no("heir-opposed", actor)


def _heir(
    act: Act, actor: Actor, delegation: Delegation, standing: Standing, rights: Rights, now: datetime
) -> Decision:
    if act is Act.OPEN:
        return yes("heir-necessary")
    if act not in READING:
        return no("heir-reads-only", actor)
    # The person hid it from somebody when they could speak: their wish holds (L.1110-4 V).
    blind = Flag.MASKED | Flag.INVISIBLE_PATIENT | _delegate_blind(standing)
    types = rights.types_of_heir(delegation.purpose)
    return yes("heir-necessary", Lens(blind=blind, types=types, denied=standing.denied, now=now))


def _delegate_lens(standing: Standing, now: datetime) -> Lens:
    return Lens(
        blind=_delegate_blind(standing),
        types=ALL_TYPES,
        granted=standing.granted - standing.denied,
        denied=standing.denied,
        now=now,
    )


def _delegate_blind(standing: Standing) -> Flag:
    """What the person is told nothing of, and what a minor or a protected adult keeps from those who act for them."""
    return _untold(standing) | Flag.INVISIBLE_REPRESENTATIVES | Flag.SECRET | Flag.DELETED


def _untold(standing: Standing) -> Flag:
    """A withheld result opens to the person at its date (`opens_at`), unless they chose not to know (L.1111-2)."""
    return Flag.INVISIBLE_PATIENT if standing.choices.not_to_know else Flag(0)


def is_of_age(born: date, day: date) -> bool:
    """Whether somebody born on a day has come of age; who was born on 29 February does on 1 March."""
    return (day.year - born.year - ((day.month, day.day) < (born.month, born.day))) >= MAJORITY
