"""A certificate is believed for its chain, dates, usage and revocation, and refused by name otherwise."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured

from carnet.exchange.login.cards import Card
from carnet.exchange.login.client_certificate import Certificate, Usage, from_header, verified
from carnet.kernel.authorities import load
from carnet.kernel.errors import Problem, Reason
from carnet.ops.demo import pki
from carnet.ops.demo.pki import Kind

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
PERSON, STRUCTURE = "899900000017", "1330000001"


def rule(found: Certificate | Problem) -> str:
    if isinstance(found, Certificate):
        return ""
    assert found.reason is Reason.FORBIDDEN
    assert found.text
    assert found.source
    return found.rule


def test_a_card_without_alternative_name_is_believed(world):
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON)
    with pytest.raises(x509.ExtensionNotFound):
        card.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    found = from_header(card.header, now=NOW)
    assert isinstance(found, Certificate)
    assert (found.card, found.common_name, found.structures) == (Card.CPS, PERSON, ())


def test_an_organisation_is_known_by_its_unit(world):
    found = from_header(world.make(Kind.ORGANISATION_AUTHENTICATION, STRUCTURE).header, now=NOW)
    assert isinstance(found, Certificate)
    assert (found.card, found.structures) == (None, (STRUCTURE,))


def test_without_a_certificate(world):
    assert rule(from_header("", now=NOW)) == "certificate-missing"


@pytest.mark.parametrize("header", ["%%%", "AAAA", base64.b64encode(b"\x30\x82\xff\xff").decode()])
def test_an_unreadable_certificate(world, header):
    assert rule(from_header(header, now=NOW)) == "certificate-unreadable"


def test_dates(world):
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON, starts=-10, ends=10)
    for days, expected in ((-11, "certificate-expired"), (0, ""), (9, ""), (11, "certificate-expired")):
        assert rule(from_header(card.header, now=NOW + timedelta(days=days))) == expected


def test_a_cached_answer_ends_with_the_certificate(world):
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON, starts=-10, ends=10)
    assert rule(from_header(card.header, now=NOW)) == ""
    assert rule(from_header(card.header, now=NOW + timedelta(days=10))) == "certificate-expired"
    assert rule(from_header(card.header, now=NOW)) == ""


def test_another_authority_of_the_same_name(world, stranger):
    assert stranger.authority.issuing.subject == world.authority.issuing.subject
    for kind in (Kind.CARD_AUTHENTICATION, Kind.ORGANISATION_AUTHENTICATION):
        assert rule(from_header(stranger.make(kind, PERSON).header, now=NOW)) == "certificate-unknown-authority"


def test_self_signed(world):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PERSON)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    header = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    assert rule(from_header(header, now=NOW)) == "certificate-unknown-authority"


def test_the_authority_itself_is_nobody(world):
    for certificate in (world.authority.root, world.authority.issuing):
        header = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
        assert rule(from_header(header, now=NOW)) in ("certificate-unknown-authority", "certificate-usage")


def test_a_person_is_no_authority(world):
    """A certificate signed with a card's key: the chain must stop at authorities."""
    card = world.make(Kind.CARD_SIGNATURE, PERSON)
    key = load_pem_private_key(card.key, None)
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, PERSON)]))
        .issuer_name(card.x509.subject)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    header = base64.b64encode(forged.public_bytes(Encoding.DER)).decode()
    assert rule(from_header(header, now=NOW)) == "certificate-unknown-authority"


@pytest.mark.parametrize(
    ("kind", "usage", "expected"),
    [
        (Kind.CARD_AUTHENTICATION, Usage.CONNECTION, ""),
        (Kind.CARD_AUTHENTICATION, Usage.SIGNATURE, "certificate-usage"),
        (Kind.CARD_SIGNATURE, Usage.CONNECTION, "certificate-usage"),
        (Kind.CARD_SIGNATURE, Usage.SIGNATURE, ""),
        (Kind.ORGANISATION_AUTHENTICATION, Usage.CONNECTION, ""),
        (Kind.ORGANISATION_AUTHENTICATION, Usage.SIGNATURE, "certificate-usage"),
        (Kind.ORGANISATION_SIGNATURE, Usage.CONNECTION, "certificate-usage"),
        (Kind.ORGANISATION_SIGNATURE, Usage.SIGNATURE, ""),
        (Kind.SERVER, Usage.CONNECTION, "certificate-usage"),
        (Kind.SERVER, Usage.SIGNATURE, "certificate-usage"),
    ],
)
def test_each_certificate_for_its_usage(world, kind, usage, expected):
    assert rule(verified(world.make(kind, STRUCTURE).der, usage=usage, now=NOW)) == expected


def test_a_revocation_counts_at_once(world):
    card = world.make(Kind.CARD_AUTHENTICATION, "899900000033")
    other = world.make(Kind.CARD_AUTHENTICATION, PERSON)
    assert rule(from_header(card.header, now=NOW)) == ""
    pki.revoke(world.authority, card.x509, now=NOW)
    assert rule(from_header(card.header, now=NOW)) == "certificate-revoked"
    assert rule(from_header(other.header, now=NOW)) == ""


def test_a_stale_revocation_list_stops_everybody(world, settings, tmp_path, monkeypatch):
    copy = replace(world.authority, folder=tmp_path)
    copy.bundle.write_bytes(world.authority.bundle.read_bytes())
    copy.revocation_list.write_bytes(world.authority.revocation_list.read_bytes())
    monkeypatch.setattr(pki, "AUTHORITY_LIFE", timedelta(days=1))
    pki.revoke(copy, world.authority.root, now=NOW - timedelta(days=10))
    settings.CARNET_MODE, settings.CARNET_REVOCATION_REQUIRED = "production", True
    settings.CARNET_AUTHORITIES = (copy.bundle, copy.revocation_list)
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON, starts=-20)
    assert rule(from_header(card.header, now=NOW)) == "certificate-revocation-unknown"
    assert rule(from_header(card.header, now=NOW - timedelta(days=9, hours=1))) == ""


def test_a_stale_list_that_need_not_be_current_still_revokes(world, settings, tmp_path, monkeypatch):
    copy = replace(world.authority, folder=tmp_path)
    copy.bundle.write_bytes(world.authority.bundle.read_bytes())
    copy.revocation_list.write_bytes(world.authority.revocation_list.read_bytes())
    monkeypatch.setattr(pki, "AUTHORITY_LIFE", timedelta(days=1))
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON, starts=-20)
    gone = world.make(Kind.CARD_AUTHENTICATION, "899900000033", starts=-20)
    pki.revoke(copy, gone.x509, now=NOW - timedelta(days=10))
    settings.CARNET_MODE, settings.CARNET_REVOCATION_REQUIRED = "production", False
    settings.CARNET_AUTHORITIES = (copy.bundle, copy.revocation_list)
    assert rule(from_header(card.header, now=NOW)) == ""
    assert rule(from_header(gone.header, now=NOW)) == "certificate-revoked"
    settings.CARNET_AUTHORITIES = (copy.bundle,)
    assert rule(from_header(gone.header, now=NOW)) == "", "what no list says is not known"


def test_a_revoked_issuing_authority_takes_its_people_with_it(world, settings, tmp_path, monkeypatch):
    """The root's own list names the issuing authority."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(world.authority.root.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(world.authority.issuing.serial_number)
            .revocation_date(NOW - timedelta(days=1))
            .build()
        )
    )
    listed = tmp_path / "root.crl.pem"
    listed.write_bytes(builder.sign(world.authority.root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    settings.CARNET_AUTHORITIES = (listed,)
    with pytest.raises(ImproperlyConfigured, match="not signed"):
        load([listed])
    settings.CARNET_MODE, settings.CARNET_REVOCATION_REQUIRED = "production", True
    settings.CARNET_AUTHORITIES = (world.authority.bundle, world.authority.revocation_list, listed)
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON)
    assert rule(from_header(card.header, now=NOW)) == "certificate-revoked"


def test_production_wants_a_revocation_list_and_its_own_authorities(world, settings):
    card = world.make(Kind.CARD_AUTHENTICATION, PERSON)
    settings.CARNET_MODE, settings.CARNET_REVOCATION_REQUIRED = "production", True
    settings.CARNET_AUTHORITIES = ()
    assert rule(from_header(card.header, now=NOW)) == "certificate-unknown-authority"
    settings.CARNET_AUTHORITIES = (world.authority.bundle,)
    assert rule(from_header(card.header, now=NOW)) == "certificate-revocation-unknown"
    settings.CARNET_AUTHORITIES = (world.authority.bundle, world.authority.revocation_list)
    assert rule(from_header(card.header, now=NOW)) == ""


def test_an_operator_adds_an_authority(world, stranger, settings):
    card = stranger.make(Kind.CARD_AUTHENTICATION, PERSON)
    assert rule(from_header(card.header, now=NOW)) == "certificate-unknown-authority"
    settings.CARNET_AUTHORITIES = (stranger.authority.bundle, stranger.authority.revocation_list)
    assert rule(from_header(card.header, now=NOW)) == ""
    assert rule(from_header(world.make(Kind.CARD_AUTHENTICATION, PERSON).header, now=NOW)) == ""


def test_files_that_cannot_be_trusted_stop_the_start(world, stranger, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        load([tmp_path / "absent.pem"])
    with pytest.raises(ImproperlyConfigured, match="not signed"):
        load([world.authority.bundle, stranger.authority.revocation_list])
