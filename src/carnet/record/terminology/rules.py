"""Whether a code may be used in a domain, and what to answer when it may not."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from carnet.kernel.errors import Problem, Reason
from carnet.record.terminology.lists import CodeList
from carnet.wire.xds.model import Code

_IHE = "IHE ITI TF-3 §4.2.3.1.2"
_SHOWN = 3
_LONGEST = 120
_SET_ATTRIBUTES = frozenset({"contentTypeCode"})


def check(attribute: str, code: Code, listed: CodeList | None, *, open_list: bool) -> Problem | None:
    """The problem of `code` as a value of `attribute`, None when it is right (TF-3 §4.2.3.1.2)."""
    if not code.code or not code.scheme:
        return _problem(attribute, code, "Le code et son système de codage sont tous deux obligatoires.", "", _IHE)
    if listed is None or open_list or (code.code, code.scheme) in listed.by_key:
        return None
    same = listed.by_code.get(code.code)
    if same:
        text = "Le code existe, mais pas dans ce système de codage."
        expected = ", ".join(f"{code.code} ({one.scheme})" for one in same)
    else:
        text = "Le code n'est pas dans le jeu de valeurs de cet attribut."
        expected = ", ".join(f"{one.code} {one.display}" for one in closest(code, listed))
    return _problem(attribute, code, text, expected, listed.source)


def closest(code: Code, listed: CodeList) -> list[Code]:
    """The few codes that look most like `code`, by code and by label, best first."""
    wanted, label = code.code[:_LONGEST].casefold(), code.display[:_LONGEST].casefold()

    def likeness(one: Code) -> float:
        by_code = SequenceMatcher(None, wanted, one.code.casefold()).ratio()
        by_label = SequenceMatcher(None, label, one.display.casefold()).ratio() if label else 0.0
        return max(by_code, by_label)

    return sorted(listed.codes, key=likeness, reverse=True)[:_SHOWN]


def rule_name(attribute: str) -> str:
    """The stable name of an attribute's rule: `typeCode` → `type-code`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", attribute).lower()


def _problem(attribute: str, code: Code, text: str, expected: str, source: str) -> Problem:
    owner = "SubmissionSet" if attribute in _SET_ATTRIBUTES else "DocumentEntry"
    return Problem(
        reason=Reason.INVALID,
        rule=rule_name(attribute),
        text=text,
        field=f"{owner}.{attribute}",
        found=f"{code.code[:_LONGEST]} ({code.scheme[:_LONGEST]})",
        expected=expected,
        source=source,
    )
