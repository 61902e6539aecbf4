"""The associations that an ITI-65 Bundle says: members by List.entry, relations by relatesTo (MHD 4.2.3, 3:4.5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.faults import MHD_65, Faults
from carnet.wire.fhir.relations import read_relations, target_of
from carnet.wire.xds.model import Association, AssociationType

_HAS_MEMBER = AssociationType.HAS_MEMBER
REPLACING = (AssociationType.REPLACE, AssociationType.TRANSFORM_REPLACE)


class Place(msgspec.Struct, frozen=True):
    """A resource of the Bundle: its path, its fullUrl, and the id of the object it is."""

    path: str
    full_url: str
    id: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What the Bundle brings. `ids` are the ids of its documents, `folder_ids` of the folders it brings or adds to, by
    fullUrl and by `Type/id`; `brought` are those of the folders that it brings.
    """

    sets: Sequence[tuple[Place, fhir.List]]
    folders: Sequence[tuple[Place, fhir.List]]
    documents: Sequence[tuple[Place, fhir.DocumentReference]]
    ids: Mapping[str, str]
    folder_ids: Mapping[str, str]
    brought: frozenset[str]


def read(contents: Contents, faults: Faults) -> list[Association]:
    """Every association; an empty source stands for the set. What names nothing is recorded in `faults`."""
    found: list[Association] = []
    members: set[str] = set()
    for place, the_set in contents.sets[:1]:
        for number, item in enumerate(the_set.entry):
            _member_of_set(contents, f"{place.path}.resource.entry[{number}].item", item.item, members, found, faults)
    for place, folder in contents.folders:
        _not_a_member(contents, place, members, faults)
        inside: set[str] = set()
        for number, item in enumerate(folder.entry):
            path = f"{place.path}.resource.entry[{number}].item"
            target = _document(contents, item.item)
            if not target:
                _dangling(faults, path, item.item)
            elif target not in inside:
                inside.add(target)
                found.append(_link(len(found), _HAS_MEMBER, place.id, target))
    for place, resource in contents.documents:
        _not_a_member(contents, place, members, faults)
        relations = read_relations(resource.relatesTo, faults, f"{place.path}.resource", contents.ids)
        for kind, target in relations:
            found.append(_link(len(found), kind, place.id, target))
    return found


def replaced(associations: Sequence[Association]) -> set[str]:
    """The targets of what replaces."""
    return {association.target for association in associations if association.type in REPLACING}


def names_something_else(contents: Contents) -> bool:
    """Whether the set or a folder names a document that the Bundle does not bring."""
    items = [item.item for _, one in (*contents.sets, *contents.folders) for item in one.entry]
    return any(_outside(reference) for reference in items)


def _member_of_set(
    contents: Contents,
    path: str,
    reference: fhir.Reference | None,
    members: set[str],
    found: list[Association],
    faults: Faults,
) -> None:
    text = (reference.reference or "") if reference else ""
    folder = contents.folder_ids.get(text)
    target = folder or _document(contents, reference)
    if not target:
        _dangling(faults, path, reference)
    elif target not in members:
        members.add(target)
        if folder is None:
            status = "Original" if text in contents.ids else "Reference"
            found.append(_link(len(found), _HAS_MEMBER, "", target, status))
        elif folder in contents.brought:
            found.append(_link(len(found), _HAS_MEMBER, "", target))


def _document(contents: Contents, reference: fhir.Reference | None) -> str:
    """The document that an item names, of the Bundle or not; empty when it names none."""
    text = (reference.reference or "") if reference else ""
    return contents.ids.get(text) or _outside(reference)


def _outside(reference: fhir.Reference | None) -> str:
    # A URN that is no fullUrl of the Bundle is a mistake in it, and not the name of something that is there.
    if reference is None or (reference.reference or "").startswith("urn:"):
        return ""
    return target_of(reference, {})


def _not_a_member(contents: Contents, place: Place, members: set[str], faults: Faults) -> None:
    document = place.id not in contents.folder_ids.values()
    if contents.sets and place.id not in members and (document or place.id in contents.brought):
        text = "La fiche n'est pas dans List.entry." if document else "Le classeur n'est pas dans List.entry du lot."
        faults.add("not-a-member", text, f"{place.path}.fullUrl", found=place.full_url, source=MHD_65)


def _dangling(faults: Faults, path: str, reference: fhir.Reference | None) -> None:
    faults.add(
        "dangling-reference", "Cette référence ne mène ni à une ressource du Bundle, ni à une fiche par son id.", path,
        found=(reference.reference or "") if reference else "",
        expected="un fullUrl du Bundle, ou DocumentReference/<id>", source=MHD_65,
    )  # fmt: skip


def _link(number: int, kind: AssociationType, source: str, target: str, set_status: str = "") -> Association:
    return Association(
        entry_uuid=f"association-{number + 1}", type=kind, source=source, target=target, set_status=set_status
    )
