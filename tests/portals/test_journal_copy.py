"""A patient takes the journal home and checks it, in a browser without network and by the program (A2, B6)."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import expect

from carnet.record.journal import loss_rules
from carnet.record.journal import sealing_rules as rules
from carnet.record.journal.loss_rules import Loss
from carnet.record.journal.offline import verify_journal
from tests.conftest import Living
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def test_a_person_checks_the_journal_at_home(walker: Walker, tmp_path: Path) -> None:
    with walker.page(walker.person("patients", "marcel.demo-chene"), accept_downloads=True) as page:
        page.goto("/patient/journal/")
        page.get_by_role("link", name="le vérifier vous-même").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Vérifier mon journal moi-même")
        walker.look(page, "patient-journal-verify")
        key = page.locator("li code").last.inner_text()
        with page.expect_download() as download:
            page.get_by_role("link", name="Télécharger la copie").click()
        download.value.save_as(tmp_path / "journal.zip")
    with zipfile.ZipFile(tmp_path / "journal.zip") as media:
        assert set(media.namelist()) == {"LISEZ-MOI.txt", "journal.json", "verifier.html", "verify_journal.py"}
        media.extractall(tmp_path)
    told = json.loads((tmp_path / "journal.json").read_text(encoding="utf-8"))
    lines = [line for chain in told["chains"] for line in chain["lines"] if "entry" in line]
    assert len(lines) > 5
    command = [sys.executable, "-I", "verify_journal.py", "journal.json", "--cle", key]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    with walker.page(offline=True) as page:
        page.goto((tmp_path / "verifier.html").as_uri())
        expect(page.locator("#verdict")).to_have_text("Rien n’a été changé, retiré ou déplacé dans ces lignes.")
        expect(page.locator("#counts")).to_contain_text(f"Lignes vérifiées : {len(lines)}.")
        walker.look(page, "patient-journal-verifier")
        for name, change in TAMPERINGS.items():
            changed = json.loads(json.dumps(told))
            change(changed)
            (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
            page.locator("#verdict").evaluate("one => { one.textContent = '' }")
            page.set_input_files("#file", tmp_path / "changed.json")
            expect(page.locator("#verdict")).to_have_text("Quelque chose ne va pas.")
            faults = page.locator("#faults li").all_inner_texts()
            command = [sys.executable, "-I", "verify_journal.py", "changed.json"]
            answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert answer.returncode == 1, name
            assert answer.stdout.count("ATTENTION") == len(faults), f"{name}: both verifiers say the same"
        for signed in (True, False):
            (tmp_path / "changed.json").write_text(json.dumps(_declared_lost(told, signed=signed)), encoding="utf-8")
            page.locator("#verdict").evaluate("one => { one.textContent = '' }")
            page.set_input_files("#file", tmp_path / "changed.json")
            expect(page.locator("#verdict")).to_contain_text("Rien n’a été changé" if signed else "ne va pas")
            expect(page.locator("#losses")).to_contain_text(f"Motif : {_REASON}" if signed else "")
            command = [sys.executable, "-I", "verify_journal.py", "changed.json"]
            answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert (answer.returncode, f"Motif : {_REASON}" in answer.stdout) == (0 if signed else 1, signed)


def test_the_operator_finds_nothing_wrong(living: Living) -> None:
    answer = living.command("journal", "verify")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "nothing is wrong" in answer.stdout
    assert "not covered: " in answer.stdout


def _line(copy: dict, number: int = 1) -> dict:
    return [line for line in copy["chains"][0]["lines"] if "entry" in line][number]


def _swap(copy: dict) -> None:
    one, two = _line(copy, 1), _line(copy, 2)
    one["entry"], two["entry"] = two["entry"], one["entry"]


_REASON = "Disque perdu, copie de la veille"


def _declared_lost(copy: dict, *, signed: bool) -> dict:
    """Two places of one record: the first lost with its seal, the second under the seal that says so, or forged."""
    signer = Ed25519PrivateKey.generate()
    public = signer.public_key().public_bytes_raw()
    line, record = _line(copy), int(copy["chains"][0]["record"])
    gone = rules.link(rules.BEGINNING, record, 1, bytes(32))
    made = rules.link(gone, record, 2, verify_journal.commitment(bytes.fromhex(line["salt"]), line["entry"]))
    loss = Loss(first=1, last=1, places=1, since=0, until=10**15, at=10**15, by="Opératrice", reason=_REASON)
    told, before = [], rules.BEGINNING
    for number, leaf in enumerate((rules.leaf(record, 1, gone), rules.leaf(record, 2, made)), 1):
        seal = rules.Seal(
            number=number, at=10**15, count=1, root=rules.root([leaf]), previous=before, key=rules.fingerprint(public),
            notes=loss_rules.written(loss) if number > 1 and signed else "",
        )  # fmt: skip
        seal = replace(seal, signature=signer.sign(seal.body()))
        before = seal.digest()
        hexed = {name: getattr(seal, name).hex() for name in ("root", "previous", "signature")}
        told.append({"number": number, "at": seal.at, "count": 1, "key": seal.key, "notes": seal.notes} | hexed)
    told[-1]["notes"] = loss_rules.written(loss)
    lines = [
        {"position": 1, "missing": True, "link": gone.hex(), "seal": 1, "leaf": 0, "path": []},
        line | {"position": 2, "seal": 2, "leaf": 0, "path": []},
    ]
    chains = [{"record": str(record), "lines": lines}]
    return copy | {"keys": {rules.fingerprint(public): public.hex()}, "seals": told, "chains": chains, "waiting": []}


TAMPERINGS = {
    "edit": lambda copy: _line(copy)["entry"].update(name="PERSONNE"),
    "delete": lambda copy: copy["chains"][0]["lines"].remove(_line(copy)),
    "swap": _swap,
    "seal": lambda copy: copy["seals"][0].update(at=copy["seals"][0]["at"] + 1),
    "root": lambda copy: copy["seals"][-1].update(root="00" * 32),
    "key": lambda copy: copy["keys"].update(dict.fromkeys(copy["keys"], "ab" * 32)),
}
