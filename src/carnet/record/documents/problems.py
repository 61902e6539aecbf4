"""How the rules of a submission word what they find."""

from __future__ import annotations

import re

from carnet.kernel.errors import Problem, Reason

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_OID_LENGTH = 64


def is_oid(value: str) -> bool:
    """Whether a value is an OID as XDS takes them: 64 characters at most (ISO 8824; TF-3 §4.2.3.1.5)."""
    return _OID.fullmatch(value) is not None and len(value) <= _OID_LENGTH


def missing(field: str, source: str, text: str = "Cet attribut est obligatoire.", expected: str = "") -> Problem:
    """A required attribute that is not there; the rule is its name: `type-code-missing`."""
    rule = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", field.rpartition(".")[2]).lower()
    return Problem(
        reason=Reason.INVALID, rule=f"{rule}-missing", text=text, field=field, expected=expected, source=source
    )


def invalid(
    rule: str,
    field: str,
    text: str,
    found: str,
    expected: str,
    source: str,
    reason: Reason = Reason.INVALID,
) -> Problem:
    """An attribute or an association that cannot be accepted as it is."""
    return Problem(
        reason=reason, rule=rule, text=text, field=field, found=found[:200], expected=expected, source=source
    )
