"""What a document's page and a list say, made in this process: kept elsewhere, signed, related; long lists."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import msgspec
import pytest
from django.http import Http404
from django.template.loader import render_to_string
from django.test import RequestFactory

from carnet.kernel.errors import Refusal
from carnet.portals.documents import (
    acts,
    arranging,
    deposit,
    deposit_form,
    kinds,
    lists,
    pages,
    presentation,
    state_pages,
)
from carnet.portals.documents.arranging import Asked
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import AssociationType, Author, Code, DocumentEntry, Status
from tests.capabilities.conftest import world  # noqa: F401 - the fixture
from tests.capabilities.documents.shelves import filed, link, submission
from tests.capabilities.documents.test_associations import KOS, signature
from tests.capabilities.documents.test_elsewhere import PLACE, kept, registered
from tests.capabilities.world import AUTHOR, OTHER, World

SYNTHESIS = Code("11", "1.2.250.1.213.1.1.4.1", "Synthèse")


def shown(world: World, entry_uuid: str) -> tuple[pages.Shown, str]:  # noqa: F811
    """A document's page as the professional who wrote it gets it, and its HTML."""
    addresses = pages.Addresses("pro", "record", (world.record_id,))
    found = pages.shown(AUTHOR, id_of(entry_uuid), world.cx, addresses)
    assert isinstance(found, pages.Shown), found
    return found, render_to_string(
        "documents/reading.html", {"document": found, "addresses": addresses, "actor": AUTHOR}
    )


def id_of(urn: str) -> UUID:
    return UUID(urn.removeprefix("urn:uuid:"))


def test_a_document_kept_elsewhere_says_where(world: World) -> None:  # noqa: F811
    (entry,) = registered(world, submission(world, kept(world))).entries
    found, html = shown(world, entry.entry_uuid)
    assert PLACE in found.reading.why_not
    assert not found.here
    assert "Télécharger" not in html


def test_a_hidden_document_elsewhere_has_no_page(world: World) -> None:  # noqa: F811
    hidden = msgspec.structs.replace(kept(world), confidentiality_codes=world.masked("MASQUE_PS").confidentiality_codes)
    (entry,) = registered(world, submission(world, hidden)).entries
    world.authorise(OTHER)
    addresses = pages.Addresses("pro", "record", (world.record_id,))
    answer = pages.shown(OTHER, id_of(entry.entry_uuid), world.cx, addresses)
    assert isinstance(answer, Refusal)
    assert answer.rule == "document-unknown"


def test_manifests_and_signatures_are_explained(world: World) -> None:  # noqa: F811
    sent = submission(
        world,
        world.entry(),
        signature(world),
        world.entry("images", **KOS),
        links=(link("signature", "document", AssociationType.SIGNS),),
    )
    answer = world.provide(sent)
    assert isinstance(answer, documents.Provided), answer
    document, signing, images = answer.submission.entries
    found, html = shown(world, signing.entry_uuid)
    assert found.reading.why_not.startswith("Signature électronique")
    assert [one.words for one in found.relations] == ["Signe"]
    assert "Télécharger" in html
    assert (found.line.type_label, found.line.markers) == ("Signature électronique", ())
    assert not {"masquer", "demasquer", "annoncer"} & {name for name, _ in found.acts}
    assert not found.replaceable
    assert shown(world, images.entry_uuid)[0].reading.why_not.startswith("Manifeste d’imagerie (KOS)")
    assert [one.words for one in shown(world, document.entry_uuid)[0].relations] == ["Signé par"]


def test_a_former_version_leads_to_the_one_in_force(world: World) -> None:  # noqa: F811
    entry = world.fed()
    changed = documents.mask(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert isinstance(changed, documents.Changed)
    found, _ = shown(world, entry.entry_uuid)
    assert [(one.words, one.uuid) for one in found.relations] == [
        ("Version en vigueur de ce document", id_of(changed.entry.entry_uuid))
    ]
    assert shown(world, changed.entry.entry_uuid)[0].relations == ()


def test_only_what_is_allowed_is_offered(world: World) -> None:  # noqa: F811
    entry = world.fed()
    world.authorise(OTHER)
    mine = acts.offered(AUTHOR, "fr", entry, by_patient=False)
    assert [name for name, _ in mine.acts] == ["masquer", "archiver", "supprimer"]
    assert mine.own
    theirs = acts.offered(OTHER, "fr", entry, by_patient=False)
    assert [name for name, _ in theirs.acts] == ["masquer"]
    assert not theirs.own
    own = acts.offered(world.patient, "fr", entry, by_patient=True)
    assert [name for name, _ in own.acts] == ["masquer"]
    documents.mask(actor=AUTHOR, domain="fr", entry_uuid=entry.entry_uuid)
    assert acts.offered(OTHER, "fr", entry, by_patient=False) == acts.Offer(acts=(), own=False)


def test_a_folder_is_a_filter_and_another_record_s_is_none(world: World) -> None:  # noqa: F811
    _, entry = filed(world)
    world.fed()
    addresses = pages.Addresses("pro", "record", (world.record_id,))
    (folder,) = lists.folders(AUTHOR, world.cx)
    assert folder.title == "Grossesse"
    request = RequestFactory().get("/", {"classeur": folder.uuid})
    request.session = {}
    answer = lists.listing(request, AUTHOR, world.cx, world.record_id, addresses)
    assert isinstance(answer, arranging.Listing)
    assert (answer.folder, answer.total) == ("Grossesse", 1)
    assert presentation.uuid_of(entry) in {line.uuid for month in answer.months for line in month.lines}
    elsewhere = World()
    with pytest.raises(Http404):
        lists.listing(request, AUTHOR, elsewhere.cx, elsewhere.record_id, addresses)


def place(world: World) -> deposit.Place:  # noqa: F811
    """The record that a professional's page was opened for."""
    addresses = pages.Addresses("pro", "record", (world.record_id,))
    return deposit.Place(
        actor=AUTHOR,
        record_id=world.record_id,
        patient_id=world.cx,
        addresses=addresses,
        context={},
        base="professional/base.html",
    )


def test_two_tabs_never_mix_two_patients(world: World) -> None:  # noqa: F811
    entry, other = world.fed(), World()
    uuid = id_of(entry.entry_uuid)
    request = RequestFactory().post("/", {"agreed": "on"})
    request.session = {}
    answer = deposit.done(request, place(other), uuid)
    assert (answer.status_code, answer["Location"]) == (302, place(other).addresses.listing)
    with pytest.raises(Http404):
        state_pages.act(request, place(other), uuid, "supprimer")
    refused = pages.shown(AUTHOR, uuid, other.cx, place(other).addresses)
    assert isinstance(refused, Refusal)
    found = documents.get(actor=AUTHOR, domain="fr", entry_uuids=[entry.entry_uuid])
    assert isinstance(found, documents.Found)
    assert [one.status for one in found.entries] == [Status.APPROVED]


def test_a_document_whose_sender_chose_its_id_has_its_pages(world: World) -> None:  # noqa: F811
    chosen = uuid4().urn
    answer = world.provide(submission(world, world.entry(chosen)))
    assert isinstance(answer, documents.Provided), answer
    assert answer.submission.entries[0].entry_uuid == chosen
    found, _ = shown(world, chosen)
    assert found.here


def heap(count: int) -> list[DocumentEntry]:
    """Documents of several years, newest first, with one synthesis among them."""
    return [
        DocumentEntry(
            entry_uuid=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            unique_id=f"1.2.{number}",
            patient_id="",
            mime_type="text/xml",
            title=f"Compte rendu {number}",
            class_code=SYNTHESIS if number == 70 else Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
            authors=(Author(person=f"8{number % 3}^NOM{number % 3}^Ada"),),
            creation_time=f"{2026 - number // 60}{12 - number // 5 % 12:02d}10100000",
            status=Status.DEPRECATED if number == 0 else Status.APPROVED,
        )
        for number in range(count)
    ]


def test_the_latest_synthesis_comes_first_then_months() -> None:
    found = arranging.arrange(heap(120), Asked())
    assert found.synthesis is not None
    assert found.synthesis.title == "Compte rendu 70"
    assert found.months[0].name == "décembre 2026"
    assert sum(len(month.lines) for month in found.months) == 119
    assert [month.year for month in found.years] == ["2026", "2025"]
    assert len({month.mark for month in found.months}) == len(found.months)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Asked(kind="11"), 1),
        (Asked(year="2025"), 60),
        (Asked(title="RENDU  12"), 2),
        (Asked(title="absent"), 0),
        (Asked(author="nobody"), 0),
    ],
)
def test_filters(asked: Asked, count: int) -> None:
    found = arranging.arrange(heap(120), asked)
    assert (found.shown, found.total) == (count, 120)
    assert found.synthesis is None


def test_authors_are_chosen_without_their_names_in_the_address() -> None:
    first = arranging.arrange(heap(9), Asked()).authors
    assert [(one.words, one.count) for one in first] == [("Ada NOM0", 3), ("Ada NOM1", 3), ("Ada NOM2", 3)]
    assert not any("NOM" in one.value for one in first)
    assert arranging.arrange(heap(9), Asked(author=first[1].value)).shown == 3


def test_three_hundred_documents_are_one_quick_page() -> None:
    entries = heap(300)
    addresses = pages.Addresses("pro", "record", (7,))
    context = {"addresses": addresses, "actor": AUTHOR, "empty": "professional/empty.html"}
    render_to_string("documents/listing.html", context | {"listing": arranging.arrange(entries, Asked())})
    began = time.process_time()
    html = render_to_string("documents/listing.html", context | {"listing": arranging.arrange(entries, Asked())})
    seconds = time.process_time() - began
    print(f"300 documents arranged and drawn: {seconds * 1000:.0f} ms, {len(html) // 1024} KiB")
    assert html.count('<li class="document') == 300
    assert seconds < 1


def test_sorts_of_documents_are_found_by_their_words() -> None:
    every = kinds.of_professional()
    assert [one.code for one in kinds.matching(every, "11502-2")] == ["11502-2"]
    assert kinds.matching(every, "biologiques examens") != ()
    assert kinds.matching(every, "") == ()
    assert kinds.matching(every, "zzz") == ()
    exact = every[3]
    assert kinds.matching(every, f" {exact.words.upper()} ")[0].words == exact.words
    assert not any(one.code.startswith(("DOCPAT", "EXPPAT")) for one in every)


def test_every_sort_that_a_person_chooses_is_one_that_a_person_deposits() -> None:
    listed = {code.code for code in terminology.choices("typeCode")}
    patients = {code for code in listed if code.startswith(("DOCPAT", "EXPPAT"))} | {"74465-6"}
    assert {one.code for one in kinds.of_patient()} == patients


def test_a_form_that_says_nothing_says_what_is_missing() -> None:
    form = deposit_form.ProfessionalDeposit({"kind": "consultation"}, {}, kept=True)
    form.full_clean()
    form.require_words()
    assert set(form.errors) == {"kind", "title", "event_date"}
    assert "chosen" in form.fields
