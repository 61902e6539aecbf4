"""A copy of a whole record: what its person sees and nothing else, traced, signed, read by other tools."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from carnet.kernel import blobs, signing
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal
from carnet.record.life import api as life
from carnet.record.life import manifest
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import AssociationType, Status
from carnet.wire.xds.xdm_read import Media, open_media
from tests.capabilities.filing import filed, provided
from tests.capabilities.world import AUTHOR, CLERK, OTHER, World

OPERATOR = Actor(kind=ActorKind.SYSTEM, person="operator:test", name="Test", proof="process")


def copy(world: World, actor: Actor | None = None) -> bytes:
    """The archive of a person, whole."""
    answer = life.export(actor=actor or world.patient, domain=world.domain)
    assert isinstance(answer, life.Export), answer
    return b"".join(answer.chunks)


def read(data: bytes) -> tuple[Media, dict]:
    """The media, every byte verified, and its signed manifest."""
    media = open_media(io.BytesIO(data))
    media.verify()
    files = (b"".join(media.member(name)) for name in (manifest.MANIFEST, manifest.SIGNATURE))
    said = manifest.read(*files, key=signing.public_key())
    assert said is not None
    return media, said


def unique_ids(media: Media) -> set[str]:
    return {entry.unique_id for one in media.submissions.values() for entry in one.entries}


def test_it_holds_what_its_person_sees_and_nothing_else(world: World) -> None:
    shown = world.fed()
    masked = world.fed("MASQUE_PS")
    hidden = world.fed("INVISIBLE_PATIENT", content=b"<ClinicalDocument>secret annonce</ClinicalDocument>")
    large = world.fed(content=b"<ClinicalDocument>" + b"0123456789" * 20_000 + b"</ClinicalDocument>")
    data = copy(world)
    media, said = read(data)
    assert unique_ids(media) == {shown.unique_id, masked.unique_id, large.unique_id}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            content = archive.read(name)
            for told in (hidden.unique_id, hidden.entry_uuid, hidden.hash, "secret annonce"):
                assert told.encode() not in content, name
    assert {one["unique_id"] for one in said["entries"]} == unique_ids(media)
    assert said["person"]["identifiers"][0]["cx"] == world.cx
    assert said["consent"]["collected_by"] == CLERK.person
    world.authorise(OTHER)
    _, again = read(copy(world))
    assert f"p:{OTHER.person}" in {one["grantee"] for one in again["authorisations"]}


def test_versions_folders_and_relations_come_along(world: World) -> None:
    first = world.fed()
    kept = provided(world, filed(world, world.entry("kept"))).entries[0]
    replacing = world.submission(world.entry("b"), relations=(("b", AssociationType.REPLACE.value, first.entry_uuid),))
    replaced = provided(world, replacing).entries[0]
    changed = documents.mask(actor=world.patient, domain="fr", entry_uuid=kept.entry_uuid)
    assert isinstance(changed, documents.Changed)
    media, said = read(copy(world))
    carried = [entry for one in media.submissions.values() for entry in one.entries]
    assert {one.entry_uuid for one in carried} == {first.entry_uuid, replaced.entry_uuid, changed.entry.entry_uuid}
    links = [link for one in media.submissions.values() for link in one.associations]
    assert (replaced.entry_uuid, first.entry_uuid) in {
        (link.source, link.target) for link in links if link.type == AssociationType.REPLACE
    }
    folders = [folder for one in media.submissions.values() for folder in one.folders]
    assert [folder.title for folder in folders] == ["Grossesse"]
    assert (folders[0].entry_uuid, changed.entry.entry_uuid) in {(link.source, link.target) for link in links}
    # No association leads to what is not there.
    for one in media.submissions.values():
        known = {link.entry_uuid for link in one.associations} | {one.submission_set.entry_uuid}
        known |= {own.entry_uuid for other in media.submissions.values() for own in (*other.entries, *other.folders)}
        assert all({link.source, link.target} <= known for link in one.associations)
    told = {one["entry_uuid"]: one for one in said["entries"]}
    assert told[first.entry_uuid]["status"] == Status.DEPRECATED.value
    assert told[replaced.entry_uuid]["lineage"] == told[first.entry_uuid]["lineage"]
    former = told[kept.entry_uuid]
    assert (former["version"], former["status"]) == (1, Status.DEPRECATED.value)
    assert former["metadata"]["title"] == kept.title
    assert told[changed.entry.entry_uuid]["version"] == 2
    assert "MASQUE_PS" in told[changed.entry.entry_uuid]["confidentiality"]
    assert "metadata" not in told[changed.entry.entry_uuid]


def test_a_copy_does_not_name_what_was_replaced_and_deleted(world: World) -> None:
    first = world.fed()
    colleague = replace(AUTHOR, person="899900000061")
    sent = world.entry()
    relation = (sent.entry_uuid, AssociationType.REPLACE, first.entry_uuid)
    answer = world.provide(world.submission(sent, relations=(relation,)), actor=colleague)
    assert isinstance(answer, documents.Provided), answer
    second = answer.submission.entries[0]
    gone = documents.delete(actor=AUTHOR, domain="fr", entry_uuid=first.entry_uuid)
    assert isinstance(gone, documents.Changed), gone
    _, said = read(copy(world))
    assert [one["lineage"] for one in said["entries"]] == [second.logical_id]
    told = json.dumps(said)
    assert not [name for name in (first.logical_id, first.entry_uuid, first.unique_id) if name in told]


def test_only_its_person_is_given_one(world: World) -> None:
    world.fed()
    neighbour = World()
    for actor, rule in (
        (AUTHOR, "export-own-record"),
        (CLERK, "export-own-record"),
        (OPERATOR, "system-no-reading"),
        (neighbour.patient, "own-record-only"),
    ):
        answer = life.export(actor=actor, domain="fr", patient_id=world.cx)
        assert isinstance(answer, Refusal), actor
        assert answer.rule == rule
    assert isinstance(life.close(actor=world.patient, domain="fr"), life.Changed)
    closed = life.export(actor=world.patient, domain="fr")
    assert isinstance(closed, Refusal)
    assert closed.rule == "record-closed"


def test_the_trace_is_there_before_the_first_byte(world: World) -> None:
    entry = world.fed()
    answer = life.export(actor=world.patient, domain="fr")
    assert isinstance(answer, life.Export)
    assert (answer.documents, answer.size) == (1, entry.size)
    lines = journal.history(actor=world.patient, withheld=())
    [line] = [one for one in lines if one.action == journal.Action.RECORD_EXPORT]
    assert [f"urn:uuid:{one}" for one in line.subjects] == [entry.entry_uuid]
    assert line.rule == "own-record"


def test_what_is_deleted_meanwhile_is_left_out(world: World) -> None:
    kept, gone = world.fed(), world.fed()
    answer = life.export(actor=world.patient, domain="fr")
    assert isinstance(answer, life.Export)
    assert isinstance(documents.delete(actor=AUTHOR, domain="fr", entry_uuid=gone.entry_uuid), documents.Changed)
    media = open_media(io.BytesIO(b"".join(answer.chunks)))
    assert media.verify() == 1
    assert unique_ids(media) == {kept.unique_id}


def test_documents_of_another_repository_are_told_and_not_carried(plain: World) -> None:
    plain.fed()
    entry = msgspec.structs.replace(
        plain.entry(), repository_unique_id="1.2.3.4", hash="0" * 40, size=12, patient_id=plain.cx
    )
    answer = documents.register(actor=AUTHOR, domain="ihe", submission=plain.submission(entry))
    assert isinstance(answer, documents.Provided), answer
    media, said = read(copy(plain))
    assert entry.unique_id not in unique_ids(media)
    [told] = [one for one in said["entries"] if one["unique_id"] == entry.unique_id]
    assert told["here"] is False
    assert told["metadata"]["repository_unique_id"] == "1.2.3.4"


def test_an_empty_record_is_an_archive_too(world: World) -> None:
    data = copy(world)
    assert life.check_copy(io.BytesIO(data), key=signing.public_key()) == life.Checked(0, 0, signed=True)
    with pytest.raises(Malformed, match="xdm-metadata"):
        life.check_copy(io.BytesIO(data), key="0" * 64)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {"INDEX.HTM", "README.TXT", manifest.MANIFEST, manifest.SIGNATURE} == set(archive.namelist())


def rewritten(data: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> io.BytesIO:
    """The archive again, each file as `change` leaves it, with more files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, content in more.items():
            target.writestr(name, content)
    return out


def test_a_changed_copy_does_not_pass(world: World) -> None:
    world.fed()
    data, key = copy(world), signing.public_key()
    assert life.check_copy(io.BytesIO(data), key=key) == life.Checked(1, 1, signed=True)
    assert life.check_copy(io.BytesIO(data), key="0" * 64).signed is False
    for file in ("INDEX.HTM", "IHE_XDM/SUBSET01/METADATA.XML"):
        other = rewritten(
            data, lambda name, kept, file=file: kept.replace(b"iologie", b"iopsie!") if name == file else kept
        )
        with pytest.raises(Malformed, match="manifest-files"):
            life.check_copy(other, key=key)
    with pytest.raises(Malformed, match="manifest-files"):
        life.check_copy(rewritten(data, lambda _, kept: kept, MORE=b"more"), key=key)
    said = rewritten(
        data, lambda name, kept: kept.replace(b'"patient"', b'"nobody"') if name == manifest.MANIFEST else kept
    )
    assert life.check_copy(said, key=key).signed is False
    unsigned = rewritten(data, lambda name, kept: b"" if name == manifest.SIGNATURE else kept)
    assert life.check_copy(unsigned, key=key).signed is False


def test_a_damaged_file_ends_the_archive_without_its_directory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fed(content=b"<ClinicalDocument>" + b"x" * 100_000 + b"</ClinicalDocument>")
    answer = life.export(actor=world.patient, domain="fr")
    assert isinstance(answer, life.Export)
    monkeypatch.setattr(blobs, "read", lambda *_: iter((b"y" * 100_037,)))
    with pytest.raises(Exception, match="announces"):
        list(answer.chunks)
