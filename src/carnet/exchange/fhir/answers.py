"""Answers in FHIR: resources as JSON, and every no as an OperationOutcome with the right HTTP status."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpResponse

from carnet.exchange.login.faults import Denied
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.wire.errors import Malformed
from carnet.wire.fhir.documentreference import encode
from carnet.wire.fhir.operationoutcome import issue, outcome
from carnet.wire.fhir.resources import Issue, OperationOutcome

JSON = "application/fhir+json; charset=utf-8"

# Reason → (HTTP status, FHIR issue type). The only place where a refusal of the record becomes HTTP.
REASONS: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN_PATIENT: (404, "not-found"),
    Reason.FORBIDDEN: (403, "forbidden"),
    Reason.CLOSED: (410, "business-rule"),
    Reason.INVALID: (422, "invalid"),
    Reason.PATIENT_MISMATCH: (422, "business-rule"),
    Reason.MISSING_DOCUMENT: (422, "required"),
    Reason.MISSING_METADATA: (422, "required"),
    Reason.NON_IDENTICAL_HASH: (422, "conflict"),
    Reason.WRONG_HASH: (422, "value"),
    Reason.WRONG_SIZE: (422, "value"),
    Reason.DUPLICATE: (422, "duplicate"),
    Reason.REPEATED: (422, "duplicate"),
    Reason.UNRESOLVED: (422, "not-found"),
    Reason.UNKNOWN_DOCUMENT: (404, "not-found"),
    Reason.UNKNOWN_REPOSITORY: (404, "not-found"),
    Reason.DEPRECATED: (422, "business-rule"),
    Reason.UNSUPPORTED: (422, "not-supported"),
    Reason.TOO_LARGE: (413, "too-long"),
    Reason.TOO_MANY: (400, "too-costly"),
    Reason.UNAVAILABLE: (503, "transient"),
}
# Seconds after which what was away may be back.
_LATER = "10"
# What begins the name of a rule about a token.
_TOKENS = ("token-", "jose-", "oidc-")
# Rules of our readers whose FHIR issue type is not plain `invalid`.
_RULES = {
    "bundle-type": "not-supported",
    "content-type": "value",
    "control-character": "value",
    "date": "value",
    "dangling-reference": "not-found",
    "fhir-document": "not-supported",
    "hash-encoding": "value",
    "json": "structure",
    "mixed-patients": "business-rule",
    "modifier": "not-supported",
    "element-unknown": "structure",
    "modifier-extension": "extension",
    "not-a-bundle": "structure",
    "patch": "structure",
    "patch-element": "not-supported",
    "patch-test": "conflict",
    "patient-required": "required",
    "required": "required",
    "structure": "structure",
    "uncontained-reference": "not-supported",
    "unknown-parameter": "not-supported",
}


class NotServed(Exception):  # noqa: N818 — an answer as much as an error
    """A request that no door takes: the HTTP status, one issue, and headers to add."""

    def __init__(
        self, status: int, code: str, rule: str, text: str, *, found: str = "", expected: str = "", **headers: str
    ) -> None:
        super().__init__(rule)
        self.status = status
        self.issue = issue(code=code, rule=rule, text=text, found=found[:200], expected=expected)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def resource(body: bytes, *, status: int = 200, **headers: str) -> HttpResponse:
    """JSON bytes as an answer that no cache keeps."""
    response = HttpResponse(body, status=status, content_type=JSON)
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name] = value
    return response


def failure(status: int, issues: Sequence[Issue], **headers: str) -> HttpResponse:
    """An OperationOutcome."""
    return resource(encode(outcome(issues)), status=status, **headers)


def refused(refusal: Refusal) -> HttpResponse:
    """A refusal of the record; the first problem decides the HTTP status."""
    errors = [problem for problem in refusal.problems if not problem.warning] or list(refusal.problems)
    response = failure(REASONS[errors[0].reason][0], [_issue(problem) for problem in refusal.problems])
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = _LATER
    return response


def denied(answer: Denied) -> HttpResponse:
    """Nobody was recognised: 401 for what is wrong with the certificate or the token, 403 for who it names."""
    problems = answer.refusal.problems
    rule = problems[0].rule
    if rule.startswith("provider-"):
        later = failure(503, [_issue(problem, code="transient") for problem in problems])
        later["Retry-After"] = _LATER
        return later
    if not rule.startswith(("certificate-", *_TOKENS)):
        return failure(403, [_issue(problem) for problem in problems])
    response = failure(401, [_issue(problem, code="login") for problem in problems])
    invalid = ', error="invalid_token"' if rule.startswith(_TOKENS) and rule != "token-missing" else ""
    response["WWW-Authenticate"] = f'Bearer realm="Carnet"{invalid}, Certificate realm="Carnet"'
    return response


def scope_missing(scope: str) -> HttpResponse:
    """A token that does not reach so far (RFC 6750 §3.1): 403, and the scope by its name."""
    text = f"La portée {scope} manque à ce jeton : demandez-la, si elle est enregistrée pour votre logiciel."
    found = issue(code="forbidden", rule="scope-missing", text=text, field="scope", expected=scope)
    response = failure(403, [found])
    response["WWW-Authenticate"] = f'Bearer realm="Carnet", error="insufficient_scope", scope="{scope}"'
    return response


def faulty(faults: Sequence[Malformed], status: int) -> HttpResponse:
    """What our readers found wrong."""
    issues = [
        issue(
            code=_RULES.get(fault.rule, "invalid"),
            rule=fault.rule,
            text=fault.text,
            field=fault.field,
            found=fault.found,
            expected=fault.expected,
            source=fault.source,
        )
        for fault in faults
    ]
    return failure(status, issues)


def warnings(problems: Sequence[Problem]) -> OperationOutcome | None:
    """Warnings of an accepted submission; None without any."""
    return outcome([_issue(problem, severity="warning") for problem in problems]) if problems else None


def _issue(problem: Problem, *, code: str = "", severity: str = "") -> Issue:
    return issue(
        code=code or REASONS[problem.reason][1],
        severity=severity or ("warning" if problem.warning else "error"),
        rule=problem.rule,
        text=problem.text,
        field=problem.field,
        found=problem.found,
        expected=problem.expected,
        source=problem.source,
    )
