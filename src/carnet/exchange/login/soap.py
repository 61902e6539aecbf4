"""Who calls by SOAP: the TLS certificate, the signed VIHF and the directory must tell one story.

Direct authentication (a card): the CN of the TLS certificate, the CN of the signing certificate and the NameID are
the same PS_IdNat. Indirect: both certificates are the structure's, whose Struct_IdNat (OU) is Identifiant_Structure,
and NameID is the user for whom the structure answers; reinforced, that user is somebody whom the directory knows
(CI-SIS, VIHF). What is checked, in which order and under which fault: docs/vihf.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from carnet.exchange.login import consistency, replay
from carnet.exchange.login.cards import Card
from carnet.exchange.login.client_certificate import Certificate, Usage, from_header, verified
from carnet.exchange.login.faults import Denied, denied, problem
from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.record.terminology import api as terminology
from carnet.wire.errors import Malformed
from carnet.wire.saml.verify import Signed, check_times, end_of, signed_values, signing_certificate
from carnet.wire.saml.vihf import Mode, Vihf

# A structure that names a professional without their card: less than a card, more than the structure alone.
REINFORCED = "vihf-air"
_PROOF = "vihf"
_KEPT = 2048


@dataclass(frozen=True, slots=True)
class Login:
    """A recognised caller and what the assertion says; `vihf.patient` is the CX to hand to the record."""

    actor: Actor
    vihf: Vihf


@dataclass(frozen=True, slots=True)
class _Kept:
    certificate: bytes
    signed: Signed
    ends: datetime


_lock = threading.Lock()
# By the digest of the bytes, and by whether SHA-1 was tolerated: what one domain believed, another may not.
_kept: OrderedDict[tuple[bytes, bool], _Kept] = OrderedDict()


def actor_of_soap(*, certificate_header: str, assertion: bytes, domain: str, now: datetime) -> Login | Denied:
    """The caller of a SOAP request, or why nobody was recognised.

    `certificate_header` is the proxy's X-Carnet-Client-Cert (empty without a certificate), `assertion` the
    saml2:Assertion of wsse:Security as a document of its own (its in-scope namespaces declared; empty when there is
    none), `now` an aware time. The patient of the assertion is not compared here: pass `Login.vihf.patient` as
    `asserted_patient` to the record.
    """
    connection = from_header(certificate_header, now=now)
    if isinstance(connection, Problem):
        return denied(connection)
    if not assertion:
        return denied(
            problem(
                "vihf-missing",
                "La requête ne porte pas de VIHF.",
                field="Header/wsse:Security/saml2:Assertion",
                expected="une assertion signée",
                source=consistency.SOURCE,
            )
        )
    try:
        found = _recognised(connection, assertion, _rules(domain), now)
    except Malformed as error:
        found = problem(
            error.rule, error.text, field=error.field, found=error.found, expected=error.expected, source=error.source
        )
    return denied(found) if isinstance(found, Problem) else found


def _rules(domain: str) -> terminology.AssertionRules:
    """Those of the domain; an unknown one, which the record refuses by its name, has the first one's."""
    return (terminology.domain(domain) or terminology.domains()[0]).assertions


def _recognised(
    connection: Certificate, assertion: bytes, rules: terminology.AssertionRules, now: datetime
) -> Login | Problem:
    read = _read(assertion, rules, now)
    if isinstance(read, Problem):
        return read
    signer, signed = read
    vihf = signed.vihf
    check_times(vihf, now=now, skew=rules.skew, oldest=rules.oldest)
    wrong = consistency.check_domain(vihf, rules) or consistency.check_certificates(vihf, connection, signer)
    if wrong is not None:
        return wrong
    actor = _actor(connection, vihf)
    if isinstance(actor, Problem):
        return actor
    wrong = consistency.check_directory(vihf, actor, connection.card, precise=rules.precise_roles) or replay.claim(
        signer=signer.digest,
        identifier=vihf.id,
        content=signed.digest,
        connection=connection.digest,
        ends=end_of(vihf, oldest=rules.oldest) + rules.skew,
        now=now,
    )
    return wrong or Login(actor, vihf)


def _read(assertion: bytes, rules: terminology.AssertionRules, now: datetime) -> tuple[Certificate, Signed] | Problem:
    """The trusted signer and the values under its signature, kept by the assertion's digest until it ends.

    Trust in the signer and dates are asked at each call, so that a revocation counts at once: those answers are
    cheap. A signer who is not trusted costs no signature check and fills no cache.
    """
    key = hashlib.sha256(assertion).digest(), rules.sha1
    with _lock:
        kept = _kept.get(key)
        if kept is not None and now < kept.ends:
            _kept.move_to_end(key)
        elif kept is not None:
            kept = None
            del _kept[key]
    certificate = signing_certificate(assertion) if kept is None else kept.certificate
    signer = verified(certificate, usage=Usage.SIGNATURE, now=now)
    if isinstance(signer, Problem):
        return signer
    if kept is not None:
        return signer, kept.signed
    signed = signed_values(assertion, certificate=certificate, tolerate_sha1=rules.sha1)
    ends = end_of(signed.vihf, oldest=rules.oldest) + rules.skew
    if now < ends:
        with _lock:
            _kept[key] = _Kept(certificate, signed, ends)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    return signer, signed


def _actor(connection: Certificate, vihf: Vihf) -> Actor | Problem:
    """Whom the directory knows under the proven names."""
    software = f"{vihf.software_name} {vihf.software_version}"
    purpose, secret = Purpose(vihf.purpose), bool(vihf.confidentiality)
    actor: Actor | Problem
    if vihf.mode is Mode.INDIRECT:
        actor = directory.actor_of_structure(
            structure=vihf.structure, proof=_PROOF, software=software, person=vihf.subject
        )
        if isinstance(actor, Actor):
            actor = replace(actor, name=vihf.subject_name or actor.name)
    else:
        proof = REINFORCED if vihf.mode is Mode.REINFORCED else _PROOF
        if connection.card is Card.CPE or (vihf.mode is Mode.REINFORCED and "/" in vihf.subject):
            name = connection.name if connection.card is Card.CPE else vihf.subject_name
            actor = directory.actor_of_employee(
                person=vihf.subject, structure=vihf.structure, name=name, proof=proof, software=software
            )
        else:
            actor = directory.actor_of_professional(
                person=vihf.subject, structure=vihf.structure, proof=proof, software=software
            )
    return replace(actor, purpose=purpose, secret=secret) if isinstance(actor, Actor) else actor
