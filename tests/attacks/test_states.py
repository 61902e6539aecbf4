"""Changing states must neither publish, nor delete for strangers, nor tell of what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry, Status
from tests.attacks.test_hidden_documents import CURIOUS_STRUCTURE, statements_of, told
from tests.capabilities.world import AUTHOR, CLERK, LEVELS, MASKS, OTHER, World, rules_of

ACTS = ("mask", "unmask", "reveal", "archive", "unarchive", "delete")
N = Code("N", LEVELS, "Normal")


def do(act: str, actor: Actor, entry: DocumentEntry, **more: object) -> documents.Changed | Refusal:
    return getattr(documents, act)(actor=actor, domain="fr", logical_id=entry.logical_id, **more)


def present(world: World, entry: DocumentEntry) -> DocumentEntry:
    found = documents.get(actor=AUTHOR, domain="fr", logical_ids=(entry.logical_id,))
    assert isinstance(found, documents.Found)
    return max(found.entries, key=lambda one: one.version)


def codes(entry: DocumentEntry) -> set[str]:
    return {code.code for code in entry.confidentiality_codes}


@pytest.mark.parametrize("way", ["unmask", "codes"])
def test_to_unmask_publishes_no_result_that_was_not_announced(world: World, way: str) -> None:
    hidden = world.fed("MASQUE_PS", "INVISIBLE_PATIENT")
    if way == "unmask":
        assert isinstance(do("unmask", AUTHOR, hidden), documents.Changed)
    else:
        # What a client does that replaces the first security label by N: two acts in one.
        answer = documents.set_confidentiality(actor=AUTHOR, domain="fr", logical_id=hidden.logical_id, codes=(N,))
        assert rules_of(answer) == ["confidentiality-one-act"]
    assert "INVISIBLE_PATIENT" in codes(present(world, hidden))
    assert world.seen(world.patient, statuses=tuple(Status)) == set()
    assert world.read(world.patient, hidden.unique_id) == "document-unknown"


def test_the_patient_cannot_reveal_to_themself_what_waits_for_its_announcement(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    before = told(world)
    for act in ACTS:
        assert rules_of(do(act, world.patient, hidden)) == ["document-unknown"]
    answer = documents.set_confidentiality(actor=world.patient, domain="fr", logical_id=hidden.logical_id, codes=(N,))
    assert rules_of(answer) == ["document-unknown"]
    assert codes(present(world, hidden)) == {"N", "INVISIBLE_PATIENT"}
    assert told(world) == before


def test_the_journal_tells_no_change_of_a_document_that_was_not_announced(world: World) -> None:
    hidden = world.fed("INVISIBLE_PATIENT")
    before = told(world)
    for act in ("mask", "unmask", "archive", "unarchive"):
        assert isinstance(do(act, AUTHOR, hidden), documents.Changed)
    assert told(world) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("reader", ["professional", "structure", "patient", "clerk"])
def test_a_hidden_target_answers_like_an_unknown_one(
    world: World, monkeypatch: pytest.MonkeyPatch, act: str, reader: str
) -> None:
    hidden = world.fed("MASQUE_PS", "INVISIBLE_PATIENT")
    world.authorise(OTHER)
    actor = {"professional": OTHER, "structure": CURIOUS_STRUCTURE, "patient": world.patient, "clerk": CLERK}[reader]

    def asked(uuid: str) -> object:
        said = {"actor": actor, "domain": "fr", "asserted_patient": world.cx}
        return [getattr(documents, act)(**{name: uuid}, **said) for name in ("entry_uuid", "logical_id")]

    unknown = uuid4().urn
    assert asked(hidden.entry_uuid) == asked(unknown)
    assert statements_of(lambda: asked(hidden.entry_uuid), monkeypatch) == statements_of(
        lambda: asked(unknown), monkeypatch
    )
    assert present(world, hidden).version == 1


@pytest.mark.parametrize("wanted", [(N,), (N, Code("MASQUE_PS", MASKS)), (), (Code("R", LEVELS),)])
def test_codes_wanted_for_a_hidden_document_are_not_compared(world: World, wanted: tuple[Code, ...]) -> None:
    hidden = world.fed("MASQUE_PS")
    world.authorise(OTHER)

    def asked(name: str) -> object:
        return documents.set_confidentiality(actor=OTHER, domain="fr", logical_id=name, codes=wanted)

    assert asked(hidden.logical_id) == asked(uuid4().urn)
    assert rules_of(asked(hidden.logical_id)) == ["document-unknown"]


STRANGERS: dict[str, Callable[[World], Actor]] = {
    "who has nothing to do with it": lambda _: OTHER,
    "another structure": lambda _: CURIOUS_STRUCTURE,
    "another patient": lambda _: World().patient,
    "the desk": lambda _: CLERK,
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_deletes_nothing(world: World, who: str) -> None:
    entry = world.fed()
    assert rules_of(do("delete", STRANGERS[who](world), entry)) == ["document-unknown"]
    assert present(world, entry).status is Status.APPROVED


def test_a_machine_that_takes_the_patients_name_gives_them_nothing_to_delete(world: World) -> None:
    impostor = Actor(
        kind=ActorKind.STRUCTURE, person=world.patient.person, structure=OTHER.structure, name="JEAN", proof="vihf"
    )
    entry = world.fed(actor=impostor)
    assert rules_of(do("delete", world.patient, entry)) == ["own-deposit-only"]
    assert rules_of(do("mask", impostor, entry)) == ["state-person"]


def test_a_name_in_the_metadata_makes_no_author_of_a_strangers_deposit(world: World) -> None:
    entry = world.fed(actor=OTHER)
    world.authorise(AUTHOR)
    assert entry.authors[0].person.startswith(AUTHOR.person)
    assert rules_of(do("delete", AUTHOR, entry)) == ["delete-own"]


def test_nothing_leads_back_to_a_deleted_document(world: World) -> None:
    entry = world.fed()
    assert isinstance(do("delete", AUTHOR, entry), documents.Changed)
    for act in ACTS:
        assert rules_of(do(act, AUTHOR, entry)) == ["document-unknown"]
    relations = (("document", AssociationType.REPLACE, entry.entry_uuid),)
    answer = world.provide(world.submission(relations=relations))
    assert isinstance(answer, documents.Provided)
    assert [problem.rule for problem in answer.warnings] == ["replace-unknown"]
    contents = documents.get_all(actor=AUTHOR, domain="fr", patient_id=world.cx, query=documents.ContentsQuery())
    if not isinstance(contents, Refusal):
        assert entry.unique_id not in {one.unique_id for one in contents.entries}


def test_a_proof_about_one_patient_changes_nothing_of_another(world: World) -> None:
    entry = world.fed()
    assert rules_of(do("mask", AUTHOR, entry, asserted_patient=World().cx)) == ["document-unknown"]
    assert rules_of(do("mask", AUTHOR, entry, asserted_patient="")) == ["vihf-patient-missing"]
    assert codes(present(world, entry)) == {"N"}
