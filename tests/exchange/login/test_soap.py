"""The TLS certificate, the VIHF and the directory tell one story, or the call is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carnet.exchange.login import fhir
from carnet.exchange.login.faults import (
    ACCESS_DENIED,
    IDENTITY_FAILURE,
    INVALID_CERTIFICATE,
    Denied,
)
from carnet.exchange.login.soap import Login, actor_of_soap
from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.ops.demo import pki
from carnet.ops.demo.pki import Kind
from carnet.wire.saml import names
from carnet.wire.saml.vihf import Mode, Role, build, read
from carnet.wire.xml import parse

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PERSON, COLLEAGUE = "899900000017", "899900000025"
PRACTICE, HOSPITAL = "1330000001", "1330000002"

pytestmark = [pytest.mark.usefixtures("directory"), pytest.mark.django_db]


def login(connection, assertion: bytes, *, domain: str = "fr", now: datetime = NOW) -> Login | Denied:
    header = connection.header if connection is not None else ""
    return actor_of_soap(certificate_header=header, assertion=assertion, domain=domain, now=now)


def refused(found: Login | Denied) -> tuple[str, str]:
    assert isinstance(found, Denied), found
    (problem,) = found.refusal.problems
    assert problem.text
    return problem.rule, found.fault


@pytest.fixture
def card(world):
    return world.make(Kind.CARD_AUTHENTICATION, PERSON)


@pytest.fixture
def signature(world):
    return world.make(Kind.CARD_SIGNATURE, PERSON)


def test_direct(card, signature, assertion):
    found = login(card, assertion(signature, purpose="bris_de_glace"))
    assert isinstance(found, Login)
    assert found.actor == Actor(
        kind=ActorKind.PROFESSIONAL,
        person=PERSON,
        structure=PRACTICE,
        name="Zoé DÉMO",
        structure_name="Cabinet de démonstration",
        profession="10",
        specialty="SM26",
        purpose=Purpose.BREAK_GLASS,
        proof="vihf",
        software="Carnet 1.0",
    )
    assert found.vihf.patient == "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"


def test_indirect(world, assertion):
    connection = world.make(Kind.ORGANISATION_AUTHENTICATION, PRACTICE)
    seal = world.make(Kind.ORGANISATION_SIGNATURE, PRACTICE)
    found = login(connection, assertion(seal, mode=Mode.INDIRECT, subject="3330000001/42", subject_name="SECRET Ana"))
    assert isinstance(found, Login)
    assert (found.actor.kind, found.actor.structure) == (ActorKind.STRUCTURE, PRACTICE)
    assert (found.actor.person, found.actor.name) == ("3330000001/42", "SECRET Ana")


def test_an_accepted_assertion_is_checked_again_for_time_trust_and_certificate(world, card, signature, assertion):
    sent = assertion(signature)
    assert isinstance(login(card, sent), Login)
    assert refused(login(card, sent, now=NOW + timedelta(hours=2))) == ("vihf-expired", IDENTITY_FAILURE)
    other = world.make(Kind.CARD_AUTHENTICATION, COLLEAGUE)
    assert refused(login(other, sent)) == ("vihf-subject", IDENTITY_FAILURE)
    assert refused(login(None, sent)) == ("certificate-missing", INVALID_CERTIFICATE)


def test_a_revoked_signature_counts_for_an_assertion_already_seen(world, assertion):
    person = "899900000041"
    connection = world.make(Kind.CARD_AUTHENTICATION, person)
    signer = world.make(Kind.CARD_SIGNATURE, person)
    sent = assertion(signer, subject=person)
    assert refused(login(connection, sent)) == ("professional-unknown", IDENTITY_FAILURE)
    pki.revoke(world.authority, signer.x509, now=NOW)
    assert refused(login(connection, sent)) == ("certificate-revoked", INVALID_CERTIFICATE)


def test_without_assertion(card):
    assert refused(login(card, b"")) == ("vihf-missing", IDENTITY_FAILURE)


def test_unsigned(card, signature, assertion):
    unsigned = build(read(_bare(assertion(signature))))
    assert refused(login(card, unsigned)) == ("vihf-signature-missing", IDENTITY_FAILURE)


def _bare(signed: bytes):
    root = parse(signed)
    root.remove(root[1])
    return root


def test_tampered(card, signature, assertion):
    tampered = assertion(signature).replace(b"SA07", b"SA08")
    assert refused(login(card, tampered)) == ("vihf-digest", IDENTITY_FAILURE)


@pytest.mark.parametrize(
    ("connection", "signer", "subject", "rule"),
    [
        (PERSON, PERSON, COLLEAGUE, "vihf-subject"),
        (PERSON, COLLEAGUE, PERSON, "vihf-subject"),
        (PERSON, COLLEAGUE, COLLEAGUE, "vihf-subject"),
        (COLLEAGUE, PERSON, PERSON, "vihf-subject"),
        (COLLEAGUE, COLLEAGUE, COLLEAGUE, "professional-unknown"),
    ],
)
def test_direct_needs_one_person_three_times(world, assertion, connection, signer, subject, rule):
    sent = assertion(world.make(Kind.CARD_SIGNATURE, signer), subject=subject)
    found = login(world.make(Kind.CARD_AUTHENTICATION, connection), sent)
    assert refused(found) == (rule, IDENTITY_FAILURE)


def test_the_wrong_key_pair_of_the_card(world, card, assertion):
    """Signing with the authentication key: DMPInvalidCertificate."""
    signer = world.make(Kind.ORGANISATION_SIGNATURE, PRACTICE)
    signed = assertion(signer)
    swapped = signed.replace(_embedded(signer), _embedded(card))
    assert swapped != signed
    assert refused(login(card, swapped)) == ("certificate-usage", INVALID_CERTIFICATE)


def _embedded(made) -> bytes:
    import textwrap

    return "\n".join(textwrap.wrap(made.header, 64)).encode()


def test_a_signature_certificate_does_not_open_a_connection(signature, assertion):
    assert refused(login(signature, assertion(signature))) == ("certificate-usage", INVALID_CERTIFICATE)


def test_a_signature_of_another_authority(card, stranger, assertion):
    sent = assertion(stranger.make(Kind.CARD_SIGNATURE, PERSON))
    assert refused(login(card, sent)) == ("certificate-unknown-authority", INVALID_CERTIFICATE)


def test_modes_and_certificates_belong_together(world, card, signature, assertion):
    connection = world.make(Kind.ORGANISATION_AUTHENTICATION, PRACTICE)
    seal = world.make(Kind.ORGANISATION_SIGNATURE, PRACTICE)
    for one, two, mode in (
        (connection, seal, Mode.DIRECT),
        (card, seal, Mode.DIRECT),
        (connection, signature, Mode.DIRECT),
        (card, signature, Mode.INDIRECT),
        (card, seal, Mode.INDIRECT),
        (connection, signature, Mode.INDIRECT),
    ):
        assert refused(login(one, assertion(two, mode=mode))) == ("vihf-mode", IDENTITY_FAILURE)
    reinforced = assertion(seal, mode=Mode.REINFORCED, authentication_class=names.TLS_CLIENT)
    assert refused(login(connection, reinforced, domain="ihe")) == ("vihf-mode-unsupported", ACCESS_DENIED)


def test_a_structure_speaks_for_itself_only(world, assertion):
    connection = world.make(Kind.ORGANISATION_AUTHENTICATION, PRACTICE)
    seal = world.make(Kind.ORGANISATION_SIGNATURE, PRACTICE)
    foreign = world.make(Kind.ORGANISATION_SIGNATURE, HOSPITAL)
    for signer, structure in ((seal, HOSPITAL), (foreign, PRACTICE), (foreign, HOSPITAL)):
        sent = assertion(signer, mode=Mode.INDIRECT, structure=structure, sector="SA01")
        assert refused(login(connection, sent))[0] == "vihf-structure-certificate"


def test_what_the_directory_knows(card, signature, assertion):
    for fields, expected in (
        ({"structure": "1330000099"}, ("structure-unknown", IDENTITY_FAILURE)),
        ({"sector": "SA08"}, ("vihf-sector", IDENTITY_FAILURE)),
        ({"roles": (Role("60", names.PROFESSION_SYSTEM),)}, ("vihf-role", IDENTITY_FAILURE)),
        ({"roles": (Role("10", "1.2.3"),)}, ("vihf-role", IDENTITY_FAILURE)),
        ({"purpose": "centre_15"}, ("vihf-purpose", ACCESS_DENIED)),
    ):
        assert refused(login(card, assertion(signature, **fields))) == expected
    samu = assertion(signature, structure=HOSPITAL, sector="SA01", purpose="centre_15")
    found = login(card, samu)
    assert isinstance(found, Login)
    assert found.actor.purpose is Purpose.REGULATION


def test_versions_by_domain(card, signature, assertion):
    assert isinstance(login(card, assertion(signature, version="4.0")), Login)
    old = assertion(signature, version="1.0", id="_of-another-age")
    assert refused(login(card, old)) == ("vihf-version", IDENTITY_FAILURE)
    assert isinstance(login(card, old, domain="ihe"), Login)


def test_fhir_card_and_structure(world, card):
    found = fhir.actor_of_certificate(certificate_header=card.header, software="essai", now=NOW)
    assert isinstance(found, Actor)
    assert (found.person, found.structure, found.proof) == (PERSON, PRACTICE, "certificate")
    connection = world.make(Kind.ORGANISATION_AUTHENTICATION, HOSPITAL)
    found = fhir.actor_of_certificate(certificate_header=connection.header, now=NOW)
    assert isinstance(found, Actor)
    assert (found.kind, found.structure) == (ActorKind.STRUCTURE, HOSPITAL)


def test_fhir_refusals(world, stranger, signature):
    for header, rule in (
        ("", "certificate-missing"),
        (signature.header, "certificate-usage"),
        (stranger.make(Kind.CARD_AUTHENTICATION, PERSON).header, "certificate-unknown-authority"),
        (world.make(Kind.CARD_AUTHENTICATION, COLLEAGUE).header, "professional-unknown"),
        (world.make(Kind.ORGANISATION_AUTHENTICATION, "1330000099").header, "structure-unknown"),
    ):
        found = fhir.actor_of_certificate(certificate_header=header, now=NOW)
        assert isinstance(found, Denied)
        assert found.refusal.rule == rule
