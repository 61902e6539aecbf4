"""One assertion, one content, one connection: what a replay is, and that a cache never outlives a validity."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carnet.exchange.login import replay, soap
from carnet.exchange.login.faults import IDENTITY_FAILURE
from carnet.exchange.login.soap import Login
from carnet.kernel import database
from carnet.ops.demo.pki import Kind
from carnet.wire.saml import names
from carnet.wire.saml.vihf import Mode
from tests.exchange.login.conftest import NOW, PERSON, PRACTICE
from tests.exchange.login.test_soap import login, refused

pytestmark = [pytest.mark.usefixtures("directory"), pytest.mark.django_db]


@pytest.fixture(params=["this process has seen it", "another process has seen it"])
def forget(request):
    """What another process knows of the uses: the table only."""

    def nothing() -> None:
        return

    return nothing if request.param.startswith("this") else replay._seen.clear


@pytest.fixture
def card(world):
    return world.make(Kind.CARD_AUTHENTICATION, PERSON)


@pytest.fixture
def signature(world):
    return world.make(Kind.CARD_SIGNATURE, PERSON)


def test_an_assertion_serves_many_calls(card, signature, assertion, forget):
    sent = assertion(signature)
    for minutes in range(0, 60, 10):
        assert isinstance(login(card, sent, now=NOW + timedelta(minutes=minutes)), Login)
        forget()


def test_the_envelope_around_it_does_not_make_another(card, signature, assertion, forget):
    """The same signed octets, written with other namespaces in scope and other spaces between attributes."""
    sent = assertion(signature)
    assert isinstance(login(card, sent), Login)
    forget()
    assert isinstance(login(card, sent.replace(b"<saml2:Assertion ", b'<saml2:Assertion  xmlns:z="urn:z" ', 1)), Login)


def test_another_content_under_the_same_identifier(card, signature, assertion, forget):
    assert isinstance(login(card, assertion(signature)), Login)
    forget()
    other = assertion(signature, patient="277076322082910^^^&1.2.250.1.213.1.4.10&ISO^NH")
    assert refused(login(card, other)) == ("vihf-replay", IDENTITY_FAILURE)


def test_the_same_assertion_over_another_certificate(world, card, signature, assertion, forget):
    sent = assertion(signature)
    assert isinstance(login(card, sent), Login)
    forget()
    second = world.make(Kind.CARD_AUTHENTICATION, PERSON, number=2)
    assert second.der != card.der
    assert refused(login(second, sent)) == ("vihf-stolen", IDENTITY_FAILURE)


def test_a_structure_with_two_machines_signs_for_each(world, assertion, forget):
    seal = world.make(Kind.ORGANISATION_SIGNATURE, PRACTICE)
    machines = [world.make(Kind.ORGANISATION_AUTHENTICATION, PRACTICE, number=number) for number in (1, 2)]
    told = {"mode": Mode.INDIRECT, "authentication_class": names.TLS_CLIENT}
    assert isinstance(login(machines[0], assertion(seal, id="_1", **told)), Login)
    forget()
    assert isinstance(login(machines[1], assertion(seal, id="_2", **told)), Login)
    assert refused(login(machines[1], assertion(seal, id="_1", **told)))[0] == "vihf-stolen"


def test_a_refused_use_is_not_the_first_one(world, card, signature, assertion):
    """Who may not use an assertion does not burn it for its owner."""
    sent = assertion(signature)
    stranger = world.make(Kind.CARD_AUTHENTICATION, "899900000025")
    assert refused(login(stranger, sent))[0] == "vihf-subject"
    assert isinstance(login(card, sent), Login)


def test_two_signers_may_choose_one_identifier(world, card, signature, assertion):
    assert isinstance(login(card, assertion(signature)), Login)
    machine, seal = (
        world.make(kind, PRACTICE) for kind in (Kind.ORGANISATION_AUTHENTICATION, Kind.ORGANISATION_SIGNATURE)
    )
    sent = assertion(seal, mode=Mode.INDIRECT, authentication_class=names.TLS_CLIENT)
    assert isinstance(login(machine, sent), Login)


def test_nothing_is_kept_beyond_its_validity(card, signature, assertion):
    sent = assertion(signature)
    assert isinstance(login(card, sent), Login)
    assert len(soap._kept) == 1
    assert isinstance(login(card, sent, now=NOW + timedelta(hours=1, seconds=59)), Login)
    assert len(soap._kept) == 1
    assert refused(login(card, sent, now=NOW + timedelta(hours=1, seconds=60))) == ("vihf-expired", IDENTITY_FAILURE)
    assert not soap._kept


def test_what_sha1_opened_in_one_domain_is_not_opened_in_another(card, signature, assertion):
    import xmlsec

    from tests.wire.saml.test_wrapping import signed_with

    old = signed_with(
        signature,
        _unsigned(assertion(signature)),
        algorithm=xmlsec.Transform.RSA_SHA1,
        digest=xmlsec.Transform.SHA1,
    )
    assert isinstance(login(card, old, domain="fr-2012"), Login)
    for domain in ("fr", "ihe"):
        assert refused(login(card, old, domain=domain)) == ("vihf-algorithm", IDENTITY_FAILURE)


def _unsigned(signed: bytes) -> bytes:
    from lxml import etree

    root = etree.fromstring(signed)
    root.remove(root[1])
    return etree.tostring(root)


def test_uses_are_forgotten_when_they_end(card, signature, assertion):
    for number in range(5):
        assert isinstance(login(card, assertion(signature, id=f"_{number}")), Login)
    later = {"issued_at": NOW + timedelta(hours=2), "not_on_or_after": NOW + timedelta(hours=3)}
    for number, left in ((5, 3 + 1), (6, 1 + 2), (7, 3)):
        found = login(card, assertion(signature, id=f"_{number}", **later), now=NOW + timedelta(hours=2))
        assert isinstance(found, Login)
        assert database.row("SELECT count(*) FROM login_assertion") == (left,)
