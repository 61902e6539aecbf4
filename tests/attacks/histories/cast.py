"""Who acts in the histories, and the two records they act on: an adult's, and a child's whom the adult represents."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.record.identity import api as identity
from tests.capabilities.world import AUTHOR, CLERK, HOSPITAL, OTHER, World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator", name="operator", proof="process")
CHILD_BORN = date(2019, 2, 1)


class Minor(World):
    """The record of a child."""

    def create(self) -> access.Created | access.Refusal:  # type: ignore[name-defined]
        number = f"1190275{secrets.randbelow(10**6):06d}"
        self.identifier = identity.PatientIdentifier("1.2.250.1.213.1.4.10", number + identity.ins_key(number), "NH")
        self.cx = identity.format_cx(self.identifier)
        self.traits = replace(self.traits, given_names="LÉO", first_given="LÉO", birth_date=CHILD_BORN)
        return super().create()


def _with(number: int, profession: str, name: str, **more: str) -> Actor:
    rank = f"{number:02d}"
    values = {"person": f"8999000000{rank[0]}{rank[1]}", "structure": f"13300000{rank}", "profession": profession}
    return replace(OTHER, name=name, **(values | more))


COLLEAGUE = _with(61, "10", "DR CONFRÈRE", structure=HOSPITAL)
TREATING = _with(55, "10", "DR TRAITANT")
PHARMACIST = _with(66, "21", "PHARMACIE")
DENTIST = _with(71, "40", "DR DENTISTE")
AIDE = _with(72, "35", "AIDE")
STRANGER = _with(33, "10", "DR INCONNU")
OCCUPATIONAL = _with(77, "10", "DR TRAVAIL", specialty="SM25")
URGENT = replace(_with(88, "10", "DR URGENCE"), purpose=Purpose.BREAK_GLASS, proof="vihf")
MACHINE = Actor(kind=ActorKind.STRUCTURE, person="sih", structure=HOSPITAL, name="SIH", proof="vihf")
FOREIGN_MACHINE = replace(MACHINE, person="labo", structure=STRANGER.structure, name="LABO")
PROFESSIONALS = {
    "author": AUTHOR,
    "other": OTHER,
    "colleague": COLLEAGUE,
    "treating": TREATING,
    "pharmacist": PHARMACIST,
    "dentist": DENTIST,
    "aide": AIDE,
    "stranger": STRANGER,
    "occupational": OCCUPATIONAL,
}


@dataclass
class Cast:
    """The records by name, and every identity by name."""

    records: dict[str, World]
    people: dict[str, Actor]


def assemble() -> Cast:
    """Fresh records, everybody in the directory."""
    for structure in sorted({one.structure for one in (*PROFESSIONALS.values(), FOREIGN_MACHINE)}):
        known = Structure(id=structure, name=f"STRUCTURE {structure}", sector="SA01", kind="Établissement")
        directory.enrol_structure(actor=OPERATOR, structure=known)
    for one in PROFESSIONALS.values():
        person = Professional(
            id=one.person,
            family=one.name,
            given="CAMILLE",
            profession=one.profession,
            specialty=one.specialty,
            structures=(one.structure,),
        )
        directory.enrol_professional(actor=OPERATOR, professional=person)
    adult, child = World(), Minor()
    people = dict(PROFESSIONALS) | {
        "machine": MACHINE,
        "foreign machine": FOREIGN_MACHINE,
        "clerk": CLERK,
        "adult": adult.patient,
        "child": child.patient,
        "parent": replace(adult.patient, kind=ActorKind.DELEGATE, record_id=child.record_id),
        "caregiver": replace(child.patient, kind=ActorKind.DELEGATE, record_id=adult.record_id),
        "break-glass": URGENT,
    }
    return Cast({"adult": adult, "child": child}, people)
