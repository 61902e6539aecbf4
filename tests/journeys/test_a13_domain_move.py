"""A13: a regional pilot is closed and carried into another domain, same documents and metadata, the old one read-only.

Through the operator's commands and the doors; what a move keeps of versions, folders, choices and journals is held by
tests/capabilities/life/test_domain_move.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import DocumentEntry, Status
from tests.conftest import Living
from tests.journeys.conftest import CLERK, Secluded
from tests.journeys.test_erase_restore import PERSON, PHYSICIAN, cx, document

OLD, INTO = "ihe", "ihe-2"
PEOPLE = ("PILOTE-1", "PILOTE-2", "PILOTE-3")
SAID = re.compile(r"(\d+) dossiers, (\d+) documents \((\d+) octets\), (\d+) lignes, (\d+) traces")


@pytest.fixture
def pilot(secluded: Secluded, tmp_path: Path) -> Iterator[dict[str, list[tuple[str, bytes]]]]:
    """Three records of the old domain, two documents each; the domain is open again afterwards."""
    fed: dict[str, list[tuple[str, bytes]]] = {}
    for value in PEOPLE:
        secluded.done("record", "create", cx(value), *PERSON, "--consent", "--as", CLERK, "--domain", OLD)
        fed[value] = [document(value, conclusion=f"Conclusion {number}.") for number in range(2)]
        folder = tmp_path / value
        folder.mkdir()
        for number, (_, data) in enumerate(fed[value]):
            (folder / f"{number}.xml").write_bytes(data)
        secluded.done("feed", str(folder), "--patient", cx(value), *PHYSICIAN, "--domain", OLD)
    yield fed
    secluded.command("domain", "reopen", OLD)


class Reader:
    """A physician's software at the doors of one domain."""

    def __init__(self, living: Living, domain: str) -> None:
        self.living, self.domain = living, domain

    def _connect(self) -> Connection:
        living = self.living
        return Connection(
            living.tls,
            identity=sender.choose(living.identities, PHYSICIAN[1], structure="", home=living.home),
            authority=living.home / living.identities["authority"],
            software=Software(name="Essai", version="1", homologation="ESSAI-A13"),
            domain=self.domain,
        )

    def soap(self, value: str) -> dict[str, DocumentEntry]:
        with self._connect() as connection:
            request = FindDocuments(patient_id=cx(value), statuses=(Status.APPROVED,))
            return {entry.entry_uuid: entry for entry in xds.query(connection, request).objects.entries}

    def rest(self, value: str) -> set[str]:
        with self._connect() as connection:
            return {listed.entry.unique_id for listed in fhir.search(connection, patient=cx(value))}

    def content(self, value: str, unique_id: str, file: Path) -> bytes:
        done = self.living.command("get", cx(value), unique_id, *PHYSICIAN, "--domain", self.domain, "-o", str(file))
        assert done.returncode == 0, done.stderr
        return file.read_bytes()


def test_a13_a_domain_is_closed_carried_and_read_on(
    secluded: Secluded, living: Living, pilot: dict[str, list[tuple[str, bytes]]], tmp_path: Path
) -> None:
    old, into = Reader(secluded.living, OLD), Reader(secluded.living, INTO)
    before = {value: old.soap(value) for value in PEOPLE}
    assert all(len(found) == 2 for found in before.values())
    assert "clos depuis le" in secluded.done("domain", "close", OLD, "--reason", "repris par le DMP national")

    folder = tmp_path / "export"
    made = secluded.done("domain", "export", OLD, str(folder))
    assert "manifeste signé" in made
    assert f"repris : {len(PEOPLE)}" in secluded.done("domain", "export", OLD, str(folder)), "nothing is written twice"
    said = secluded.done("domain", "import", str(folder), "--into", INTO)
    counts = SAID.findall(said)
    assert counts == [counts[0]] * 2 == SAID.findall(made) * 2
    assert counts[0][:2] == ("3", "6")
    assert said.endswith("identique\n")

    for value, documents in pilot.items():
        assert into.soap(value) == before[value] == old.soap(value), "equal metadata at both doors"
        assert into.rest(value) == {unique_id for unique_id, _ in documents} == old.rest(value)
        for unique_id, data in documents:
            assert into.content(value, unique_id, tmp_path / "read") == data
            assert old.content(value, unique_id, tmp_path / "read") == data
    _refuses_every_write(secluded, tmp_path)
    _goes_to_another_instance(secluded, living, pilot, tmp_path)

    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"records": 3', '"records": 2'))
    assert "signature" in secluded.refused("domain", "import", str(folder), "--into", INTO)


def _goes_to_another_instance(
    secluded: Secluded, living: Living, pilot: dict[str, list[tuple[str, bytes]]], tmp_path: Path
) -> None:
    """The whole domain into a second running Carnet: sealed to its key, signed by ours, read at its doors."""

    def keys(of: Living) -> dict[str, str]:
        said = of.command("domain", "keys")
        assert said.returncode == 0, said.stderr
        return dict(line.split(" : ") for line in said.stdout.splitlines())

    ours, theirs = keys(secluded.living), keys(living)
    assert set(ours.values()).isdisjoint(theirs.values())
    folder = tmp_path / "elsewhere"
    secluded.done("domain", "export", OLD, str(folder), "--to", theirs["reçoit"])
    assert "sealed to the instance" in secluded.refused("domain", "import", str(folder), "--into", INTO)
    unsigned = living.command("domain", "import", str(folder), "--into", INTO)
    assert (unsigned.returncode, "signature" in unsigned.stderr) == (1, True), unsigned
    taken = living.command("domain", "import", str(folder), "--into", INTO, "--key", ours["signe"])
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert taken.stdout.endswith("identique\n")
    old, there = Reader(secluded.living, OLD), Reader(living, INTO)
    for value, documents in pilot.items():
        assert there.soap(value) == old.soap(value)
        for unique_id, data in documents:
            assert there.content(value, unique_id, tmp_path / "read") == data


def _refuses_every_write(secluded: Secluded, folder: Path) -> None:
    """Feeding, creating and closing: each refused by the name of the rule; the new domain takes them all."""
    value = PEOPLE[0]
    _, data = document(value, conclusion="Après la clôture.")
    (folder / "late.xml").write_bytes(data)
    late = ("feed", str(folder / "late.xml"), "--patient", cx(value), *PHYSICIAN, "--domain")
    refused = secluded.command(*late, OLD)
    assert (refused.returncode, "Ce domaine est clos depuis le" in refused.stdout + refused.stderr) == (1, True), (
        refused
    )
    create = ("record", "create", cx("APRES"), *PERSON, "--consent", "--as", CLERK, "--domain", OLD)
    assert "domain-closed" in secluded.refused(*create)
    assert "domain-closed" in secluded.refused("record", "close", cx(value), "--as", CLERK, "--domain", OLD)
    secluded.done(*late, INTO)
