"""Who calls by SOAP: the TLS certificate, the signed VIHF and the directory must tell one story.

Direct authentication (a card): the CN of the TLS certificate, the CN of the signing certificate and the NameID are
the same PS_IdNat. Indirect: both certificates are the structure's, whose Struct_IdNat (OU) is Identifiant_Structure,
and NameID is the user for whom the structure answers (CI-SIS, VIHF).
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from carnet.exchange.login.client_certificate import Certificate, Usage, from_header, verified
from carnet.exchange.login.faults import Denied, denied, problem
from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.errors import Problem
from carnet.record.directory import api as directory
from carnet.record.terminology import api as terminology
from carnet.wire.errors import Malformed
from carnet.wire.saml.names import PROFESSION_SYSTEM
from carnet.wire.saml.verify import check_times, signed_values, signing_certificate
from carnet.wire.saml.vihf import Mode, Vihf

_SOURCE = "CI-SIS, VIHF (Transport synchrone pour client lourd) ; DMP TD0.1"
# 3.0 in the DMP's own samples, 4.0 in the agency's text of 2026.
_VERSIONS = ("3.0", "4.0")
_KEPT = 2048


@dataclass(frozen=True, slots=True)
class Login:
    """A recognised caller and what the assertion says; `vihf.patient` is the CX to hand to the record."""

    actor: Actor
    vihf: Vihf


_lock = threading.Lock()
_kept: OrderedDict[bytes, tuple[bytes, Vihf]] = OrderedDict()


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
                source=_SOURCE,
            )
        )
    try:
        read = _read(assertion, now=now)
        if isinstance(read, Problem):
            return denied(read)
        signer, vihf = read
        check_times(vihf, now=now)
        _check_version(vihf, domain)
    except Malformed as error:
        return denied(
            problem(
                error.rule,
                error.text,
                field=error.field,
                found=error.found,
                expected=error.expected,
                source=error.source,
            )
        )
    actor = _actor(connection, signer, vihf)
    return denied(actor) if isinstance(actor, Problem) else Login(actor, vihf)


def _read(assertion: bytes, *, now: datetime) -> tuple[Certificate, Vihf] | Problem:
    """The trusted signer and the values under its signature, kept by the assertion's digest.

    Trust in the signer and dates are asked at each call, so that a revocation counts at once: those answers are
    cheap. A signer who is not trusted costs no signature check and fills no cache.
    """
    digest = hashlib.sha256(assertion).digest()
    with _lock:
        kept = _kept.get(digest)
        if kept is not None:
            _kept.move_to_end(digest)
    certificate = signing_certificate(assertion) if kept is None else kept[0]
    signer = verified(certificate, usage=Usage.SIGNATURE, now=now)
    if isinstance(signer, Problem):
        return signer
    if kept is not None:
        return signer, kept[1]
    vihf = signed_values(assertion, certificate=certificate)
    with _lock:
        _kept[digest] = certificate, vihf
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return signer, vihf


def _actor(connection: Certificate, signer: Certificate, vihf: Vihf) -> Actor | Problem:
    software = f"{vihf.software_name} {vihf.software_version}"
    purpose = Purpose(vihf.purpose)
    if vihf.mode is Mode.DIRECT:
        wrong = _check_direct(connection, signer, vihf)
        if wrong is not None:
            return wrong
        actor = directory.actor_of_professional(
            person=vihf.subject, structure=vihf.structure, proof="vihf", software=software, purpose=purpose
        )
    elif vihf.mode is Mode.INDIRECT:
        wrong = _check_indirect(connection, signer, vihf)
        if wrong is not None:
            return wrong
        actor = directory.actor_of_structure(
            structure=vihf.structure, proof="vihf", software=software, person=vihf.subject
        )
        if isinstance(actor, Actor):
            actor = replace(actor, purpose=purpose, name=vihf.subject_name or actor.name)
    else:
        return problem(
            "vihf-mode-unsupported",
            "L'authentification indirecte renforcée n'est pas ouverte dans ce domaine.",
            field="Authentification_Mode",
            found=vihf.mode,
            expected=f"{Mode.DIRECT} ou {Mode.INDIRECT}",
            source=_SOURCE,
        )
    if isinstance(actor, Problem):
        return actor
    return _check_directory(actor, vihf) or actor


def _check_direct(connection: Certificate, signer: Certificate, vihf: Vihf) -> Problem | None:
    if not connection.card or not signer.card:
        return problem(
            "vihf-mode",
            "L'authentification directe se fait avec une carte, pour la connexion et pour la signature.",
            field="Authentification_Mode",
            found=f"{vihf.mode} avec un certificat de structure",
            expected="INDIRECTE, ou deux certificats de carte",
            source=_SOURCE,
        )
    if not signer.common_name or not signer.common_name == vihf.subject == connection.common_name:
        return problem(
            "vihf-subject",
            "La connexion, la signature et le VIHF ne désignent pas la même personne.",
            field="Subject/NameID",
            found=f"NameID {vihf.subject}, signature {signer.common_name}, connexion {connection.common_name}",
            expected="le même identifiant national (CN des deux certificats)",
            source=_SOURCE,
        )
    return None


def _check_indirect(connection: Certificate, signer: Certificate, vihf: Vihf) -> Problem | None:
    if connection.card or signer.card:
        return problem(
            "vihf-mode",
            "L'authentification indirecte se fait avec les deux certificats d'une structure (AUTH_CLI et SIGN).",
            field="Authentification_Mode",
            found=f"{vihf.mode} avec un certificat de carte",
            expected="DIRECTE, ou deux certificats de structure",
            source=_SOURCE,
        )
    if vihf.structure not in connection.structures or vihf.structure not in signer.structures:
        return problem(
            "vihf-structure-certificate",
            "Les certificats ne sont pas ceux de la structure que le VIHF annonce.",
            field="Identifiant_Structure",
            found=vihf.structure,
            expected=" ".join(connection.structures),
            source=_SOURCE,
        )
    return None


def _check_version(vihf: Vihf, domain: str) -> None:
    rules = terminology.domain(domain)
    if rules is not None and rules.french_profile and vihf.version not in _VERSIONS:
        raise Malformed(
            "vihf-version",
            "Cette version du VIHF n'est pas acceptée.",
            field="VIHF_Version",
            found=vihf.version[:20],
            expected=" ou ".join(_VERSIONS),
            source=_SOURCE,
        )


def _check_directory(actor: Actor, vihf: Vihf) -> Problem | None:
    """What the VIHF says about the person and the structure against what the directory knows."""
    profession = next((role.code for role in vihf.roles if role.system == PROFESSION_SYSTEM), "")
    if vihf.mode is Mode.DIRECT and profession != actor.profession:
        return problem(
            "vihf-role",
            "La profession du VIHF n'est pas celle de l'annuaire.",
            field="urn:oasis:names:tc:xacml:2.0:subject:role",
            found=profession,
            expected=actor.profession,
            source=_SOURCE,
        )
    structure = directory.structure(vihf.structure)
    if structure is None:
        return None
    if vihf.purpose == Purpose.REGULATION and "samu" not in structure.kind.casefold():
        return problem(
            "vihf-purpose",
            "Le mode d'accès « centre 15 » est réservé aux centres de régulation médicale.",
            field="urn:oasis:names:tc:xspa:1.0:subject:purposeofuse",
            found=vihf.purpose,
            expected="normal ou bris_de_glace",
            source=_SOURCE,
        )
    if structure.sector != vihf.sector:
        return problem(
            "vihf-sector",
            "Le secteur d'activité du VIHF n'est pas celui de la structure dans l'annuaire.",
            field="Secteur_Activite",
            found=vihf.sector,
            expected=structure.sector,
            source="Guide d'intégration DMP : structure et secteur viennent de la même activité (CPS_ACTIVITY)",
        )
    return None
