"""A whole domain carried into another one: nothing lost, nothing changed, nothing that was tampered with (A13)."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import transaction

from carnet.kernel import clock, closing, database, signing
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.life import api as life
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status
from tests.capabilities.filing import everything, filed, provided
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World, rules_of

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Opérateur", proof="process")
INTO = "fr-publie"
LARGE = b"<ClinicalDocument>" + b"0123456789" * 20_000 + b"</ClinicalDocument>"


@pytest.fixture(autouse=True)
def apart(transactional_db, settings, tmp_path, monkeypatch) -> Iterator[None]:
    """Ledgers of one test; domains open before and after it."""
    settings.CARNET_HOME = tmp_path / "home"
    settings.CARNET_KEY_BACKUPS = tmp_path / "keys"
    monkeypatch.setattr(closing, "FRESH_SECONDS", 0.0)
    clock.forget()
    yield
    database.execute("DELETE FROM kernel_closed_domain")


def close() -> None:
    assert isinstance(life.close_domain(actor=OPERATOR, domain="fr", reason="repris"), life.DomainState)


def exported(folder: Path) -> life.DomainExport:
    export = life.export_domain(actor=OPERATOR, domain="fr", folder=folder)
    assert isinstance(export, life.DomainExport), export
    list(export.run())
    return export


def imported(folder: Path, into: str = INTO) -> tuple[life.DomainImport, list[life.Taken]]:
    taking = life.import_domain(actor=OPERATOR, domain=into, folder=folder, key=signing.public_key())
    assert isinstance(taking, life.DomainImport), taking
    return taking, list(taking.run())


def there(world: World) -> World:
    """The same person in the domain that took the record, seen through its doors."""
    moved = object.__new__(World)
    moved.__dict__.update(world.__dict__ | {"domain": INTO})
    domain = life.domain_states(actor=OPERATOR)
    found = next(one.domain for one in domain if one.domain.name == INTO)
    record_id = identity.search_by_identifier(actor=OPERATOR, domain=found, identifier=world.identifier)
    assert record_id is not None
    moved.record_id = record_id
    moved.patient = Actor(kind=ActorKind.PATIENT, person="patient:moved", proof="totp", record_id=record_id)
    return moved


def listed(world: World, actor: Actor) -> dict[str, DocumentEntry]:
    found = documents.find(
        actor=actor,
        domain=world.domain,
        patient_id="" if actor.kind is ActorKind.PATIENT else world.cx,
        query=documents.DocumentQuery(statuses=tuple(Status)),
    )
    assert isinstance(found, documents.Found), found
    return {entry.entry_uuid: entry for entry in found.entries}


def life_of_a_record(world: World) -> None:
    """Versions, a replacement, a mask, a folder, an authorisation, a hidden result, a large document."""
    first = world.fed()
    world.provide(
        world.submission(world.entry("b"), relations=(("b", AssociationType.REPLACE.value, first.entry_uuid),))
    )
    kept = provided(world, filed(world, world.entry("kept"))).entries[0]
    assert isinstance(documents.mask(actor=world.patient, domain="fr", entry_uuid=kept.entry_uuid), documents.Changed)
    world.fed("INVISIBLE_PATIENT")
    world.fed(content=LARGE)
    world.authorise(OTHER)


def test_everything_arrives_as_it_left(world: World, tmp_path: Path) -> None:
    life_of_a_record(world)
    other = World()
    other.fed()
    opposed = identity.PatientIdentifier(world.identifier.system, "180027500000012", "NH")
    opposed = identity.PatientIdentifier(
        opposed.system, opposed.value[:13] + identity.ins_key(opposed.value[:13]), "NH"
    )
    assert isinstance(life.oppose(actor=CLERK, patient_id=identity.format_cx(opposed)), life.Changed)
    close()
    before = {actor.kind: listed(world, actor) for actor in (AUTHOR, world.patient)}
    sets, grants = everything(world, AUTHOR), access.permissions_of(actor=OPERATOR, record_id=world.record_id)
    traces = journal.history(actor=world.patient, limit=500, withheld=())
    export = exported(tmp_path / "export")
    taking, taken = imported(tmp_path / "export")

    assert [one.why for one in taken] == ["", ""]
    assert taking.totals == export.totals == life.Totals(**taking.said["totals"])
    assert (export.totals.records, export.totals.documents) == (2, 6)
    assert (taking.oppositions, taking.said["oppositions"]) == (1, 1)
    moved = there(world)
    assert moved.record_id != world.record_id
    assert listed(moved, AUTHOR) == before[AUTHOR.kind], "metadata, statuses, versions and ids are equal"
    assert listed(moved, moved.patient) == before[ActorKind.PATIENT]
    again = everything(moved, AUTHOR)
    assert (again.sets, again.folders, again.associations) == (sets.sets, sets.folders, sets.associations)
    assert access.permissions_of(actor=OPERATOR, record_id=moved.record_id) == grants
    for entry in before[AUTHOR.kind].values():
        assert moved.read(AUTHOR, entry.unique_id) == world.read(AUTHOR, entry.unique_id)
        by_id = documents.get(actor=AUTHOR, domain=INTO, entry_uuids=[entry.entry_uuid])
        assert isinstance(by_id, documents.Found)
        assert [one.entry_uuid for one in by_id.entries] == [entry.entry_uuid], "an id leads to its place in the domain"
    told = journal.history(actor=moved.patient, limit=500, withheld=())
    assert [line for line in told if line in traces] == traces, "the person still reads who looked before the move"
    with transaction.atomic():
        assert journal.verify(actor=OPERATOR).wrong == 0
    # The origin still answers, and nothing is written in it; where the record came to, it lives.
    assert listed(world, AUTHOR) == before[AUTHOR.kind]
    assert rules_of(world.provide()) == ["domain-closed"]
    assert isinstance(moved.provide(), documents.Provided)
    assert isinstance(
        documents.mask(actor=moved.patient, domain=INTO, entry_uuid=next(iter(before[ActorKind.PATIENT]))),
        documents.Changed,
    )


def test_an_export_is_opened_by_its_recipient_alone(world: World, tmp_path: Path) -> None:
    world.fed(content=b"<ClinicalDocument>secret</ClinicalDocument>")
    folder = tmp_path / "export"
    exported(folder)
    [archive] = (folder / "records").iterdir()
    assert not zipfile.is_zipfile(archive)
    assert world.identifier.value.encode() not in b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file()
    )
    other = X25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    export = life.export_domain(actor=OPERATOR, domain="fr", folder=tmp_path / "other", to=other)
    assert isinstance(export, life.DomainExport)
    list(export.run())
    with pytest.raises(life.CarriageError, match="sealed to the instance"):
        imported(tmp_path / "other")
    with pytest.raises(life.CarriageError, match="not the public key"):
        life.export_domain(actor=OPERATOR, domain="fr", folder=tmp_path / "nobody", to="00")


def test_a_closing_is_told_outside_the_database(world: World) -> None:
    close()
    before = closing.closed(1)
    # A backup of before is brought back.
    database.execute("DELETE FROM kernel_closed_domain")
    assert isinstance(world.provide(), documents.Provided)
    life.replay(actor=OPERATOR)
    assert closing.closed(1) == before
    assert rules_of(world.provide()) == ["domain-closed"]
    assert isinstance(life.reopen_domain(actor=OPERATOR, domain="fr"), life.DomainState)
    assert before is not None
    closing.close(1, before)
    life.replay(actor=OPERATOR)
    assert isinstance(world.provide(), documents.Provided)


def test_a_merged_record_arrives_in_the_one_it_was_merged_into(world: World, tmp_path: Path) -> None:
    gone = World()
    entry = gone.fed()
    merged = life.merge(actor=OPERATOR, domain="fr", survivor=world.cx, merged=gone.cx, reason="une seule personne")
    assert isinstance(merged, life.Merged)
    exported(tmp_path / "export")
    _, taken = imported(tmp_path / "export")
    assert [one.why for one in taken] == ["", ""]
    moved, of_gone = there(world), there(gone)
    assert of_gone.seen(AUTHOR) == moved.seen(AUTHOR) == {entry.unique_id}
    separated = life.unmerge(actor=OPERATOR, domain=INTO, merged=gone.cx)
    assert isinstance(separated, life.Unmerged), separated
    assert there(gone).seen(AUTHOR) == {entry.unique_id}
    assert there(world).seen(AUTHOR) == set()


def test_an_interrupted_export_and_import_go_on_where_they_were(world: World, tmp_path: Path) -> None:
    for one in (world, World(), World()):
        one.fed()
    folder = tmp_path / "export"
    close()
    export = life.export_domain(actor=OPERATOR, domain="fr", folder=folder)
    assert isinstance(export, life.DomainExport)
    next(export.run())
    with pytest.raises(life.CarriageError, match="not a whole export"):
        imported(folder)
    again = life.export_domain(actor=OPERATOR, domain="fr", folder=folder)
    assert isinstance(again, life.DomainExport)
    assert (len(again.done), again.records) == (1, 2)
    assert len(list(again.run())) == 2
    assert again.totals.records == 3

    taking = life.import_domain(actor=OPERATOR, domain=INTO, folder=folder, key=signing.public_key())
    assert isinstance(taking, life.DomainImport)
    next(taking.run())
    brought = "SELECT count(*) FROM journal_entry WHERE action = 'domain.import' AND outcome = 'done'"
    assert database.row(brought) == (1,)
    complete, taken = imported(folder)
    assert [one.why for one in taken] == [""] * 3
    assert complete.totals == again.totals
    assert database.row(brought) == (3,), "nothing came twice"
    once_more, _ = imported(folder)
    assert once_more.totals == again.totals
    assert database.row(brought) == (3,)


def test_what_was_tampered_with_is_refused(world: World, tmp_path: Path) -> None:
    world.fed()
    whole = tmp_path / "export"
    exported(whole)

    def changed(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(whole, folder)
        return folder

    folder = changed("manifest")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"documents": 1', '"documents": 2'))
    with pytest.raises(life.CarriageError, match="signature"):
        imported(folder)
    folder = changed("index")
    lines = [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]
    (folder / "records.jsonl").write_text("".join(json.dumps(line | {"digest": "0" * 64}) + "\n" for line in lines))
    with pytest.raises(life.CarriageError, match=r"records\.jsonl"):
        imported(folder)
    folder = changed("archive")
    [archive] = (folder / "records").iterdir()
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    _, [taken] = imported(folder)
    assert "not the archive" in taken.why
    with pytest.raises(life.CarriageError, match="signature"):
        life.import_domain(actor=OPERATOR, domain=INTO, folder=whole, key="00" * 32)
    assert database.row("SELECT count(*) FROM identity_record WHERE domain = 5") == (0,)


def test_nobody_is_overwritten_and_nobody_comes_back(world: World, tmp_path: Path) -> None:
    world.fed()
    exported(tmp_path / "export")
    assert rules_of(life.export_domain(actor=CLERK, domain="fr", folder=tmp_path)) == ["operator-only"]
    _, [taken] = imported(tmp_path / "export", "fr-2012")
    assert "has not such identifiers" in taken.why
    _, [taken] = imported(tmp_path / "export", "fr")
    assert "identifier-taken" in taken.why
    _, [taken] = imported(tmp_path / "export")
    assert not taken.why
    moved = there(world)
    assert isinstance(life.ask_erasure(actor=moved.patient, domain=INTO), life.Changed)
    erased = life.erase_now(actor=OPERATOR, domain=INTO, patient_id=world.cx)
    assert isinstance(erased, life.Certificate), erased
    _, [taken] = imported(tmp_path / "export")
    assert "it stays erased" in taken.why
