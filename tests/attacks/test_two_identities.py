"""One record, every sort of document in it, every reader and every reading surface: who sees what.

And whoever sees none of them gets, byte for byte, the same answers with the hidden documents in place and without.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from carnet.kernel import blobs, database
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status
from tests.attacks.test_hidden_documents import told
from tests.capabilities.filing import filed, provided
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World

EVERY = tuple(Status)
HIDDEN = ("MASQUE_PS", "INVISIBLE_PATIENT")
ELSEWHERE = {"repository_unique_id": "1.2.250.1.999.42", "hash": "c" * 40, "size": 12}

STRANGER = replace(OTHER, person="899900000033", structure="1330000003", name="DR INCONNU")
BLOCKED = replace(OTHER, person="899900000044", structure="1330000004", name="DR BLOQUÉ")
TREATING = replace(OTHER, person="899900000055", structure="1330000005", name="DR TRAITANT")
MACHINE = Actor(kind=ActorKind.STRUCTURE, person="machine", structure="1330000006", name="Machine", proof="vihf")
SENDER = Actor(kind=ActorKind.STRUCTURE, person="sih", structure=AUTHOR.structure, name="SIH", proof="vihf")

# What each document is, and what a search, by its trace, gives to each reader.
KINDS = (
    "normal", "masked", "invisible", "replaced", "replacing", "deleted", "archived", "foldered", "foreign", "patient",
)  # fmt: skip
COMMON = {"normal", "replaced", "replacing", "archived", "foldered", "foreign", "patient"}
AUTHORS = (COMMON | {"masked", "invisible"}) - {"patient"}
# Reader → (what a search about the patient lists, or why it is refused; what is had by its name).
TABLE: dict[str, tuple[set[str] | str, set[str]]] = {
    "stranger": ("authorisation-missing", set()),
    "blocked": ("professional-blocked", set()),
    "authorised": (COMMON | {"invisible"}, COMMON | {"invisible"}),
    "author": (COMMON | {"masked", "invisible"}, COMMON | {"masked", "invisible"}),
    "treating": (COMMON | {"masked", "invisible"}, COMMON | {"masked", "invisible"}),
    "structure": (set(), set()),
    "sender": (AUTHORS, AUTHORS),
    "patient": (COMMON | {"masked"}, COMMON | {"masked"}),
    "other patient": ("own-record-only", set()),
    "clerk": ("clerk-no-content", set()),
}
READERS = pytest.mark.parametrize("reader", TABLE)
# Those who see nothing of a document that is masked and not announced.
UNKNOWING = ("stranger", "blocked", "authorised", "structure", "patient", "other patient", "clerk")


class Case:
    """The record, its documents by kind, its readers."""

    def __init__(self) -> None:
        self.world = World()
        self.neighbour = World()
        world = self.world
        world.authorise(OTHER)
        world.authorise(TREATING, treating=True)
        database.execute(
            "INSERT INTO access_authorisation (record_id, grantee, state, since, basis, declared_by) "
            "VALUES (%s, %s, 'blocked', now(), 'patient', 'patient')",
            (world.record_id, "p:" + BLOCKED.person),
        )
        self.actors = {
            "stranger": STRANGER,
            "blocked": BLOCKED,
            "authorised": OTHER,
            "author": AUTHOR,
            "treating": TREATING,
            "structure": MACHINE,
            "sender": SENDER,
            "patient": world.patient,
            "other patient": self.neighbour.patient,
            "clerk": CLERK,
        }
        self.entries: dict[str, DocumentEntry] = {}
        self.kept = provided(world, filed(world, world.entry()))
        self.entries["foldered"] = self.kept.entries[0]

    @property
    def folder(self) -> str:
        """The folder that holds the foldered document."""
        return self.kept.folders[0].entry_uuid

    def fill(self) -> None:
        """One document of each other kind."""
        world, entries = self.world, self.entries
        entries["normal"] = world.fed()
        entries["masked"] = world.fed("MASQUE_PS")
        entries["invisible"] = world.fed("INVISIBLE_PATIENT")
        entries["replaced"] = world.fed()
        entries["replacing"] = self.related(world.masked(), AssociationType.REPLACE, entries["replaced"])
        entries["deleted"] = self.deleted(world.fed())
        entries["archived"] = self.archived(world.fed())
        entries["foreign"] = self.foreign()
        entries["patient"] = self.patients_own()
        assert set(entries) == set(KINDS)

    def hide(self) -> None:
        """Documents of every kind that only their author and the médecin traitant know of."""
        world = self.world
        first = world.fed(*HIDDEN)
        self.related(world.masked(*HIDDEN), AssociationType.REPLACE, first)
        self.related(world.masked(*HIDDEN), AssociationType.APPEND, self.entries["foldered"])
        provided(world, filed(world, world.masked(*HIDDEN)))
        provided(world, filed(world, world.masked(*HIDDEN), folder=self.folder))
        self.archived(world.fed(*HIDDEN))
        self.deleted(world.fed(*HIDDEN))
        self.foreign(*HIDDEN)
        provided(world, world.submission(world.masked(*HIDDEN, unique_id=first.unique_id)))

    def related(self, entry: DocumentEntry, kind: AssociationType, target: DocumentEntry) -> DocumentEntry:
        sent = self.world.submission(entry, relations=((entry.entry_uuid, kind, target.entry_uuid),))
        return provided(self.world, sent).entries[0]

    def deleted(self, entry: DocumentEntry) -> DocumentEntry:
        assert isinstance(documents.delete(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)
        return entry

    def archived(self, entry: DocumentEntry) -> DocumentEntry:
        assert isinstance(documents.archive(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)
        return entry

    def foreign(self, *masks: str) -> DocumentEntry:
        sent = self.world.submission(self.world.masked(*masks, **ELSEWHERE))
        answer = documents.register(actor=AUTHOR, domain="fr", submission=sent)
        assert isinstance(answer, documents.Provided), answer
        return answer.submission.entries[0]

    def patients_own(self) -> DocumentEntry:
        answer = documents.deposit(
            actor=self.world.patient,
            domain="fr",
            patient_id="",
            file=blobs.from_bytes(b"Mes allergies : aucune connue."),
            media_type="text/plain",
            title="Mes allergies",
            type_code="DOCPAT01",
            event_date=date(2026, 1, 2),
        )
        assert isinstance(answer, documents.Provided), answer
        return answer.submission.entries[0]

    def kinds(self, unique_ids: set[str]) -> set[str]:
        """The kinds of these documents."""
        names = {entry.unique_id: kind for kind, entry in self.entries.items()}
        return {names[unique_id] for unique_id in unique_ids}

    def about(self, actor: Actor) -> dict[str, Any]:
        """The words of a question about this patient."""
        own = actor.record_id == self.world.record_id
        return {"actor": actor, "domain": "fr", "patient_id": "" if own else self.world.cx}


@pytest.fixture
def case(transactional_db: None) -> Case:
    """The record and its readers."""
    return Case()


def listings(case: Case, actor: Actor) -> dict[str, object]:
    """Every question about the patient."""
    said = case.about(actor)
    return {
        "FindDocuments": documents.find(query=documents.DocumentQuery(statuses=EVERY), related=True, **said),
        "FindDocuments, one": documents.find(query=documents.DocumentQuery(statuses=EVERY, limit=1), **said),
        "FindDocuments by author": documents.find(
            query=documents.DocumentQuery(statuses=EVERY, author_persons=("%",)), **said
        ),
        "GetAll": documents.get_all(
            query=documents.ContentsQuery(
                entry_statuses=EVERY, set_statuses=EVERY, folder_statuses=EVERY,
                only=documents.EntryFilter(on_demand=True),
            ),
            **said,
        ),
        "FindSubmissionSets": documents.find_sets(query=documents.SetQuery(statuses=EVERY), **said),
        "FindFolders": documents.find_folders(query=documents.FolderQuery(statuses=EVERY), **said),
        "ITI-66": documents.find_lists(statuses=EVERY, **said),
    }  # fmt: skip


def by_name(case: Case, actor: Actor, entry: DocumentEntry) -> dict[str, object]:
    """Every question that names a document, a folder or a set."""
    said: dict[str, Any] = {"actor": actor, "domain": "fr"}
    types = tuple(kind.value for kind in AssociationType)
    return {
        "GetDocuments": documents.get(entry_uuids=(entry.entry_uuid,), related=True, **said),
        "GetDocuments by uniqueId": documents.get(unique_ids=(entry.unique_id,), **said),
        "GetDocuments by logicalId": documents.get(logical_ids=(entry.logical_id,), **said),
        "GetFolders": documents.get_folders(entry_uuids=(case.folder,), **said),
        "GetFolderAndContents": documents.get_folder_and_contents(entry_uuid=case.folder, **said),
        "GetFoldersForDocument": documents.get_folders_for_document(entry_uuid=entry.entry_uuid, **said),
        "GetSubmissionSets": documents.get_sets(uuids=(entry.entry_uuid, case.folder), **said),
        "GetSubmissionSetAndContents": documents.get_set_and_contents(
            entry_uuid=case.kept.submission_set.entry_uuid, **said
        ),
        "GetAssociations": documents.get_associations(uuids=(entry.entry_uuid, case.folder), **said),
        "GetDocumentsAndAssociations": documents.get_documents_and_associations(
            entry_uuids=(entry.entry_uuid,), **said
        ),
        "GetRelatedDocuments": documents.get_related_documents(
            entry_uuid=entry.entry_uuid, association_types=types, **said
        ),
        "List": documents.get_list(entry_uuid=case.folder, **said),
    }


def uids(answer: object) -> set[str]:
    """The documents of an answer."""
    assert isinstance(answer, documents.Found | documents.FoundObjects), answer
    return {entry.unique_id for entry in answer.entries}


@READERS
def test_each_reader_finds_what_the_table_says(case: Case, reader: str) -> None:
    case.fill()
    actor, (wanted, _) = case.actors[reader], TABLE[reader]
    answers = listings(case, actor)
    if isinstance(wanted, str):
        assert {answer.rule for answer in answers.values() if isinstance(answer, Refusal)} == {wanted}
        assert all(isinstance(answer, Refusal) for answer in answers.values())
        return
    found, one = answers["FindDocuments"], answers["FindDocuments, one"]
    assert case.kinds(uids(found)) == wanted
    assert case.kinds(uids(answers["FindDocuments by author"])) == wanted
    assert case.kinds(uids(answers["GetAll"])) == wanted
    assert isinstance(found, documents.Found)
    assert isinstance(one, documents.Found)
    assert (found.total, one.total, one.next is None) == (len(wanted), len(wanted), len(wanted) < 2)
    sets, folders, lists = (answers[name] for name in ("FindSubmissionSets", "FindFolders", "ITI-66"))
    assert isinstance(sets, documents.FoundObjects)
    assert isinstance(folders, documents.FoundObjects)
    assert isinstance(lists, documents.FoundLists)
    # Each document came in a set of its own.
    assert (len(sets.sets), len(lists.sets)) == (len(wanted), len(wanted))
    assert len(folders.folders) == len(lists.folders) == ("foldered" in wanted)
    ends = {end for link in getattr(answers["GetAll"], "associations", ()) for end in (link.source, link.target)}
    for kind in set(KINDS) - wanted:
        assert case.entries[kind].entry_uuid not in ends, kind


@READERS
def test_each_reader_gets_by_name_what_the_table_says(case: Case, reader: str) -> None:
    case.fill()
    actor, (_, wanted) = case.actors[reader], TABLE[reader]
    for kind, entry in case.entries.items():
        for name, answer in by_name(case, actor, entry).items():
            if name.startswith("GetDocuments"):
                assert (entry.unique_id in uids(answer)) == (kind in wanted), (name, kind)
            elif kind not in wanted:
                assert entry.unique_id not in repr(answer), (name, kind)
        read = case.world.read(actor, entry.unique_id)
        if reader == "sender":
            # A structure without a named user finds its references and reads nothing (rights matrix, note 5).
            assert read == "document-unknown"
        elif kind in wanted and kind != "foreign":
            assert isinstance(read, bytes), (kind, read)
        else:
            assert read == ("document-elsewhere" if kind in wanted else "document-unknown"), kind
        possible = documents.possible(actor=actor, domain="fr", entry_uuid=entry.entry_uuid)
        assert not possible.acts or kind in wanted, kind


@pytest.mark.parametrize("reader", UNKNOWING)
def test_hidden_documents_change_no_answer_of_the_record(case: Case, reader: str) -> None:
    actor = case.actors[reader]

    def said() -> bytes:
        answers = listings(case, actor) | by_name(case, actor, case.entries["foldered"])
        return "\n".join(f"{name}: {answer!r}" for name, answer in answers.items()).encode()

    before = said()
    case.hide()
    assert said() == before


# What differs from one answer to the next whoever asks: the token of a form, the number of an exchange, the minute.
_OWN = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|nonce-[\w+/=-]+|Liste lue le [^<]*|\d\d:\d\d(?::\d\d)?'
)
_HEADERS = ("X-Request-Id", "Date", "Content-Security-Policy", "Set-Cookie", "Content-Length", "Expires")


@pytest.mark.parametrize("reader", [*UNKNOWING, "anonymous"])
def test_hidden_documents_change_no_byte_at_the_doors(
    case: Case, reader: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    actor = case.actors.get(reader)
    entry = case.entries["foldered"]
    machines, people = Client(), Client()
    if actor is not None:
        monkeypatch.setattr("carnet.exchange.fhir.door.actor_of_certificate", lambda **_: actor)
        monkeypatch.setattr("carnet.portals.frame.session.actor_of_request", lambda _: actor)
        people.force_login(get_user_model().objects.create(username="reader"))
    patient = f"patient.identifier=urn:oid:{case.world.identifier.system}|{case.world.identifier.value}"
    uuid, record = UUID(entry.entry_uuid[9:]), f"{case.world.record_id:016x}"
    fhir = [
        f"/fhir/DocumentReference?{patient}&status=current,superseded",
        f"/fhir/DocumentReference?{patient}&status=current&_count=1",
        f"/fhir/DocumentReference/{uuid}",
        f"/fhir/List?{patient}&code=folder&status=current",
        f"/fhir/List?{patient}&code=submissionset&status=current",
        f"/fhir/List/{case.folder[9:]}",
        f"/fhir/Binary/{uuid}",
    ]
    pages = [
        f"/pro/dossier/{record}/",
        f"/pro/dossier/{record}/?remplaces=1",
        f"/pro/dossier/{record}/document/{uuid}/",
        f"/pro/dossier/{record}/document/{uuid}/fichier/",
        "/patient/",
        "/patient/?remplaces=1",
        f"/patient/document/{uuid}/",
    ]

    def said() -> dict[str, tuple[int, bytes, list[tuple[str, str]]]]:
        answers = {}
        for client, port, places in ((machines, "machines", fhir), (people, "people", pages)):
            for place in places:
                answer = client.get(place, headers={"X-Carnet-Port": port})
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                kept = sorted((name, value) for name, value in answer.items() if name not in _HEADERS)
                answers[place] = (answer.status_code, _OWN.sub(b"", body), kept)
        return answers

    before = said()
    case.hide()
    after = said()
    for place, answer in before.items():
        assert after[place] == answer, place
    if reader == "authorised":
        assert [before[place][0] for place in fhir] == [200] * len(fhir), "a comparison of refusals would prove nothing"
        assert [before[place][0] for place in pages[:4]] == [200] * 4
    if reader == "patient":
        assert [before[place][0] for place in pages[4:]] == [200] * 3
    if reader in ("stranger", "blocked", "anonymous"):
        assert all(entry.title.encode() not in body for _, body, _ in before.values())


def test_hidden_documents_add_no_line_to_the_journal_that_the_patient_reads(case: Case) -> None:
    before = told(case.world)
    case.hide()
    assert told(case.world) == before, "CSP R.1111-53: nothing is told before two weeks"


@pytest.mark.parametrize("reader", ["stranger", "authorised", "structure"])
def test_writing_towards_what_is_hidden_is_answered_like_writing_towards_nothing(case: Case, reader: str) -> None:
    actor, world = case.actors[reader], case.world
    hidden = provided(world, filed(world, world.masked(*HIDDEN)))
    nothing = provided(case.neighbour, filed(case.neighbour, case.neighbour.entry()))

    def refused(target: str, write: Callable[[str], object]) -> str:
        return re.sub(r"urn:uuid:[0-9a-f-]{36}|[\d.]{20,}", "", repr(write(target)))

    def relate(kind: AssociationType) -> Callable[[str], object]:
        def write(target: str) -> object:
            answer = world.provide(world.submission(relations=(("document", kind, target),)), actor=actor)
            # What is registered bears ids of its own; what is said of the target is what matters.
            return answer if isinstance(answer, Refusal) else answer.warnings

        return write

    def into_folder(target: str) -> object:
        answer = world.provide(filed(world, world.entry(), folder=target), actor=actor)
        return answer if isinstance(answer, Refusal) else answer.warnings

    def hold(target: str) -> object:
        answer = world.provide(filed(world, held=(target,)), actor=actor)
        return answer if isinstance(answer, Refusal) else answer.warnings

    entry, folder = hidden.entries[0].entry_uuid, hidden.folders[0].entry_uuid
    for kind in (AssociationType.REPLACE, AssociationType.APPEND, AssociationType.TRANSFORM):
        assert refused(entry, relate(kind)) == refused(nothing.entries[0].entry_uuid, relate(kind)), kind
    assert refused(folder, into_folder) == refused(nothing.folders[0].entry_uuid, into_folder)
    assert refused(entry, hold) == refused(nothing.entries[0].entry_uuid, hold)
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=(entry,))
    assert isinstance(found, documents.Found)
    assert [one.status for one in found.entries] == [Status.APPROVED]
