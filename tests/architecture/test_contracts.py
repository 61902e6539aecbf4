"""The arrows of `.importlinter` hold, and each contract breaks when an import goes the wrong way."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CAPABILITIES = ("life", "documents", "access", "journal", "directory", "identity", "terminology")
SKELETON = {
    f"src/carnet/{name}.py": ""
    for name in (
        "__init__",
        *(
            f"{room}/__init__"
            for room in ("config", "portals", "exchange", "ops", "record", "kernel", "client", "wire")
        ),
        *(f"record/{name}/__init__" for name in CAPABILITIES),
        *("record/identity/api", "record/identity/actions", "record/identity/queries", "record/identity/rules"),
        *("kernel/clock", "kernel/blobs", "kernel/database", "kernel/keys", "kernel/locator", "kernel/outbox"),
        *("exchange/login/__init__", "exchange/xds/__init__", "exchange/fhir/__init__"),
        *("portals/frame/__init__", "portals/patient/__init__", "portals/professional/__init__"),
        *("portals/administration/__init__", "portals/public/__init__", "portals/documents/__init__", "portals/urls"),
        *(f"wire/{name}/__init__" for name in ("soap", "mime", "oidc", "syslog", "xds", "saml", "fhir", "cda")),
        *("wire/errors", "wire/xml"),
    )
}

FLOORS = "Floors: arrows go down only, entrances are strangers to each other"
RECORD = "Order inside record"
CAPABILITY = "Order inside each capability"
PORTALS = "Order inside portals: one public does not see another's pages"
EXCHANGE = "Order inside exchange: protocols share the login and nothing else"
FORMATS = "Order inside wire"
WIRE = "Wire is pure: no framework, no database, no network, no clock"
CLIENT = "The client knows the wire only"
CLIENT_USERS = "Only operators' commands use the client"

# One import the wrong way for each thing a contract forbids: file, imported module, contract that reports it.
VIOLATIONS = [
    ("kernel/up.py", "carnet.record.identity.api", FLOORS),
    ("record/identity/models.py", "carnet.portals", FLOORS),
    ("exchange/xds/side.py", "carnet.portals", FLOORS),
    ("ops/side.py", "carnet.exchange.login", FLOORS),
    ("cellar/__init__.py", "carnet.wire", FLOORS),
    ("record/identity/listeners.py", "carnet.record.access", RECORD),
    ("record/attic/__init__.py", "carnet.kernel", RECORD),
    ("record/identity/rules.py", "carnet.record.identity.queries", CAPABILITY),
    ("record/identity/queries.py", "carnet.record.identity.actions", CAPABILITY),
    ("portals/patient/views.py", "carnet.portals.professional", PORTALS),
    ("portals/frame/page.py", "carnet.portals.documents", PORTALS),
    ("exchange/fhir/views.py", "carnet.exchange.xds", EXCHANGE),
    ("wire/mime/up.py", "carnet.wire.xds", FORMATS),
    ("wire/cda/side.py", "carnet.wire.fhir", FORMATS),
    ("wire/soap/envelope.py", "carnet.kernel", WIRE),
    ("wire/mime/read.py", "django", WIRE),
    ("wire/saml/moment.py", "time", WIRE),
    ("client/shortcut.py", "carnet.kernel.clock", CLIENT),
    ("portals/loop.py", "carnet.client", CLIENT_USERS),
]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    # In a process of its own: import-linter looks the package up on the path, and another tree may be loaded here.
    program = (
        "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _details(report: str) -> dict[str, str]:
    """The explanation of each broken contract, by its name."""
    parts = re.split(r"^(.+)\n-{3,}$", report.partition("Broken contracts")[2], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _contracts(root: Path) -> set[str]:
    drawn = configparser.ConfigParser(comment_prefixes=("#",))
    drawn.read(root / ".importlinter", encoding="utf-8")
    return {drawn[section]["name"] for section in drawn.sections() if ":contract:" in section}


def test_the_arrows_hold(house) -> None:
    report = _lint(house.root)
    assert report.returncode == 0, (
        "An import goes the wrong way (or a room is not placed). Do not edit .importlinter to make this pass: "
        "see its head.\n" + report.stdout + report.stderr
    )


@pytest.fixture
def skeleton(house, build: Callable) -> Path:
    built = build(SKELETON)
    shutil.copy(house.root / ".importlinter", built.root)
    return built.root


def test_an_empty_house_is_accepted(skeleton: Path) -> None:
    report = _lint(skeleton)
    assert report.returncode == 0, report.stdout + report.stderr


def test_each_contract_is_broken_by_a_wrong_import(skeleton: Path, build: Callable) -> None:
    for name, imported, _ in VIOLATIONS:
        path = skeleton / "src/carnet" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"import {imported}\n", encoding="utf-8")
    details = _details(_lint(skeleton).stdout)
    assert details.keys() == _contracts(skeleton)
    for name, imported, contract in VIOLATIONS:
        importer = "carnet." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert importer in details[contract], f"{importer} → {imported} is not reported under {contract!r}"
