"""What is erased stays erased: fed, backed up, erased, restored, through the real commands (CSP R.1111-36)."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import CLERK, Secluded
from tests.journeys.plain_records import ABSENT, BIG, DOMAIN, PERSON, PHYSICIAN, cx, document, read


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
    the_loss_is_declared(secluded)


def the_loss_is_declared(secluded: Secluded) -> None:
    """What was traced since the backup is lost: verification says so until it is declared, and tells it ever after."""
    deadline = time.monotonic() + 120
    while (dry := secluded.command("journal", "declare-loss", "--dry-run", "--reason", "essai")).returncode == 1:
        assert time.monotonic() < deadline, dry.stderr
        time.sleep(0.5)
    assert "loss of " in dry.stdout
    assert "entry-missing" in secluded.command("journal", "verify").stdout
    secluded.done("journal", "declare-loss", "--reason", "Disque perdu", "--as", "Opératrice")
    while "declared loss of" not in (said := secluded.command("journal", "verify")).stdout:
        assert time.monotonic() < deadline, said
        time.sleep(0.5)
    assert said.returncode == 0, said.stdout
    assert "by Opératrice: Disque perdu" in said.stdout


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
