"""What an assertion says survives the wire; what it must not say is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import signxml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from carnet.ops.demo import pki
from carnet.wire.errors import Malformed
from carnet.wire.saml import names
from carnet.wire.saml.sign import signed_vihf, subject_dn
from carnet.wire.saml.verify import check_times, signing_certificate, verify
from carnet.wire.saml.vihf import Mode, Role, Vihf, build, read
from carnet.wire.xml import parse

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SAML = f"{{{names.SAML}}}"


def refused(assertion: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read(parse(assertion))
    assert caught.value.source
    return caught.value.rule


def changed(vihf: Vihf, old: str, new: str) -> bytes:
    written = build(vihf).decode()
    assert old in written
    return written.replace(old, new).encode()


def test_a_key_of_an_elliptic_curve_signs_too(tmp_path, vihf):
    authority = pki.make_authority(tmp_path, now=NOW)
    certificate, key = pki.issue(
        authority,
        pki.Kind.CARD_SIGNATURE,
        name="curve",
        common_name="801234567897",
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=300),
        key=ec.generate_private_key(ec.SECP256R1()),
    )
    vihf = msgspec.structs.replace(vihf, issuer=subject_dn(certificate.read_bytes()))
    assertion = signed_vihf(vihf, key=key.read_bytes(), certificate=certificate.read_bytes())
    assert b"ecdsa-sha256" in assertion
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
    assert verify(assertion, certificate=der, now=NOW) == vihf


def test_round_trip_through_a_signature(signer, vihf, signed):
    assert signing_certificate(signed) == signer.der
    assert verify(signed, certificate=signer.der, now=NOW) == vihf


def test_signxml_agrees_with_what_we_sign(signer, vihf, signed):
    verified = signxml.XMLVerifier().verify(signed, x509_cert=signer.certificate.decode(), id_attribute="ID")
    assert verified.signed_xml.tag == f"{SAML}Assertion"
    assert read(parse(verified.signed_data)) == vihf


def test_the_signature_follows_the_issuer_and_names_its_prefixes(signed):
    root = parse(signed)
    assert [etree.QName(child).localname for child in root][:3] == ["Issuer", "Signature", "Subject"]
    assert b'PrefixList="xs"' in signed


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Z")), min_size=1, max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=TEXT,
    software=TEXT,
    patient=st.one_of(st.just(""), TEXT),
    mode=st.sampled_from(list(Mode)),
    purpose=st.sampled_from(["normal", "bris_de_glace", "centre_15"]),
    roles=st.lists(st.builds(Role, code=TEXT, system=TEXT, display=TEXT), min_size=1, max_size=3).map(tuple),
    confidentiality=st.sampled_from(["", "INVISIBLE_REPRESENTANTS_LEGAUX"]),
)
def test_any_value_survives_building_and_reading(vihf, name, software, patient, mode, purpose, roles, confidentiality):
    written = msgspec.structs.replace(
        vihf,
        subject_name=name,
        software_name=software,
        patient=patient,
        mode=mode,
        purpose=purpose,
        roles=roles,
        confidentiality=confidentiality,
        not_before=None,
    )
    assert read(parse(build(written))) == written


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('Version="2.0"', 'Version="1.1"', "vihf-structure"),
        ("saml2:Assertion", "saml2:Response", "vihf-structure"),
        (
            '<saml2:Conditions NotBefore="2026-03-14T09:30:00.000Z" NotOnOrAfter="2026-03-14T10:30:00.000Z"/>',
            "<saml2:Conditions><saml2:OneTimeUse/></saml2:Conditions>",
            "vihf-condition",
        ),
        ('IssueInstant="2026-03-14T09:30:00.000Z"', 'IssueInstant="2026-03-14"', "vihf-time"),
        ('IssueInstant="2026-03-14T09:30:00.000Z"', 'IssueInstant="2026-03-14T09:30:00"', "vihf-time"),
        ('AuthnInstant="2026-03-14T09:30:00.000Z"', 'AuthnInstant="2026-13-14T09:30:00Z"', "vihf-time"),
        ("801234567897</saml2:NameID>", "</saml2:NameID>", "vihf-subject"),
        ("801234567897</saml2:NameID>", "8012<b/>34567897</saml2:NameID>", "vihf-structure"),
        (
            "</saml2:Subject>",
            "</saml2:Subject><saml2:Subject><saml2:NameID>8</saml2:NameID></saml2:Subject>",
            "vihf-structure",
        ),
        ('Name="Identifiant_Structure"', 'Name="Autre"', "vihf-attribute-missing"),
        ('Name="LPS_Version"', 'Name="Identifiant_Structure"', "vihf-attribute-twice"),
        ("DIRECTE", "PAR_OUI_DIRE", "vihf-mode"),
        ("SA07^1.2.250.1.71.4.2.4", "SA07", "vihf-value"),
        ("urn:dmp", "urn:autre", "vihf-value"),
        ('code="normal"', 'code="curiosite"', "vihf-value"),
        ('codeSystem="1.2.250.1.213.1.1.4.248"', 'codeSystem="1.2.3"', "vihf-value"),
    ],
)
def test_what_an_assertion_must_not_say(vihf, old, new, rule):
    assert refused(changed(vihf, old, new)) == rule


def test_an_indirect_assertion_names_its_user(vihf):
    indirect = msgspec.structs.replace(vihf, mode=Mode.INDIRECT, subject_name="")
    assert refused(build(indirect)) == "vihf-attribute-missing"


def test_two_role_attributes_are_read_as_one_list(vihf):
    separate = changed(
        vihf,
        '</saml2:AttributeValue><saml2:AttributeValue><Role xmlns="urn:hl7-org:v3" code="SM26"',
        "</saml2:AttributeValue></saml2:Attribute>"
        f'<saml2:Attribute Name="{names.ROLE}"><saml2:AttributeValue><Role xmlns="urn:hl7-org:v3" code="SM26"',
    )
    assert read(parse(separate)) == vihf


def test_the_spelling_of_2019_is_read(vihf):
    assert read(parse(changed(vihf, "Authentification_Mode", "Authentification_mode"))) == vihf


def rule_at(vihf: Vihf, now: datetime) -> str:
    try:
        check_times(vihf, now=now)
    except Malformed as error:
        return error.rule
    return ""


@pytest.mark.parametrize(
    ("minutes", "rule"),
    [(-2, "vihf-not-yet-valid"), (-1, ""), (0, ""), (60, ""), (60.9, ""), (61, "vihf-expired"), (9999, "vihf-expired")],
)
def test_dates_hold_with_one_minute_of_skew(vihf, minutes, rule):
    assert rule_at(vihf, NOW + timedelta(minutes=minutes)) == rule


def test_without_an_end_an_assertion_lives_one_hour(vihf):
    endless = msgspec.structs.replace(vihf, not_on_or_after=None, not_before=None)
    assert rule_at(endless, NOW + timedelta(minutes=59)) == ""
    assert rule_at(endless, NOW + timedelta(minutes=62)) == "vihf-expired"


@pytest.mark.parametrize("field", ["issued_at", "authenticated_at", "not_before"])
def test_nothing_in_it_lies_in_the_future(vihf, field):
    future = msgspec.structs.replace(vihf, **{field: NOW + timedelta(minutes=10)})
    assert rule_at(future, NOW) == "vihf-not-yet-valid"


def test_dates_are_checked_by_verify(signer, signed):
    for moment, rule in ((NOW - timedelta(days=1), "vihf-not-yet-valid"), (NOW + timedelta(days=1), "vihf-expired")):
        with pytest.raises(Malformed) as caught:
            verify(signed, certificate=signer.der, now=moment)
        assert caught.value.rule == rule
