"""A superuser of the database, who even has the MAC's key and not the sealer's, rewrites who looked: it shows.

Each way of tampering is told with the record and the place, by `carnet journal verify` and by the verifier that a
person runs at home on their copy.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from carnet.kernel import database
from carnet.record.journal import actions, loss_rules, seal_files
from carnet.record.journal import api as journal
from carnet.record.journal.api import Wrong
from carnet.record.journal.offline import verify_journal
from tests.attacks.superuser import (
    OPERATOR,
    TABLES,
    TAMPERINGS,
    Sealed,
    delete,
    delete_with_its_link,
    edit,
    remove_the_last_seals,
    reorder_places,
    roll_back,
    roll_back_and_seal_again,
    seal_all,
    swap_seals,
)
from tests.capabilities.world import AUTHOR, OTHER, World
from tests.conftest import _emptied

# The database is asked for, and not one transaction or one emptying a test: `sealed` is made once for all.
pytestmark = pytest.mark.django_db
VERIFIER = Path(verify_journal.__file__)


@pytest.fixture(autouse=True)
def _django_db_marker() -> None:
    """Stands before the plugin's, which would wrap each test in a transaction."""


@pytest.fixture(scope="module")
def sealed(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sealed]:
    """Two records, some acts in each, sealed in several times; made once, brought back by each test."""
    folder = tmp_path_factory.mktemp("sealed")
    patch = pytest.MonkeyPatch()
    patch.setattr(django_settings, "CARNET_SEALS", folder / "seals")
    with django_db_blocker.unblock():
        database.execute(_emptied())
        actions._writer.restart()
        victim, neighbour = World(), World()
        for _ in range(3):
            victim.fed()
            victim.found(OTHER)
            victim.seen(victim.patient)
            neighbour.fed()
            neighbour.seen(AUTHOR)
            seal_all()
        for table in TABLES:
            database.execute(f"CREATE TEMP TABLE saved_{table} AS TABLE {table}")
        shutil.copytree(folder / "seals", folder / "whole")
        yield Sealed(victim, neighbour, folder / "seals", folder / "whole")
        for table in TABLES:
            database.execute(f"DROP TABLE saved_{table}")
        database.execute(_emptied())
        connection.close()
    patch.undo()


def named(text: str, place: int) -> bool:
    """Whether a sentence names this place, alone or in an interval."""
    if any(int(found) == place for found in re.findall(r"place (\d+)", text)):
        return True
    return any(int(a) <= place <= int(b) for a, b in re.findall(r"places (\d+) (?:to|à) (\d+)", text))


def test_a_whole_journal_has_no_fault(sealed: Sealed) -> None:
    sealed.restore()
    examination = journal.examine(actor=OPERATOR)
    assert list(examination.faults()) == []
    assert (examination.unsealed, examination.seals) == (0, seal_files.last())
    faults, (told, _, waiting, _) = verify_journal.verify(sealed.copy())
    assert faults == []
    assert told == len(
        database.rows(
            "SELECT 1 FROM journal_link WHERE record_id = %s AND writer IS NOT NULL", (sealed.victim.record_id,)
        )
    )
    assert waiting == 1, "the taking of the copy itself"


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_tampering_shows_with_the_record_and_the_place(sealed: Sealed, tamper: Callable) -> None:
    sealed.restore()
    earlier = sealed.copy()
    sealed.restore()
    record, place = tamper(sealed)
    faults = sealed.faults()
    assert any(fault.record_id == record and named(fault.place, place) for fault in faults), faults
    others = {fault.record_id for fault in faults} - {record, None}
    if tamper not in (swap_seals, roll_back, roll_back_and_seal_again, remove_the_last_seals):
        assert not others, "only the record that was touched is told"
    told, _ = verify_journal.verify(sealed.copy(), earlier)
    alone, _ = verify_journal.verify(sealed.copy())
    assert any(str(record) in fault and named(fault, place) for fault in alone), alone
    assert len(told) >= len(alone)


def test_tampering_with_the_files_shows(sealed: Sealed) -> None:
    sealed.restore()
    one = seal_files.path(2)
    whole = one.read_text(encoding="utf-8")
    told = json.loads(whole)
    for name, changed in (("root", "00" * 32), ("signature", "00" * 64), ("at", told["seal"]["at"] + 1), ("count", 1)):
        one.write_text(json.dumps(told | {"seal": told["seal"] | {name: changed}}), encoding="utf-8")
        assert Wrong.SEAL_FORGED in {fault.wrong for fault in sealed.faults()}, name
        assert verify_journal.verify(sealed.copy())[0], name
    one.write_text(whole[:100], encoding="utf-8")
    assert Wrong.FILE_CHANGED in {fault.wrong for fault in sealed.faults()}
    one.unlink()
    assert Wrong.FILE_ABSENT in {fault.wrong for fault in sealed.faults()}
    assert verify_journal.verify(sealed.copy())[0]
    # The two seals exchanged outside as well, each whole.
    one.write_text(seal_files.path(1).read_text(encoding="utf-8"), encoding="utf-8")
    assert Wrong.SEAL_FORGED in {fault.wrong for fault in sealed.faults()}


def test_a_key_that_is_not_the_one_that_was_noted_is_told(sealed: Sealed) -> None:
    sealed.restore()
    ((name, key),) = seal_files.public_keys().items()
    assert list(journal.examine(actor=OPERATOR, trusted=[key.hex()]).faults()) == []
    faults = list(journal.examine(actor=OPERATOR, trusted=["ab" * 32]).faults())
    assert {fault.wrong for fault in faults} == {Wrong.SEAL_FORGED}
    assert verify_journal.verify(sealed.copy(), key_name=name)[0] == []
    assert verify_journal.verify(sealed.copy(), key_name="ab" * 16)[0]


def test_what_is_not_sealed_yet_shows_by_a_hole(sealed: Sealed) -> None:
    sealed.restore()
    for _ in range(3):
        sealed.victim.seen(sealed.victim.patient)
    writer, last = database.rows("SELECT writer, number FROM journal_entry ORDER BY at DESC LIMIT 1")[0]
    database.execute("DELETE FROM journal_entry WHERE writer = %s AND number = %s", (writer, last - 1))
    (fault,) = sealed.faults()
    assert fault.wrong is Wrong.HOLE
    assert f"{writer}/{last - 1}" in fault.place
    assert str(sealed.victim.record_id) in fault.place, "between which entries of which records"


def test_an_entry_slipped_behind_the_seals_shows(sealed: Sealed) -> None:
    sealed.restore()
    sealed.victim.seen(sealed.victim.patient)
    database.execute(
        "UPDATE journal_entry SET xact = 1 WHERE NOT EXISTS "
        "(SELECT FROM journal_link l WHERE l.writer = journal_entry.writer AND l.number = journal_entry.number)"
    )
    (fault,) = sealed.faults()
    assert (fault.wrong, fault.record_id) == (Wrong.SKIPPED, sealed.victim.record_id)


def test_content_of_an_erased_record_may_go(sealed: Sealed) -> None:
    sealed.restore()
    record = sealed.victim.record_id
    kept = len(database.rows("SELECT 1 FROM journal_entry"))
    removed = journal.forget(actor=OPERATOR, record_ids=[record])
    assert removed > 0
    assert len(database.rows("SELECT 1 FROM journal_entry")) == kept - removed + 1, "and one that tells it"
    assert list(journal.examine(actor=OPERATOR, erased={record}).faults()) == [], "the proofs of everybody stay"
    wrongs = {(fault.wrong, fault.record_id) for fault in journal.examine(actor=OPERATOR).faults()}
    assert wrongs == {(Wrong.REMOVED, record)}, "nothing excuses it where no ledger tells the erasure"


def test_the_verifier_at_home_runs_alone(sealed: Sealed, tmp_path: Path) -> None:
    """In another folder, without our packages, as its person would run it."""
    sealed.restore()
    whole = sealed.copy()
    script = tmp_path / "verify_journal.py"
    shutil.copy(VERIFIER, script)
    for name, content in (("whole", whole), ("changed", _changed(whole))):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "cut.json").write_text(json.dumps(whole)[:500], encoding="utf-8")
    found = {}
    for name in ("whole", "changed", "cut"):
        command = [sys.executable, "-I", "-S", str(script), f"{name}.json"]
        answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        found[name] = (answer.returncode, answer.stdout)
    assert [code for code, _ in found.values()] == [0, 1, 2]
    assert "Rien n’a été changé" in found["whole"][1]
    assert f"carnet {sealed.victim.record_id}, place " in found["changed"][1]


def _changed(whole: dict) -> dict:
    changed = copy.deepcopy(whole)
    line = next(line for line in changed["chains"][0]["lines"] if "entry" in line)
    line["entry"]["name"] = "PERSONNE"
    return changed


def test_what_may_not_be_told_yet_is_as_silent_as_a_blank(sealed: Sealed) -> None:
    sealed.restore()
    rows = database.rows(
        "SELECT subjects FROM journal_entry WHERE record_id = %s AND action = 'document.provide'",
        (sealed.victim.record_id,),
    )
    hidden = set(rows[0][0])
    told = journal.proof(actor=sealed.victim.patient, withheld=hidden)
    assert verify_journal.verify(told)[0] == []
    text = json.dumps(told)
    assert not [one for one in hidden if str(one) in text]
    shapes = {tuple(sorted(line)) for line in told["chains"][0]["lines"] if "entry" not in line}
    assert shapes == {("commitment", "position")}


def declare(sealed: Sealed, reason: str = "Disque perdu, copie d’hier") -> list[journal.Loss]:
    found = journal.declare_loss(actor=OPERATOR, reason=reason)
    seal_all()
    return found


def test_a_declared_loss_is_told_and_is_no_fault(sealed: Sealed) -> None:
    sealed.restore()
    roll_back_and_seal_again(sealed)
    (lost,) = declare(sealed)
    assert lost.places == sum(
        len(kept.leaves) for number in range(lost.first, lost.last + 1) if (kept := seal_files.read(number))
    )
    examination = journal.examine(actor=OPERATOR)
    assert list(examination.faults()) == []
    assert (examination.losses, examination.lost) == ([lost], lost.places)
    copied = sealed.copy()
    faults, (_, _, _, gone) = verify_journal.verify(copied)
    assert faults == []
    assert gone > 0
    (said,) = verify_journal.declared(copied)
    assert "Disque perdu" in said
    assert f"{lost.places} lignes" in said
    assert journal.losses(actor=OPERATOR) == [], "it is declared once"


@pytest.mark.parametrize("tamper", [edit, delete, delete_with_its_link, reorder_places], ids=lambda one: one.__name__)
def test_what_was_not_lost_is_still_watched(sealed: Sealed, tamper: Callable) -> None:
    sealed.restore()
    roll_back_and_seal_again(sealed)
    declare(sealed)
    record, place = tamper(sealed)
    assert any(fault.record_id == record and named(fault.place, place) for fault in sealed.faults())
    assert verify_journal.verify(sealed.copy())[0]


def test_some_lines_are_no_loss_that_can_be_declared(sealed: Sealed) -> None:
    """Whoever has the MAC's key too takes one line out as if the tables had lost it, then declares."""
    sealed.restore()
    trace, place = sealed.target()
    database.execute("DELETE FROM journal_entry WHERE writer = %s AND number = %s", (trace.writer, trace.number))
    database.execute(
        "UPDATE journal_link SET commitment = NULL, salt = NULL, at = NULL, writer = NULL, number = NULL"
        " WHERE writer = %s AND number = %s",
        (trace.writer, trace.number),
    )
    assert declare(sealed) == []
    at = "SELECT seal FROM journal_link WHERE record_id = %s AND position = %s"
    (seal,) = database.row(at, (trace.record_id, place)) or (0,)
    kept = seal_files.read(seal)
    assert kept is not None
    forged = loss_rules.Loss(
        first=seal, last=seal, places=kept.seal.count, since=0, until=0, at=0, by="X", reason="rien"
    )
    journal.append(
        actor=OPERATOR,
        action=journal.Action.JOURNAL_LOSS,
        record_id=0,
        rule="operator",
        detail=loss_rules.written(forged),
    )
    seal_all()
    assert any(fault.record_id == trace.record_id and named(fault.place, place) for fault in sealed.faults())
    assert verify_journal.verify(sealed.copy())[0]


def test_notes_that_nobody_signed_excuse_nothing(sealed: Sealed) -> None:
    sealed.restore()
    record, _ = roll_back_and_seal_again(sealed)
    last = seal_files.last()
    (lost,) = journal.losses(actor=OPERATOR)
    database.execute("UPDATE journal_seal SET notes = %s WHERE number = %s", (loss_rules.written(lost), last))
    found = sealed.faults()
    assert {fault.wrong for fault in found} >= {Wrong.MISSING, Wrong.SEAL_FORGED, Wrong.FILE_CHANGED}
    copied = sealed.copy()
    copied["seals"][-1]["notes"] = loss_rules.written(lost)  # type: ignore[index]
    assert any("disparu" in fault for fault in verify_journal.verify(copied)[0])
    assert record == sealed.victim.record_id
