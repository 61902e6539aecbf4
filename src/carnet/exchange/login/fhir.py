"""Who calls by FHIR: the client certificate alone, until bearer tokens come.

A card is its holder: a professional in the first activity that the directory knows, an employee in the structure that
their identifier names. An organisation certificate is its structure.
"""

from __future__ import annotations

from datetime import datetime

from carnet.exchange.login.cards import Card
from carnet.exchange.login.client_certificate import from_header
from carnet.exchange.login.faults import Denied, denied, problem
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory


def actor_of_certificate(*, certificate_header: str, software: str = "", now: datetime) -> Actor | Denied:
    """The caller of a FHIR request, or why nobody was recognised.

    `certificate_header` is the proxy's X-Carnet-Client-Cert (empty without a certificate), `software` what the
    client says it is (User-Agent), `now` an aware time.
    """
    certificate = from_header(certificate_header, now=now)
    if isinstance(certificate, Problem):
        return denied(certificate)
    actor: Actor | Problem
    if certificate.card is Card.CPE:
        actor = directory.actor_of_employee(
            person=certificate.common_name, name=certificate.name, proof="certificate", software=software
        )
    elif certificate.card is not None:
        holder = directory.professional(certificate.common_name)
        actor = directory.actor_of_professional(
            person=certificate.common_name,
            structure=holder.structures[0] if holder and holder.structures else None,
            proof="certificate",
            software=software,
        )
    elif len(certificate.structures) == 1:
        actor = directory.actor_of_structure(
            structure=certificate.structures[0], proof="certificate", software=software
        )
    else:
        actor = problem(
            "certificate-structure",
            "Le certificat de structure ne nomme pas une structure et une seule.",
            field="OU",
            found=" ".join(certificate.structures)[:200],
            expected="un Struct_IdNat",
            source="IGC-Santé, profils de certificats (ORG AUTH_CLI)",
        )
    return denied(actor) if isinstance(actor, Problem) else actor
