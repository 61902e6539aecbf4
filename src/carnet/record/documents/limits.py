"""What a query may ask for in a domain, and how much one answer gives."""

from __future__ import annotations

from collections.abc import Iterable

from carnet.kernel.errors import Problem, Reason
from carnet.record.terminology import api as terminology
from carnet.wire.xds.model import Status


def unknown_status(domain: terminology.Domain, statuses: Iterable[Status]) -> Problem | None:
    """An availabilityStatus that the domain does not know: asking for it would be answered by nothing, for ever."""
    unknown = [status for status in statuses if status not in domain.statuses]
    if not unknown:
        return None
    return Problem(
        reason=Reason.UNSUPPORTED,
        rule="status-unknown",
        text="Ce statut n'existe pas dans ce domaine.",
        field="availabilityStatus",
        found=unknown[0].value,
        expected=" ".join(sorted(status.value for status in domain.statuses)),
        source="IHE ITI TF-3 §4.2.3.2.2 ; ASIP, JDV_J52",
    )


def too_many(domain: terminology.Domain) -> Problem:
    """More objects than a domain gives in one answer."""
    return Problem(
        reason=Reason.TOO_MANY,
        rule="too-many-results",
        text="La réponse serait trop longue : demandez les références (ObjectRef), puis les objets par lots.",
        field="returnType",
        expected=f"<= {domain.most_objects} objets",
        source="IHE ITI TF-2 §3.18.4.1.3 (XDSTooManyResults)",
    )
