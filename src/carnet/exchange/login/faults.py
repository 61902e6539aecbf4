"""A login that failed: the problem, and the DMP's own word for it (fault codes of the DMP integration guide)."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.kernel.errors import Problem, Reason, Refusal

INVALID_CERTIFICATE = "DMPInvalidCertificate"
IDENTITY_FAILURE = "DMPIdentityCertificationFailure"
ACCESS_DENIED = "DMPAccessDeniedByRightsService"

# Rule → code. What is wrong with a certificate or with who signed is the certificate's fault; the rest of
# the VIHF, and what the directory answers, is an identity that could not be certified.
CODES = {
    "certificate-missing": INVALID_CERTIFICATE,
    "certificate-unreadable": INVALID_CERTIFICATE,
    "certificate-unknown-authority": INVALID_CERTIFICATE,
    "certificate-expired": INVALID_CERTIFICATE,
    "certificate-revoked": INVALID_CERTIFICATE,
    "certificate-revocation-unknown": INVALID_CERTIFICATE,
    "certificate-usage": INVALID_CERTIFICATE,
    "vihf-certificate-missing": INVALID_CERTIFICATE,
    "vihf-certificate": INVALID_CERTIFICATE,
    "vihf-signature": INVALID_CERTIFICATE,
    "vihf-issuer": INVALID_CERTIFICATE,
    "vihf-purpose": ACCESS_DENIED,
    "vihf-mode-unsupported": ACCESS_DENIED,
}


@dataclass(frozen=True, slots=True)
class Denied:
    """Nobody was recognised: `refusal` says why, `fault` is the DMP code that a SOAP fault carries."""

    refusal: Refusal
    fault: str


def denied(problem: Problem) -> Denied:
    """A refusal of one problem, with its code."""
    return Denied(Refusal((problem,)), CODES.get(problem.rule, IDENTITY_FAILURE))


def problem(rule: str, text: str, *, field: str = "", found: str = "", expected: str = "", source: str = "") -> Problem:
    """A problem of login: always a matter of who may come in."""
    return Problem(
        reason=Reason.FORBIDDEN, rule=rule, text=text, field=field, found=found, expected=expected, source=source
    )
