"""What is wrong with the associations of a submission, before anything is looked up (IHE ITI TF-3 §4.2.2).

    HasMember   set → what it brings; set → an entry that is there (Reference); folder → entry
    RPLC, XFRM, APND, XFRM_RPLC   an entry of the set → an entry that is there (XFRM, APND: or another of the set)
    signs       a signature of the set → an entry, of the set or not, or the set itself

An end is the id of an object of the submission, or names one that is there: by its entryUUID, or where the door says
so by its logicalId or uniqueId (`pointing`).
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.kernel.errors import Problem, Reason
from carnet.record.documents import rows
from carnet.record.documents.members import ORIGINAL, REFERENCE
from carnet.record.documents.problems import invalid
from carnet.wire.xds.model import Association, AssociationType, Submission

REPLACING = (AssociationType.REPLACE, AssociationType.TRANSFORM_REPLACE)
_SOURCE = "IHE ITI TF-3 §4.2.2"
_MEMBERS = "IHE ITI TF-3 §4.2.2.1 (HasMember)"
_RELATIONS = "IHE ITI TF-3 §4.2.2.2"


def check(submission: Submission) -> Iterator[Problem]:
    """Every problem of the associations of a submission."""
    ends = _Ends(submission)
    members: set[str] = set()
    replaced: set[str] = set()
    for association in submission.associations:
        if association.type not in tuple(AssociationType):
            yield invalid(
                "association-type",
                "Association.associationType",
                "Ce type d'association n'existe pas.",
                association.type,
                ", ".join(kind.rpartition(":")[2] for kind in AssociationType),
                _SOURCE,
            )
        elif association.type == AssociationType.HAS_MEMBER:
            if association.source == submission.submission_set.entry_uuid:
                members.add(association.target)
                yield from _member_of_set(association, ends)
            else:
                yield from _member_of_folder(association, ends)
        else:
            yield from _relation(association, ends)
            if association.type in REPLACING:
                if association.target in replaced:
                    yield _replaced_twice(association)
                replaced.add(association.target)
    for own in (*ends.entries, *ends.folders):
        if own not in members:
            yield invalid(
                "member-missing",
                "Association",
                "Aucune association HasMember ne relie cet objet à son lot.",
                own,
                "HasMember du lot vers chacune de ses fiches et chacun de ses classeurs",
                "IHE ITI TF-3 §4.2.1.4",
            )


class _Ends:
    """The objects of a submission that an association may name."""

    def __init__(self, submission: Submission) -> None:
        self.set_id = submission.submission_set.entry_uuid
        self.entries = [entry.entry_uuid for entry in submission.entries]
        self.folders = [folder.entry_uuid for folder in submission.folders]
        self.memberships = {
            association.entry_uuid
            for association in submission.associations
            if association.entry_uuid
            and association.type == AssociationType.HAS_MEMBER
            and association.source != self.set_id
        }

    def outside(self, end: str) -> bool:
        """Whether an end can only be something that is there already."""
        named = rows.uuid_of(end) is not None or end.startswith("urn:oid:")
        return named and end not in (self.set_id, *self.entries, *self.folders)


def _member_of_set(association: Association, ends: _Ends) -> Iterator[Problem]:
    target, status = association.target, association.set_status
    if target in ends.entries:
        if status not in ("", ORIGINAL):
            yield _status(status, ORIGINAL, "Une fiche que le lot apporte en est un membre original.")
    elif target in ends.folders or target in ends.memberships:
        return
    elif not ends.outside(target):
        yield unresolved("member-unknown", "Association.targetObject", target, "Le lot ne contient pas cet objet.")
    elif status != REFERENCE:
        yield _status(status, REFERENCE, "Une fiche que le lot n'apporte pas en est un membre par référence.")


def _member_of_folder(association: Association, ends: _Ends) -> Iterator[Problem]:
    source, target = association.source, association.target
    if source in ends.entries:
        yield _end("Association.sourceObject", "Une fiche ne contient rien.", source, "un lot ou un classeur", _MEMBERS)
        return
    if source not in ends.folders and not ends.outside(source):
        yield unresolved("association-source", "Association.sourceObject", source, "Cette source n'est pas connue.")
    if target in ends.folders or target in ends.memberships or target == ends.set_id:
        yield _end("Association.targetObject", "Un classeur ne contient que des fiches.", target, "une fiche", _MEMBERS)
    elif target not in ends.entries and not ends.outside(target):
        yield unresolved("association-target", "Association.targetObject", target, "Cette cible n'est pas connue.")


def _relation(association: Association, ends: _Ends) -> Iterator[Problem]:
    source, target = association.source, association.target
    if source not in ends.entries:
        yield invalid(
            "association-source",
            "Association.sourceObject",
            "La source de l'association n'est pas une fiche du lot.",
            source,
            "l'id d'une fiche du lot",
            _RELATIONS,
        )
    of_the_set = target == ends.set_id and association.type == AssociationType.SIGNS
    if source == target:
        yield _end("Association.targetObject", "Une fiche ne se rapporte pas à elle-même.", target, "une autre fiche")
    elif target in ends.entries:
        if association.type in REPLACING:
            yield _end(
                "Association.targetObject", "Un lot ne remplace pas ce qu'il apporte.", target, "une fiche du dossier"
            )
    elif target in ends.folders or target in ends.memberships or (target == ends.set_id and not of_the_set):
        yield _end("Association.targetObject", "La cible d'une relation est une fiche.", target, "une fiche")
    elif not of_the_set and not ends.outside(target) and association.type not in REPLACING:
        yield unresolved("association-target", "Association.targetObject", target, "Cette cible n'est pas connue.")


def unresolved(rule: str, field: str, found: str, text: str) -> Problem:
    """An end that names nothing, or nothing that the sender can see."""
    return invalid(
        rule,
        field,
        text,
        found[:100],
        "l'id d'un objet du lot ou l'entryUUID d'un objet du dossier",
        "IHE ITI TF-3 §4.2.4.1 (UnresolvedReferenceException)",
        Reason.UNRESOLVED,
    )


def _status(found: str, expected: str, text: str) -> Problem:
    return invalid("member-status", "Association.SubmissionSetStatus", text, found, expected, _MEMBERS)


def _end(field: str, text: str, found: str, expected: str, source: str = _RELATIONS) -> Problem:
    return invalid("association-end", field, text, found, expected, source)


def _replaced_twice(association: Association) -> Problem:
    return invalid(
        "replace-twice",
        "Association.targetObject",
        "Deux fiches du lot remplacent le même document.",
        association.target,
        "un remplaçant par document",
        "IHE ITI TF-3 §4.2.2.2.3 (XDSRegistryDeprecatedDocumentError)",
        Reason.DEPRECATED,
    )
