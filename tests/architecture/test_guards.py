"""Calls that open a hole stand in few places, each with its reason: parsers, unescaped text, shells, clocks…"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from tests.architecture import parsing


@dataclass(frozen=True)
class Guard:
    """Names that may be used in the listed files (or folders, ending with a slash) only."""

    names: tuple[str, ...]
    why: str
    allowed: dict[str, str] = field(default_factory=dict)


# A name is written as in the source: `etree.parse` is an attribute of something called etree, `eval` a bare name,
# `shell=True` an argument of a call, `import xml` an import of that package or of something in it.
GUARDS = {
    "xml": Guard(
        (
            *("etree.XMLParser", "etree.HTMLParser", "etree.ETCompatXMLParser", "etree.XMLPullParser"),
            *("etree.parse", "etree.iterparse", "etree.fromstring", "etree.fromstringlist", "etree.XML", "etree.HTML"),
            *("import xml", "import lxml.objectify", "import lxml.html", "import lxml.sax", "import html.parser"),
        ),
        "XML from outside is parsed by carnet.wire.xml only: no entity, no DTD, no network, bounded depth.",
        {"src/carnet/wire/xml.py": "the one place where a parser is made"},
    ),
    "unescaped": Guard(
        ("mark_safe", "SafeString", "html_safe", "__html__"),
        "Text is escaped by the template; HTML that comes from a document is made safe by wire.cda.",
        {"src/carnet/portals/documents/reading.py": "shows the HTML that wire.cda made of a CDA"},
    ),
    "forgery": Guard(
        ("csrf_exempt",),
        "A form without its token can be sent by another site; a machine's door has no cookie to abuse.",
        {
            "src/carnet/exchange/xds/views.py": "a certificate and a signed assertion say who calls, no cookie does",
            "src/carnet/portals/frame/oidc/backchannel.py": "the provider's signature says who calls, no cookie does",
            "src/carnet/exchange/fhir/door.py": "a certificate says who calls, no cookie does",
        },
    ),
    "shell": Guard(
        ("shell=True", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
        "A command is a list of arguments, never a line of shell.",
    ),
    "code": Guard(
        ("eval", "exec", "import pickle", "import marshal", "import shelve", "yaml.load"),
        "Data is never executed.",
    ),
    "master-key": Guard(
        ("settings.CARNET_MASTER_KEY", "settings.CARNET_MASTER_KEY_FILE"),
        "What is derived from the master key is lost when it is rotated: kernel.keys.derived_key outlives it.",
        {
            "src/carnet/kernel/master_key.py": "the ring itself",
            "src/carnet/kernel/migrations/0006_house_key.py": "keeps what a database had derived before",
        },
    ),
    "tls": Guard(
        ("verify=False", "check_hostname", "CERT_NONE", "_create_unverified_context"),
        "A connection whose other end was not verified is not a connection.",
    ),
    "network": Guard(
        ("import httpx", "import smtplib", "import http.client", "import urllib.request", "import requests"),
        "Addresses that are asked come from the settings: what asks them stands in few places.",
        {
            "src/carnet/kernel/providers.py": "identity providers, by the issuer of the settings",
            "src/carnet/kernel/mail_transport.py": "the mail server of the settings",
            "src/carnet/client/": "an operator's command, to the address that they type",
            "src/carnet/ops/serve.py": "our own ports, to know that they answer",
            "src/carnet/ops/demo/provider/pages.py": "the demonstration's provider tells our own door of a logout",
        },
    ),
    "assignment": Guard(
        ("ModelForm", "modelform_factory", "fields_for_model", "model_to_dict"),
        "A form lists its fields: what is sent under another name goes nowhere.",
    ),
    "sql": Guard(
        ("RawSQL", "objects.extra", "objects.raw"),
        "Statements of ours go through kernel.database with bound parameters.",
    ),
    "clock": Guard(
        ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "timezone.now"),
        "The time comes from carnet.kernel.clock, so that a rule, a test and a domain's clock can move it.",
        {
            "src/carnet/kernel/clock.py": "the one place that reads it",
            "src/carnet/client/": "stands on wire alone, on somebody else's machine, and stamps what it signs",
            "src/carnet/ops/bench/": "a load generator: a client that stamps the assertions it signs",
            "src/carnet/kernel/blobs.py": "the age of a file, told by the clock that wrote its mtime",
        },
    ),
}
TEMPLATE = re.compile(r"\|\s*safe\b|autoescape\s+off|\bsafeseq\b")


def _spelled(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield node.attr
        if isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node.value, ast.Attribute):
            yield f"{node.value.attr}.{node.attr}"
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
        yield f"{node.arg}={node.value.value}"
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            parts = (prefix + alias.name).split(".")
            yield from (f"import {'.'.join(parts[:length])}" for length in range(1, len(parts) + 1))
            yield alias.name
            if isinstance(node, ast.ImportFrom) and node.module:
                yield f"{node.module.rpartition('.')[2]}.{alias.name}"


@cache
def _spellings(path: Path) -> dict[str, set[int]]:
    """Every spelling in a module, with its lines; read once for all guards."""
    found: dict[str, set[int]] = {}
    for node in parsing.nodes(path):
        for spelling in _spelled(node):
            method = isinstance(node, ast.Attribute) and spelling == node.attr and spelling in {"eval", "exec"}
            if not method:
                found.setdefault(spelling, set()).add(getattr(node, "lineno", 0))
    return found


def uses(path: Path, names: tuple[str, ...]) -> list[int]:
    """Lines of a module that use one of the names, by import, call or mention."""
    found = _spellings(path)
    return sorted({line for name in names for line in found.get(name, ())})


def holes(house, guard: Guard) -> dict[str, list[int]]:
    """Files that use a guarded name, with the lines."""
    found = {house.name(path): uses(path, guard.names) for path in house.modules()}
    return {name: lines for name, lines in found.items() if lines}


def _allowed(name: str, guard: Guard) -> bool:
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in guard.allowed)


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS.keys())
def test_a_hole_has_a_reason(house, guard: Guard) -> None:
    found = holes(house, guard)
    outside = [f"{name}: lines {lines}" for name, lines in found.items() if not _allowed(name, guard)]
    assert not outside, f"{guard.why} A place that needs it is listed in GUARDS with its reason.\n" + "\n".join(outside)
    unused = [place for place in guard.allowed if not any(name.startswith(place) for name in found)]
    assert not unused, f"listed for nothing: {unused}"


def test_templates_escape_everything(house) -> None:
    found = [
        f"{house.name(path)}:{number}"
        for path in sorted(house.package.rglob("templates/**/*.*"))
        if path.is_file()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if TEMPLATE.search(line)
    ]
    assert not found, "A template never turns escaping off; a safe string is made in Python.\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("xml", "from lxml import etree\nroot = etree.fromstring(data)\n"),
        ("xml", "from xml.dom import minidom\n"),
        ("xml", "import lxml.html\n"),
        ("xml", "from lxml.etree import XMLParser\n"),
        ("unescaped", "from django.utils.safestring import mark_safe\n"),
        ("unescaped", "class Page:\n    def __html__(self): ...\n"),
        ("forgery", "@csrf_exempt\ndef door(request): ...\n"),
        ("shell", "subprocess.run(line, shell=True)\n"),
        ("code", "eval(text)\n"),
        ("code", "import pickle\n"),
        ("tls", "httpx.Client(verify=False)\n"),
        ("master-key", "seed = derive(settings.CARNET_MASTER_KEY)\n"),
        ("network", "import httpx\nhttpx.get(address)\n"),
        ("network", "from urllib.request import urlopen\n"),
        ("assignment", "class Form(forms.ModelForm): ...\n"),
        ("sql", "Model.objects.raw('SELECT 1')\n"),
        ("clock", "from datetime import datetime\nat = datetime.now(UTC)\n"),
        ("clock", "from django.utils import timezone\nat = timezone.now()\n"),
        ("clock", "import datetime\nat = datetime.date.today()\n"),
    ],
)
def test_a_hole_is_reported(build: Callable, kind: str, source: str) -> None:
    house = build({"src/carnet/kernel/hole.py": source, "src/carnet/kernel/good.py": "from lxml import etree\n"})
    assert list(holes(house, GUARDS[kind])) == ["src/carnet/kernel/hole.py"]


def test_an_unescaped_template_is_reported() -> None:
    assert TEMPLATE.search("{{ text|safe }}")
    assert TEMPLATE.search("{% autoescape off %}")
    assert not TEMPLATE.search("{{ text|unsafe_name }} safe")
