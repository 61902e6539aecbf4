"""Each refusal of the login has its DMP code, a sentence where it is made, and a line in docs/vihf.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import carnet
from carnet.exchange.login.faults import ACCESS_DENIED, CODES, IDENTITY_FAILURE, INVALID_CERTIFICATE
from carnet.record.directory.rules import TEXTS

PACKAGE = Path(carnet.__file__).parent
ROOT = Path(__file__).resolve().parents[3]
MODULES = (
    *(f"exchange/login/{name}.py" for name in ("client_certificate", "consistency", "fhir", "replay", "soap")),
    *(f"wire/saml/{name}.py" for name in ("verify", "vihf")),
    "wire/xml.py",
)
RULE = re.compile(r"(certificate|vihf|xml)-[a-z0-9-]+")


def told() -> Iterator[tuple[str, str]]:
    """(rule, sentence) of each refusal written in the modules: a call whose first two arguments are these."""
    for module in MODULES:
        for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) >= 2:
                rule, text = node.args[:2]
                if isinstance(text, ast.Name):  # a sentence that the caller gives, with a rule of its own
                    text = ast.Constant("Le rôle est faux.")
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str) and RULE.fullmatch(rule.value):
                    yield (
                        rule.value,
                        " ".join(
                            part.value
                            for part in ast.walk(text)
                            if isinstance(part, ast.Constant) and isinstance(part.value, str)
                        ),
                    )


def test_every_rule_of_the_login_has_its_code() -> None:
    found = {rule for rule, _ in told()} | TEXTS.keys()
    assert len(found) > 50
    assert found == CODES.keys()
    assert set(CODES.values()) == {INVALID_CERTIFICATE, ACCESS_DENIED, IDENTITY_FAILURE}


def test_every_rule_has_a_sentence() -> None:
    for rule, sentence in [*told(), *TEXTS.items()]:
        assert re.search(r"\w+ \w+ .*[.:]$|\w+ \w+ .*\.", sentence), (rule, sentence)


def test_the_page_tells_every_rule_and_its_code() -> None:
    page = (ROOT / "docs" / "vihf.md").read_text(encoding="utf-8")
    lines = dict(re.findall(r"^\| `([a-z0-9-]+)` \|[^|]*\| `(DMP\w+)` \|", page, re.MULTILINE))
    assert lines == CODES
