"""How a refusal is said in XDS: one table from the record's reasons to IHE's error codes (ITI TF-3 §4.2.4.1).

Metadata and queries that are refused get a RegistryError; a message that cannot be read, or a caller
who may not do this, gets a SOAP fault. Both carry the rule, the field, what was found and expected, and
where it is written.
"""

from __future__ import annotations

from carnet.exchange.login.faults import ACCESS_DENIED
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.wire import soap
from carnet.wire.errors import Malformed
from carnet.wire.xds.registry_response import RegistryError

# FORBIDDEN stands here for the parts of an answer (one document among several); alone it is a SOAP fault.
CODES = {
    Reason.UNKNOWN_PATIENT: "XDSUnknownPatientId",
    Reason.FORBIDDEN: ACCESS_DENIED,
    Reason.CLOSED: "DMPClosed",
    Reason.INVALID: "XDSRegistryMetadataError",
    Reason.PATIENT_MISMATCH: "XDSPatientIdDoesNotMatch",
    Reason.MISSING_DOCUMENT: "XDSMissingDocument",
    Reason.MISSING_METADATA: "XDSMissingDocumentMetadata",
    Reason.NON_IDENTICAL_HASH: "XDSNonIdenticalHash",
    Reason.WRONG_HASH: "XDSRepositoryMetadataError",
    Reason.WRONG_SIZE: "XDSRepositoryMetadataError",
    # Of a submission set: a document's uniqueId may come again (ITI TF-2 §3.42.4.1.3.3).
    Reason.DUPLICATE: "XDSDuplicateUniqueIdInRegistry",
    Reason.REPEATED: "XDSRegistryDuplicateUniqueIdInMessage",
    Reason.UNRESOLVED: "UnresolvedReferenceException",
    Reason.UNKNOWN_DOCUMENT: "XDSDocumentUniqueIdError",
    Reason.UNKNOWN_REPOSITORY: "XDSUnknownRepositoryId",
    Reason.DEPRECATED: "XDSRegistryDeprecatedDocumentError",
    Reason.UNSUPPORTED: "XDSRegistryError",
    Reason.TOO_LARGE: "XDSRepositoryError",
    Reason.TOO_MANY: "XDSTooManyResults",
    Reason.UNAVAILABLE: "XDSRepositoryBusy",
}

# The same for what the parsers find, by the beginning of the rule; the first that fits. Other rules are faults.
_RULES = (
    ("query-unknown", "XDSUnknownStoredQuery"),
    ("query-parameter-missing", "XDSStoredQueryMissingParam"),
    ("query-parameter-number", "XDSStoredQueryParamNumber"),
    ("query-parameter-and", "XDSStoredQueryParamNumber"),
    ("query-parameter-unknown", "XDSRegistryError"),
    ("query-return-type", "XDSRegistryError"),
    ("query-value", "XDSRegistryError"),
    ("query-several-patients", "XDSResultNotSinglePatient"),
    ("ebrim-", "XDSRegistryMetadataError"),
    ("provide-document-", "XDSRepositoryMetadataError"),
    ("mime-part-missing", "XDSMissingDocument"),
    ("retrieve-number", "XDSRepositoryError"),
)


def registry_errors(problems: tuple[Problem, ...]) -> tuple[RegistryError, ...]:
    """One RegistryError for each problem, warnings included."""
    return tuple(
        RegistryError(
            code=CODES[problem.reason], context=_context(problem), location=problem.field, warning=problem.warning
        )
        for problem in problems
    )


def registry_error(error: Malformed) -> RegistryError | None:
    """The RegistryError of a content that could not be read, None when only a fault can say it."""
    code = next((code for start, code in _RULES if error.rule.startswith(start)), None)
    if code is None:
        return None
    return RegistryError(code=code, context=_context(error), location=error.field)


def forbidden(refusal: Refusal) -> bool:
    """Whether the caller as such is refused, which a SOAP fault says."""
    return any(problem.reason is Reason.FORBIDDEN for problem in refusal.problems)


def fault(refusal: Refusal, subcode: str = ACCESS_DENIED) -> soap.Fault:
    """The fault of a caller who was not recognised or may not do this."""
    details = tuple(
        soap.Detail(
            rule=problem.rule,
            text=problem.text,
            field=problem.field,
            found=problem.found,
            expected=problem.expected,
            source=problem.source,
        )
        for problem in refusal.problems
    )
    return soap.Fault("Sender", refusal.problems[0].text, subcode, details)


def _context(problem: Problem | Malformed) -> str:
    """`règle : phrase [champ : …] [trouvé : …] [attendu : …] [source : …]`."""
    parts = [f"{problem.rule} : {problem.text}"]
    for label, value in (
        ("champ", problem.field),
        ("trouvé", problem.found),
        ("attendu", problem.expected),
        ("source", problem.source),
    ):
        if value:
            parts.append(f"[{label} : {value}]")
    return " ".join(parts)
