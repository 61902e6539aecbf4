"""The situations of the XUA plans, in a plain domain: what each assertion says that must not be believed.

The plans name them (`…_expired`, `…_unknownaudience`…) and carry no assertion: these are written here, on a VIHF, for
the registry and the repository, by all four transactions. Those that must be believed are tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from lxml import etree

from carnet.exchange.login.faults import CODES as FAULTS
from carnet.wire.saml import names
from carnet.wire.saml.names import CONNECTATHON_AUDIENCE, PROFESSION_SYSTEM
from carnet.wire.saml.sign import sign, subject_dn
from carnet.wire.saml.vihf import Role
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds.model import Status
from carnet.wire.xml import parse
from tests.attacks.bad_input import Case, Door, Heard, refuses
from tests.attacks.test_bad_vihf import CERTIFICATE, IDENTITY, signed
from tests.conformance.xds.xds_requests import CONTENT, entry, submission

_HOUR = timedelta(hours=1)
_CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_PLAIN = """<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_plain-{now}" IssueInstant="{now}" Version="2.0"
 ><saml2:Issuer>{issuer}</saml2:Issuer><saml2:Subject><saml2:NameID>{person}</saml2:NameID></saml2:Subject
 ><saml2:Conditions NotBefore="{now}" NotOnOrAfter="{end}"><saml2:AudienceRestriction
  ><saml2:Audience>{audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions
 ><saml2:AuthnStatement AuthnInstant="{now}"><saml2:AuthnContext
  ><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml2:AuthnContextClassRef
  ></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement
 ><saml2:Attribute Name="urn:oasis:names:tc:xspa:1.0:subject:subject-id"
  ><saml2:AttributeValue>Camille AUBIER</saml2:AttributeValue></saml2:Attribute
 ><saml2:Attribute Name="urn:oasis:names:tc:xspa:1.0:subject:organization-id"
  ><saml2:AttributeValue>urn:oid:1.2.3</saml2:AttributeValue></saml2:Attribute
 ><saml2:Attribute Name="urn:oasis:names:tc:xacml:2.0:subject:role"><saml2:AttributeValue
  ><Role xmlns="urn:hl7-org:v3" code="46255001" codeSystem="2.16.840.1.113883.6.96"/></saml2:AttributeValue
  ></saml2:Attribute></saml2:AttributeStatement></saml2:Assertion>"""


def message(door: Door, transaction: str, assertion: bytes) -> tuple[str, bytes]:
    """The path and a good message of a transaction about the plain record, under an assertion."""
    submitted = submission(entry(door.plain))
    registry, repository = "/d/ihe/xds/registry", "/d/ihe/xds/repository"
    path, action, body = {
        "ITI-18": lambda: (
            registry,
            iti18.ACTION,
            iti18.render_request(iti18.FindDocuments(patient_id=door.plain, statuses=(Status.APPROVED,))),
        ),
        "ITI-42": lambda: (registry, iti42.ACTION, iti42.render_request(submitted)),
        "ITI-41": lambda: (repository, iti41.ACTION, iti41.render_request(submitted, {"document": CONTENT})),
        "ITI-43": lambda: (
            repository,
            iti43.ACTION,
            iti43.render_request((iti43.DocumentRequest(door.stored.repository_unique_id, door.stored.unique_id),)),
        ),
    }[transaction]()
    return path, door.caller.envelope(body, action, door.plain, assertion=assertion)


def plain(door: Door) -> bytes:
    """An XUA assertion of a plain affinity domain, with no attribute of the VIHF."""
    identity, now = door.caller.identity, datetime.now(UTC)
    certificate = identity.sign_certificate.read_bytes()
    text = _PLAIN.format(
        now=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        end=(now + _HOUR).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        issuer=subject_dn(certificate),
        person=identity.person,
        audience=CONNECTATHON_AUDIENCE,
    )
    return sign(text.encode(), key=identity.sign_key.read_bytes(), certificate=certificate)


def unsigned(door: Door) -> bytes:
    """A good assertion whose signature was taken away."""
    data = signed(door)
    start, end = data.index(b"<ds:Signature"), data.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return data[:start] + data[end:]


def between(start: timedelta, end: timedelta, **more: Any) -> Callable[[Door], bytes]:
    """An assertion valid from `start` to `end` after now."""

    def make(door: Door) -> bytes:
        now = datetime.now(UTC)
        told = {"issued_at": now + start, "authenticated_at": now + start, "not_before": now + start}
        return signed(door, **told, not_on_or_after=now + end, **more)

    return make


def told(**values: Any) -> Callable[[Door], bytes]:
    """An assertion with some values changed."""
    return lambda door: signed(door, **values)


# What the plans call each situation → the assertion, the fault, the rule.
SITUATIONS: dict[str, tuple[Callable[[Door], bytes], str, str]] = {
    "expired": (between(-3 * _HOUR, -2 * _HOUR), IDENTITY, "vihf-expired"),
    "notyetvalid": (between(_HOUR, 2 * _HOUR), IDENTITY, "vihf-not-yet-valid"),
    "unsigned": (unsigned, IDENTITY, "vihf-signature-missing"),
    "unknownaudience": (told(audiences=(("http://ihe.connectathon.XUA/Elsewhere",),)), IDENTITY, "vihf-audience"),
    "invalidauthnstatement": (
        told(authentication_class=f"{_CLASS}Invalid"),
        IDENTITY,
        "vihf-authentication-class",
    ),
    "secondauthncontext": (
        told(authentication_class=f"{_CLASS}InternetProtocol"),
        IDENTITY,
        "vihf-authentication-class",
    ),
    "secondrole": (told(roles=(Role("SECRETARIAT_MEDICAL", "1.2.250.1.213.1.1.4.6"),)), IDENTITY, "vihf-role"),
    "secondpurposeofuse": (told(purpose="PUBHLTH"), IDENTITY, "vihf-value"),
    "authnstatement-to-come": (
        lambda door: signed(door, authenticated_at=datetime.now(UTC) + _HOUR),
        IDENTITY,
        "vihf-not-yet-valid",
    ),
    "two-audiences-one-unknown": (
        told(audiences=((CONNECTATHON_AUDIENCE,), ("http://ihe.connectathon.XUA/Elsewhere",))),
        IDENTITY,
        "vihf-audience",
    ),
    "valid-for-ever": (between(-25 * _HOUR, 10_000 * _HOUR), IDENTITY, "vihf-too-old"),
    "plain-without-vihf": (plain, IDENTITY, "vihf-attribute-missing"),
    "issuer-unknown": (told(issuer="CN=STS,O=Ailleurs"), CERTIFICATE, "vihf-issuer"),
}
TRANSACTIONS = ("ITI-18", "ITI-42", "ITI-41", "ITI-43")


def _case(situation: str, transaction: str) -> Case:
    make, code, rule = SITUATIONS[situation]

    def send(door: Door) -> Heard:
        path, body = message(door, transaction, make(door))
        return door.soap(path, body)

    return Case(send, code, rule, 400)


CASES: dict[str, Case] = {
    f"{situation}, {transaction}": _case(situation, transaction)
    for situation, transaction in product(SITUATIONS, TRANSACTIONS)
}


@pytest.mark.parametrize("name", CASES)
def test_a_situation_of_the_plans_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])


@pytest.mark.parametrize("transaction", TRANSACTIONS)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(told(), id="valid"),
        pytest.param(told(audiences=((CONNECTATHON_AUDIENCE,),)), id="valid for our audience"),
        pytest.param(told(authentication_class=f"{_CLASS}X509"), id="another class with a key"),
        pytest.param(lambda door: with_consent(door), id="withauthzconsent"),
    ],
)
def test_the_others_are_believed(door: Door, make: Callable[[Door], bytes], transaction: str) -> None:
    """Otherwise the refusals would say nothing of the situation; what the record answers is another matter."""
    path, body = message(door, transaction, make(door))
    heard = door.soap(path, body)
    assert heard.status == 200, heard
    assert not FAULTS.keys() & set(heard.rules), heard


def with_consent(door: Door) -> bytes:
    """The Authz-Consent option: an attribute that names the patient's consent, of which we have our own."""
    identity = door.caller.identity
    root = parse(signed(door))
    root.remove(root[1])
    statement = root[-1]
    statement.append(
        parse(
            f'<saml2:Attribute xmlns:saml2="{names.SAML}" Name="urn:ihe:iti:bppc:2007:docid"><saml2:AttributeValue>'
            "urn:oid:1.2.3.4</saml2:AttributeValue></saml2:Attribute>".encode()
        )
    )
    certificate = identity.sign_certificate.read_bytes()
    return sign(etree.tostring(root), key=identity.sign_key.read_bytes(), certificate=certificate)


def test_a_second_role_that_adds_nothing_is_believed_where_roles_are_not_precise(door: Door) -> None:
    roles = (*door.caller.identity.roles, Role("46255001", "2.16.840.1.113883.6.96"))
    assert any(role.system == PROFESSION_SYSTEM for role in roles)
    path, body = message(door, "ITI-18", signed(door, roles=roles))
    assert door.soap(path, body).status == 200
