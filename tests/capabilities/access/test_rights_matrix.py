"""The functional rights matrix of the DMP, cell by cell, through every door that serves the action.

The cells are written here once more, from the matrix (PDT-INF-526 v1.8): `y` yes, `-` no, a digit the note under which
it is yes. Notes 1, 4: for the structure; 5: the reference of one's own only; 6: one's own documents only; 7: if the
person chose it; 8: by the author only; 9: documents of the structure only. TD2.1 and TD2.2 are one action here, the
second being an employee's.

The reinforced indirect mode (AIR, PDT-INF-606 v1.3) has the same cells but those of `REINFORCED_MATRIX`. It is a mode
of the assertion: SOAP is its only door, and whoever comes by it is named, never a whole structure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from carnet.kernel import database
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access.rights_tables import latest
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.wire.xds.model import DocumentEntry
from tests.capabilities.access.matrix_faces import FACES, Doors
from tests.capabilities.access.test_standing import choose, grant
from tests.capabilities.world import AUTHOR, CLERK, World

COLUMNS = ("PSN/n", "PSN/r", "PSN/b", "MED/n", "MED/r", "MED/b", "MTRAV", "MT/n", "MT/b", "CPE", "ES/n", "ES/r")
MATRIX = {
    "TD0.2": "yyy yyy y yy y yy",
    "TD0.3a": "y-- y-- - y- 1 --",
    "TD0.3b": "y-- y-- - y- - --",
    "TD0.3c": "--- --- - y- - --",
    "TD1.6": "y-- y-- y y- - --",
    "TD2.1": "yyy yyy y yy 4 44",
    "TD3.1m": "yyy yyy y yy - --",
    "TD3.1r": "yyy yyy y yy 5 55",
    "TD3.2n": "yyy yyy - yy - --",
    "TD3.2m": "677 677 - y7 - --",
    "TD3.2i": "yyy yyy - yy - --",
    "TD3.2a": "yyy yyy - yy - --",
    "TD3.3a": "y-- y-- y y- - --",
    "TD3.3a-": "8-- 8-- 8 y- - --",
    "TD3.3b": "y-- y-- y y- - --",
    "TD3.3d": "8-- 8yy 8 yy - --",
    "TD3.3c": "888 888 8 88 9 99",
}
REINFORCED_MATRIX = MATRIX | {"TD2.1": "--- --- - -- - --"}
DIRECT, REINFORCED = "vihf", "vihf-air"
# How one comes → the cells, the doors that know it, and the kinds of columns that it has not.
MODES = {
    DIRECT: (MATRIX, ("API", "SOAP", "FHIR", "web"), ()),
    REINFORCED: (REINFORCED_MATRIX, ("API", "SOAP"), (ActorKind.STRUCTURE,)),
}
NOT_SERVED = {
    "TD0.0": "lecture de la carte Vitale, retirée du DMP en 2023 : faite par le logiciel de l'accueil",
    "TD0.1": "portée par chaque appel ; éprouvée par les assertions refusées (tests/attacks/test_bad_vihf.py)",
    "TD0.4": "liste des dossiers autorisés d'un professionnel : pas encore servie",
    "TD0.5": "recherche sans INS d'un centre de régulation : pas encore servie",
    "TD0.9": "accès web contextuel (lien profond) : pas encore servi",
    "TD0.10": "accès web contextuel en AIR : pas encore servi",
    "TD1.3a": "données administratives : pas encore servies",
}
MASKS = {
    "TD3.2m": ("MASQUE_PS",),
    "TD3.2i": ("INVISIBLE_PATIENT",),
    "TD3.3a-": ("MASQUE_PS",),
    "TD3.3b": ("INVISIBLE_PATIENT",),
}
PAGE = Path(__file__).parents[3] / "docs" / "conformance" / "rights.md"
NAMES = {"y": "oui", "-": "non"} | {note: f"oui ({note})" for note in "1456789"}
FACE_NAMES = ("API", "SOAP", "FHIR", "web")


def cells(action: str, matrix: Mapping[str, str] = MATRIX) -> dict[str, str]:
    """Column → cell."""
    return dict(zip(COLUMNS, matrix[action].replace(" ", ""), strict=True))


def with_key(number: str, check: Callable[[str], object]) -> str:
    """A national identifier with its check digit."""
    return next(f"{number}{digit}" for digit in range(10) if check(f"{number}{digit}") is None)


class Stage:
    """One record with somebody for each column of the matrix."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.doors = Doors(self.world)
        samu = directory.Structure(
            id=with_key("199000001", directory.check_structure_id), name="SAMU FICTIF", sector="SA01", kind="SAMU"
        )
        assert directory.enrol_structure(actor=CLERK, structure=samu) is None
        self.actors: dict[str, Actor] = {}
        for number, column in enumerate(COLUMNS):
            self.actors[column] = self._actor(column, number, samu.id)

    def _actor(self, column: str, number: int, samu: str) -> Actor:
        kind, _, mode = column.partition("/")
        purpose = {"r": Purpose.REGULATION, "b": Purpose.BREAK_GLASS}.get(mode, Purpose.NORMAL)
        structure = samu if mode == "r" else with_key(f"1330007{number:02d}", directory.check_structure_id)
        if kind in ("CPE", "ES"):
            who = ActorKind.CLERK if kind == "CPE" else ActorKind.STRUCTURE
            return Actor(kind=who, person=f"machine-{number}", structure=structure, proof="vihf", purpose=purpose)
        actor = Actor(
            kind=ActorKind.PROFESSIONAL,
            person=with_key(f"899900007{number:02d}", directory.check_person_id),
            structure=structure,
            profession="60" if kind == "PSN" else "10",
            specialty="SM25" if kind == "MTRAV" else "SM54",
            purpose=purpose,
            proof="vihf",
        )
        self._enrol(actor)
        if mode in ("", "n") or kind == "MT":
            grant(self.world, "p:" + actor.person, basis="by-person")
        return actor

    def _enrol(self, actor: Actor) -> None:
        place = directory.Structure(id=actor.structure, name="CABINET FICTIF", sector="SA07", kind="Cabinet médical")
        if directory.structure(actor.structure) is None:
            assert directory.enrol_structure(actor=CLERK, structure=place) is None
        person = directory.Professional(
            id=actor.person,
            family="FICTIF",
            given="Camille",
            profession=actor.profession,
            specialty=actor.specialty if actor.profession == "10" else "",
            structures=(actor.structure,),
        )
        assert directory.enrol_professional(actor=CLERK, professional=person) is None

    def treating(self, column: str) -> None:
        """The médecin traitant of a column is the one there is."""
        person = "p:" + self.actors[column].person
        database.execute(
            "UPDATE access_authorisation SET treating = (grantee = %s) WHERE record_id = %s",
            (person, self.world.record_id),
        )

    def document(self, action: str, actor: Actor | None) -> DocumentEntry:
        """A document as the action wants it, deposited by the actor, or by somebody else of another structure."""
        by = AUTHOR if actor is None else replace(actor, purpose=Purpose.NORMAL, proof=DIRECT)
        return self.world.fed(*MASKS.get(action, ()), actor=by)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("action", MATRIX)
def test_every_cell_through_every_door(action: str, mode: str, db: None, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["*"]  # type: ignore[attr-defined]
    stage = Stage(World())
    matrix, doors, absent = MODES[mode]
    wrong = []
    for column, cell in cells(action, matrix).items():
        actor = replace(stage.actors[column], proof=mode)
        if actor.kind in absent:
            continue
        if column.startswith("MT/"):
            stage.treating(column)
        for face, question in FACES[action].items():
            if face not in doors:
                continue
            if face == "web" and actor.kind is not ActorKind.PROFESSIONAL:
                continue  # The pages of professionals are theirs alone: tests/portals.

            def asked(own: bool, actor: Actor = actor, question: object = question) -> bool:
                entry = stage.document(action, actor if own else None)
                with stage.doors.as_(actor):
                    return question(stage.doors, entry)  # type: ignore[operator, no-any-return]

            if action == "TD3.2a":
                wanted, found = answers_about_archives(stage, actor, cell, question)
            elif cell in "y-14":
                wanted, found = (cell != "-",), (asked(own=False),)
            elif cell in "5689":
                wanted, found = (True, False), (asked(own=True), asked(own=False))
            else:
                database.execute("DELETE FROM access_choice")
                without = asked(own=False)
                choose(stage.world, emergency_masked=True)
                wanted, found = (False, True), (without, asked(own=False))
                database.execute("DELETE FROM access_choice")
            restore(stage, column)
            if wanted != found:
                wrong.append((column, face, cell, found))
    assert not wrong, f"{action}: (column, door, cell, answers): {wrong}"


def answers_about_archives(
    stage: Stage, actor: Actor, cell: str, question: object
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """An archived document is read like another; what was deleted by nobody, ever (its bytes are on their way out)."""
    entry = stage.document("TD3.2a", None)
    assert isinstance(documents.archive(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)
    with stage.doors.as_(actor):
        return (cell == "y",), (question(stage.doors, entry),)  # type: ignore[operator]


def restore(stage: Stage, column: str) -> None:
    """What an answer changed of the actor's own standing."""
    actor = stage.actors[column]
    if actor.kind is not ActorKind.PROFESSIONAL:
        return
    database.execute("DELETE FROM access_authorisation WHERE grantee = %s", ("p:" + actor.person,))
    if column.endswith("/n") or column in ("MTRAV", "MT/b"):
        grant(stage.world, "p:" + actor.person, basis="by-person")
    if column.startswith("MT/"):
        stage.treating(column)


def page() -> str:
    """The page of what is served, and of what is not."""
    lines = [
        "# Rights matrix",
        "",
        "Generated by `python -m tests.capabilities.access.rights_page` from `test_rights_matrix.py` beside it, whose",
        "test fails when this page is not what it proves. Each cell was asked through each of the doors named in its",
        "line; the numbers are notes, explained in that file.",
        "",
        "| action | " + " | ".join(COLUMNS) + " | doors |",
        "| --- |" + " --- |" * (len(COLUMNS) + 1),
    ]
    differing = [action for action in MATRIX if REINFORCED_MATRIX[action] != MATRIX[action]]
    for action in MATRIX:
        doors = ", ".join(face for face in FACE_NAMES if face in FACES[action])
        lines.append(f"| {action} | " + " | ".join(NAMES[cell] for cell in cells(action).values()) + f" | {doors} |")
    lines += [
        "",
        "The reinforced indirect mode (AIR) was asked in the same way, at the API and by SOAP, but for the columns ES.",
        "Of what is served, its cells differ in: " + ", ".join(differing) + ", all « non ».",
        "",
        "## Not served",
        "",
        "| action | why |",
        "| --- | --- |",
    ]
    lines += [f"| {action} | {why} |" for action, why in NOT_SERVED.items()]
    missing = [
        f"| {action} | {', '.join(face for face in FACE_NAMES if face not in FACES[action])} |"
        for action in MATRIX
        if set(FACE_NAMES) - set(FACES[action])
    ]
    lines += ["", "## Doors that do not serve an action", "", "| action | doors |", "| --- | --- |", *missing, ""]
    return "\n".join(lines)


def test_the_page_says_what_is_proved() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: python -m tests.capabilities.access.rights_page"


def test_no_action_of_the_tables_is_forgotten() -> None:
    assert set(latest().direct) == set(latest().reinforced) == set(MATRIX) | set(NOT_SERVED) | {"TD2.2"}


def test_the_reinforced_mode_closes_what_the_page_says() -> None:
    differing = [cells(action, REINFORCED_MATRIX) for action in MATRIX if REINFORCED_MATRIX[action] != MATRIX[action]]
    assert differing, "the page says that some differ"
    assert {cell for one in differing for cell in one.values()} == {"-"}
