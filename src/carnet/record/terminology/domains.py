"""Affinity domains: named configurations that a record lives in (IHE ITI TF-1 §10.2.3).

A domain is data. What differs between the strict French profile and a plain XDS affinity domain is a
field here, read by the code that cares, so that no other module compares a domain's name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from carnet.wire.saml.names import CONNECTATHON_AUDIENCE, DIRECT_CLASSES, LOCAL_CLASSES, SMARTCARD_PKI
from carnet.wire.saml.vihf import Mode
from carnet.wire.xds.model import Status

INS_NIR = "1.2.250.1.213.1.4.8"
INS_NIA = "1.2.250.1.213.1.4.9"
INS_NIR_TEST = "1.2.250.1.213.1.4.10"
INS_NIR_DEMO = "1.2.250.1.213.1.4.11"
INS_C = "1.2.250.1.213.1.4.2"
# INS-A never left the drawing board, so no authority numbered it: ours lives under the test root.
INS_A = "1.2.250.1.213.1.4.999.3"

PRODUCTION_SYSTEMS = frozenset({INS_NIR, INS_NIA})
TEST_SYSTEMS = frozenset({INS_NIR_TEST, INS_NIR_DEMO})
CALCULATED_SYSTEMS = frozenset({INS_C, INS_A})


class Creation(StrEnum):
    """How records come to be: asked for at a desk, or also made for everybody unless they object."""

    CONSENT = "consent"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionRules:
    """What a domain takes as a VIHF; `carnet.exchange.login` applies it.

    `versions` are the VIHF_Version accepted and `homologations` the LPS_ID_HOMOLOGATION_DMP, None for any; `modes` the
    ways of authentication that are open. `sha1` accepts RSA-SHA1 and SHA-1 digests, as senders of that age have no
    other. `skew` is how far apart clocks may be; nothing older than `oldest` since IssueInstant is believed, whatever
    NotOnOrAfter says. `audiences` are our names in an AudienceRestriction, none where the VIHF may not carry one.
    `direct_classes` and `local_classes` are the AuthnContextClassRef accepted for a card and for what a structure
    answers for. `precise_roles` asks each profession for the second role that the VIHF gives it (savoir-faire,
    section of the pharmacists' register, role in care), as the directory knows it.
    """

    versions: frozenset[str] | None
    homologations: frozenset[str] | None = None
    modes: frozenset[Mode]
    sha1: bool = False
    skew: timedelta = timedelta(seconds=60)
    oldest: timedelta
    audiences: frozenset[str] = frozenset()
    direct_classes: frozenset[str]
    local_classes: frozenset[str] = LOCAL_CLASSES
    precise_roles: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One affinity domain.

    `number` stands for the domain in the database and never changes. `identifier_systems` are the OIDs
    accepted for a patient's identifier, None for any OID; `check_key` asks for the structure and key of
    an INS; `french_profile` for the metadata rules of the DMP (CI-SIS, fiche); `open_code_lists` accepts
    any code that names its coding scheme; `accepts_oid_extension` accepts a uniqueId `OID^extension`
    (TF-3 §4.2.3.2.26) and not only an OID, which the DMP refuses; `statuses` are the availability statuses
    that a search may name; `consent_required` asks for an authorisation before a record is read (a plain XDS
    domain has no consent of its own); `folds_duplicates` shows one entry for a document registered twice.
    `creation` AUTOMATIC allows records made without being asked for, beside those made with consent; the person
    then has `opposition_days` to object. `calculated_ins` is for identifiers computed from a card (INS-C) or drawn
    at random (INS-A), not issued by the state. `most_objects` are given in one answer of whole objects (ITI-18
    LeafClass); above, the consumer is told to ask for references first (XDSTooManyResults). `assertions` says which
    VIHF are believed.
    """

    name: str
    number: int
    label: str
    identifier_systems: frozenset[str] | None
    check_key: bool
    french_profile: bool
    statuses: frozenset[Status]
    accepts_oid_extension: bool
    open_code_lists: bool
    consent_required: bool
    folds_duplicates: bool
    assertions: AssertionRules
    creation: Creation = Creation.CONSENT
    opposition_days: int = 0
    calculated_ins: bool = False
    most_objects: int = 10_000
    custodian_required: bool = True
    sample_identifiers: frozenset[tuple[str, str]] = frozenset()
    tolerated: frozenset[str] = frozenset()


_PRESENT = AssertionRules(
    # 3.0 in the samples of DMP 2, 4.0 in the agency's text of 2026.
    versions=frozenset({"3.0", "4.0"}),
    modes=frozenset(Mode),
    oldest=timedelta(hours=4),
    direct_classes=frozenset({SMARTCARD_PKI}),
    precise_roles=True,
)
# Software of that age signs with RSA-SHA1, once for a day's work, on machines without a time server; the reinforced
# mode did not exist.
_OF_2012 = replace(
    _PRESENT,
    versions=frozenset({"1.0", "2.0", "3.0"}),
    modes=frozenset({Mode.DIRECT, Mode.INDIRECT}),
    sha1=True,
    skew=timedelta(minutes=5),
    oldest=timedelta(hours=12),
    precise_roles=False,
)
# Connectathon partners come with an audience (XUA, ITI TF-2 §3.40.4.1.2) and any version; what proves is the same.
_PLAIN = AssertionRules(
    versions=None,
    modes=frozenset({Mode.DIRECT, Mode.INDIRECT}),
    skew=timedelta(minutes=5),
    oldest=timedelta(hours=24),
    audiences=frozenset({CONNECTATHON_AUDIENCE}),
    direct_classes=DIRECT_CLASSES,
    precise_roles=False,
)


def with_homologations(domains: Iterable[Domain], numbers: Mapping[str, frozenset[str]]) -> tuple[Domain, ...]:
    """The domains, each taking the VIHF of software with these homologation numbers only, where any are given for it.

    Raises ValueError with the names that no domain has.
    """
    listed = tuple(domains)
    if unknown := set(numbers) - {one.name for one in listed}:
        raise ValueError(", ".join(sorted(unknown)))
    return tuple(
        replace(one, assertions=replace(one.assertions, homologations=numbers[one.name]))
        if one.name in numbers
        else one
        for one in listed
    )


def build_domains(mode: str) -> tuple[Domain, ...]:
    """The domains of an instance in `mode`: `production` takes real INS only, anything else test INS only."""
    french = Domain(
        name="fr",
        number=1,
        label="Dossier partagé, profil français strict",
        identifier_systems=PRODUCTION_SYSTEMS if mode == "production" else TEST_SYSTEMS,
        check_key=True,
        french_profile=True,
        statuses=frozenset(Status),
        accepts_oid_extension=False,
        open_code_lists=False,
        consent_required=True,
        folds_duplicates=True,
        assertions=_PRESENT,
        creation=Creation.AUTOMATIC,
        opposition_days=42,
        most_objects=2_000,
    )
    opted_in = replace(
        french,
        name="fr-2012",
        number=4,
        label="Dossier partagé, règles de 2012 (INS-C, ouverture consentie)",
        identifier_systems=CALCULATED_SYSTEMS,
        assertions=_OF_2012,
        creation=Creation.CONSENT,
        opposition_days=0,
        calculated_ins=True,
    )
    domains = (french, _plain("ihe", 2), _plain("ihe-2", 3), opted_in)
    return domains if mode == "production" else (*domains, _published(french))


def _published(french: Domain) -> Domain:
    """The French profile as its guide's own examples have it: what they leave out or say otherwise is a warning."""
    return replace(
        french,
        name="fr-publie",
        number=5,
        label="Profil français, exemples du guide PDSm acceptés tels que publiés",
        custodian_required=False,
        sample_identifiers=frozenset({(INS_NIR, "123456789012345")}),
        tolerated=frozenset(
            {
                "class-of-type",
                "confidentiality-code-missing",
                "content-type-code",
                "format-code",
                "format-code-missing",
                "healthcare-facility-type-code",
                "healthcare-facility-type-code-missing",
                "legal-authenticator-missing",
                "practice-setting-code",
                "practice-setting-code-missing",
                "service-start-time-missing",
                "source-patient-info-missing",
            }
        ),
    )


def _plain(name: str, number: int) -> Domain:
    """A plain XDS affinity domain: any identifier with an authority, any code with a scheme, no consent."""
    return Domain(
        name=name,
        number=number,
        label="Domaine d'affinité IHE XDS",
        identifier_systems=None,
        check_key=False,
        french_profile=False,
        statuses=frozenset({Status.APPROVED, Status.DEPRECATED}),
        accepts_oid_extension=True,
        open_code_lists=True,
        consent_required=False,
        folds_duplicates=False,
        assertions=_PLAIN,
    )
