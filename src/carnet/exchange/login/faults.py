"""A login that failed: the problem, and the DMP's own word for it (fault codes of the DMP integration guide)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from carnet.kernel.errors import Problem, Reason, Refusal

_log = logging.getLogger(__name__)

INVALID_CERTIFICATE = "DMPInvalidCertificate"
IDENTITY_FAILURE = "DMPIdentityCertificationFailure"
ACCESS_DENIED = "DMPAccessDeniedByRightsService"

# Rule → code: every rule by which nobody is recognised. What is wrong with a certificate or with who signed is the
# certificate's fault; what would be a right that nobody has is the rights service's; the rest of the VIHF, and what the
# directory answers, is an identity that could not be certified.
CODES = {
    **dict.fromkeys(
        (
            "certificate-missing",
            "certificate-unreadable",
            "certificate-unknown-authority",
            "certificate-expired",
            "certificate-revoked",
            "certificate-revocation-unknown",
            "certificate-usage",
            "certificate-structure",
            "vihf-certificate-missing",
            "vihf-certificate",
            "vihf-signature",
            "vihf-issuer",
        ),
        INVALID_CERTIFICATE,
    ),
    **dict.fromkeys(
        ("certificate-card", "vihf-mode-unsupported", "vihf-homologation", "vihf-purpose"),
        ACCESS_DENIED,
    ),
    **dict.fromkeys(
        (
            "vihf-missing",
            "xml-empty",
            "xml-size",
            "xml-encoding",
            "xml-dtd",
            "xml-depth",
            "xml-syntax",
            "vihf-structure",
            "vihf-nested",
            "vihf-id",
            "vihf-signature-missing",
            "vihf-signature-place",
            "vihf-canonicalization",
            "vihf-algorithm",
            "vihf-reference",
            "vihf-transform",
            "vihf-digest",
            "vihf-time",
            "vihf-condition",
            "vihf-value",
            "vihf-attribute-missing",
            "vihf-attribute-twice",
            "vihf-confidentiality",
            "vihf-not-yet-valid",
            "vihf-expired",
            "vihf-too-old",
            "vihf-version",
            "vihf-authentication-class",
            "vihf-authentication-declared",
            "vihf-audience",
            "vihf-mode",
            "vihf-subject",
            "vihf-structure-certificate",
            "professional-unknown",
            "professional-blocked",
            "structure-unknown",
            "structure-blocked",
            "structure-missing",
            "activity-absent",
            "activity-ended",
            "employee-structure",
            "vihf-role",
            "vihf-role-missing",
            "vihf-sector",
            "vihf-replay",
            "vihf-stolen",
        ),
        IDENTITY_FAILURE,
    ),
}


@dataclass(frozen=True, slots=True)
class Denied:
    """Nobody was recognised: `refusal` says why, `fault` is the DMP code that a SOAP fault carries."""

    refusal: Refusal
    fault: str


def denied(problem: Problem) -> Denied:
    """A refusal of one problem, with its code."""
    _log.info("a caller was not recognised: %s", problem.rule)
    return Denied(Refusal((problem,)), CODES.get(problem.rule, IDENTITY_FAILURE))


def problem(rule: str, text: str, *, field: str = "", found: str = "", expected: str = "", source: str = "") -> Problem:
    """A problem of login: always a matter of who may come in."""
    return Problem(
        reason=Reason.FORBIDDEN, rule=rule, text=text, field=field, found=found, expected=expected, source=source
    )
