"""The patient that a proof of identity names, against the patient of the request.

A VIHF is issued about one patient (its resource-id): it opens nothing about another. `None` stands for a proof that
names no patient by nature (a certificate alone, a session), "" for an assertion that could have and did not.
"""

from __future__ import annotations

from carnet.kernel.errors import Problem, Reason
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology

_SOURCE = "VIHF, resource-id ; DMP, contrôles de cohérence"


def check(domain: terminology.Domain, asserted: str | None, patient_id: str) -> Problem | None:
    """What is wrong with a request about `patient_id` under a proof about `asserted`; None when nothing is."""
    problem = check_named(domain, asserted)
    if problem is not None or not asserted or _same(asserted, patient_id):
        return problem
    return Problem(
        reason=Reason.PATIENT_MISMATCH,
        rule="vihf-patient",
        text="Le patient du message n'est pas celui du VIHF.",
        field="patientId",
        expected="l'INS de l'attribut resource-id du VIHF",
        source=_SOURCE,
    )


def check_named(domain: terminology.Domain, asserted: str | None) -> Problem | None:
    """The French profile asks an assertion to name the patient it concerns."""
    if asserted == "" and domain.french_profile:
        return Problem(
            reason=Reason.FORBIDDEN,
            rule="vihf-patient-missing",
            text="Le VIHF ne dit pas quel patient il concerne.",
            field="urn:oasis:names:tc:xacml:2.0:resource:resource-id",
            expected="l'INS du patient, en CX",
            source=_SOURCE,
        )
    return None


def _same(asserted: str, patient_id: str) -> bool:
    """One identifier in two CX: the type and the name of the authority do not matter, the value and the OID do."""
    one, other = identity.parse_cx(asserted), identity.parse_cx(patient_id)
    if isinstance(one, Problem) or isinstance(other, Problem):
        return asserted == patient_id
    return (one.system, one.value) == (other.system, other.value)
