"""What is erased stays erased: fed, backed up, erased, restored, through the real commands (CSP R.1111-36)."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import uuid4

import pytest

from carnet.wire.cda import synthetic
from carnet.wire.cda.header import Identifier, Organization, Participant, Patient
from carnet.wire.xds.model import Code
from tests.journeys.conftest import CLERK, Secluded

# A plain affinity domain: what is told here is about keys and rows, not about consent.
DOMAIN = ("--domain", "ihe")
SYSTEM = "1.3.6.1.4.1.21367.13.20.1000"
PERSON = ("FICTIF", "JEAN", "1980-02-01")
PHYSICIAN = ("--as", "camille.aubier")
BIG = "x" * 200_000
# What `carnet get` says of an unknown record, as of one that shows nothing.
ABSENT = "aucun document de ce nom"


def cx(value: str) -> str:
    """The patient id of a plain domain."""
    return f"{value}^^^&{SYSTEM}&ISO"


def document(value: str, *, conclusion: str) -> tuple[str, bytes]:
    """A report about a patient: its uniqueId and its bytes."""
    identifier = uuid4()
    frame = synthetic.Frame(
        document=identifier,
        patient=Patient(
            identifiers=(Identifier(SYSTEM, value),),
            birth_name="FICTIF",
            given_names="JEAN",
            first_given="JEAN",
            sex="M",
            birth_time="19800201",
            birth_place="33063",
        ),
        author=Participant(
            identifier=Identifier("1.2.250.1.71.4.2.1", "899900000017"),
            family="FICTIF",
            given="Paul",
            specialty=Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin"),
            organization=Organization(Identifier("1.2.250.1.71.4.2.2", "1330999012"), "CHU fictif"),
        ),
        created="20260302101500+0100",
    )
    report = synthetic.lab_report(
        frame, chapter="Biochimie", results=[synthetic.Result("CRP", "4", "mg/L")], conclusion=conclusion
    )
    return synthetic.oid_of(identifier), report


@pytest.fixture(scope="module")
def fed(secluded: Secluded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Patient id → uniqueIds of a document kept in the row and one kept in a file."""
    folder = tmp_path_factory.mktemp("documents")
    found: dict[str, list[str]] = {}
    for value in ("EFFACE", "VOISIN"):
        patient = cx(value)
        secluded.done("record", "create", patient, *PERSON, "--consent", "--as", CLERK, *DOMAIN)
        for number, conclusion in enumerate(("Courte.", BIG)):
            unique_id, data = document(value, conclusion=conclusion)
            (folder / f"{value}-{number}.xml").write_bytes(data)
            found.setdefault(patient, []).append(unique_id)
            path = str(folder / f"{value}-{number}.xml")
            secluded.done("feed", path, "--patient", patient, *PHYSICIAN, *DOMAIN)
    return found


def read(secluded: Secluded, patient: str, unique_id: str, file: Path) -> str | bytes:
    """The bytes of a document, or what refuses them."""
    result = secluded.command("get", patient, unique_id, *PHYSICIAN, *DOMAIN, "-o", str(file))
    return file.read_bytes() if result.returncode == 0 else result.stderr


def test_what_is_erased_stays_erased_after_a_restoration(
    secluded: Secluded, fed: dict[str, list[str]], tmp_path: Path
) -> None:
    erased, neighbour = fed
    home, backup = secluded.living.home, tmp_path / "backup"
    # A list that an operator imported comes back with the rest.
    imported = home / "codes" / "class_code" / "2099-01-01.csv"
    imported.parent.mkdir(parents=True)
    imported.write_text("code,system,label,source\n", encoding="utf-8")
    before = [read(secluded, neighbour, one, tmp_path / "read") for one in fed[neighbour]]
    assert all(isinstance(one, bytes) for one in before)
    # Backed up twice: the certificate names the last one.
    secluded.done("backup", str(tmp_path / "earlier"))
    assert "2 files" in secluded.done("backup", str(backup))
    assert "is not empty" in secluded.refused("backup", str(backup), code=2)

    said = secluded.record("erase", erased, "--now", "--yes", *DOMAIN)
    assert "Sauvegardes antérieures : 2." in said
    for one in fed[erased]:
        assert ABSENT in str(read(secluded, erased, one, tmp_path / "read"))
    assert len([path for path in (home / "blobs").rglob("*") if path.is_file()]) == 1
    assert "stop it first" in secluded.refused("restore", str(backup))

    secluded.stop()
    assert "not empty" in secluded.refused("restore", str(backup))
    # The disk of the database and of the documents is lost.
    shutil.rmtree(home / "postgres")
    shutil.rmtree(home / "blobs")
    shutil.rmtree(home / "codes")
    refuse_what_is_incomplete(secluded, home, backup)
    assert "erased again: 1" in secluded.done("restore", str(backup))
    assert imported.is_file()
    secluded.start()

    for one in fed[erased]:
        assert ABSENT in str(read(secluded, erased, one, tmp_path / "read"))
    assert [read(secluded, neighbour, one, tmp_path / "read") for one in fed[neighbour]] == before


def refuse_what_is_incomplete(secluded: Secluded, home: Path, backup: Path) -> None:
    """A restoration needs the ledgers, the keys, the secrets and a whole backup."""
    for name, said in (("ledger/erasures.jsonl", "is missing or cut"), ("backups-keys", "are not in")):
        (home / name).rename(home / "away")
        assert said in secluded.refused("restore", str(backup))
        (home / "away").rename(home / name)
    other = secluded.command("restore", str(backup), CARNET_MASTER_KEY="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    assert (other.returncode, "another master key" in other.stderr) == (1, True)
    dump = backup / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1])
    assert "changed or cut" in secluded.refused("restore", str(backup))
    dump.write_bytes(whole)
    assert "not a whole backup" in secluded.refused("restore", str(home / "logs"))


def test_destroyed_keys_tell_the_erasure_when_the_ledgers_are_lost(
    secluded: Secluded, fed: dict[str, list[str]], tmp_path: Path
) -> None:
    backup, home = tmp_path / "backup", secluded.living.home
    neighbour = list(fed)[1]
    secluded.done("backup", str(backup))
    secluded.record("erase", neighbour, "--now", "--yes", *DOMAIN)
    secluded.stop()
    shutil.rmtree(home / "postgres")
    shutil.rmtree(home / "ledger")
    assert "--without-ledgers" in secluded.refused("restore", str(backup))
    assert "erased again: 1" in secluded.done("restore", str(backup), "--without-ledgers")
    secluded.start()
    for one in fed[neighbour]:
        assert ABSENT in str(read(secluded, neighbour, one, tmp_path / "read"))
