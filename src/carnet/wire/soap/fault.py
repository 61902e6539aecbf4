"""SOAP 1.2 faults (part 1 §5.4): whose fault, a French reason, and each thing that is wrong.

The Detail uses our own namespace: rule, field, found, expected, source of each problem, so that the
sender's developer reads why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.soap.envelope import ADDRESSING, SOAP, render
from carnet.wire.xml import escape

FAULT_ACTION = f"{ADDRESSING}/soap/fault"
PROBLEM = "urn:carnet:problem"
_FIELDS = ("rule", "text", "field", "found", "expected", "source")
_CODES = {"soap-version": "VersionMismatch", "soap-must-understand": "MustUnderstand"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One thing that is wrong, in the words of `kernel.errors.Problem`."""

    rule: str
    text: str = ""
    field: str = ""
    found: str = ""
    expected: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` is Sender, Receiver, MustUnderstand or VersionMismatch; `subcode` a name such as DMPInvalidCertificate."""

    code: str
    reason: str
    subcode: str = ""
    details: tuple[Detail, ...] = ()

    @property
    def http_status(self) -> int:
        """The status of the SOAP 1.2 HTTP binding (part 2 §7.5.2.2)."""
        return 400 if self.code == "Sender" else 500


def fault_of(error: Malformed) -> Fault:
    """The fault that explains an unreadable message."""
    detail = Detail(
        rule=error.rule,
        text=error.text,
        field=error.field,
        found=error.found,
        expected=error.expected,
        source=error.source,
    )
    return Fault(_CODES.get(error.rule, "Sender"), error.text, details=(detail,))


def render_fault(fault: Fault, *, message_id: str, relates_to: str = "") -> bytes:
    """The whole envelope of a fault."""
    subcode = ""
    if fault.subcode:
        subcode = f'<s:Subcode><s:Value xmlns:c="{PROBLEM}">c:{escape(fault.subcode)}</s:Value></s:Subcode>'
    detail = ""
    if fault.details:
        detail = f"<s:Detail>{_render_details(fault.details)}</s:Detail>"
    body = (
        f"<s:Fault><s:Code><s:Value>s:{fault.code}</s:Value>{subcode}</s:Code>"
        f'<s:Reason><s:Text xml:lang="fr">{escape(fault.reason)}</s:Text></s:Reason>{detail}</s:Fault>'
    )
    return render(body, action=FAULT_ACTION, message_id=message_id, relates_to=relates_to)


def read_fault(body: etree._Element) -> Fault | None:
    """The fault a Body element is, None for anything else."""
    if body.tag != f"{{{SOAP}}}Fault":
        return None
    code = body.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Value") or ""
    subcode = body.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Subcode/{{{SOAP}}}Value") or ""
    details = []
    for problem in body.iterfind(f"{{{SOAP}}}Detail/{{{PROBLEM}}}problem"):
        values = {etree.QName(child).localname: child.text or "" for child in problem}
        details.append(Detail(**{name: values.get(name, "") for name in _FIELDS}))
    return Fault(
        code=code.strip().rpartition(":")[2],
        reason=(body.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text") or "").strip(),
        subcode=subcode.strip().rpartition(":")[2],
        details=tuple(details),
    )


def _render_details(details: Sequence[Detail]) -> str:
    written = []
    for detail in details:
        values = ((name, getattr(detail, name)) for name in _FIELDS)
        inner = "".join(f"<c:{name}>{escape(value)}</c:{name}>" for name, value in values if value)
        written.append(f'<c:problem xmlns:c="{PROBLEM}">{inner}</c:problem>')
    return "".join(written)
