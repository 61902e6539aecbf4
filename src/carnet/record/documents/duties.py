"""What the registry sees to by law when a document is deposited, whatever its sender wrote.

A genetic result is told to the person by its prescriber (CSP R.1131-19) and they may choose not to know (L.1111-2): it
is invisible to the patient from its deposit until a professional reveals it. A document that takes the place of
another one has the visibility of its lineage, so that what was announced stays so.
"""

from __future__ import annotations

from collections.abc import Mapping

from carnet.kernel.errors import Problem, Reason
from carnet.record.access.api import Flag
from carnet.record.documents import rows
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import DocumentEntry, Submission


def hidden_by_law(submission: Submission, domain: str) -> Mapping[str, Flag]:
    """The state bits that the law adds to the entries of a submission, by their ids as sent."""
    configuration = terminology.domain(domain)
    if configuration is None or not configuration.french_profile:
        return {}
    found = {entry.entry_uuid: _flags(entry) for entry in submission.entries}
    return {name: flags for name, flags in found.items() if flags}


def opens_by_itself(type_code: str) -> bool:
    """Whether a document that waits to be announced opens to the person a month after its deposit (CSP R.1111-53).

    Not a type that is made to stay invisible: a genetic result is told by its prescriber (R.1131-19), and a signature
    tells nothing.
    """
    return not rows.flags_of(terminology.default_confidentiality(type_code)) & Flag.INVISIBLE_PATIENT


def told(entry: DocumentEntry) -> Problem:
    """What its sender is told, beside the acceptance."""
    return Problem(
        reason=Reason.INVALID,
        rule="hidden-by-law",
        text="Ce résultat n'est pas visible par la personne tant qu'un professionnel ne l'a pas annoncé.",
        field="DocumentEntry.confidentialityCode",
        found=", ".join(code.code for code in entry.confidentiality_codes),
        expected="INVISIBLE_PATIENT, ajouté d'office",
        source="CSP R.1131-19",
        warning=True,
    )


def _flags(entry: DocumentEntry) -> Flag:
    by_law = terminology.confidentiality_by_law(entry.type_code.code if entry.type_code else "")
    return rows.flags_of(by_law) & ~rows.flags_of(entry.confidentiality_codes)
