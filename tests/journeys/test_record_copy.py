"""A person takes their whole record away, from their page and from the command line: the same IHE XDM archive."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

from lxml import etree

from tests.attacks.intruder import Intruder
from tests.conftest import Living
from tests.portals import lives

RIM = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}


def by_page(intruder: Intruder, login: str) -> bytes:
    """The archive that a person's button gives."""
    client, _ = intruder.sign_in(intruder.person(login))
    page = client.get("/patient/carnet/")
    assert 'href="/patient/copie/"' in page.text
    answer = client.get("/patient/copie/")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"] == "application/zip"
    assert "no-store" in answer.headers["cache-control"]
    assert "attachment" in answer.headers["content-disposition"]
    journal = client.get("/patient/journal/")
    assert "avez téléchargé une copie de votre carnet" in journal.text
    client.close()
    return answer.content


def documents(data: bytes) -> dict[str, bytes]:
    """Each document of an archive by its uniqueId, found with nothing of ours."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if not name.endswith("/METADATA.XML"):
                continue
            for entry in etree.fromstring(archive.read(name)).iterfind(".//r:ExtrinsicObject", RIM):
                unique = entry.xpath(
                    "r:ExternalIdentifier[r:Name/r:LocalizedString/@value='XDSDocumentEntry.uniqueId']/@value",
                    namespaces=RIM,
                )[0]
                uri = entry.findtext("r:Slot[@name='URI']/r:ValueList/r:Value", namespaces=RIM)
                found[unique] = archive.read(name.replace("METADATA.XML", uri))
    return found


def test_by_page_and_by_command(living: Living, tmp_path: Path) -> None:
    intruder = Intruder(living)
    person, other = living.identities["patients"][:2]
    data = by_page(intruder, person["login"])
    file = tmp_path / "copy.zip"
    made = lives.command(living, "record", "export", person["ins"], str(file), "--as", person["login"])
    assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    held = documents(data)
    assert held
    assert documents(file.read_bytes()) == held
    if program := shutil.which("unzip"):
        tested = subprocess.run([program, "-t", str(file)], capture_output=True, text=True, check=False)
        assert "No errors detected" in tested.stdout
    checked = lives.command(living, "record", "check-copy", str(file))
    assert checked.returncode == 0, checked.stderr
    assert f"{len(held)} documents" in checked.stdout
    assert "manifeste signé" in checked.stdout
    # Nobody is given somebody else's.
    nothing = tmp_path / "nothing.zip"
    answer = lives.command(living, "record", "export", person["ins"], str(nothing), "--as", other["login"])
    assert answer.returncode == 1, answer.stdout
    assert "own-record-only" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["copy.zip"]
    assert not held.keys() & documents(by_page(intruder, other["login"])).keys()
    with intruder.people() as stranger:
        assert stranger.get("/patient/copie/").status_code == 302
