"""Every rule has its law and both sentences, and no sentence is without a rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import carnet.record.access
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.access.decision import no
from carnet.record.access.explanations import EXPLANATIONS
from carnet.record.access.standing import DelegateKind

FOLDER = Path(carnet.record.access.__file__).parent
# A rule that its kind completes.
COMPLETED = {f"delegate-{kind}" for kind in DelegateKind if kind is not DelegateKind.HEIR}


def written() -> set[str]:
    """The rules that the code of the decision answers with: every text in a call of `yes` or `no`, and named tables."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("yes", "no"):
                found |= {
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and not one.value.endswith("-")
                }
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                name = node.targets[0]
                if isinstance(name, ast.Name) and name.id in ("_IN_STATE", "_REFUSED"):
                    found |= {one.value for one in node.value.values if isinstance(one, ast.Constant)}
            elif (
                isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "rule"
            ):
                found |= {one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)}
    # What is compared inside an answer is no answer.
    return (found | COMPLETED) - {"allowed"}


def test_the_rules_of_the_code_are_those_of_the_file() -> None:
    assert written() == set(EXPLANATIONS)


@pytest.mark.parametrize("rule", sorted(EXPLANATIONS))
def test_a_rule_has_its_law_and_two_sentences(rule: str) -> None:
    explanation = access.explain(rule)
    assert explanation is not None
    assert explanation.law
    for sentence in (explanation.professional, explanation.patient):
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert len(sentence) < 200


def test_a_refusal_is_in_the_words_of_its_reader() -> None:
    doctor = Actor(kind=ActorKind.PROFESSIONAL, person="899900000011", proof="vihf")
    patient = Actor(kind=ActorKind.PATIENT, person="patient:7", proof="password")
    told = [no("record-closed", actor).problem for actor in (doctor, patient)]
    assert [problem.text for problem in told if problem] == [
        "Ce dossier est fermé.",
        "Votre dossier est fermé. Vous pouvez le rouvrir.",
    ]
    assert access.explain("no-such-rule") is None
