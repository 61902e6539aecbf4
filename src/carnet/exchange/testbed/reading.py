"""What an exchange was, read from its bytes as a stranger would: transaction, outcome, problems, caller, patient.

The answer is read and not remembered by the doors: what a vendor's software could learn from it is what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID
from lxml import etree

from carnet.exchange.testbed.cutting import sections
from carnet.kernel.actor import Actor
from carnet.wire import soap, xml
from carnet.wire.errors import Malformed

_ACTION = re.compile(rb"urn:ihe:iti:\d{4}:([\w-]+)")
_TRANSACTIONS = {
    "RegistryStoredQuery": "ITI-18",
    "ProvideAndRegisterDocumentSet-b": "ITI-41",
    "RegisterDocumentSet-b": "ITI-42",
    "RetrieveDocumentSet": "ITI-43",
    "UpdateDocumentSet": "ITI-57",
    "DeleteDocumentSet": "ITI-62",
}
_FHIR = (
    (re.compile(r"POST /fhir/?"), "ITI-65"),
    (re.compile(r"GET /fhir/List|POST /fhir/List/_search"), "ITI-66"),
    (re.compile(r"GET /fhir/DocumentReference|POST /fhir/DocumentReference/_search"), "ITI-67"),
    (re.compile(r"GET /fhir/Binary/.+"), "ITI-68"),
    (re.compile(r"POST /fhir/DocumentReference"), "ITI-105"),
    (re.compile(r"PATCH /fhir/DocumentReference(/.+)?"), "PDSm flux 03"),
    (re.compile(r"GET /fhir/(DocumentReference|List)/.+"), "Lecture FHIR"),
    (re.compile(r"GET /fhir/metadata"), "metadata"),
)
_REGISTRY_ERROR = "{urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0}RegistryError"
_CONTEXT = re.compile(
    r"(?P<rule>[\w-]+) : (?P<text>.*?)(?: \[champ : (?P<field>.*?)\])?(?: \[trouvé : (?P<found>.*?)\])?"
    r"(?: \[attendu : (?P<expected>.*?)\])?(?: \[source : (?P<source>.*?)\])?(?: \[document : .*?\])?",
    re.DOTALL,
)
_DIAGNOSTICS = re.compile(
    r"(?:Trouvé : (?P<found>.*?)\.(?: |$))?(?:Attendu : (?P<expected>.*?)\.(?: |$))?(?P<source>.*)", re.DOTALL
)
_CX = re.compile(rb"([\w.-]{1,64})\^\^\^(?:&|&amp;|&#38;)[\d.]+(?:&|&amp;|&#38;)ISO")
_QUERY = re.compile(r"patient(?:\.|:)?identifier=([^&]+)")
_JSON_INS = re.compile(rb'"system"\s*:\s*"urn:oid:1\.2\.250\.1\.213\.1\.4\.\d+"\s*,\s*"value"\s*:\s*"(\w+)"')
_SOFTWARE = re.compile(rb'Name="LPS_Nom"[^>]*>\s*<(?:\w+:)?AttributeValue[^>]*>([^<]{1,100})<')
_SUBJECT = re.compile(rb'Name="urn:oasis:names:tc:xspa:1\.0:subject:subject-id"[^>]*>\s*<[^>]*>([^<]{1,100})<')


class Problem(msgspec.Struct, frozen=True):
    """One thing an answer complains of; `code` is the protocol's word, `rule` ours."""

    code: str = ""
    rule: str = ""
    text: str = ""
    field: str = ""
    found: str = ""
    expected: str = ""
    source: str = ""
    warning: bool = False


class CallerNamed(msgspec.Struct, frozen=True):
    """Who called, as far as it is known."""

    name: str
    structure: str
    software: str


def domain_of(path: str) -> str:
    """The domain of an address, empty for the default one."""
    return path.split("/")[2] if path.startswith("/d/") and path.count("/") > 2 else ""


def transaction_of(method: str, path: str, content_type: str, body: bytes) -> str:
    """`ITI-41`, or the last word of what was asked; `?` when nothing says."""
    place = re.sub(r"^/d/[^/]*", "", path)
    if place.startswith("/fhir"):
        return next((name for pattern, name in _FHIR if pattern.fullmatch(f"{method} {place}")), "FHIR ?")
    found = _ACTION.search(content_type.encode("utf-8", "replace")) or _ACTION.search(body[: 16 * 1024])
    name = found[1].decode() if found else ""
    return _TRANSACTIONS.get(name, name[:60] or "SOAP ?")


def outcome_of(status: int, content_type: str, body: bytes) -> tuple[str, tuple[Problem, ...]]:
    """`accepted`, `warned`, `refused` or `failed` (the server's own fault), and the problems told."""
    if "json" in content_type:
        problems = tuple(_of_json(body)) if status >= 400 or b"OperationOutcome" in body else ()
        problems = tuple(problem for problem in problems if status >= 400 or problem.warning)
        refused = status >= 400
        failed = status >= 500
    else:
        root = next(sections(content_type, body))[1]
        problems = tuple(_of_soap(root)) if b"Fault" in root or b"RegistryError" in root else ()
        refused = status >= 400 or (b"ResponseStatusType:Success" not in root and b"RegistryResponse" in root)
        failed = any(problem.code == "Receiver" for problem in problems)
        refused = refused or b":PartialSuccess" in root or any(not problem.warning for problem in problems)
    if refused and not problems:
        problems = (Problem(code=f"HTTP {status}", text="Refusé sans autre explication que le statut HTTP."),)
    if failed:
        return "failed", problems
    if refused:
        return "refused", problems
    return ("warned" if problems else "accepted"), problems


def _of_soap(root: bytes) -> Iterator[Problem]:
    try:
        body = soap.parse(root).body
    except Malformed:
        return
    fault = soap.read_fault(body)
    if fault is not None:
        code = fault.subcode or fault.code
        for detail in fault.details:
            yield Problem(code, detail.rule, detail.text, detail.field, detail.found, detail.expected, detail.source)
        if not fault.details:
            yield Problem(code=code, text=fault.reason)
    for error in body.iter(_REGISTRY_ERROR):
        yield _of_registry(error)


def _of_registry(error: etree._Element) -> Problem:
    context = error.get("codeContext", "")
    read = _CONTEXT.fullmatch(context)
    told = {name: value or "" for name, value in read.groupdict().items()} if read else {"text": context}
    return Problem(
        code=error.get("errorCode", ""),
        warning=error.get("severity", "").endswith("Warning"),
        **({"field": error.get("location", "")} | {name: value for name, value in told.items() if value}),
    )


def _of_json(body: bytes) -> Iterator[Problem]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for outcome in _outcomes(content):
        for issue in outcome.get("issue", ()):
            if issue.get("severity") == "information":
                continue
            details = issue.get("details", {})
            told = _DIAGNOSTICS.fullmatch(issue.get("diagnostics", ""))
            yield Problem(
                code=issue.get("code", ""),
                rule=next((coding.get("code", "") for coding in details.get("coding", ())), ""),
                text=details.get("text", ""),
                field=", ".join(issue.get("expression", ())),
                warning=issue.get("severity") == "warning",
                **({name: value or "" for name, value in told.groupdict().items()} if told else {}),
            )


def _outcomes(content: Any) -> Iterator[dict[str, Any]]:
    """The OperationOutcomes of an answer: itself, or those in the entries of a Bundle."""
    if not isinstance(content, dict):
        return
    if content.get("resourceType") == "OperationOutcome":
        yield content
    for entry in content.get("entry", ()):
        yield from _outcomes(entry.get("resource"))
        yield from _outcomes(entry.get("response", {}).get("outcome"))


def caller_of(actor: Actor | None, certificate: bytes, body: bytes, agent: str) -> CallerNamed:
    """The recognised actor; else what the certificate and the message say, which nobody has checked."""
    said = _SOFTWARE.search(body)
    software = xml_text(said[1]) if said else agent[:100]
    if actor is not None:
        return CallerNamed(actor.name or actor.person, actor.structure_name or actor.structure, software)
    named = _SUBJECT.search(body)
    name = xml_text(named[1]) if named else ""
    structure = ""
    try:
        subject = x509.load_der_x509_certificate(certificate).subject if certificate else x509.Name([])
        common = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        units = subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        name = name or (str(common[0].value) if common else "")
        structure = str(units[0].value) if units else ""
    except ValueError:
        pass
    return CallerNamed(f"{name} (non reconnu)" if name else "inconnu", structure, software)


def xml_text(data: bytes) -> str:
    """A text of an XML document, its five entities read."""
    text = data.decode("utf-8", "replace")
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def patient_of(query: str, body: bytes) -> str:
    """The patient's identifier as the message names it first, empty when it names none."""
    asked = _QUERY.search(query)
    if asked:
        return unquote_plus(asked[1]).rpartition("|")[2]
    found = _CX.search(body) or _JSON_INS.search(body)
    return found[1].decode() if found else ""


def masked(patient: str) -> str:
    """`1•••••••••••134`: the first sign and the last three of an identifier (its value, out of a CX)."""
    value = patient.partition("^")[0]
    if not value:
        return ""
    return f"{value[:1]}{'•' * max(len(value) - 4, 3)}{value[-3:] if len(value) > 6 else ''}"[:40]


def assertion_of(content_type: str, body: bytes) -> bytes:
    """The assertion that a SOAP message carries, empty when there is none to be read."""
    root = next(sections(content_type, body))[1]
    try:
        return soap.parse(root).assertion
    except Malformed:
        return b""


def parsed(data: bytes) -> etree._Element | None:
    """An XML document read with our safe parser, None when it cannot be."""
    try:
        return xml.parse(data)
    except Malformed:
        return None
